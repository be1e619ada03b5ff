"""Draws a graph as SVG; needs no other program, font, script or network access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.show.graph.graph import Change
from cfnet.show.graph.labels import Obstacles, place_labels
from cfnet.show.graph.layout import Rectangle, lay_out, shown_name
from cfnet.show.graph.routes import pieces, routes, tracks_of
from cfnet.show.html_escaping import markup
from cfnet.show.package_text import package_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.show.graph.graph import Edge, Graph
    from cfnet.show.graph.layout import Layout
    from cfnet.show.graph.routes import Piece

BUSY: Final = 150
"""Above this number of edges, labels would cover each other and are shown only on hover."""

STYLE: Final = package_text(__package__, "graph.css")
"""The style sheet of graphs, light and dark; the page includes it, too."""


def svg(graph: Graph, *, alone: bool = True) -> str:
    """Draw `graph`; `alone` as a separate file, otherwise as part of a page that includes `STYLE`.

    Each app is a group with its index in `graph.nodes` as `data-app`; each edge is a group with its index in
    `graph.edges` as `data-edge`.
    """
    layout = lay_out(graph)
    edges = graph.edges
    size = f'viewBox="0 0 {layout.width:.0f} {layout.height:.0f}" width="{layout.width:.0f}"'
    head = 'xmlns="http://www.w3.org/2000/svg" ' if alone else 'id="graph" '
    kind = "graph busy" if len(edges) > BUSY else "graph"
    label = markup(f"Who may call whom: {graph.summary}")
    lines = [f'<svg {head}class="{kind}" role="img" {size} height="{layout.height:.0f}" aria-label="{label}">']
    if alone:
        lines += ["<style>", STYLE.rstrip(), "</style>", '<rect class="paper" width="100%" height="100%"/>']
    lines.append("<defs>")
    lines += [
        f'<marker id="tip-{change}" class="{change}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto-start-reverse"><path d="M0 0.5 8 4 0 7.5z"/></marker>'
        for change in ("mixed", *Change)
    ]
    lines.append("</defs>")
    lines += _boxes(layout)
    lines += _edges(edges, graph, layout)
    index = {guid: number for number, guid in enumerate(graph.nodes)}
    lines += [_node(guid, index[guid], box, graph) for guid, box in layout.nodes.items()]
    return "".join(f"{line}\n" for line in (*lines, "</svg>"))


def _boxes(layout: Layout) -> Iterator[str]:
    for org, box in layout.orgs:
        if org:
            yield f'<g class="org">{_titled(box, org)}</g>'
    for place, box in layout.spaces:
        yield f'<g class="space">{_titled(box, place.space or str(place))}</g>'


def _titled(box: Rectangle, title: str) -> str:
    return f'{_rectangle(box)}<text x="{box.x + 10:g}" y="{box.y + 18:g}">{markup(title)}</text>'


def _rectangle(box: Rectangle) -> str:
    return f'<rect x="{box.x:.6g}" y="{box.y:.6g}" width="{box.width:.6g}" height="{box.height:g}" rx="7"/>'


def _node(guid: str, number: int, box: Rectangle, graph: Graph) -> str:
    known = "" if graph.known(guid) else " unknown"
    return (
        f'<g class="app{known}" data-app="{number}"><title>{markup(graph.title(guid))}</title>{_rectangle(box)}'
        f'<text x="{box.x + box.width / 2:.6g}" y="{box.middle + 4.5:g}">{markup(shown_name(guid, graph))}</text></g>'
    )


def _edges(edges: Sequence[Edge], graph: Graph, layout: Layout) -> Iterator[str]:
    tracks = tracks_of(layout.nodes.values(), layout.width, layout.height)
    paths = [pieces(route, tracks) for route in routes(edges, layout.nodes, tracks)]
    texts = (edge.label for edge in edges)
    labels = place_labels(texts, paths, Obstacles.of(layout), together=len(edges) <= BUSY)
    for number, (edge, path, label) in enumerate(zip(edges, paths, labels, strict=True)):
        title = markup(f"{graph.path(edge.source)} to {graph.path(edge.destination)}: {edge.label}")
        kind = "mixed" if edge.mixed else edge.change.value
        crowded = "" if label.free else " crowded"
        yield (
            f'<g class="edge {kind}{crowded}" data-edge="{number}"><title>{title}</title>'
            f'<path d="{_path(path)}" marker-end="url(#tip-{kind})"/>'
            f'{_rectangle(label.box)}<text x="{label.box.x + label.box.width / 2:.5g}" y="{label.box.middle + 4:.5g}">'
            f"{markup(label.text)}</text></g>"
        )


def _path(path: Sequence[Piece]) -> str:
    """Format the curves of a path, with straight lines between them."""
    words = [f"M{path[0].x0:.5g} {path[0].y0:.5g}"]
    for number, (x0, _y0, x1, y1, x2, y2, x3, y3) in enumerate(path):
        if number:
            words.append(f"H{x0:.5g}")
        words.append(f"C{x1:.5g} {y1:.5g} {x2:.5g} {y2:.5g} {x3:.5g} {y3:.5g}")
    return "".join(words)
