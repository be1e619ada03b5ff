"""A graph as a picture."""

import re
from itertools import combinations
from typing import ClassVar
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.policy import App, Org, Policy, Space
from cfnet.show.graph.graph import Arrow, Change, Edge, Graph, graph_of
from cfnet.show.graph.layout import lay_out
from cfnet.show.graph.svg import BUSY, svg
from cfnet.show.printable import printable
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
    nodes = lay_out(GRAPH).nodes
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
    layout = lay_out(graph)
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
        lay_out(Counted(tuple(Arrow(each, Change.KEPT) for each in calls), apps, tuple(apps)))
        return len(Counted.times)

    assert looked(50) == looked(2)


def test_hidden_labels_are_not_placed() -> None:
    """Above `BUSY` each label is in the middle of its curve: avoiding overlaps would take quadratic time."""
    names = [f"app-{number}" for number in range(18)]
    crowd = [FRONT_BACK._replace(source=one, destination=other) for one in names for other in names if one < other]
    assert len(crowd) > BUSY
    drawn = svg(graph_of((Arrow(each, Change.KEPT) for each in crowd), {}))
    for edge in parts(drawn, "edge"):
        path, label = edge.find(f"{NS}path"), edge.find(f"{NS}text")
        assert path is not None
        assert label is not None
        points = [float(number) for number in re.findall(r"-?[0-9.]+(?:e\+[0-9]+)?", path.get("d", ""))]
        x0, x1, x2, x3 = points[0::2]
        assert float(label.get("x", "")) == pytest.approx((x0 + 3 * x1 + 3 * x2 + x3) / 8, rel=1e-3)
