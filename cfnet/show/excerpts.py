"""Lines of policy documents, with the place of a fault underlined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cfnet.show.columns import width
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.document import Fault, Place

_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_WORD: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,\[\]{}]+?(?=:?(?:[\s,\[\]{}]|$))""")
_MORE: Final = "…"


class Excerpts:
    """The lines that faults are about; empty for files whose text is unknown."""

    def __init__(self, texts: Mapping[str, bytes], *, columns: int = 120, colour: bool = False) -> None:
        """Cut lines from `texts`, the content of each file, to about `columns`."""
        self.colour = colour
        self._columns = columns
        self._texts = texts
        self._lines: dict[str, Sequence[str]] = {}

    def of(self, fault: Fault) -> str:
        """Return the line of a fault and a line below it that underlines the place; empty if there is none."""
        line = self._line(fault.place)
        at = fault.place.column - 1
        if not line or line.isspace() or at > len(line):
            return ""
        length = _length(line, at, fault.found)
        start = max(0, at - self._columns // 2) if len(line) > self._columns else 0
        end = start + self._columns
        head = _MORE if start else ""
        before, marked = printable(f"{head}{line[start:at]}"), printable(line[at : at + length])
        after = printable(line[at + length : max(end, at + length)]) + (_MORE if end < len(line) else "")
        number = f"{fault.place.line:>5}"
        bar = styled("|", LineStyle.QUIET, colour=self.colour)
        under = styled("^" * max(1, width(marked)), LineStyle.BAD, colour=self.colour)
        shown = f"{before}{marked}{after}".rstrip()
        return (
            f"{styled(number, LineStyle.QUIET, colour=self.colour)} {bar} {shown}\n"
            f"{' ' * len(number)} {bar} {' ' * width(before)}{under}\n"
        )

    def _line(self, place: Place) -> str | None:
        """Return a line with tabs as single blanks, as the place counts them."""
        if place.file not in self._texts:
            return None
        if place.file not in self._lines:
            text = self._texts[place.file].decode("utf-8", errors="replace").removeprefix("\ufeff")
            self._lines[place.file] = _BREAK.split(text)
        lines = self._lines[place.file]
        return lines[place.line - 1].replace("\t", " ") if place.line <= len(lines) else None


def _length(line: str, at: int, found: str) -> int:
    """Return how many characters to underline: what was found, or else a quoted text or a word."""
    wanted = found.strip('"')
    if wanted and line.startswith(wanted, at):
        return len(wanted)
    word = _WORD.match(line, at)
    return max(1, word.end() - at) if word else 1


NO_EXCERPTS: Final = Excerpts({})
"""For faults whose documents are unknown."""
