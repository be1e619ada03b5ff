"""Change the policies of a document without changing anything else in it, byte for byte.

Entries are added at the end of `policies`, and others are commented out. Comments, spelling and order stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.document.item_spans import CannotAmend, ItemSpan, ListSpan, list_span
from cfnet.document.reader import parsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LINE: Final = re.compile(r"[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029])|[^\r\n\x85\u2028\u2029]+")
"""A line with its end, by YAML's line breaks."""
_BEFORE_ITEM: Final = re.compile(r"( *)-(?: +&\S+)? +")
_BREAKS: Final = ("\r", "\n", "\x85", "\u2028", "\u2029")
_KEY: Final = "policies"
_INDENT: Final = "  "


class AmendedDocument(NamedTuple):
    """A changed document.

    Attributes:
        text: the new text.
        kept: the lines of entries that could not be commented out, each with the reason.
    """

    text: str
    kept: Mapping[int, str]


def amended(text: str, entries: Sequence[str], unused: Mapping[int, str]) -> AmendedDocument:
    """Add `entries` to the policies of a document, and comment out those in `unused`.

    Args:
        text: the document, which is valid.
        entries: items of `policies`, not indented, with newlines.
        unused: the remark to put above each entry to comment out, by the entry's line (as in its `Place`).

    Raises:
        CannotAmend: see there.
    """
    mark, body = text[: text.startswith("\ufeff")], text.removeprefix("\ufeff")
    lines = _LINE.findall(body)
    end = _line_end(lines)
    found = list_span(parsed(body), _KEY)
    if found is None:
        return AmendedDocument(mark + _with_key(lines, entries, end), {})
    found.require_lines()
    kept = _obstacles(found, lines, unused)
    gone = [span for span in found.items if span.line in unused and span.line not in kept]
    changes = _Changes(lines, end, _indent_of(found, lines))
    changes.add(found, entries)
    for span in gone:
        changes.comment_out(span, unused[span.line])
    if gone and len(gone) == len(found.items) and not entries:
        changes.empty(found)
    return AmendedDocument(mark + changes.text(), kept)


def _line_end(lines: Sequence[str]) -> str:
    return "\r\n" if lines and lines[0].endswith("\r\n") else "\n"


def _with_key(lines: Sequence[str], entries: Sequence[str], end: str) -> str:
    """Append the key and the entries."""
    text = "".join(lines)
    if not entries:
        return text
    between = "" if not text or text.endswith(_BREAKS) else end
    return text + between + f"{_KEY}:{end}" + "".join(_indented(each, _INDENT, end) for each in entries)


def _indented(entry: str, indent: str, end: str) -> str:
    return "".join(f"{indent}{line}{end}" for line in entry.splitlines())


def _obstacles(found: ListSpan, lines: Sequence[str], unused: Mapping[int, str]) -> dict[int, str]:
    """Return why some of the `unused` entries cannot be commented out, by line."""
    reasons = {span.line: _obstacle(span, lines) for span in found.items if span.line in unused}
    return {line: reason for line, reason in reasons.items() if reason}


def _obstacle(span: ItemSpan, lines: Sequence[str]) -> str:
    """Return why an entry cannot be commented out; empty if it can."""
    if span.shared:
        return "another entry uses an anchor in it"
    return "" if _dash(span, lines) else "it does not begin on the line of its dash"


def _dash(span: ItemSpan, lines: Sequence[str]) -> re.Match[str] | None:
    """Return the text before an item on its first line, if that is only the dash, and perhaps an anchor."""
    return _BEFORE_ITEM.fullmatch(lines[span.line - 1][: span.column - 1])


def _indent_of(found: ListSpan, lines: Sequence[str]) -> str:
    """Return the indentation of the items.

    Raises:
        CannotAmend: no item shows it.
    """
    if not found.items:
        return _INDENT
    dashes = filter(None, (_dash(span, lines) for span in found.items))
    first = next(dashes, None)
    if first is None:
        raise CannotAmend("no entry begins on the line of its dash")
    return first[1]


class _Changes:
    """The lines of a document, as they will be."""

    def __init__(self, lines: Sequence[str], end: str, indent: str) -> None:
        self._lines = list(lines)
        self._after: dict[int, str] = {}
        self._end = end
        self._indent = indent

    def add(self, found: ListSpan, entries: Sequence[str]) -> None:
        """Insert entries after the last item, or after the key."""
        if not entries:
            return
        if found.flow:
            self._remove_brackets(found)
        last = found.items[-1].last if found.items else found.key_line
        self._after[last - 1] = "".join(_indented(each, self._indent, self._end) for each in entries)

    def comment_out(self, span: ItemSpan, remark: str) -> None:
        """Put a `#` at the indentation of the items in each line of an item."""
        first, last = span.line - 1, span.last - 1
        while last > first and not self._lines[last].strip():
            last -= 1
        for at in range(first, last + 1):
            line = self._lines[at]
            if line.strip():
                own = min(len(self._indent), len(line) - len(line.lstrip(" ")))
                self._lines[at] = f"{line[:own]}# {line[own:]}"
        self._lines[first] = f"{self._indent}# {remark}{self._end}{self._lines[first]}"

    def empty(self, found: ListSpan) -> None:
        """Write an empty list where no item is left."""
        line = self._lines[found.key_line - 1]
        colon = line.index(":", found.key_end - 1) + 1
        self._lines[found.key_line - 1] = f"{line[:colon]} []{line[colon:]}"

    def _remove_brackets(self, found: ListSpan) -> None:
        line = self._lines[found.key_line - 1]
        colon = line.index(":", found.key_end - 1) + 1
        last, column = found.end
        if last != found.key_line:
            raise CannotAmend("the brackets of 'policies' end on another line")
        self._lines[found.key_line - 1] = line[:colon] + line[column - 1 :]

    def text(self) -> str:
        """Join the lines. A last line without an end stays without."""
        whole = "".join(self._lines)
        if not self._after:
            return whole
        ((at, added),) = self._after.items()
        before, rest = "".join(self._lines[: at + 1]), "".join(self._lines[at + 1 :])
        if before.endswith(_BREAKS):
            return before + added + rest
        return before + self._end + added.removesuffix(self._end)
