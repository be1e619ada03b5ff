"""The text of a help page, in the layout of `cf`."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final, assert_never

from cfnet.show.page import Lines, Synopsis, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cfnet.show.page import Block, HelpSection

_INDENT: Final = "   "
_GAP: Final = 3
"""Columns between a term and its description."""
_WIDEST_TERM: Final = 24
"""A longer term has its description on the next line."""
_UNBREAKABLE: Final = re.compile(r"(?<!\w)'[^']{1,40}'(?!\w)|\(Default: [^)]{1,12}\)")
_GLUE: Final = "\0"
_NARROWEST: Final = 40
_WIDEST: Final = 120
"""The limits of the text's width, which otherwise follows the terminal; longer lines are hard to read."""


def help_text(sections: Iterable[HelpSection], width: int) -> str:
    """Format the sections that have content for a terminal with `width` columns."""
    width = min(max(width, _NARROWEST), _WIDEST)
    return "\n".join(_section(section, width) for section in sections if section.blocks)


def _section(section: HelpSection, width: int) -> str:
    blocks = ("".join(f"{line}\n" for line in _block(block, width)) for block in section.blocks)
    return f"{section.title}:\n" + "\n".join(blocks)


def _block(block: Block, width: int) -> Iterator[str]:
    match block:
        case str():
            yield from _wrapped(block, _INDENT, _INDENT, width)
        case Lines(lines):
            yield from (f"{_INDENT}{line}".rstrip() for line in lines)
        case Synopsis(command, parts):
            yield from _synopsis(f"{_INDENT}{command}", parts, width)
        case Terms(rows, column, wrap=False):
            yield from (f"{_INDENT}{term:<{column}}{text}" for term, text in rows)
        case Terms(rows, column):
            yield from _terms(rows, column or _column(rows), width)
        case _:
            assert_never(block)


def _synopsis(line: str, parts: Iterable[str], width: int) -> Iterator[str]:
    for part in parts:
        if len(line) + 1 + len(part) > width:
            yield line
            line = _INDENT * 2 + part
        else:
            line = f"{line} {part}"
    yield line


def _column(rows: Iterable[tuple[str, str]]) -> int:
    return max((len(term) for term, _ in rows if len(term) <= _WIDEST_TERM), default=_WIDEST_TERM) + _GAP


def _terms(rows: Iterable[tuple[str, str]], column: int, width: int) -> Iterator[str]:
    rest = _INDENT + " " * column
    for term, text in rows:
        start = f"{_INDENT}{term:<{column}}"
        if len(term) >= column or not text:
            yield from _wrapped(term, _INDENT, _INDENT, width)
            start = rest
        yield from _wrapped(text, start, rest, width)


def _wrapped(text: str, first: str, rest: str, width: int) -> list[str]:
    """Wrap `text` between words; quoted commands and defaults are treated as words."""
    glued = _UNBREAKABLE.sub(lambda found: found[0].replace(" ", _GLUE), text)
    lines = textwrap.wrap(
        glued, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(_GLUE, " ") for line in lines]
