"""Draws a graph as SVG; needs no other program, font, script or network access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.show.graph.graph import Change
from cfnet.show.graph.layout import Rectangle, shown_name
from cfnet.show.graph.views import draw
from cfnet.show.html_escaping import markup
from cfnet.show.package_text import package_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.show.graph.graph import Graph
    from cfnet.show.graph.layout import Layout
    from cfnet.show.graph.routes import Piece
    from cfnet.show.graph.views import Drawing

STYLE: Final = package_text(__package__, "graph.css")
"""The style sheet of graphs, light and dark; the page includes it, too."""


def svg(graph: Graph, *, alone: bool = True) -> str:
    """Draw `graph`, `alone` as a separate file, otherwise as part of a page that includes `STYLE`."""
    return svg_of(draw(graph), alone=alone)


def svg_of(drawing: Drawing, *, alone: bool) -> str:
    """Format a drawing, `alone` as a separate file, otherwise as part of a page that includes `STYLE`.

    Each node is a group with its index in `graph.nodes` as `data-node`; each edge is a group with its index in
    `graph.edges` as `data-edge`.
    """
    graph, layout = drawing.graph, drawing.layout
    size = f'viewBox="0 0 {layout.width:.0f} {layout.height:.0f}" width="{layout.width:.0f}"'
    head = 'xmlns="http://www.w3.org/2000/svg" ' if alone else 'id="graph" '
    kind = "graph busy" if drawing.busy else "graph"
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
    lines += _edges(drawing)
    index = {guid: number for number, guid in enumerate(graph.nodes)}
    lines += [_node(guid, index[guid], box, graph) for guid, box in layout.nodes.items()]
    return "".join(f"{line}\n" for line in (*lines, "</svg>"))


def _boxes(layout: Layout) -> Iterator[str]:
    for kind, title, box in layout.lanes:
        yield f'<g class="{kind}">{_titled(box, title)}</g>'


def _titled(box: Rectangle, title: str) -> str:
    return f'{_rectangle(box)}<text x="{box.x + 10:g}" y="{box.y + 18:g}">{markup(title)}</text>'


def _rectangle(box: Rectangle) -> str:
    return f'<rect x="{box.x:.6g}" y="{box.y:.6g}" width="{box.width:.6g}" height="{box.height:g}" rx="7"/>'


def _node(guid: str, number: int, box: Rectangle, graph: Graph) -> str:
    known = "" if graph.known(guid) else " unknown"
    group = " group" if graph.is_group(guid) else ""
    return (
        f'<g class="app{known}{group}" data-node="{number}"><title>{markup(graph.title(guid))}</title>{_rectangle(box)}'
        f'<text x="{box.x + box.width / 2:.6g}" y="{box.middle + 4.5:g}">{markup(shown_name(guid, graph))}</text></g>'
    )


def _edges(drawing: Drawing) -> Iterator[str]:
    graph = drawing.graph
    for number, (edge, path, label) in enumerate(zip(drawing.edges, drawing.paths, drawing.labels, strict=True)):
        title = markup(f"{graph.path(edge.source)} to {graph.path(edge.destination)}: {edge.label}")
        kind = "mixed" if edge.mixed else edge.change.value
        crowded = "" if label.free else " crowded"
        yield (
            f'<g class="edge {kind}{crowded}" data-edge="{number}"><title>{title}</title>'
            f'<path d="{_path(path)}" marker-end="url(#tip-{kind})"/>'
            f'{_rectangle(label.box)}<text x="{label.centre[0]:.5g}" y="{label.centre[1] + 4:.5g}">'
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
