"""Network namespaces of cells and containers, and the cables between them."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

from cfnet.dataplane import addressing
from cfnet.dataplane.namespace import Namespace
from cfnet.dataplane.programs import ProgramFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cfnet.dataplane.addressing import CellLease


class WiredCell:
    """A cell: its namespace, and those of its containers by overlay IP."""

    def __init__(self, lease: CellLease) -> None:
        self.lease = lease
        self.namespace = Namespace()
        self.containers: dict[str, Namespace] = {}

    def plug_in(self, ips: Collection[str]) -> Mapping[str, Namespace]:
        """Add containers with these overlay IPs, and return their namespaces.

        Raises:
            ProgramFailed: the kernel refuses.
        """
        fresh: dict[str, Namespace] = {}
        try:
            for ip in ips:
                fresh[ip] = Namespace()
            cables = [addressing.container_cable(ip, container.path) for ip, container in fresh.items()]
            self.namespace.run("ip", "-batch", "-", text="".join(cables))
            for ip, container in fresh.items():
                container.run("ip", "-batch", "-", text=addressing.container_interface(ip))
        except BaseException:
            self._discard(fresh)
            raise
        self.containers |= fresh
        return fresh

    def unplug(self, ips: Collection[str]) -> None:
        """Remove the containers with these IPs."""
        self._discard({ip: self.containers.pop(ip) for ip in ips})

    def _discard(self, containers: Mapping[str, Namespace]) -> None:
        # The kernel removes a cable with the namespace at its end, but some time later, when its name may be needed.
        with suppress(ProgramFailed):  # one that does not exist: the others are removed nevertheless
            self.namespace.run("ip", "-force", "-batch", "-", text="".join(map(addressing.removed_cable, containers)))
        for container in containers.values():
            container.close()

    def close(self) -> None:
        """Let the kernel remove the cell with its containers."""
        for each in (*self.containers.values(), self.namespace):
            each.close()


class WiredCells:
    """Cells on a bridge, linked by VXLAN. A context manager.

    Attributes:
        cells: the cells, by name.
    """

    def __init__(self, leases: Sequence[CellLease]) -> None:
        """Make a cell for each of `leases`.

        Raises:
            ProgramFailed: the kernel refuses.
            OSError: the kernel refuses namespaces.
        """
        self._held = ExitStack()
        self.cells: dict[str, WiredCell] = {}
        try:
            self._build(leases)
        except BaseException:
            self.close()
            raise

    def _build(self, leases: Sequence[CellLease]) -> None:
        underlay = Namespace()
        self._held.callback(underlay.close)
        for lease in leases:
            cell = self.cells[lease.name] = WiredCell(lease)
            self._held.callback(cell.close)
            cell.namespace.set("ipv4/ip_forward", 1)
            # Every refusal is sent: a call that no policy allows fails at once, however many there are.
            cell.namespace.set("ipv4/icmp_ratemask", 0)
        cables = [addressing.cell_cable(cell.lease, cell.namespace.path) for cell in self.cells.values()]
        bridge = f"link add {addressing.BRIDGE} type bridge\nlink set {addressing.BRIDGE} up\n"
        underlay.run("ip", "-batch", "-", text=bridge + "".join(cables))
        for lease in leases:
            others = [other for other in leases if other != lease]
            cell = self.cells[lease.name]
            cell.namespace.run("ip", "-batch", "-", text=addressing.cell_interfaces(lease, others))
            cell.namespace.run("bridge", "-batch", "-", text=addressing.forwarding_entries(others))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the kernel remove all cells."""
        self._held.close()
