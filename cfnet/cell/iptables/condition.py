"""What a rule asks of a packet: the shape that all conditions share, and those that look at no packet.

Source of all conditions: iptables(8), iptables-extensions(8), and what iptables 1.8 prints.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Self

from cfnet.cell.iptables.normal_form import HASHED, UNITS
from cfnet.cell.iptables.tokens import quoted
from cfnet.cell.model.kernel_text import kept_rate
from cfnet.cell.model.packet import Packet


@dataclass(frozen=True, slots=True)
class Condition(ABC):
    """One condition: a flag, its value, and whether a `!` turns it round."""

    flag: str
    negated: bool = field(default=False, kw_only=True)

    @classmethod
    @abstractmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """The condition with this value.

        Raises:
            ValueError: the word is no such value.
        """

    @property
    @abstractmethod
    def value(self) -> str:
        """The value as iptables prints it."""

    @abstractmethod
    def fits(self, packet: Packet) -> bool | None:
        """Whether the packet has the value, before any `!`; None where that cannot be told."""

    def holds(self, packet: Packet) -> bool | None:
        """Whether the packet meets the condition; None where that cannot be told."""
        fits = self.fits(packet)
        return None if fits is None else fits != self.negated

    def __str__(self) -> str:
        """The condition as iptables prints it."""
        return f"{'! ' if self.negated else ''}{self.flag} {self.value}"


@dataclass(frozen=True, slots=True)
class Comment(Condition):
    """`--comment`: a remark for people. It always fits."""

    text: str

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read any text."""
        return cls(flag, word, negated=negated)

    @property
    def value(self) -> str:
        """The text, quoted where it needs to be."""
        return quoted(self.text)

    def fits(self, packet: Packet) -> bool:
        """Always."""
        del packet
        return True


@dataclass(frozen=True, slots=True)
class Rate(Condition):
    """`--limit`, `--hashlimit-upto`: no more often than that; `--hashlimit-above`: more often.

    A single packet is taken to be within every limit.
    """

    times: int
    unit: str
    """`sec`, `min`, `hour` or `day`."""

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read `100/sec`, `100/second` and `100`; a `--limit` as the kernel keeps it."""
        number, slash, unit = word.partition("/")
        name = UNITS.get(unit.lower() if slash else "s")
        times = int(number)
        if not name or times < 1:
            raise ValueError(f"{word} is no number of packets in a time")
        if flag == "--limit":
            times, name = kept_rate(times, name)
        return cls(flag, times, name, negated=negated)

    @property
    def value(self) -> str:
        """`100/sec`."""
        return f"{self.times}/{self.unit}"

    def fits(self, packet: Packet) -> bool:
        """Whether a packet within the limit fits."""
        del packet
        return self.flag != "--hashlimit-above"


@dataclass(frozen=True, slots=True)
class Setting(Condition):
    """A detail of the module's other conditions (`--limit-burst 5`): no question of its own, so it always fits."""

    setting: str

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read any word; what hashlimit counts by comes in the order in which it is printed."""
        if flag == "--hashlimit-mode":
            word = ",".join(sorted(word.split(","), key=lambda part: HASHED.index(part) if part in HASHED else -1))
        return cls(flag, word, negated=negated)

    @property
    def value(self) -> str:
        """The word."""
        return self.setting

    def fits(self, packet: Packet) -> bool:
        """Always."""
        del packet
        return True


@dataclass(frozen=True, slots=True)
class Unknown(Condition):
    """Words that cfnet does not know, as they stood there (a `!` among them)."""

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Keep the words."""
        return cls(f"{'! ' if negated else ''}{flag}{word and ' '}{word}")

    @property
    def value(self) -> str:
        """Nothing: the flag has all the words."""
        return ""

    def fits(self, packet: Packet) -> None:
        """Nobody can tell."""

    def __str__(self) -> str:
        """The words."""
        return self.flag
