"""Which container runs on which cell, according to several sources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.model.container import Container
from cfnet.cell.model.placement import Placed, PlacementSource, Waiting, combine


def at(ip: str, cell: str, app: str = "app", address: str = "") -> Placed:
    """A container of an app on a cell."""
    return Placed(Container(f"h-{ip}", ip, app, workload="app"), cell, address)


def store(cell: str, *placed: Placed) -> PlacementSource:
    """The container store of a cell."""
    return PlacementSource(f"{cell}.json", placed, whole_cells=frozenset({cell}))


STATS = PlacementSource("stats", [at("1", "10.0.0.1", address="10.0.0.1"), at("2", "10.0.0.2", address="10.0.0.2")])
LRPS = PlacementSource("lrps", [at("1", "guid-1", address="10.0.0.1"), at("2", "guid-2", address="10.0.0.2")])

LOOSE = PlacementSource("lrps", [at("1", "b"), at("2", "a"), at("3", "a")], whole_cells=frozenset())
"""A source that may not know all containers of its cells."""

AGREEING = {
    "one source": ([STATS], {"10.0.0.1": ["1"], "10.0.0.2": ["2"]}),
    "cells with other names, matched by their IPs": ([LRPS, STATS], {"guid-1": ["1"], "guid-2": ["2"]}),
    "a cell with another name, matched by its containers": (
        [store("cell-1", at("1", "cell-1")), STATS],
        {"cell-1": ["1"], "10.0.0.2": ["2"]},
    ),
    "a store named after the cell's IP": (
        [store("10.0.0.1", at("1", "10.0.0.1")), LRPS],
        {"10.0.0.1": ["1"], "guid-2": ["2"]},
    ),
    "a store with a task that no other source can know": (
        [store("c", at("1", "c"), Placed(Container("t", "9", "app", workload="task"), "c")), STATS],
        {"c": ["1", "9"], "10.0.0.2": ["2"]},
    ),
    "a source that covers only some apps": (
        [PlacementSource("lrps", [at("1", "c"), at("2", "c", "other")]), PlacementSource("stats", [at("1", "c")])],
        {"c": ["1", "2"]},
    ),
    "a cell without containers": ([store("empty"), STATS], {"10.0.0.1": ["1"], "10.0.0.2": ["2"], "empty": []}),
    "no sources": ([], {}),
}


@pytest.mark.parametrize(("sources", "expected"), AGREEING.values(), ids=AGREEING)
def test_sources_that_agree(sources: list[PlacementSource], expected: dict[str, list[str]]) -> None:
    """Cells have the names of the first source, and nothing is reported."""
    cells, notes = combine(sources)
    found = {name: [container.ip for container in cell.containers] for name, cell in cells.items()}
    assert (found, notes) == (expected, [])


DISAGREEING = {
    "another cell": (
        [store("c", at("1", "c")), PlacementSource("lrps", [at("1", "guid", address="10.0.0.9"), at("2", "c")])],
        {"c": ["1"]},
        [
            "lrps has app app at 1 on cell guid, but c.json has app app at 1 on cell c; using c.json.",
            "lrps has app app at 2 on cell c, but c.json has nothing there; using c.json.",
        ],
    ),
    "another app": (
        [store("c", at("1", "c")), PlacementSource("lrps", [at("1", "c", "other")])],
        {"c": ["1"]},
        ["lrps has app other at 1 on cell c, but c.json has app app at 1 on cell c; using c.json."],
    ),
    "a container without an app": (
        [store("c", at("1", "c", "")), PlacementSource("lrps", [at("1", "c")])],
        {"c": ["1"]},
        ["lrps has app app at 1 on cell c, but c.json has container h-1 at 1 on cell c; using c.json."],
    ),
    "a missing instance": (
        [LRPS, PlacementSource("stats", [at("1", "10.0.0.1", address="10.0.0.1")])],
        {"guid-1": ["1"], "guid-2": ["2"]},
        ["lrps has app app at 2 on cell guid-2, but stats does not; using lrps."],
    ),
    "an extra instance": (
        [LRPS, PlacementSource("stats", [*STATS.placed, at("3", "10.0.0.1", address="10.0.0.1")])],
        {"guid-1": ["1"], "guid-2": ["2"]},
        ["stats has app app at 3 on cell guid-1, but lrps has nothing there; using lrps."],
    ),
    "a cell that shares most containers with one": (
        [LOOSE, PlacementSource("stats", [at("1", "x"), at("3", "x"), at("2", "x")], whole_cells=frozenset())],
        {"a": ["2", "3"], "b": ["1"]},
        ["stats has app app at 1 on cell a, but lrps has app app at 1 on cell b; using lrps."],
    ),
    "a cell that shares as many containers with two": (
        [LOOSE, PlacementSource("stats", [at("2", "x"), at("1", "x")], whole_cells=frozenset())],
        {"a": ["2", "3"], "b": ["1"]},
        ["stats has app app at 2 on cell b, but lrps has app app at 2 on cell a; using lrps."],
    ),
    "two cells that both look like one": (
        [
            store("c", at("1", "c"), at("2", "c")),
            PlacementSource("stats", [at("1", "x"), at("2", "y")], whole_cells=frozenset()),
        ],
        {"c": ["1", "2"]},
        ["stats has app app at 2 on cell y, but c.json has app app at 2 on cell c; using c.json."],
    ),
    "a cell with the IP of another app's instance, which does not make it a different cell": (
        [LOOSE, PlacementSource("stats", [at("1", "x", "other")], whole_cells=frozenset())],
        {"a": ["2", "3"], "b": ["1"]},
        ["stats has app other at 1 on cell x, but lrps has app app at 1 on cell b; using lrps."],
    ),
    "a store without an app that another source has there": (
        [
            PlacementSource("lrps", [at("1", "c"), at("2", "c", "other")], whole_cells=frozenset()),
            store("c", at("1", "c")),
        ],
        {"c": ["1", "2"]},
        ["lrps has app other at 2 on cell c, but c.json does not; using lrps."],
    ),
    "one source with itself": (
        [PlacementSource("stats", [at("1", "a"), at("1", "b")])],
        {"a": ["1"]},
        ["stats has app app at 1 on cell a and app app at 1 on cell b, with the same IP; using the first."],
    ),
}


@pytest.mark.parametrize(("sources", "expected", "expected_notes"), DISAGREEING.values(), ids=DISAGREEING)
def test_sources_that_disagree(
    sources: list[PlacementSource], expected: dict[str, list[str]], expected_notes: list[str]
) -> None:
    """Where they disagree, and which one is used."""
    cells, notes = combine(sources)
    found = {name: [container.ip for container in cell.containers] for name, cell in cells.items()}
    assert ({name: ips for name, ips in found.items() if ips}, notes) == (expected, expected_notes)


def test_many_disagreements_are_abbreviated() -> None:
    """The rest is counted."""
    lrps = PlacementSource("lrps", [at(str(number), "c") for number in range(1200)])
    stats = PlacementSource("stats", [at(str(number), "c", "other") for number in range(1200)])
    notes = combine([lrps, stats]).notes
    assert notes[0] == "stats has app other at 0 on cell c, but lrps has app app at 0 on cell c; using lrps."
    assert (len(notes), notes[-1]) == (21, "1,180 more contradictions.")


def test_instances_without_a_cell_are_reported() -> None:
    """With their state; if there are many, only some."""
    (one,) = combine([PlacementSource("stats", [], [Waiting("app", 3, "STARTING")])]).notes
    assert one == "Not placed: instance 3 of app app (STARTING) has no overlay IP."
    (many,) = combine([PlacementSource("stats", [], [Waiting("app", number, "DOWN") for number in range(1025)])]).notes
    assert many == (
        "Not placed: 1,025 instances have no overlay IP: instance 0 of app app (DOWN), instance 1 of app app (DOWN), "
        "instance 2 of app app (DOWN) and 1,022 more."
    )


CONTAINERS = [at(str(number), f"cell-{number % 3}", f"app-{number % 2}") for number in range(7)]


@given(st.permutations(CONTAINERS), st.permutations(CONTAINERS))
def test_the_order_within_a_source_does_not_matter(one: list[Placed], other: list[Placed]) -> None:
    """Cells are sorted by name, their containers by handle."""
    assert combine([PlacementSource("lrps", one), PlacementSource("stats", other)]) == combine(
        [PlacementSource("lrps", CONTAINERS)]
    )
