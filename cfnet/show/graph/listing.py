"""Formats a graph as a list for a terminal: one line per edge, however many nodes there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.show.columns import width
from cfnet.show.graph.graph import Change
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from cfnet.show.graph.graph import Graph

TONES: Final = {Change.ADDED: LineStyle.GOOD, Change.REMOVED: LineStyle.BAD, Change.KEPT: LineStyle.PLAIN}
"""The colours of changes in texts."""


def listing(graph: Graph, *, colour: bool) -> str:
    """Format `SOURCE → DESTINATION   PORTS` for each edge, aligned, and the counts.

    Ports, or numbers of policies, are as in the matrix: `+` means added, `-` removed.
    """
    edges = graph.edges
    shown = {node: printable(graph.path(node)) for node in graph.nodes}
    left = max((width(shown[edge.source]) for edge in edges), default=0)
    right = max((width(shown[edge.destination]) for edge in edges), default=0)
    lines = []
    for edge in edges:
        source, destination = shown[edge.source], shown[edge.destination]
        words = ", ".join(styled(word, TONES[change], colour=colour) for word, change in edge.words)
        gap, space = " " * (left - width(source)), " " * (right - width(destination))
        lines.append(f"{source}{gap} → {destination}{space}   {words}")
    return "".join(f"{line}\n" for line in (*lines, *([""] if lines else []), graph.summary))
