"""Parse the words of a rule into its own conditions, those of each module, and the target.

Options can have any order and spelling in the input; the result has the order and spelling that iptables prints.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Final

from cfnet.cell.iptables.condition import Condition, Rate, Setting, Unknown
from cfnet.cell.iptables.header import Address, Interface, Port, Transport
from cfnet.cell.iptables.match import KINDS, Match
from cfnet.cell.iptables.normal_form import OF_MODULES, OF_PROTOCOL, OPTIONS, SILENT, SYN
from cfnet.cell.iptables.target import OWN_OPTIONS, WITHOUT_VALUE
from cfnet.cell.iptables.tokens import NotIptables, Word, verbatim
from cfnet.policy.ports import HIGHEST

_SPELLED: Final = OPTIONS | OF_MODULES
_OWN: Final = KINDS[""]
_ORDER: Final = {module: {flag: place for place, flag in enumerate(kinds)} for module, kinds in KINDS.items()}
_TARGETS: Final = frozenset({"-j", "-g"})
_BETWEEN: Final = frozenset({*_OWN, *_TARGETS, "-m", "-c", "-f"})
"""Options of iptables itself, which end the options of the preceding module."""
_COUNTER_WORDS: Final = 3
_UNREADABLE: Final = "[unsupported"
"""The start of `[unsupported revision]`, which replaces options that iptables could not print."""


class _Group:
    """The conditions of a module, collected in input order."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.conditions: list[Condition] = []

    def finished(self) -> Match:
        """Return the conditions in the order in which they are printed."""
        kept = self.conditions
        if self.module == "limit" and not any(isinstance(each, Rate) for each in kept):
            kept.append(Rate("--limit", 3, "hour"))
        if len(kept) > 1 and self.module in _ORDER:
            order = _ORDER[self.module]
            kept.sort(key=lambda each: order.get(each.flag.removeprefix("! ").partition(" ")[0], len(order)))
        return Match(self.module, tuple(kept))


