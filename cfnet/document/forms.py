"""The forms of values in a document, as data; the checks and the JSON Schema are both derived from them.

Forms are constants. Those with other forms are equal only to themselves, so that results of checks can be kept by form.
They are named tuples and not data classes, which would add a twentieth to the start-up time of commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from cfnet.document.faults import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_NO_NEEDS: Final[Mapping[str, str]] = {}


def no_guess(_text: str) -> str:
    """Return no guess."""
    return ""


class TextForm(NamedTuple):
    """A text that matches `pattern`: a regex for Python and JavaScript, anchored at both ends."""

    code: Code
    expected: str
    pattern: str
    guess: Callable[[str], str] = no_guess


class Whole(NamedTuple):
    """A whole number from `lowest` to `highest`, in plain decimal digits."""

    code: Code
    expected: str
    lowest: int
    highest: int
    guess: Callable[[str], str] = no_guess


class OneWord(NamedTuple):
    """One of several words."""

    code: Code
    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        """The words, as listed in a fault."""
        return " or ".join(self.words)


class Truth(NamedTuple):
    """`true` or `false`."""

    code: Code = Code.WRONG_KIND
    expected: str = "true or false"


class Many(NamedTuple):
    """A list of at least `least` items and, if `most` is given, at most that many."""

    expected: str
    of: Form
    least: int = 0
    most: int | None = None
    code: Code = Code.WRONG_KIND


class Key(NamedTuple):
    """A key of a table and the form of its value."""

    form: Form
    description: str
    required: bool = False


class MappingForm(NamedTuple):
    """A mapping that allows only these keys.

    Attributes:
        expected: a description for faults.
        keys: the keys, in the order of display.
        one_of: at least one of these keys is required.
        needs: keys that require another key.
    """

    expected: str
    keys: Mapping[str, Key]
    one_of: tuple[str, ...] = ()
    needs: Mapping[str, str] = _NO_NEEDS
    code: Code = Code.WRONG_KIND

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class Either(NamedTuple):
    """One of several forms: at most one each for texts, numbers and lists, and any number of tables.

    `name` is its name in the JSON Schema.
    """

    code: Code
    expected: str
    forms: tuple[Form, ...]
    name: str

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


Form: TypeAlias = TextForm | Whole | OneWord | Truth | Many | MappingForm | Either
