"""Tables as `cf` prints them: columns as wide as their widest cell, three spaces between, the last one not padded."""

import unicodedata
from collections.abc import Iterable, Sequence

from cfnet.show.printable import printable

_GAP = 3
_BOLD, _PLAIN = "\x1b[1m", "\x1b[22m"


def width(text: str) -> int:
    """The columns of a terminal that `text` takes: East Asian wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def columns(header: Sequence[str], rows: Iterable[Sequence[str]], *, colour: bool) -> str:
    """The table of `rows` under `header`, each line ended by a newline; the header is bold where `colour` says so.

    Rows have as many cells as the header. Cells are made safe for a terminal; no line is wrapped or cropped.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(width, column), default=0) + _GAP for column in zip(header, *cells, strict=True)]
    widths[-1] = 0
    lines = [_line(header, widths, bold=colour), *(_line(row, widths, bold=False) for row in cells)]
    return "".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int], *, bold: bool) -> str:
    padded = (
        (f"{_BOLD}{cell}{_PLAIN}" if bold and cell else cell) + " " * (room - width(cell))
        for cell, room in zip(cells, widths, strict=True)
    )
    return "".join(padded) + "\n"


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
