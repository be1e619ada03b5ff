"""The content of a graph: apps, policies, and the requested part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.policy import Policy
from cfnet.show.graph.graph import Arrow, Change, Direction, Edge, SpaceLabel, around, graph_of
from tests.show.graph.shop import ARROWS, BACK_LEDGER, FRONT_BACK, FRONT_BACK_TLS, GONE, GRAPH
from tests.strategies import GUIDS, policies


def test_apps_and_policies_are_sorted_by_name() -> None:
    """By GUID if the name is unknown."""
    assert GRAPH.nodes == (GONE, "ledger", "logs", "evil", "back", "front")
    assert graph_of(reversed(ARROWS), GRAPH.apps, compares=True) == GRAPH
    assert [GRAPH.path(guid) for guid in GRAPH.nodes[:2]] == [GONE, "pay & co/cash/ledger"]


def test_apps_are_grouped_by_org_and_space() -> None:
    """Apps without a known space come last."""
    assert GRAPH.places == {
        SpaceLabel("pay & co", "cash"): ["ledger"],
        SpaceLabel("shop", "ops"): ["logs"],
        SpaceLabel("shop", "web"): ["evil", "back", "front"],
        SpaceLabel("", ""): [GONE],
    }


def test_an_edge_has_all_policies_of_its_pair() -> None:
    """Each marked as added or removed."""
    edge = next(edge for edge in GRAPH.edges if edge.source == "front")
    assert edge == Edge("front", "back", (Arrow(FRONT_BACK, Change.KEPT), Arrow(FRONT_BACK_TLS, Change.ADDED)))
    assert (edge.label, edge.mixed, edge.change) == ("tcp 8080, +tcp 8443", True, Change.KEPT)


def test_the_summary_counts_policies() -> None:
    """Also added and removed ones after a comparison."""
    assert GRAPH.summary == "6 apps, 5 policies: 2 added, 1 removed, 2 kept."
    assert graph_of(ARROWS[:1], GRAPH.apps).summary == "2 apps, 1 policy."


CHAIN = [Arrow(Policy(one, other, *FRONT_BACK[2:]), Change.KEPT) for one, other in ("ab", "bc", "cd", "xb")]


@pytest.mark.parametrize(
    ("start", "direction", "depth", "met"),
    [
        ("b", Direction.OUT, 1, ["bc"]),
        ("b", Direction.OUT, 2, ["bc", "cd"]),
        ("b", Direction.IN, 1, ["ab", "xb"]),
        ("b", Direction.BOTH, 1, ["ab", "bc", "xb"]),
        ("a", Direction.BOTH, 2, ["ab", "bc", "xb"]),
        ("a", Direction.BOTH, 99, ["ab", "bc", "cd", "xb"]),
        ("d", Direction.OUT, 5, []),
        ("ad", Direction.BOTH, 1, ["ab", "cd"]),
    ],
    ids=str,
)
def test_the_part_around_apps(start: str, direction: Direction, depth: int, met: list[str]) -> None:
    """Policies within so many steps in that direction."""
    found = around(CHAIN, set(start), direction, depth)
    assert [arrow.policy.source + arrow.policy.destination for arrow in found] == met


@given(st.lists(policies(), unique=True), st.sets(st.sampled_from(GUIDS)))
def test_unlimited_steps_reach_everything_connected(all_policies: list[Policy], start: set[str]) -> None:
    """No remaining policy shares an app with the graph."""
    arrows = [Arrow(each, Change.KEPT) for each in all_policies]
    met = around(arrows, start, Direction.BOTH, len(GUIDS))
    ends = start | {guid for arrow in met for guid in arrow.policy[:2]}
    assert all(ends.isdisjoint(arrow.policy[:2]) for arrow in arrows if arrow not in met)


def test_unchanged_policies_have_no_sign() -> None:
    """And tcp, the default, is omitted."""
    assert [arrow.short for arrow in GRAPH.arrows] == ["-8080", "udp 514", "+9000-9010", "8080", "+8443"]
    assert Arrow(BACK_LEDGER, Change.KEPT).label == "tcp 9000-9010"
