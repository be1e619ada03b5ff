"""Cells and containers are wired as a whole, or not at all."""

import pytest

from cfnet.dataplane.addressing import CellLease
from cfnet.dataplane.programs import ProgramFailed
from cfnet.dataplane.wiring import WiredCell, WiredCells

pytestmark = pytest.mark.kernel

LEASE = CellLease("cell-1", "10.0.16.4", "10.255.77.0/24")


def interfaces(cell: WiredCell) -> list[str]:
    """The names of a cell's interfaces."""
    return sorted(line.split("@")[0].split()[0] for line in cell.namespace.run("ip", "-br", "link").splitlines())


@pytest.mark.usefixtures("backend")
def test_a_failed_start_leaves_no_interface() -> None:
    """So that the next attempt can use its name."""
    with WiredCells([LEASE]) as wired:
        cell = wired.cells["cell-1"]
        cell.plug_in(["10.255.77.9"])
        before = interfaces(cell)
        cell.namespace.run("ip", "link", "add", "s-010255077004", "type", "veth", "peer", "name", "other")
        with pytest.raises(ProgramFailed, match="File exists"):
            cell.plug_in(["10.255.77.3", "10.255.77.4"])
        assert interfaces(cell) == before
        assert list(cell.containers) == ["10.255.77.9"]
        cell.plug_in(["10.255.77.3", "10.255.77.4"])


@pytest.mark.usefixtures("backend")
def test_a_container_can_be_removed_without_its_interface() -> None:
    """Someone may have deleted it."""
    with WiredCells([LEASE]) as wired:
        cell = wired.cells["cell-1"]
        before = interfaces(cell)
        cell.plug_in(["10.255.77.3", "10.255.77.4"])
        cell.namespace.run("ip", "link", "del", "s-010255077003")
        cell.unplug(["10.255.77.3", "10.255.77.4"])
        assert interfaces(cell) == before
