"""A graph as a picture."""

from itertools import combinations
from typing import ClassVar
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.policy import App, Org, Policy, Space
from cfnet.show.graph.graph import Arrow, Change, Edge, Graph, graph_of
from cfnet.show.graph.layout import Rectangle, lay_out
from cfnet.show.graph.svg import svg
from cfnet.show.graph.views import BUSY, draw
from cfnet.show.printable import printable
from tests.show.graph.crowds import crossings, crowd, paths, points_in_boxes
from tests.show.graph.shop import EMPTY, FRONT_BACK, GRAPH, WEB
from tests.strategies import APPS, policies

NAMED = {app.guid: app for app in APPS}
NS = "{http://www.w3.org/2000/svg}"


def parts(text: str, kind: str) -> list[ET.Element]:
    """The groups of a picture with the class `kind`."""
    return [group for group in ET.fromstring(text).iter(f"{NS}g") if kind in group.get("class", "").split()]


def test_every_app_space_org_and_edge_is_drawn() -> None:
    """Names and GUIDs are in tooltips; changes have a sign and a style."""
    drawn = svg(GRAPH)
    assert [group.findtext(f"{NS}text") for group in parts(drawn, "org")] == ["pay & co", "shop"]
    assert [group.findtext(f"{NS}text") for group in parts(drawn, "space")] == [
        *("cash", "ops", "web", "deleted, or not visible"),
    ]
    assert {group.findtext(f"{NS}title") for group in parts(drawn, "app")} == {
        *("c7de6123-d906-4c65-9717-c5d040568c76", "pay & co/cash/ledger (ledger)", "shop/ops/logs (logs)"),
        *("shop/web/<img src=x onerror=alert(1)> (evil)", "shop/web/backend (back)", "shop/web/frontend (front)"),
    }
    assert [(group.get("class"), group.findtext(f"{NS}text")) for group in parts(drawn, "edge")] == [
        ("edge removed", "-tcp 8080"),
        ("edge kept", "udp 514"),
        ("edge added", "+tcp 9000-9010"),
        ("edge mixed", "tcp 8080, +tcp 8443"),
    ]


def test_sources_are_left_of_their_destinations() -> None:
    """If there are no cycles."""
    nodes = lay_out(GRAPH, GRAPH.edges).nodes
    assert all(nodes[edge.source].right < nodes[edge.destination].x for edge in GRAPH.edges)


def test_a_picture_is_self_contained() -> None:
    """No URL, script or font to load, not even in an empty one."""
    for graph in (GRAPH, EMPTY):
        drawn = svg(graph)
        root = ET.fromstring(drawn)
        assert {element.tag.removeprefix(NS) for element in root.iter()} <= {
            *("svg", "style", "rect", "defs", "marker", "path", "g", "text", "title"),
        }
        assert drawn.replace("http://www.w3.org/2000/svg", "").count("http") == 0
        assert "url(" not in drawn.replace("url(#tip-", "")


@given(st.lists(policies(), max_size=60))
def test_apps_do_not_overlap(every: list[Policy]) -> None:
    """Each is within the box of its space, with and without cycles."""
    graph = graph_of([Arrow(each, Change.KEPT) for each in dict.fromkeys(every)], NAMED)
    layout = lay_out(graph, graph.edges)
    assert set(layout.nodes) == set(graph.nodes)
    assert not any(one.meets(other) for one, other in combinations(layout.nodes.values(), 2))
    lanes = dict(layout.spaces)
    assert not any(one.meets(other) for one, other in combinations(lanes.values(), 2))
    for guid, box in layout.nodes.items():
        lane = lanes[graph.place(guid)]
        assert lane.x < box.x
        assert box.right < lane.right
        assert lane.y < box.y
        assert box.y + box.height < lane.y + lane.height
        assert lane.right < layout.width