class RuleWords:
    """Parses the words of a rule from left to right, in linear time."""

    def __init__(self, words: Sequence[Word], chains: Collection[str]) -> None:
        """Prepare parsing; `chains` are the user-defined chains of the table, if known."""
        self._words = words
        self._at = 0
        self._chains = chains
        self._header = _Group("")
        self._protocol = ""
        self._groups: list[_Group] = []
        self._known_groups: dict[str, _Group] = {}
        self.target: Sequence[Word] = ()
        """The words of the target: `-j` or `-g`, a name, and its options."""
        self.counters: Sequence[str] = ()
        """The values of `-c`: packets and bytes."""

    def matches(self) -> tuple[Match, ...]:
        """Parse all words and return the groups of conditions, iptables' own first; also set target and counters.

        Raises:
            NotIptables: there are two targets.
        """
        while self._at < len(self._words):
            self._read_next()
        header = self._header.finished()
        return (*((header,) if header.conditions else ()), *(group.finished() for group in self._groups))

    def _read_next(self) -> None:
        negated = self._is_negated()
        flag = self._words[self._at + negated].text
        self._take_option(_SPELLED.get(flag, flag), negated=negated)

    def _take_option(self, flag: str, *, negated: bool) -> None:
        if flag == "-m":
            self._open(self._take(2)[-1].text)
        elif flag in _TARGETS and not negated:
            self._take_target(flag)
        elif flag in _OWN:
            self._take_own(flag, negated=negated)
        elif flag == "-c" and not negated:
            self._take_counters()
        elif flag == "-f":
            self._take_switch(flag, self._header, negated=negated)
        elif flag in SILENT and not negated:
            self._take(1)
        else:
            self._take_module_option(flag, negated=negated)

    def _take_own(self, flag: str, *, negated: bool) -> None:
        """Parse an option of iptables itself, such as `-p` or `-s`."""
        condition = self._known(flag, _OWN[flag], self._header, negated=negated)
        if isinstance(condition, Transport):
            self._protocol = condition.protocol

    def _take_counters(self) -> None:
        self.counters = [word.text for word in self._take(_COUNTER_WORDS)[1:]]

    def _take_switch(self, shown: str, group: _Group, *, negated: bool) -> None:
        """Parse an option without a value."""
        self._take(negated + 1)
        group.conditions.append(Unknown(f"! {shown}" if negated else shown))

    def _whole(self, flag: str) -> str:
        """Complete an abbreviated option of iptables or of the protocol."""
        module = self._groups[-1].module if self._groups else ""
        of_protocol = OF_PROTOCOL.get(self._protocol, frozenset())
        if module not in KINDS or flag in KINDS[module] or flag in of_protocol:
            return flag
        long_forms = [option for option, short in OF_MODULES.items() if short in of_protocol]
        options = (*OPTIONS, *of_protocol, *long_forms)
        meant = {_SPELLED.get(option, option) for option in options if option.startswith(flag)}
        return meant.pop() if len(meant) == 1 else flag

    def _open(self, module: str) -> _Group:
        group = _Group(module)
        self._groups.append(group)
        if module in KINDS or module in OF_PROTOCOL:
            self._known_groups[module] = group
        return group

    def _take_module_option(self, flag: str, *, negated: bool) -> None:
        """Parse an option of the preceding module, of an earlier one, or of the protocol."""
        group = self._groups[-1] if self._groups else self._header
        kind = KINDS.get(group.module, {}).get(flag)
        if not kind and (group.module in KINDS or self.target):
            whole = self._whole(flag)
            if whole in _BETWEEN:
                self._take_option(whole, negated=negated)
                return
            flag = whole
            group = self._group_with(flag) or group
            kind = KINDS.get(group.module, {}).get(flag)
        if kind:
            self._known(flag, kind, group, negated=negated)
        elif flag == "--syn" and group.module == "tcp":
            self._take_switch(SYN, group, negated=negated)
        else:
            group.conditions.append(Unknown(_respelled(flag, self._take(self._length_of_unknown()), negated=negated)))

    def _group_with(self, flag: str) -> _Group | None:
        """Return the group of an option that the last module does not have."""
        for module, group in reversed(self._known_groups.items()):
            if flag in KINDS.get(module, ()) or flag in OF_PROTOCOL.get(module, ()):
                return group
        return self._open(self._protocol) if flag in OF_PROTOCOL.get(self._protocol, ()) else None

    def _take_target(self, flag: str) -> None:
        """Parse the target's name and its options; conditions may follow."""
        if self.target:
            raise NotIptables("one target, `-j` or `-g`")
        named = self._take(2)
        target = [Word(flag, flag), *named[1:]]
        name = named[-1].text
        own = self._own_options(flag, name)
        while own and self._at < len(self._words) and (option := self._words[self._at].text) in own:
            target += self._take(1 if option in WITHOUT_VALUE else 2)
        if own is None or (self._at < len(self._words) and self._words[self._at].raw == _UNREADABLE):
            target += self._take(self._length_of_options())
        self.target = target

    def _own_options(self, flag: str, name: str) -> Collection[str] | None:
        """Return the options of a target; empty for a chain, None for an unknown target."""
        if flag != "-j":
            return ()
        return OWN_OPTIONS.get(name, () if name in self._chains or not name.isupper() else None)

    def _known(self, flag: str, kind: type[Condition], group: _Group, *, negated: bool) -> Condition | None:
        """Add the condition to its group, unless it always matches, in which case iptables does not print it."""
        words = self._take(negated + 2)
        condition: Condition | None = None
        if len(words) == negated + 2:
            with suppress(ValueError):
                condition = _read_condition(kind, flag, words[-1].text, negated, group.module)
                if condition:
                    group.conditions.append(condition)
                return condition
        group.conditions.append(Unknown(_respelled(flag, words, negated=negated)))
        return None

    def _length_of_unknown(self) -> int:
        """Return the number of words up to the next option, including `!` and the first option."""
        first = self._at + self._is_negated() + 1
        for at in range(first, len(self._words)):
            if self._words[at].text == "!" or self._words[at].raw[0] == "-":
                return at - self._at
        return len(self._words) - self._at

    def _length_of_options(self) -> int:
        """Return the number of words up to the next option of iptables itself."""
        for at in range(self._at, len(self._words)):
            raw = self._words[at].raw
            if raw == "!" or _SPELLED.get(raw, raw) in _BETWEEN:
                return at - self._at
        return len(self._words) - self._at

    def _is_negated(self) -> bool:
        return self._at + 1 < len(self._words) and self._words[self._at].text == "!"

    def _take(self, count: int) -> Sequence[Word]:
        taken = self._words[self._at : self._at + count]
        self._at += len(taken)
        return taken


@lru_cache(maxsize=4096)
def _read_condition(kind: type[Condition], flag: str, word: str, negated: int, module: str) -> Condition | None:
    """Return the condition, or None if it always matches. Cached because a cell's rules repeat few conditions.

    Raises:
        ValueError: the value is invalid.
    """
    condition = kind.read(flag, word, negated=bool(negated))
    return None if _says_nothing(module, condition) else condition


def _respelled(flag: str, words: Sequence[Word], *, negated: bool) -> str:
    """Return the words, with the option as printed by iptables."""
    option = words[negated]
    spelled = option if option.text == flag else Word(flag, flag)
    return verbatim((*words[:negated], spelled, *words[negated + 1 :]))


def _says_nothing(module: str, condition: Condition) -> bool:
    """Whether a condition always matches, so that iptables does not print it."""
    match condition:
        case Address(network=network):
            nothing = network.prefixlen == 0
        case Transport(protocol=protocol):
            nothing = protocol == "all"
        case Interface(name=name):
            nothing = name == "+"
        case Port(first=first, last=last):
            nothing = (first, last) == (0, HIGHEST)
        case Setting(flag="--limit-burst", setting=burst):
            nothing = burst == "5" and module == "limit"
        case _:
            nothing = False
    return nothing and not condition.negated
