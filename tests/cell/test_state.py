"""A foundation's cells, read one at a time."""

import pytest

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.errors import InputFault


def state(**cells: list[tuple[str, str]]) -> State:
    """A foundation of cells with containers with these handles and IPs."""

    def read_cell(name: str) -> Cell:
        containers = [Container(handle, ip, "app") for handle, ip in cells[name]]
        return Cell(name, containers, f"cells/{name}/store.json")

    return State([], Tags({}), AgentSettings(), list(cells), read_cell)


def test_cells_are_read_in_order_or_on_demand() -> None:
    """Only requested cells are read."""
    foundation = state(b=[("h", "10.255.0.1")], a=[])
    assert [cell.name for cell in foundation.cells()] == ["b", "a"]
    assert [cell.name for cell in foundation.cells(["a"])] == ["a"]


@pytest.mark.parametrize(
    ("foundation", "message"),
    [
        (
            state(a=[("one", "10.255.0.1"), ("two", "10.255.0.1")]),
            "cells/a/store.json: two.ip: 10.255.0.1 is already the IP of container one",
        ),
        (
            state(a=[("one", "10.255.0.1"), ("two", "10.255.0.2")], b=[("x", "10.255.0.3"), ("y", "10.255.0.2")]),
            "cells/b/store.json: y.ip: 10.255.0.2 is already the IP of container two of cells/a/store.json",
        ),
    ],
    ids=["on one cell", "on two cells"],
)
def test_two_containers_with_one_overlay_ip_are_an_error(foundation: State, message: str) -> None:
    """The error names both."""
    with pytest.raises(InputFault) as caught:
        list(foundation.cells())
    assert str(caught.value) == message
