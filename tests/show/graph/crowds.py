"""Graphs of any size, the same every time, and measures of how readable their pictures are."""

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cfnet.policy import App, Org, Policy, Ports, Protocol, Space
from cfnet.show.graph.graph import Arrow, Change, Graph, graph_of
from cfnet.show.graph.layout import Rectangle
from cfnet.show.graph.routes import Piece
from cfnet.show.graph.views import draw

Point = tuple[float, float]
NAMES = (
    "web",
    "api",
    "worker",
    "billing",
    "orders",
    "catalog",
    "search",
    "auth",
    "mail",
    "cache",
    "gateway",
    "reports",
)


def crowd(apps: int, policies: int, *, spaces: int = 0, local: float = 0.7, seed: int = 1) -> Graph:
    """A graph of this size; `local` is the share of the policies within a space."""
    chance = random.Random(seed)
    spaces = spaces or max(1, apps // 12)
    orgs = [Org(f"o{number}", f"org-{number:02}") for number in range(max(1, spaces // 4))]
    places = [Space(f"s{number}", f"space-{number:03}", orgs[number % len(orgs)]) for number in range(spaces)]
    every = [
        App(f"{n:08x}-0000-4000-8000-000000000000", f"{NAMES[n % 12]}-{n // 12:02}", places[n * spaces // apps])
        for n in range(apps)
    ]
    near = {place: [app for app in every if app.space == place] for place in places}
    found: dict[tuple[str, str], Policy] = {}
    while len(found) < policies:
        source = chance.choice(every)
        destination = chance.choice(near[source.space] if chance.random() < local else every)
        port = chance.choice([8080, 8443, 5432, 9000, 6379])
        protocol = chance.choice([Protocol.TCP] * 4 + [Protocol.UDP])
        if source != destination:
            ends = source.guid, destination.guid
            found[ends] = Policy(*ends, protocol, Ports(port, port))
    return graph_of([Arrow(each, Change.KEPT) for each in found.values()], {app.guid: app for app in every})


def paths(graph: Graph) -> tuple[list[Sequence[Piece]], list[Rectangle]]:
    """The paths of the edges of a graph, and the boxes of its nodes."""
    drawing = draw(graph)
    return list(drawing.paths), [*drawing.layout.nodes.values()]


def line(path: Sequence[Piece]) -> list[Point]:
    """Points on a path, close to each other."""
    return [piece.at(step / 12) for piece in path for step in range(13)]


def points_in_boxes(path: Sequence[Piece], boxes: Sequence[Rectangle]) -> Iterator[Point]:
    """The points of a path that are in boxes, instead of outside or on their edges."""
    for (x0, y0), (x1, y1) in pairwise(line(path)):
        for part in range(4):
            x, y = x0 + (x1 - x0) * part / 4, y0 + (y1 - y0) * part / 4
            if any(box.x + 0.1 < x < box.right - 0.1 and box.y < y < box.bottom for box in boxes):
                yield x, y


def crossings(every: Sequence[Sequence[Piece]]) -> int:
    """How often paths cross each other."""
    lines = sorted(
        (min(ay, by), max(ay, by), number, (ax, ay), (bx, by))
        for number, path in enumerate(every)
        for (ax, ay), (bx, by) in pairwise(line(path))
    )
    found = 0
    for at, (_, bottom, number, a, b) in enumerate(lines, 1):
        for top, _, other, c, d in lines[at:]:
            if top > bottom:
                break
            found += number != other and _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0
    return found


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
