"""Explain the rules of a policy chain quickly: a cell has tens of thousands, which only differ in a few values.

The first rule of each form is explained with placeholders for its values; later ones reuse that explanation with their
own values. The form includes everything else that an explanation depends on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.rule_purpose import purpose
from cfnet.cell.explain.rule_sentence import explain_rule
from cfnet.cell.iptables.rule import read_rule
from cfnet.cell.model.names import Instance, Names
from cfnet.cell.model.tags import INGRESS_ROUTER
from cfnet.policy.ports import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Callable

_BYTE: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_GUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_RULE = re.compile(
    r"(?:\[\d{1,20}:\d{1,20}\] )?-A (?P<chain>vpa--(?:\d{1,23}|preview))"
    rf" (?P<head>-[sd] )(?P<ip>{_BYTE}(?:\.{_BYTE}){{3}})/32"
    r"(?: -p (?P<protocol>tcp -m tcp|udp -m udp) --dport (?P<first>[1-9]\d{0,4})(?::(?P<last>[1-9]\d{0,4}))?"
    r" -m mark --mark 0x(?P<asked>[1-9a-f][0-9a-f]{0,3}))?"
    rf'(?: -m comment --comment "src:(?P<source>{_GUID})(?:_dst:(?P<destination>{_GUID}))?"'
    r"|(?P<often> -m conntrack --ctstate INVALID,NEW,UNTRACKED"
    r"| -m limit --limit \d{1,5}/sec(?: --limit-burst \d{1,5})?))"
    r"(?P<target> -j ACCEPT| -j MARK --set-xmark 0x(?P<set>[1-9a-f][0-9a-f]{0,3})/0xffffffff"
    r'| -j LOG --log-prefix "(?P<prefix>OK_(?P<tag>[0-9A-F]{4})_(?P<called>[0-9a-f-]{20})) ")',
    re.ASCII,
)

_IP: Final = "251.252.253.254"
_FIRST: Final = "64998"
_LAST: Final = "64999"
_MARK: Final = "fedc"
_SOURCE: Final = "aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa"
_DESTINATION: Final = "dddddddd-dddd-4ddd-dddd-dddddddddddd"
_CALLED: Final = "cccccccc-cccc-4ccc-c"
_OTHER: Final = "eeeeeeee-eeee-4eee-eeee-eeeeeeeeeeee"
_AT: Final = "<at>"
_PREFIXES: Final = {True: f"OK_{_MARK.upper()}_{_CALLED}", False: f"OK_0001_{_CALLED}"}
_PLACEHOLDERS = re.compile(
    "|".join(map(re.escape, (*_PREFIXES.values(), _IP, _FIRST, _LAST, f"0x{_MARK}", _SOURCE, _CALLED, _OTHER, _AT)))
)


class PolicyRule(NamedTuple):
    """An explained rule of a policy chain."""

    chain: str
    sentence: str
    purpose: str


class _Form(NamedTuple):
    """Everything that the explanation of a rule depends on, other than its values.

    Attributes:
        text: the rule, with placeholders for its values.
        owner: the app of the mark: a placeholder, `INGRESS_ROUTER`, or None if unknown.
        at: the app at the address: a placeholder, empty for a container without an app, or None if unknown.
    """

    text: str
    owner: str | None
    at: str | None


class _Explanation(NamedTuple):
    """An explanation: the sentence as a format string with its placeholders; the purpose contains no values."""

    sentence: str
    places: tuple[str, ...]
    purpose: str


class _Placeholders(Names):
    """Names that return placeholders."""

    def app(self, guid: str) -> str:
        """Return the placeholder itself."""
        return super().app(guid) if guid == INGRESS_ROUTER else guid

    def at(self, ip: str) -> str:
        """Return the placeholder for what runs at an address, if anything does."""
        return _AT if ip in self.instances else ""


class PolicyRules:
    """Explains rules of policy chains."""

    def __init__(self, names: Names) -> None:
        """Use these `names`."""
        self._names = names
        self._known: dict[_Form, _Explanation | None] = {}
        self._apps = _Once(names.app)
        self._at = _Once(names.at)

    def explain(self, line: str) -> PolicyRule | None:
        """Explain a rule in the agent's format for apps with GUIDs; return None for others."""
        found = _RULE.fullmatch(line)
        if not found or not _are_ports(found["first"], found["last"]):
            return None
        mark = int(found["asked"] or found["set"] or "0", 16)
        owner = self._names.marks.get(mark)
        form = _Form(_text(found, mark), _whose(owner, found), self._resident(found))
        if form not in self._known:
            self._known[form] = _explained(form)
        known = self._known[form]
        if known is None:
            return None
        values = self._values(found, mark, owner)
        sentence = known.sentence % tuple([values[place] for place in known.places])
        return PolicyRule(found["chain"], sentence, known.purpose)

    def _values(self, found: re.Match[str], mark: int, owner: str | None) -> dict[str, str]:
        """Return the values of the placeholders."""
        prefix = found["prefix"]
        return {
            _IP: found["ip"],
            _FIRST: found["first"],
            _LAST: found["last"],
            f"0x{_MARK}": f"{mark:#x}",
            _AT: self._at[found["ip"]],
            _SOURCE: self._apps[found["source"]],
            _CALLED: self._apps[found["called"]],
            _OTHER: self._apps[owner],
            _PREFIXES[True]: prefix,
            _PREFIXES[False]: prefix,
        }

    def _resident(self, found: re.Match[str]) -> str | None:
        """Return the current app at the address (see `_Form.at`)."""
        at = self._names.instances.get(found["ip"])
        if not at or not at.app:
            return at and at.app
        known = {found["source"]: _SOURCE, found["destination"]: _DESTINATION}
        return known.get(at.app, _OTHER)


