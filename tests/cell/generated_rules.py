"""Rules as a kernel could print them, generated: every kind of condition and target, including foreign ones."""

from ipaddress import IPv4Address, IPv4Network

from hypothesis import strategies as st

from cfnet.cell.iptables.condition import Comment, Condition, Rate, Setting, Unknown
from cfnet.cell.iptables.header import Address, AddressRange, IcmpType, Interface, Port, Transport
from cfnet.cell.iptables.match import ALL_BITS, Mark, Match, States
from cfnet.cell.iptables.normal_form import STATES
from cfnet.cell.iptables.rule import Rule
from cfnet.cell.iptables.target import (
    Accept,
    Drop,
    Goto,
    Jump,
    Log,
    Masquerade,
    Reject,
    Return,
    SetMark,
    Target,
    Translate,
    UnknownTarget,
)
from cfnet.cell.model.packet import ConntrackState

_NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
_TEXTS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=30)
_MARKS = st.integers(0, ALL_BITS)
_ADDRESSES = st.integers(0, 2**32 - 1).map(IPv4Address)
_NETWORKS = st.tuples(_ADDRESSES, st.integers(1, 32)).map(lambda pair: IPv4Network(pair, strict=False))
_PORTS = st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(sorted).filter(lambda ends: ends != [0, 65535])
"""A range of all ports is never printed."""
_NOT = st.booleans()


def _match(module: str, *options: st.SearchStrategy[Condition | None]) -> st.SearchStrategy[Match]:
    """A group with some of these options, in this order."""
    return st.tuples(*options).map(lambda found: Match(module, tuple(each for each in found if each is not None)))


def _maybe(made: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition | None]:
    return st.none() | made


_HEADER = _match(
    "",
    *(_maybe(st.builds(Address, st.just(flag), _NETWORKS, negated=_NOT)) for flag in ("-s", "-d")),
    *(_maybe(st.builds(Interface, st.just(flag), _NAMES, negated=_NOT)) for flag in ("-i", "-o")),
    _maybe(st.builds(Transport, st.just("-p"), st.sampled_from(["tcp", "udp", "gre", "253"]), negated=_NOT)),
)


def _port(flag: str) -> st.SearchStrategy[Condition]:
    return st.builds(lambda ends, no: Port(flag, *ends, negated=no), _PORTS, _NOT)


def _range(flag: str) -> st.SearchStrategy[Condition]:
    return st.builds(AddressRange, st.just(flag), _ADDRESSES, _ADDRESSES, negated=_NOT)


def _states(flag: str) -> st.SearchStrategy[Condition]:
    states = st.sets(st.sampled_from(list(ConntrackState)), min_size=1).map(
        lambda some: tuple(state for state in STATES if state in some)
    )
    return st.builds(States, st.just(flag), states, negated=_NOT)


def _rate(flag: str) -> st.SearchStrategy[Condition]:
    words = st.builds("{}/{}".format, st.integers(1, 10_000), st.sampled_from(["sec", "min", "hour", "day"]))
    return words.map(lambda word: Rate.read(flag, word, negated=False))


_MODULES = st.one_of(
    *(_match(module, _maybe(_port("--sport")), _maybe(_port("--dport"))) for module in ("tcp", "udp")),
    _match("mark", st.builds(Mark, st.just("--mark"), _MARKS, _MARKS, negated=_NOT)),
    _match("conntrack", _states("--ctstate")),
    _match("state", _states("--state")),
    _match("iprange", _maybe(_range("--src-range")), _maybe(_range("--dst-range"))),
    _match("comment", st.builds(Comment, st.just("--comment"), _TEXTS)),
    _match("limit", _rate("--limit"), _maybe(st.just(Setting("--limit-burst", "7")))),
    _match("hashlimit", _rate("--hashlimit-above"), st.just(Setting("--hashlimit-mode", "dstip,dstport"))),
    _match("icmp", st.builds(IcmpType, st.just("--icmp-type"), st.integers(0, 254), st.none() | st.integers(0, 255))),
    _match("addrtype", st.just(Unknown("! --dst-type LOCAL")), st.just(Unknown("--limit-iface-in"))),
    _match("socket"),
)
_TARGETS: st.SearchStrategy[Target | None] = st.one_of(
    st.sampled_from([Accept(), Drop(), Return(), None, Masquerade(), UnknownTarget('-j NFLOG --nflog-prefix "x y"')]),
    st.builds(Reject, st.sampled_from(["icmp-port-unreachable", "tcp-reset"])),
    st.builds(SetMark, _MARKS, _MARKS),
    st.builds(Log, _TEXTS, st.sampled_from(["", "--log-level 7 --log-uid"])),
    st.builds(Translate, st.builds(lambda address, port: f"{address}:{port}", _ADDRESSES, st.integers(1, 65535))),
    st.builds(Jump, _NAMES),
    st.builds(Goto, _NAMES),
)

RULES = st.builds(
    lambda chain, header, modules, target: Rule(chain, (*([header] if header.conditions else []), *modules), target),
    _NAMES,
    _HEADER,
    st.lists(_MODULES, max_size=4),
    _TARGETS,
)
"""Rules of user-defined chains."""