@given(st.lists(policies(), max_size=60))
def test_edges_go_around_boxes(every: list[Policy]) -> None:
    """With and without cycles, within and between spaces."""
    graph = graph_of([Arrow(each, Change.KEPT) for each in dict.fromkeys(every)], NAMED)
    found, boxes = paths(graph)
    assert [point for path in found for point in points_in_boxes(path, boxes)] == []


@pytest.mark.parametrize(
    ("graph", "most"),
    [
        (crowd(7, 8), 1),
        (crowd(60, 120), 300),
        (crowd(60, 120, spaces=1, local=0), 650),
        (crowd(60, 120, local=0), 1000),
    ],
    ids=["7 apps", "5 spaces", "1 space", "between spaces"],
)
def test_few_edges_cross(graph: Graph, most: int) -> None:
    """Apps in the order of their names, and straight edges, had 2, 528, 1,023 and 1,411 crossings."""
    found, boxes = paths(graph)
    assert crossings(found) <= most
    assert [point for path in found for point in points_in_boxes(path, boxes)] == []


@pytest.mark.parametrize("graph", [GRAPH, crowd(7, 8), crowd(60, 120)], ids=["the shop", "7 apps", "60 apps"])
def test_labels_cover_neither_boxes_nor_each_other(graph: Graph) -> None:
    """A label for which there is no room is shown on hover."""
    drawn = svg(graph)
    edges = parts(drawn, "edge")
    shown = [rectangle(edge) for edge in edges if "crowded" not in str(edge.get("class"))]
    boxes = [rectangle(app) for app in parts(drawn, "app")]
    assert len(shown) > 0.85 * len(edges)
    assert not any(label.meets(box) for label in shown for box in boxes)
    assert not any(one.meets(other) for one, other in combinations(shown, 2))


def rectangle(group: ET.Element) -> Rectangle:
    """The rectangle in a group."""
    found = group.find(f"{NS}rect")
    assert found is not None
    return Rectangle(*(float(found.get(name, "")) for name in ("x", "y", "width", "height")))


@given(st.text(max_size=60) | st.text("<>&\"'\x00\x1b\u202e\ud800\uffff]/-!", max_size=20))
def test_any_name_is_text(name: str) -> None:
    """The picture is valid XML, and the name reads back."""
    itself = Arrow(FRONT_BACK._replace(destination="front"), Change.KEPT)
    app = App("front", name, WEB)
    drawn = svg(graph_of([itself], {"front": app}))
    (node,) = parts(drawn, "app")
    assert node.findtext(f"{NS}title") == printable(f"shop/web/{name} (front)")


def test_labels_of_a_large_graph_are_shown_on_hover() -> None:
    """They would cover each other."""
    crowd = graph_of((Arrow(FRONT_BACK._replace(source=f"app-{n}"), Change.KEPT) for n in range(BUSY + 1)), {})
    assert 'class="graph busy"' in svg(crowd)
    assert 'class="graph"' in svg(GRAPH)


class Counted(Graph):
    """A graph that counts how often its policies are grouped into edges."""

    times: ClassVar[list[str]] = []

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Count the call."""
        self.times.append("once")
        return super().edges


def many_spaces(number: int) -> tuple[list[Policy], dict[str, App]]:
    """This many spaces, each with an app that calls the one in the next."""
    spaces = [Space(f"s{at}", f"space-{at}", Org("o", "org")) for at in range(number)]
    apps = {f"a{at}": App(f"a{at}", f"app-{at}", space) for at, space in enumerate(spaces)}
    calls = [FRONT_BACK._replace(source=f"a{at}", destination=f"a{(at + 1) % number}") for at in range(number)]
    return calls, apps


def test_lanes_need_the_edges_only_once() -> None:
    """A foundation has thousands of spaces; common data must not be computed for each."""

    def looked(number: int) -> int:
        calls, apps = many_spaces(number)
        Counted.times.clear()
        draw(Counted(tuple(Arrow(each, Change.KEPT) for each in calls), apps, tuple(apps)))
        return len(Counted.times)

    assert looked(50) == looked(2)
