"""A graph in the languages of two programs that draw: Mermaid, which GitHub and GitLab show in Markdown, and DOT.

In both a name stands between double quotes, and the language has its own way to keep it from being more than a name.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from cfnet.show.graph.graph import Change, SpaceLabel
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.show.graph.graph import Graph

MERMAID_EDGES: Final = 500
"""`maxEdges` of Mermaid (its configuration): it draws nothing of a graph that has more."""

_INK: Final = {Change.ADDED: "#1a7f37", Change.REMOVED: "#cf222e"}
_SPECIAL: Final = re.compile(r"[^\w ./,+:-]|_", re.ASCII)


def mermaid(graph: Graph) -> str:
    """A flowchart of Mermaid, orgs and spaces as subgraphs."""
    ids = {guid: f"app{at}" for at, guid in enumerate(graph.nodes, 1)}
    lines = ["flowchart LR"]
    at = 0
    for org, spaces in _orgs(graph):
        if org:
            lines.append(f'  subgraph org{at}["{_mermaid(org)}"]')
        for place, guids in spaces:
            at += 1
            lines.append(f'  subgraph space{at}["{_mermaid(place.space or str(place))}"]')
            lines += [f'    {ids[guid]}["{_mermaid(graph.name(guid))}"]' for guid in guids]
            lines.append("  end")
        if org:
            lines.append("  end")
    edges = graph.edges
    lines += [f'  {ids[edge.source]} -->|"{_mermaid(edge.label)}"| {ids[edge.destination]}' for edge in edges]
    for change, ink in _INK.items():
        changed = [str(number) for number, edge in enumerate(edges) if edge.change is change]
        if changed:
            dashes = ",stroke-dasharray:5 4" if change is Change.REMOVED else ""
            lines.append(f"  linkStyle {','.join(changed)} stroke:{ink},stroke-width:2px,color:{ink}{dashes}")
    return "".join(f"{line}\n" for line in lines)


def dot(graph: Graph) -> str:
    """A digraph for Graphviz, orgs and spaces as clusters."""
    ids = {guid: f"app{at}" for at, guid in enumerate(graph.nodes, 1)}
    lines = [
        "digraph policies {",
        "  rankdir=LR; compound=true;",
        '  node [shape=box, style="rounded", fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    at = 0
    for org, spaces in _orgs(graph):
        if org:
            lines.append(f'  subgraph "cluster_org{at}" {{ label="{_dot(org)}"; style="rounded,dotted";')
        for place, guids in spaces:
            at += 1
            label = _dot(place.space or str(place))
            lines.append(f'  subgraph "cluster_space{at}" {{ label="{label}"; style="rounded";')
            lines += [f'    {ids[guid]} [label="{_dot(graph.name(guid))}"];' for guid in guids]
            lines.append("  }")
        if org:
            lines.append("  }")
    for edge in graph.edges:
        ink = _INK.get(edge.change)
        paint = f', color="{ink}", fontcolor="{ink}"' if ink else ""
        dashes = ", style=dashed" if edge.change is Change.REMOVED else ""
        lines.append(f'  {ids[edge.source]} -> {ids[edge.destination]} [label="{_dot(edge.label)}"{paint}{dashes}];')
    return "".join(f"{line}\n" for line in (*lines, "}"))


def _orgs(graph: Graph) -> Iterator[tuple[str, Sequence[tuple[SpaceLabel, Sequence[str]]]]]:
    """The orgs, each with its spaces, each with its apps."""
    for org, group in groupby(graph.places.items(), key=lambda item: item[0].org):
        yield org, list(group)


def _mermaid(text: str) -> str:
    """Text between double quotes: what is neither letter, digit nor plain is written by its number (`#34;`).

    Mermaid turns these into characters after it has read its own language, Markdown and HTML.
    """
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", printable(text))


def _dot(text: str) -> str:
    """Text between double quotes: backslashes and quotes escaped, and `&`, as Graphviz reads HTML's entities."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
