"""Markdown as sections of a help page: headings, paragraphs, lists, tables and code, as in the project's own pages."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.show.page import HelpSection, Lines, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cfnet.show.page import Block

_FENCE: Final = re.compile(r"```[\w-]*(?: (?P<file>\S+))?")
"""The start of a fenced block, perhaps with the name of a file."""
_HEADING: Final = re.compile(r"(#+) (.*)")
_ITEM: Final = re.compile(r"(-|\d+\.) +(.*)")
_PICTURE: Final = re.compile(r"!\[([^\[\]]*+)\]\([^()]*+\)")
_LINK: Final = re.compile(r"(?P<open>\()?\[(?P<text>(?:`[^`]*+`|[^\[\]`])*+)\]\((?P<target>[^()\s]*+)\)(?P<closed>\))?")
_CODE: Final = re.compile(r"`([^`]+)`")
_EMPHASIS: Final = re.compile(r"(?<![\w*])(\*\*?)(\S(?:[^*]*\S)?)\1(?![\w*])")
_CELL_END: Final = re.compile(r"(?<!\\)\|")
_RULER: Final = re.compile(r"[-| :]+")
_GAP: Final = 2
_WIDEST: Final = 74
"""A wider table is printed row by row: with the indent, this fits 80 columns."""
_SECOND: Final = 2


class Heading(NamedTuple):
    """A heading: `level` is the number of its marks."""

    level: int
    text: str


def sections_of(markdown: str, reference: Callable[[str], str] = str) -> Iterator[HelpSection]:
    """Yield the sections of a page; `reference` says how to find the target of a link, or is empty."""
    title = ""
    blocks: list[Block] = []
    for each in _blocks(markdown, reference):
        if not isinstance(each, Heading):
            blocks.append(each)
            continue
        if title:
            yield HelpSection(title, blocks)
        title, blocks = each.text.upper() if each.level <= _SECOND else each.text, []
    if title:
        yield HelpSection(title, blocks)


def section_of(markdown: str, heading: str) -> str:
    """Return the part of a page under `heading`, up to the next heading of its level or above."""
    lines: list[str] = []
    level = 0
    is_code = False
    for line in markdown.splitlines(keepends=True):
        is_code ^= line.startswith("```")
        found = None if is_code else _HEADING.match(line)
        if found:
            depth = len(found[1])
            if found[2] == heading and not level:
                level = depth
            elif level and depth <= level:
                break
        if level:
            lines.append(line)
    return "".join(lines)


def _blocks(markdown: str, reference: Callable[[str], str]) -> Iterator[Block | Heading]:
    for fence, lines in _chunks(markdown.splitlines()):
        if fence is not None:
            name = [f"{fence['file']}:"] if fence["file"] else []
            yield Lines((*name, *(f"   {line}" for line in lines)))
            continue
        for kind, of_kind in groupby(_joined(lines), _kind):
            yield from _of_kind(kind, list(of_kind), reference)


def _chunks(lines: Iterable[str]) -> Iterator[tuple[re.Match[str] | None, list[str]]]:
    """Yield fenced blocks with the match of their first line, and lines up to an empty one."""
    fence: re.Match[str] | None = None
    chunk: list[str] = []
    for line in lines:
        starts = _FENCE.fullmatch(line) if fence is None else None
        ends = line == "```" if fence else not line
        if not (starts or ends):
            chunk.append(line)
            continue
        if chunk or fence:
            yield fence, chunk
        fence, chunk = starts, []
    if chunk:
        yield fence, chunk


def _joined(lines: Iterable[str]) -> list[str]:
    """Lines with those that continue a paragraph or an item appended to its first one."""
    joined: list[str] = []
    for line in lines:
        if joined and not _starts(line) and not _starts_alone(joined[-1]):
            joined[-1] += f" {line.strip()}"
        else:
            joined.append(line)
    return joined


def _starts(line: str) -> bool:
    return bool(_HEADING.match(line) or _ITEM.match(line) or line.startswith("|"))


def _starts_alone(line: str) -> bool:
    return bool(_HEADING.match(line) or line.startswith("|"))


def _kind(line: str) -> str:
    if _HEADING.match(line):
        return "heading"
    if _ITEM.match(line):
        return "item"
    return "row" if line.startswith("|") else "paragraph"


def _of_kind(kind: str, lines: Sequence[str], reference: Callable[[str], str]) -> Iterator[Block | Heading]:
    match kind:
        case "heading":
            found = filter(None, map(_HEADING.match, lines))
            yield from (Heading(len(each[1]), plain(each[2], reference)) for each in found)
        case "item":
            yield _items(lines, reference)
        case "row":
            yield from _table([_cells(line, reference) for line in lines if not _RULER.fullmatch(line)])
        case _:
            yield from (plain(line, reference) for line in lines)


def _items(lines: Iterable[str], reference: Callable[[str], str]) -> Terms:
    """A list: its marks are the terms."""
    items = [(found[1], plain(found[2], reference)) for found in filter(None, map(_ITEM.match, lines))]
    return Terms(tuple(items), max(len(mark) for mark, _ in items) + 1)


def _cells(row: str, reference: Callable[[str], str]) -> list[str]:
    return [plain(cell.strip().replace("\\|", "|"), reference) for cell in _CELL_END.split(row)[1:-1]]


def _table(rows: Sequence[Sequence[str]]) -> Iterator[Block]:
    """A table: as columns if it fits, otherwise row by row."""
    header, *body = rows
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + _GAP * (len(widths) - 1) <= _WIDEST:
        shown = rows if any(header) else body
        yield Lines(tuple(_columns(row, widths) for row in shown))
        return
    yield Terms(tuple(_records(header, body)))


def _columns(row: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _GAP).join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))


def _records(header: Sequence[str], body: Iterable[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Rows as terms: with two columns, the second is the description; otherwise a line for each further cell."""
    for first, *cells in body:
        if len(header) == _SECOND:
            yield first, cells[0]
            continue
        yield first, ""
        yield from ((f"  {name}", cell) for name, cell in zip(header[1:], cells, strict=True) if cell)


def _linked(link: re.Match[str], reference: Callable[[str], str]) -> str:
    """The text of a link, with its reference in parentheses, or after a colon if it is in parentheses itself."""
    before, after = link["open"] or "", link["closed"] or ""
    target = reference(link["target"])
    if not target:
        return f"{before}{link['text']}{after}"
    if before and after:
        return f"({link['text']}: {target})"
    return f"{before}{link['text']} ({target}){after}"


def plain(text: str, reference: Callable[[str], str] = str) -> str:
    """Return a line of Markdown without its marks; code with a blank is quoted, so that its end can be seen."""
    codes: list[str] = []

    def keep(code: re.Match[str]) -> str:
        codes.append(f"'{code[1]}'" if " " in code[1] and code[0] != text else code[1])
        return f"\0{len(codes) - 1}\0"

    text = _PICTURE.sub(lambda found: f"[Picture: {found[1]}]", text)
    text = _LINK.sub(lambda found: _linked(found, reference), text)
    without = _EMPHASIS.sub(lambda found: found[2], _CODE.sub(keep, text))
    return re.sub(r"\0(\d+)\0", lambda found: codes[int(found[1])], without)
