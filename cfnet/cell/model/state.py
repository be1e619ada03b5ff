"""The state of a foundation that its cells' rules are planned from, read from a snapshot or a sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cfnet.errors import InputFault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.container import Container
    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.cell.model.tags import Tags
    from cfnet.policy import App, Policy, Space


class Cell(NamedTuple):
    """A Diego cell and its containers; `origin` is their source, such as `cells/cell-1/store.json`."""

    name: str
    containers: Sequence[Container]
    origin: str = ""


class OverlayIps:
    """The overlay IPs of the cells so far.

    A cell has a subnet of its own, usually, so its IPs are only compared with those of cells that share the first three
    numbers of one: looking up each of a quarter of a million takes much longer.
    """

    def __init__(self) -> None:
        self._by_subnet: dict[str, list[dict[str, str]]] = {}

    def add(self, cell: str, ips: Sequence[str]) -> bool:
        """Add the containers of a cell; return false, and add nothing, if one has the IP of another."""
        own = dict.fromkeys(ips, cell)
        subnets = {ip.rpartition(".")[0] for ip in own}
        others = (each for subnet in subnets for each in self._by_subnet.get(subnet, ()))
        if len(own) < len(ips) or not all(own.keys().isdisjoint(each) for each in others):
            return False
        for subnet in subnets:
            self._by_subnet.setdefault(subnet, []).append(own)
        return True

    @property
    def by_ip(self) -> Mapping[str, str]:
        """The name of each IP's cell."""
        return {ip: cell for several in self._by_subnet.values() for each in several for ip, cell in each.items()}


@dataclass(frozen=True, slots=True)
class State:
    """Everything that the rules of all cells depend on. Cells are read on demand, one at a time.

    Attributes:
        policies: all policies, in the order of the server's response.
        tags: the tags of all apps in policies.
        settings: the agent's settings.
        cell_names: the names of the cells, in display order.
        read_cell: reads a cell by name; may raise InputFault.
        read_apps: reads the apps with known names, by GUID; may raise InputFault.
        read_security_groups: reads the security groups in the order of the Cloud Controller's list, None if unknown;
            may raise InputFault.
        notes: notes for readers of the rules, about missing and assumed data.
        missing: the notes about files that this snapshot lacks, by file name.
        policies_origin: the source of the policies, such as `policies.json`.
        target: the default space for names; None if no space is targeted or the target is unknown.
        read_visible: reads the GUIDs of the apps for which `policies` has all policies between them, None if that is
            all apps; may raise CfnetError.
        complete: whether `policies` includes all policies; if not, others are unknown rather than absent.
        search_cells: names the cells that have a string that begins with one of these texts, or may have one,
            without reading all in full: the others may have faults, but none that hides such a string; None if that is
            impossible.
    """

    policies: Sequence[Policy]
    tags: Tags
    settings: AgentSettings
    cell_names: Sequence[str]
    read_cell: Callable[[str], Cell]
    read_apps: Callable[[], Mapping[str, App]] = dict
    read_security_groups: Callable[[], Sequence[SecurityGroup] | None] = lambda: None
    notes: Sequence[str] = field(default=())
    missing: Mapping[str, str] = field(default_factory=dict)
    policies_origin: str = ""
    target: Space | None = None
    read_visible: Callable[[], frozenset[str] | None] = lambda: None
    complete: bool = True
    search_cells: Callable[[Collection[str]], Collection[str]] | None = None

    def cells_with(self, beginnings: Collection[str]) -> list[Cell]:
        """Read the cells that have a string that begins with one of these texts, and maybe others, in order.

        Raises:
            InputFault: see `cells`.
        """
        if self.search_cells is None:
            return list(self.cells())
        found = self.search_cells(beginnings)
        return list(self.cells([name for name in self.cell_names if name in found]))

    def cells(self, names: Iterable[str] | None = None) -> Iterator[Cell]:
        """Read and yield the cells with these `names` (default: all), one at a time.

        Raises:
            InputFault: two containers have the same overlay IP, or `read_cell` failed.
        """
        owners = OverlayIps()
        for name in self.cell_names if names is None else names:
            cell = self.read_cell(name)
            if not owners.add(name, [container.ip for container in cell.containers]):
                raise self._two_with_one_ip(cell, owners.by_ip)
            yield cell

    def _two_with_one_ip(self, cell: Cell, owners: Mapping[str, str]) -> InputFault:
        seen: dict[str, str] = {}
        for container in cell.containers:
            if container.ip in seen:
                first = f"container {seen[container.ip]}"
                break
            if container.ip in owners:
                other = self.read_cell(owners[container.ip])
                handle = next(each.handle for each in other.containers if each.ip == container.ip)
                first = f"container {handle} of {other.origin or other.name}"
                break
            seen[container.ip] = container.handle
        else:
            raise AssertionError("called for a cell without such containers")
        return InputFault(
            f"{container.handle}.ip: {container.ip} is already the IP of {first}",
            where=cell.origin or cell.name,
            hint="Overlay IPs are unique within a foundation. Were the stores copied at the same time?",
        )
