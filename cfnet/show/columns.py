"""Tables in the layout of `cf`: columns as wide as their widest cell, three spaces apart, the last one not padded."""

from collections.abc import Iterable, Sequence

from cfnet.show.printable import printable

_GAP = 3
_BOLD, _PLAIN = "\x1b[1m", "\x1b[22m"


def width(text: str) -> int:
    """Return the terminal columns that `text` takes: none for combining marks, two for wide characters and emoji."""
    if text.isascii():
        return len(text)
    # Tables of characters take time to load, and most names are ASCII.
    from rich.cells import cell_len

    return cell_len(text)


def columns(header: Sequence[str], rows: Iterable[Sequence[str]], *, colour: bool) -> str:
    """Format `rows` as a table under `header`, which is bold with `colour`; every line ends with a newline.

    Rows must have as many cells as the header. Cells are escaped for a terminal; lines are never wrapped or cropped.
    """
    padded = [
        _padded(name, cells, bold=colour, is_last=place == len(header))
        for place, (name, *cells) in enumerate(zip(header, *rows, strict=True), 1)
    ]
    return "".join([f"{''.join(line)}\n" for line in zip(*padded, strict=True)])


def _padded(name: str, cells: Sequence[str], *, bold: bool, is_last: bool) -> list[str]:
    """Pad a column to its width; there may be 60,000 cells, but few different ones."""
    shown = {cell: printable(cell) for cell in set(cells)}
    room = 0 if is_last else max(map(width, (name, *shown.values()))) + _GAP
    filled = {cell: text + " " * (room - width(text)) for cell, text in shown.items()}
    head = f"{_BOLD}{name}{_PLAIN}" if bold and name else name
    return [head + " " * (room - width(name)), *map(filled.__getitem__, cells)]


def pairs(rows: Sequence[tuple[str, str]]) -> str:
    """Format `rows` as two aligned columns; values are escaped for a terminal."""
    room = max((width(name) for name, _value in rows), default=0) + 3
    return "".join(f"{name}{' ' * (room - width(name))}{printable(value)}".rstrip() + "\n" for name, value in rows)
