"""A rule of a chain: `-A CHAIN`, its conditions and its target."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from cfnet.cell.iptables.condition import Condition
from cfnet.cell.iptables.match import Mark, Match, every
from cfnet.cell.iptables.rule_parser import RuleWords
from cfnet.cell.iptables.target import SetMark, Target, UnknownTarget, read_target
from cfnet.cell.iptables.tokens import NotIptables, Word, split
from cfnet.cell.model.packet import Packet

_Kind = TypeVar("_Kind", bound=Condition)


class Counters(NamedTuple):
    """The counters of a rule or of a chain's policy."""

    packets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. Rules in the same chain with the same conditions and target are equal, regardless of counters."""

    chain: str
    matches: tuple[Match, ...]
    target: Target | None
    """None if the rule only counts."""
    counters: Counters | None = field(default=None, compare=False)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of all modules."""
        return tuple(condition for match in self.matches for condition in match.conditions)

    def conditions_of(self, kind: type[_Kind]) -> list[_Kind]:
        """Return the conditions of one kind."""
        return [condition for condition in self.conditions if isinstance(condition, kind)]

    @property
    def marks(self) -> list[int]:
        """The marks that it matches or sets, without their masks."""
        asked = [condition.mark for condition in self.conditions_of(Mark)]
        return [*asked, self.target.mark] if isinstance(self.target, SetMark) else asked

    @property
    def unknown(self) -> tuple[str, ...]:
        """The parts that cfnet does not know, verbatim."""
        words = tuple(word for match in self.matches for word in match.unknown)
        return (*words, str(self.target)) if isinstance(self.target, UnknownTarget) else words

    def holds(self, packet: Packet) -> bool | None:
        """Whether the packet matches the rule; None if unknown."""
        return every(match.holds(packet) for match in self.matches)

    def __str__(self) -> str:
        """The rule as `iptables -S` prints it, without counters."""
        return " ".join(map(str, filter(None, (f"-A {self.chain}", *self.matches, self.target))))


def read_rule(line: str, chains: Collection[str] = ()) -> Rule:
    """Parse a rule as printed by `iptables -S` or `iptables-save`, with or without counters.

    Args:
        line: `-A CHAIN …` or `[PACKETS:BYTES] -A CHAIN …`.
        chains: the user-defined chains of the table, if known.

    Raises:
        NotIptables: the line is not a rule.
    """
    counters = None
    if line.startswith("["):
        found, _, line = line[1:].partition("]")
        counters = read_counters(found.split(":"))
    match split(line):
        case [Word(text="-A" | "--append"), chain, *rest]:
            return rule_of(chain.text, rest, chains, counters)
    raise NotIptables("a rule, `-A CHAIN …`")


def rule_of(chain: str, words: Sequence[Word], chains: Collection[str], counters: Counters | None = None) -> Rule:
    """Parse the words of a rule in `chain`.

    Raises:
        NotIptables: they are not a rule.
    """
    reading = RuleWords(words, chains)
    matches = reading.matches()
    target = read_target(reading.target, chains) if reading.target else None
    counted = read_counters(reading.counters) if reading.counters else counters
    return Rule(chain, matches, target, counted)


def read_counters(numbers: Sequence[str]) -> Counters:
    """Parse the numbers of packets and bytes.

    Raises:
        NotIptables: these are not two numbers.
    """
    try:
        packets, size = map(int, numbers)
    except ValueError:
        raise NotIptables("counters, `[PACKETS:BYTES]`") from None
    return Counters(packets, size)
