"""The forms that a value of a document can have, as data: the checks and the JSON Schema are two readings of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from cfnet.document.faults import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def no_guess(_text: str) -> str:
    """Nobody can tell what was meant."""
    return ""


@dataclass(frozen=True, slots=True)
class TextForm:
    """A text that `pattern` fits: one for Python and for JavaScript, anchored at both ends."""

    code: Code
    expected: str
    pattern: str
    guess: Callable[[str], str] = no_guess


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `lowest` to `highest`, in plain decimal digits."""

    code: Code
    expected: str
    lowest: int
    highest: int
    guess: Callable[[str], str] = no_guess


@dataclass(frozen=True, slots=True)
class OneWord:
    """One of a few words."""

    code: Code
    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        """The words, as a fault names them."""
        return " or ".join(self.words)


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""

    code: Code = Code.WRONG_KIND
    expected: str = "true or false"


@dataclass(frozen=True, slots=True)
class Many:
    """A list of at least `least` and, where `most` is given, at most that many."""

    expected: str
    of: Form
    least: int = 0
    most: int | None = None
    code: Code = Code.WRONG_KIND


@dataclass(frozen=True, slots=True)
class Key:
    """What stands under a key of a table."""

    form: Form
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class MappingForm:
    """A mapping of these keys and no others.

    Attributes:
        expected: what it is, as a fault names it.
        keys: the keys, in the order they are shown.
        one_of: at least one of these must be there.
        needs: a key that makes no sense without another.
    """

    expected: str
    keys: Mapping[str, Key]
    one_of: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)
    code: Code = Code.WRONG_KIND


@dataclass(frozen=True, slots=True)
class Either:
    """Any of a few forms: at most one each for texts, numbers and lists, and tables that share no key.

    `name` is what the JSON Schema calls it.
    """

    code: Code
    expected: str
    forms: tuple[Form, ...]
    name: str


Form: TypeAlias = TextForm | Whole | OneWord | Truth | Many | MappingForm | Either
