"""A graph as a picture."""

from itertools import combinations
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from cfnet.policy import App, Policy
from cfnet.show.graph.graph import Arrow, Change, graph_of
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
