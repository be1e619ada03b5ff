"""Draws a graph as SVG; needs no other program, font, script or network access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.show.columns import width
from cfnet.show.graph.graph import Change
from cfnet.show.graph.layout import Rectangle, lay_out, shown_name
from cfnet.show.html_escaping import markup
from cfnet.show.package_text import package_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.show.graph.graph import Edge, Graph
    from cfnet.show.graph.layout import Layout

BUSY: Final = 150
"""Above this number of edges, labels would cover each other and are shown only on hover."""

STYLE: Final = package_text(__package__, "graph.css")
"""The style sheet of graphs, light and dark; the page includes it, too."""

_LONGEST_LABEL: Final = 26
_PLACES: Final = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78)


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
    taken = list(layout.nodes.values()) if len(edges) <= BUSY else None
    for number, edge in enumerate(edges):
        points = _curve(layout.nodes[edge.source], layout.nodes[edge.destination])
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
        title = markup(f"{graph.path(edge.source)} to {graph.path(edge.destination)}: {edge.label}")
        kind = "mixed" if edge.mixed else edge.change.value
        text = _shortened(edge.label)
        label = _label_place(points, 6.6 * width(text) + 8, taken)
        yield (
            f'<g class="edge {kind}" data-edge="{number}"><title>{title}</title>'
            f'<path d="M{x0:.5g} {y0:.5g}C{x1:.5g} {y1:.5g} {x2:.5g} {y2:.5g} {x3:.5g} {y3:.5g}" '
            f'marker-end="url(#tip-{kind})"/>'
            f'{_rectangle(label)}<text x="{label.x + label.width / 2:.5g}" y="{label.middle + 4:.5g}">'
            f"{markup(text)}</text></g>"
        )


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"


_Points = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


def _curve(source: Rectangle, destination: Rectangle) -> _Points:
    """Return the four points of a Bézier curve from one app to another."""
    if source == destination:
        x, y = source.right, source.middle
        return (x, y - 8), (x + 46, y - 26), (x + 46, y + 26), (x, y + 8)
    if source.right < destination.x:
        reach = max(40.0, (destination.x - source.right) / 2)
        start, end = (source.right, source.middle), (destination.x, destination.middle)
        return start, (start[0] + reach, start[1]), (end[0] - reach, end[1]), end
    if destination.right < source.x:
        # Draw the way back a little lower, so that it does not cover the way there.
        reach = max(40.0, (source.x - destination.right) / 2)
        start, end = (source.x, source.middle + 7), (destination.right, destination.middle + 7)
        return start, (start[0] - reach, start[1] + 26), (end[0] + reach, end[1] + 26), end
    side = 34 + abs(source.middle - destination.middle) / 8
    if source.middle < destination.middle:
        start, end = (source.right, source.middle + 4), (destination.right, destination.middle - 4)
        return start, (start[0] + side, start[1]), (end[0] + side, end[1]), end
    start, end = (source.x, source.middle - 4), (destination.x, destination.middle + 4)
    return start, (start[0] - side, start[1]), (end[0] - side, end[1]), end


def _label_place(points: _Points, room: float, taken: list[Rectangle] | None) -> Rectangle:
    """Find a place on a curve where a label overlaps no box of `taken`, and add it there; fall back to the middle.

    If `taken` is None, overlaps do not matter.
    """
    if taken is None:
        return _label_box(points, _PLACES[0], room)
    boxes = [_label_box(points, along, room) for along in _PLACES]
    found = next((box for box in boxes if not any(box.meets(other) for other in taken)), boxes[0])
    taken.append(found)
    return found


def _label_box(points: _Points, along: float, room: float) -> Rectangle:
    x, y = _point(points, along)
    return Rectangle(x - room / 2, y - 8, room, 16)


def _point(points: _Points, along: float) -> tuple[float, float]:
    rest = 1 - along
    weights = (rest**3, 3 * rest**2 * along, 3 * rest * along**2, along**3)
    return (
        sum(weight * x for weight, (x, _) in zip(weights, points, strict=True)),
        sum(weight * y for weight, (_, y) in zip(weights, points, strict=True)),
    )
