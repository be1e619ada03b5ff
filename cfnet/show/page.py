"""Help as values: a page has sections, and a section has blocks. `help_text` prints them, `roff` typesets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Lines(NamedTuple):
    """Text that is printed line by line, never wrapped."""

    lines: tuple[str, ...]


class Synopsis(NamedTuple):
    """A command line, which is wrapped only between its parts."""

    command: str
    parts: tuple[str, ...]


class Terms(NamedTuple):
    """Terms with their descriptions.

    `column` is where all descriptions start; 0 to choose it by the widest term. Without `wrap`, a description is one
    line, as in the help of `cf`.
    """

    rows: tuple[tuple[str, str], ...]
    column: int = 0
    wrap: bool = True


Block = str | Lines | Synopsis | Terms
"""A plain string is a paragraph."""


class HelpSection(NamedTuple):
    """A titled part of a page."""

    title: str
    blocks: Sequence[Block]


class ManualPage(NamedTuple):
    """A page in section 1 of the manual."""

    name: str
    sections: Sequence[HelpSection]
