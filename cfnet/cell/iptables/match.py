"""Conditions of a rule, grouped by module: those of iptables itself (`-s`, `-p`) and of modules (`-m tcp --dport 80`).

`KINDS` maps each flag of each module to the class that parses, prints and evaluates it. Other flags are kept verbatim,
and whether a packet matches them is unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from cfnet.cell.iptables.condition import Comment, Condition, Rate, Setting, Unknown
from cfnet.cell.iptables.header import Address, AddressRange, IcmpType, Interface, Port, Transport
from cfnet.cell.iptables.normal_form import STATES
from cfnet.cell.model.packet import Packet

ALL_BITS: Final = 0xFFFFFFFF
"""The mask for comparing or setting a mark as a whole."""

_TRANSLATED: Final = frozenset({"SNAT", "DNAT"})


@dataclass(frozen=True, slots=True)
class Mark(Condition):
    """`--mark`: the masked bits of the packet's mark equal the value."""

    mark: int
    mask: int = ALL_BITS

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read `0x2` or `0x2/0xff`."""
        return cls(flag, *read_mark(word), negated=negated)

    @property
    def value(self) -> str:
        """`0x2` or `0x2/0xff`."""
        return f"{self.mark:#x}" if self.mask == ALL_BITS else f"{self.mark:#x}/{self.mask:#x}"

    def fits(self, packet: Packet) -> bool:
        """Whether the packet carries the mark."""
        return packet.mark & self.mask == self.mark


@dataclass(frozen=True, slots=True)
class States(Condition):
    """`--ctstate`, `--state`: the conntrack state of the packet is one of these."""

    states: tuple[str, ...]

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read `RELATED,ESTABLISHED`, in any order and case."""
        states = set(word.upper().split(","))
        if not states.issubset(STATES):
            raise ValueError(f"{word} is not a list of connection states")
        return cls(flag, tuple(state for state in STATES if state in states), negated=negated)

    @property
    def value(self) -> str:
        """`RELATED,ESTABLISHED`."""
        return ",".join(self.states)

    def fits(self, packet: Packet) -> bool | None:
        """Whether the connection is in one of the states; None if that depends on address translation."""
        if packet.connection in self.states:
            return True
        return False if _TRANSLATED.isdisjoint(self.states) else None


KINDS: Final[dict[str, dict[str, type[Condition]]]] = {
    "": {"-s": Address, "-d": Address, "-i": Interface, "-o": Interface, "-p": Transport},
    "tcp": {"--sport": Port, "--dport": Port},
    "udp": {"--sport": Port, "--dport": Port},
    "icmp": {"--icmp-type": IcmpType},
    "icmp6": {"--icmpv6-type": IcmpType},
    "mark": {"--mark": Mark},
    "conntrack": {"--ctstate": States},
    "state": {"--state": States},
    "iprange": {"--src-range": AddressRange, "--dst-range": AddressRange},
    "comment": {"--comment": Comment},
    "limit": {"--limit": Rate, "--limit-burst": Setting},
    "hashlimit": {
        "--hashlimit-upto": Rate,
        "--hashlimit-above": Rate,
        "--hashlimit-burst": Setting,
        "--hashlimit-mode": Setting,
        "--hashlimit-name": Setting,
        "--hashlimit-htable-expire": Setting,
    },
}
"""Module → flag → class of condition; the module of iptables' own flags is empty."""


@dataclass(frozen=True, slots=True)
class Match:
    """The conditions of a module, in the order in which they are printed."""

    module: str
    """Empty for iptables' own flags."""
    conditions: tuple[Condition, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """The parts that cfnet does not know, verbatim."""
        if self.module not in KINDS:
            return (str(self),)
        return tuple(str(condition) for condition in self.conditions if isinstance(condition, Unknown))

    def holds(self, packet: Packet) -> bool | None:
        """Whether the packet meets all conditions; None if unknown."""
        if self.module not in KINDS:
            return None
        return every(condition.holds(packet) for condition in self.conditions)

    def __str__(self) -> str:
        """The conditions as iptables prints them."""
        words = (f"-m {self.module}",) if self.module else ()
        return " ".join((*words, *map(str, self.conditions)))


def every(answers: Iterable[bool | None]) -> bool | None:
    """Return False if any answer is False, otherwise None if any is None, otherwise True."""
    unsure = False
    for answer in answers:
        if answer is False:
            return False
        unsure = unsure or answer is None
    return None if unsure else True


def read_mark(word: str) -> tuple[int, int]:
    """Parse mark and mask in `0x2` or `0x2/0xff`; numbers can also be decimal or octal (`010`).

    Raises:
        ValueError: the word is not a mark.
    """
    mark, slash, mask = word.partition("/")
    return _number(mark), _number(mask) if slash else ALL_BITS


def _number(word: str) -> int:
    octal = len(word) > 1 and word[0] == "0" and word.isascii() and word.isdigit()
    number = int(word, 8 if octal else 0)
    if not 0 <= number <= ALL_BITS:
        raise ValueError(f"{word} does not fit in 32 bits")
    return number