def _whose(owner: str | None, found: re.Match[str]) -> str | None:
    """Return the current app of the mark (see `_Form.owner`)."""
    if owner in (None, INGRESS_ROUTER):
        return owner
    return _SOURCE if owner == found["source"] else _OTHER


def _text(found: re.Match[str], mark: int) -> str:
    """Return the rule with placeholders for its values."""
    return f"-A vpa--1 {found['head']}{_IP}/32{_matched(found)}{_remark(found)}{_target(found, mark)}"


def _matched(found: re.Match[str]) -> str:
    if not found["protocol"]:
        return ""
    ports = f"{_FIRST}:{_LAST}" if found["last"] else _FIRST
    return f" -p {found['protocol']} --dport {ports} -m mark --mark 0x{_MARK}"


def _remark(found: re.Match[str]) -> str:
    if not found["source"]:
        return str(found["often"])
    destination = f"_dst:{_DESTINATION}" if found["destination"] else ""
    return f' -m comment --comment "src:{_SOURCE}{destination}"'


def _target(found: re.Match[str], mark: int) -> str:
    if found["set"]:
        return f" -j MARK --set-xmark 0x{_MARK}/0xffffffff"
    if found["prefix"]:
        return f' -j LOG --log-prefix "{_PREFIXES[int(found["tag"], 16) == mark]} "'
    return found["target"]


def _are_ports(first: str | None, last: str | None) -> bool:
    """Whether these are the ends of a range, a single port, or no ports."""
    return first is None or (first != last and int(first) <= HIGHEST and int(last or 0) <= HIGHEST)


def _explained(form: _Form) -> _Explanation | None:
    """Explain all rules of a form; return None for foreign rules, whose purpose contains values, too."""
    names = _Placeholders(
        instances={} if form.at is None else {_IP: Instance(form.at)},
        marks={} if form.owner is None else {int(_MARK, 16): form.owner},
    )
    rule = read_rule(form.text)
    found = purpose(rule, names, None)
    if found.foreign:
        return None
    sentence = explain_rule(rule, names)
    places = tuple(_PLACEHOLDERS.findall(sentence))
    return _Explanation(_PLACEHOLDERS.sub("%s", sentence.replace("%", "%%")), places, found.text)


class _Once(dict[str | None, str]):
    """A cache of a function's results; None gives an empty text."""

    def __init__(self, ask: Callable[[str], str]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, key: str | None) -> str:
        found = self[key] = "" if key is None else self._ask(key)
        return found
