"""Formats a graph as a matrix for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.show.columns import width
from cfnet.show.graph.graph import Change
from cfnet.show.graph.listing import TONES
from cfnet.show.line_styles import styled
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfnet.show.graph.graph import Edge, Graph

_GAP: Final = 3


class _Cell(NamedTuple):
    """Words, each coloured by its change."""

    words: Sequence[tuple[str, Change]]

    @property
    def width(self) -> int:
        return width(", ".join(word for word, _ in self.words))

    def shown(self, *, colour: bool) -> str:
        return ", ".join(styled(word, TONES[change], colour=colour) for word, change in self.words)


def matrix_fits(graph: Graph, room: int) -> bool:
    """Return whether no line of the matrix takes more than `room` columns of a terminal."""
    # A column is at least one digit wide: most tables that are too wide need not be made.
    if (_GAP + 1) * len(_called(graph, graph.edges)) > room:
        return False
    return sum(_widths(_table(graph))) - _GAP <= room


def matrix(graph: Graph, *, colour: bool) -> str:
    """Format a row for each node, and a column for each node that is called, numbered like the rows.

    Cells contain ports; `udp` is shown, `tcp` is not. `+` means added, `-` removed.
    """
    table = _table(graph) if graph.nodes else []
    widths = _widths(table)
    lines = [_line(row, widths, colour=colour) for row in table]
    return "".join(f"{line}\n" for line in (*lines, *([""] if lines else []), graph.summary))


def _called(graph: Graph, edges: Iterable[Edge]) -> list[str]:
    called = {edge.destination for edge in edges}
    return [node for node in graph.nodes if node in called]


def _table(graph: Graph) -> list[list[_Cell]]:
    """Return the cells, with a header for each column and row."""
    edges = graph.edges
    columns = _called(graph, edges)
    number = {guid: _word(str(at)) for at, guid in enumerate(graph.nodes, 1)}
    cells = {(edge.source, edge.destination): _Cell(edge.words) for edge in edges}
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


def _widths(table: Sequence[Sequence[_Cell]]) -> list[int]:
    return [max(cell.width for cell in column) + _GAP for column in zip(*table, strict=True)]


def _line(row: Sequence[_Cell], widths: Sequence[int], *, colour: bool) -> str:
    shown = (cell.shown(colour=colour) + " " * (room - cell.width) for cell, room in zip(row, widths, strict=True))
    return "".join(shown).rstrip()


def _word(text: str) -> _Cell:
    return _Cell([(text, Change.KEPT)])
