"""How full a foundation is: order and warnings."""

import json

import pytest

from cfnet.cell.change.tag_changes import HandedOn, TagChange
from cfnet.cell.model.tags import Tags
from cfnet.cell.planning.capacity import Capacity, CellLoad
from cfnet.policy import App, Org, Space
from cfnet.show.capacity import Filling, capacity_json, capacity_text, tag_warnings


def load(size: int) -> CellLoad:
    """A cell with this many bytes of rules."""
    return CellLoad(1, 2, size)


NOW = Capacity(
    3, {"a": 1, "b": 5, "c": 5}, {"cell-1": load(10), "cell-2": load(30), "cell-3": load(30), "gone": load(99)}
)
THEN = Capacity(4, {"a": 9, "b": 5, "d": 7}, {"cell-1": load(40), "cell-2": load(30), "cell-3": load(30)})

ORDERS = {
    "actual": (None, ["b", "c", "a"], ["gone", "cell-2", "cell-3", "cell-1"]),
    "hypothetical": (THEN, ["a", "d", "c", "b"], ["cell-1", "gone", "cell-2", "cell-3"]),
}


@pytest.mark.parametrize(("then", "apps", "cells"), ORDERS.values(), ids=ORDERS)
def test_the_fullest_cells_come_first(then: Capacity | None, apps: list[str], cells: list[str]) -> None:
    """In both formats; equally full ones by name, but first what changes."""
    filling = Filling(NOW, then, 150, {})
    output = json.loads(capacity_json(filling))
    assert [each["app"]["guid"] for each in output["apps"]] == apps
    assert [each["cell"] for each in output["cells"]] == cells
    first, _tags, last = capacity_text(filling, colour=False).split("\n\n")
    assert [[line.split()[0] for line in table.splitlines()[1:]] for table in (first, last)] == [cells, apps]


WEB = Space("s", "web", Org("o", "shop"))
APPS = {guid: App(guid, f"{guid}-name", WEB) for guid in ("a", "b")}


@pytest.mark.parametrize(
    ("handed_on", "without", "warnings"),
    [
        ([], [], []),
        (
            [HandedOn("0001", "a", "b"), HandedOn("0002", "b", "gone")],
            [],
            [
                (
                    "Tag 0001 moves from shop/web/a-name to shop/web/b-name: until every cell has polled for policies"
                    " (5 seconds), shop/web/b-name also has the access of shop/web/a-name."
                ),
                (
                    "Tag 0002 moves from shop/web/b-name to gone: until every cell has polled for policies"
                    " (5 seconds), gone also has the access of shop/web/b-name."
                ),
            ],
        ),
        ([], ["x"] * 1200, ["No tags are left for 1,200 apps: the policy server would reject their policies."]),
    ],
    ids=["nothing", "tags that are handed on", "no tags left"],
)
def test_warnings(handed_on: list[HandedOn], without: list[str], warnings: list[str]) -> None:
    """One sentence each, with the apps' names if known."""
    assert tag_warnings(TagChange([], Tags({}), handed_on, without), APPS) == warnings
