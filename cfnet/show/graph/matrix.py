"""Formats a graph as a matrix for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.show.columns import width
from cfnet.show.graph.graph import Change
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.show.graph.graph import Graph

_GAP: Final = 3
_TONES: Final = {Change.ADDED: LineStyle.GOOD, Change.REMOVED: LineStyle.BAD, Change.KEPT: LineStyle.PLAIN}


class _Cell(NamedTuple):
    """Words, each coloured by its change."""

    words: Sequence[tuple[str, Change]]

    @property
    def width(self) -> int:
        return width(", ".join(word for word, _ in self.words))

    def shown(self, *, colour: bool) -> str:
        return ", ".join(styled(word, _TONES[change], colour=colour) for word, change in self.words)


def matrix(graph: Graph, *, colour: bool) -> str:
    """Format a row for each app, and a column for each app that is called, numbered like the rows.

    Cells contain ports; `udp` is shown, `tcp` is not. `+` means added, `-` removed.
    """
    table = _table(graph) if graph.nodes else []
    widths = [max(cell.width for cell in column) + _GAP for column in zip(*table, strict=True)]
    lines = [_line(row, widths, colour=colour) for row in table]
    return "".join(f"{line}\n" for line in (*lines, *([""] if lines else []), graph.summary))


def _table(graph: Graph) -> list[list[_Cell]]:
    """Return the cells, with a header for each column and row."""
    called = {arrow.policy.destination for arrow in graph.arrows}
    columns = [guid for guid in graph.nodes if guid in called]
    number = {guid: _word(str(at)) for at, guid in enumerate(graph.nodes, 1)}
    cells = {
        (edge.source, edge.destination): _Cell([(arrow.short, arrow.change) for arrow in edge.arrows])
        for edge in graph.edges
    }
    empty = _word("")
    head = [empty, _word("from \\ to"), *(number[guid] for guid in columns)]
    rows = [
        [
            number[source],
            _word(printable(graph.path(source))),
            *(cells.get((source, destination), empty) for destination in columns),
        ]
        for source in graph.nodes
    ]
    return [head, *rows]


def _line(row: Sequence[_Cell], widths: Sequence[int], *, colour: bool) -> str:
    shown = (cell.shown(colour=colour) + " " * (room - cell.width) for cell, room in zip(row, widths, strict=True))
    return "".join(shown).rstrip()


def _word(text: str) -> _Cell:
    return _Cell([(text, Change.KEPT)])
