"""Conditions of rules: the base class, and conditions that do not depend on the packet.

Sources for all conditions: iptables(8), iptables-extensions(8), and the output of iptables 1.8.
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
    """A condition: a flag, its value, and whether it is negated by `!`."""

    flag: str
    negated: bool = field(default=False, kw_only=True)

    @classmethod
    @abstractmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Create the condition with this value.

        Raises:
            ValueError: the value is invalid.
        """

    @property
    @abstractmethod
    def value(self) -> str:
        """The value as iptables prints it."""

    @abstractmethod
    def fits(self, packet: Packet) -> bool | None:
        """Whether the packet has the value, ignoring `!`; None if unknown."""

    def holds(self, packet: Packet) -> bool | None:
        """Whether the packet meets the condition; None if unknown."""
        fits = self.fits(packet)
        return None if fits is None else fits != self.negated

    def __str__(self) -> str:
        """The condition as iptables prints it."""
        return f"{'! ' if self.negated else ''}{self.flag} {self.value}"


@dataclass(frozen=True, slots=True)
class Comment(Condition):
    """`--comment`: a remark. Always matches."""

    text: str

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read any text."""
        return cls(flag, word, negated=negated)

    @property
    def value(self) -> str:
        """The text, quoted if necessary."""
        return quoted(self.text)

    def fits(self, packet: Packet) -> bool:
        """Always."""
        del packet
        return True


@dataclass(frozen=True, slots=True)
class Rate(Condition):
    """`--limit`, `--hashlimit-upto`: at most this rate; `--hashlimit-above`: above this rate.

    A single packet is assumed to be within every limit.
    """

    times: int
    unit: str
    """`sec`, `min`, `hour` or `day`."""

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read `100/sec`, `100/second` or `100`; convert a `--limit` to the rate that the kernel stores."""
        number, slash, unit = word.partition("/")
        name = UNITS.get(unit.lower() if slash else "s")
        times = int(number)
        if not name or times < 1:
            raise ValueError(f"{word} is not a rate")
        if flag == "--limit":
            times, name = kept_rate(times, name)
        return cls(flag, times, name, negated=negated)

    @property
    def value(self) -> str:
        """`100/sec`."""
        return f"{self.times}/{self.unit}"

    def fits(self, packet: Packet) -> bool:
        """Whether a packet within the limit matches."""
        del packet
        return self.flag != "--hashlimit-above"


@dataclass(frozen=True, slots=True)
class Setting(Condition):
    """A setting of the module's other conditions (`--limit-burst 5`). Always matches by itself."""

    setting: str

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read any word; sort the modes of hashlimit in the order in which they are printed."""
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
    """Words that cfnet does not know, kept verbatim (including `!`)."""

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Keep the words."""
        return cls(f"{'! ' if negated else ''}{flag}{word and ' '}{word}")

    @property
    def value(self) -> str:
        """Empty, because the flag has all the words."""
        return ""

    def fits(self, packet: Packet) -> None:
        """Unknown."""

    def __str__(self) -> str:
        """The words."""
        return self.flag
