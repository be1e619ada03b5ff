"""One rule of a chain: `-A CHAIN`, what it asks of a packet, and what it does with those that fit."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cfnet.cell.iptables_condition import Condition, Unknown
from cfnet.cell.iptables_match import KINDS, Match, every
from cfnet.cell.iptables_target import Target, UnknownTarget, read_target
from cfnet.cell.iptables_words import NotIptables, Word, split, verbatim
from cfnet.cell.packet import Packet

_TARGETS: Final = frozenset({"-j", "-g"})
_COUNTER_WORDS: Final = 3


class Counters(NamedTuple):
    """How much a rule, or a chain's policy, has met so far."""

    packets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. Two rules that ask and do the same in the same chain are equal, whatever their counters."""

    chain: str
    matches: tuple[Match, ...]
    target: Target | None
    """None where the rule only counts."""
    counters: Counters | None = field(default=None, compare=False)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, whatever module they belong to."""
        return tuple(condition for match in self.matches for condition in match.conditions)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What of the rule cfnet does not know, word for word; empty where it knows all."""
        words = tuple(word for match in self.matches for word in match.unknown)
        return (*words, str(self.target)) if isinstance(self.target, UnknownTarget) else words

    def holds(self, packet: Packet) -> bool | None:
        """Whether the packet fits the rule; None where that cannot be told."""
        return every(match.holds(packet) for match in self.matches)

    def __str__(self) -> str:
        """The rule as `iptables -S` prints it, without counters."""
        return " ".join(map(str, filter(None, (f"-A {self.chain}", *self.matches, self.target))))


def read_rule(line: str, chains: Collection[str] = ()) -> Rule:
    """Read one rule, as `iptables -S` or `iptables-save` prints it, with or without counters.

    Args:
        line: `-A CHAIN …`, or `[PACKETS:BYTES] -A CHAIN …`.
        chains: the user-defined chains of the table, where they are known.

    Raises:
        NotIptables: the line is no rule.
    """
    counters = None
    if line.startswith("["):
        found, _, line = line[1:].partition("] ")
        counters = _counters(found.split(":"))
    match split(line):
        case [Word(text="-A"), chain, *rest]:
            reading = _Reading(rest)
        case _:
            raise NotIptables("a rule, `-A CHAIN …`")
    matches = tuple(reading.matches())
    target = read_target(reading.rest, chains) if reading.rest else None
    return Rule(chain.text, matches, target, reading.counters or counters)


def _counters(numbers: Sequence[str]) -> Counters:
    try:
        packets, size = map(int, numbers)
    except ValueError:
        raise NotIptables("counters, `[PACKETS:BYTES]`") from None
    return Counters(packets, size)


class _Reading:
    """Takes a rule's words from the left, until only its target is left."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.rest = words
        self.counters: Counters | None = None

    def matches(self) -> Iterator[Match]:
        """The groups of conditions in front of the target."""
        module = ""
        conditions: list[Condition] = []
        while self.rest and self.rest[0].text not in _TARGETS:
            following = self._next_module(module)
            if following is not None:
                if module or conditions:
                    yield Match(module, tuple(conditions))
                module, conditions = following, []
            elif self.rest[0].text == "-c":
                self.counters = _counters([word.text for word in self._take(_COUNTER_WORDS)[1:]])
            else:
                conditions.append(self._condition(module))
        if module or conditions:
            yield Match(module, tuple(conditions))

    def _next_module(self, module: str) -> str | None:
        """The module that begins here; None where `module` goes on."""
        if self.rest[0].text == "-m":
            return self._take(2)[-1].text
        flag = self.rest[self._is_negated()].text
        return "" if module and flag in KINDS[""] else None

    def _condition(self, module: str) -> Condition:
        negated = self._is_negated()
        flag = self.rest[negated]
        kind = KINDS.get(module, {}).get(flag.text)
        words = self._take(negated + 2) if kind else self._take(self._length_of_unknown())
        if kind and len(words) == negated + 2:
            with suppress(ValueError):
                return kind.read(flag.text, words[-1].text, negated=negated)
        return Unknown(verbatim(words))

    def _length_of_unknown(self) -> int:
        """How many words there are up to the next flag, `!` and the first flag included."""
        first = self._is_negated() + 1
        following = (at for at, word in enumerate(self.rest[first:], first) if word.text == "!" or word.raw[0] == "-")
        return next(following, len(self.rest))

    def _is_negated(self) -> bool:
        return len(self.rest) > 1 and self.rest[0].text == "!"

    def _take(self, count: int) -> Sequence[Word]:
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken
