"""Formats manual pages with the macros of man(7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.show.page import Lines, Synopsis, Terms

if TYPE_CHECKING:
    from cfnet.show.page import Block, ManualPage


def roff(page: ManualPage) -> str:
    """Format `page`, without a date, so that the same page always gives the same text."""
    lines = [f'.TH "{_escaped(page.name)}" 1 "" cfnet "User Commands"', ".nh", ".ad l"]
    for section in page.sections:
        lines.append(f'.SH "{_escaped(section.title)}"')
        for at, block in enumerate(section.blocks):
            if at:
                lines.append(".PP")
            lines += _block(block)
    return "".join(f"{line}\n" for line in lines)


def _block(block: Block) -> list[str]:
    if isinstance(block, Lines):
        return [".nf", *map(_text, block.lines), ".fi"]
    if isinstance(block, Terms):
        return [line for term, text in block.rows for line in (".TP", rf"\fB{_escaped(term)}\fR", _text(text))]
    if isinstance(block, Synopsis):
        # A space that is escaped is not a place to break the line.
        return [" ".join(_escaped(each).replace(" ", r"\ ") for each in (block.command, *block.parts))]
    return [_text(block)]


def _text(text: str) -> str:
    """Escape a line of text, so that its first character cannot make it a roff request."""
    escaped = _escaped(text)
    return rf"\&{escaped}" if escaped[:1] in {"", ".", "'"} else escaped


def _escaped(text: str) -> str:
    """Escape `text` for roff, with ASCII punctuation kept so that it can be copied and typed."""
    for character, name in (
        ("\\", r"\e"),
        ("-", r"\-"),
        ('"', r"\(dq"),
        ("'", r"\(aq"),
        ("^", r"\(ha"),
        ("~", r"\(ti"),
    ):
        text = text.replace(character, name)
    return text
