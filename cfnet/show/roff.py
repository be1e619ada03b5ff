"""Manual pages as `man` reads them: the macros of man(7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Lines(NamedTuple):
    """Text that stays as it is, line by line."""

    lines: tuple[str, ...]


class Terms(NamedTuple):
    """Terms, each with what there is to say of it."""

    rows: tuple[tuple[str, str], ...]


class ManualSection(NamedTuple):
    """A part of a page: its blocks are paragraphs, where they are plain text."""

    title: str
    blocks: Sequence[str | Lines | Terms]


class ManualPage(NamedTuple):
    """A page of section 1 of the manual."""

    name: str
    sections: Sequence[ManualSection]


def roff(page: ManualPage) -> str:
    """The source of `page`: the same for the same page, without a date."""
    lines = [f'.TH "{_escaped(page.name)}" 1 "" cfnet "User Commands"', ".nh", ".ad l"]
    for section in page.sections:
        lines.append(f'.SH "{_escaped(section.title)}"')
        for at, block in enumerate(section.blocks):
            if at:
                lines.append(".PP")
            lines += _block(block)
    return "".join(f"{line}\n" for line in lines)


def _block(block: str | Lines | Terms) -> list[str]:
    if isinstance(block, Lines):
        return [".nf", *map(_text, block.lines), ".fi"]
    if isinstance(block, Terms):
        return [line for term, text in block.rows for line in (".TP", rf"\fB{_escaped(term)}\fR", _text(text))]
    return [_text(block)]


def _text(text: str) -> str:
    """A line of text; one that begins as a request of roff's does is kept from being one."""
    escaped = _escaped(text)
    return rf"\&{escaped}" if escaped[:1] in {"", ".", "'"} else escaped


def _escaped(text: str) -> str:
    """`text`, in which nothing means anything to roff: what can be typed is shown as it must be typed."""
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
