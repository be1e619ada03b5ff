"""Formats a graph for Mermaid, which GitHub and GitLab render in Markdown, and in DOT for Graphviz.

Both languages put names between double quotes; each has its own way to escape them.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from cfnet.show.graph.graph import Change, SpaceLabel
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cfnet.show.graph.graph import Edge, Graph

MERMAID_EDGES: Final = 500
"""Mermaid's configuration `maxEdges`: it does not draw graphs with more edges."""

_INK: Final = {Change.ADDED: "#1a7f37", Change.REMOVED: "#cf222e"}
_SPECIAL: Final = re.compile(r"[^\w ./,+:-]|_", re.ASCII)


def mermaid(graph: Graph) -> str:
    """Format a Mermaid flowchart with orgs and spaces as subgraphs."""
    ids = _ids(graph)
    edges = graph.edges
    links = (f'  {ids[edge.source]} -->|"{_mermaid(edge.label)}"| {ids[edge.destination]}' for edge in edges)
    lines = ("flowchart LR", *_subgraphs(graph, ids), *links, *_link_styles(edges))
    return "".join(f"{line}\n" for line in lines)


def _subgraphs(graph: Graph, ids: Mapping[str, str]) -> Iterator[str]:
    at = 0
    for org, spaces in _orgs(graph):
        if org:
            yield f'  subgraph org{at}["{_mermaid(org)}"]'
        for place, guids in spaces:
            at += 1
            yield f'  subgraph space{at}["{_mermaid(place.space or str(place))}"]'
            yield from (f'    {ids[guid]}["{_mermaid(graph.name(guid))}"]' for guid in guids)
            yield "  end"
        if org:
            yield "  end"


def _link_styles(edges: Sequence[Edge]) -> Iterator[str]:
    """Mermaid colours edges by their numbers."""
    for change, ink in _INK.items():
        changed = [str(number) for number, edge in enumerate(edges) if edge.change is change]
        if changed:
            dashes = ",stroke-dasharray:5 4" if change is Change.REMOVED else ""
            yield f"  linkStyle {','.join(changed)} stroke:{ink},stroke-width:2px,color:{ink}{dashes}"


def dot(graph: Graph) -> str:
    """Format a Graphviz digraph with orgs and spaces as clusters."""
    ids = _ids(graph)
    lines = [
        "digraph policies {",
        "  rankdir=LR; compound=true;",
        '  node [shape=box, style="rounded", fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
        *_clusters(graph, ids),
    ]
    for edge in graph.edges:
        ink = _INK.get(edge.change)
        paint = f', color="{ink}", fontcolor="{ink}"' if ink else ""
        dashes = ", style=dashed" if edge.change is Change.REMOVED else ""
        lines.append(f'  {ids[edge.source]} -> {ids[edge.destination]} [label="{_dot(edge.label)}"{paint}{dashes}];')
    return "".join(f"{line}\n" for line in (*lines, "}"))


def _clusters(graph: Graph, ids: Mapping[str, str]) -> Iterator[str]:
    at = 0
    for org, spaces in _orgs(graph):
        if org:
            yield f'  subgraph "cluster_org{at}" {{ label="{_dot(org)}"; style="rounded,dotted";'
        for place, guids in spaces:
            at += 1
            label = _dot(place.space or str(place))
            yield f'  subgraph "cluster_space{at}" {{ label="{label}"; style="rounded";'
            yield from (f'    {ids[guid]} [label="{_dot(graph.name(guid))}"];' for guid in guids)
            yield "  }"
        if org:
            yield "  }"


def _ids(graph: Graph) -> dict[str, str]:
    return {guid: f"app{at}" for at, guid in enumerate(graph.nodes, 1)}


def _orgs(graph: Graph) -> Iterator[tuple[str, Sequence[tuple[SpaceLabel, Sequence[str]]]]]:
    """Yield each org with its spaces and their apps."""
    for org, group in groupby(graph.places.items(), key=lambda item: item[0].org):
        yield org, list(group)


def _mermaid(text: str) -> str:
    """Escape text between double quotes: special characters are written as their numbers (`#34;`).

    Mermaid decodes these only after parsing its own language, Markdown and HTML.
    """
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", printable(text))


def _dot(text: str) -> str:
    """Escape text between double quotes: backslashes, quotes, and `&`, as Graphviz decodes HTML entities."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
