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
    """The groups of a picture that have the class `kind`."""
    return [group for group in ET.fromstring(text).iter(f"{NS}g") if kind in group.get("class", "").split()]


def test_every_app_space_org_and_edge_is_drawn() -> None:
    """With names beside the GUIDs where the pointer rests, and the sign of what changes in words and looks."""
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


def test_who_calls_stands_left_of_who_is_called() -> None:
    """As long as there are no circles."""
    nodes = lay_out(GRAPH).nodes
    assert all(nodes[edge.source].right < nodes[edge.destination].x for edge in GRAPH.edges)


def test_a_picture_needs_nothing_else() -> None:
    """No address, no script, no font to load; and an empty one is one, too."""
    for graph in (GRAPH, EMPTY):
        drawn = svg(graph)
        root = ET.fromstring(drawn)
        assert {element.tag.removeprefix(NS) for element in root.iter()} <= {
            *("svg", "style", "rect", "defs", "marker", "path", "g", "text", "title"),
        }
        assert drawn.replace("http://www.w3.org/2000/svg", "").count("http") == 0
        assert "url(" not in drawn.replace("url(#tip-", "")


@given(st.lists(policies(), max_size=60))
def test_nobody_stands_on_somebody_else(every: list[Policy]) -> None:
    """Apps do not overlap, and each is within the box of its space; whatever circles there are."""
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
def test_a_name_is_text_whatever_it_is(name: str) -> None:
    """The picture is XML, and the name is read back as it was shown."""
    itself = Arrow(FRONT_BACK._replace(destination="front"), Change.KEPT)
    app = App("front", name, WEB)
    drawn = svg(graph_of([itself], {"front": app}))
    (node,) = parts(drawn, "app")
    assert node.findtext(f"{NS}title") == printable(f"shop/web/{name} (front)")


def test_labels_of_a_crowd_wait_to_be_pointed_at() -> None:
    """They would only hide each other."""
    crowd = graph_of((Arrow(FRONT_BACK._replace(source=f"app-{n}"), Change.KEPT) for n in range(BUSY + 1)), {})
    assert 'class="graph busy"' in svg(crowd)
    assert 'class="graph"' in svg(GRAPH)


class Counted(Graph):
    """A graph that counts how often its policies are put together."""

    times: ClassVar[list[str]] = []

    @property
    def edges(self) -> tuple[Edge, ...]:
        """As always."""
        self.times.append("once")
        return super().edges


def many_spaces(number: int) -> tuple[list[Policy], dict[str, App]]:
    """So many spaces, each of an app that calls that of the next."""
    spaces = [Space(f"s{at}", f"space-{at}", Org("o", "org")) for at in range(number)]
    apps = {f"a{at}": App(f"a{at}", f"app-{at}", space) for at, space in enumerate(spaces)}
    calls = [FRONT_BACK._replace(source=f"a{at}", destination=f"a{(at + 1) % number}") for at in range(number)]
    return calls, apps


def test_all_lanes_are_laid_out_from_one_look_at_the_policies() -> None:
    """A foundation has thousands of spaces: what is the same for all of them is not made for each."""

    def looked(number: int) -> int:
        calls, apps = many_spaces(number)
        Counted.times.clear()
        lay_out(Counted(tuple(Arrow(each, Change.KEPT) for each in calls), apps, tuple(apps)))
        return len(Counted.times)

    assert looked(50) == looked(2)


def test_labels_that_are_not_shown_look_for_no_place() -> None:
    """Above `BUSY` each is in the middle of its curve: to look at all others would take the square of their number."""
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
