"""What is known of a foundation whose cells are to be rendered, wherever that comes from: a snapshot, a sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cfnet.errors import InputFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.container import Container
    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.cell.model.tags import Tags
    from cfnet.policy import App, Policy, Space


class Cell(NamedTuple):
    """A Diego cell and its containers; `origin` says where they are known from, as in `cells/cell-1/store.json`."""

    name: str
    containers: Sequence[Container]
    origin: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Everything that the rules of all cells depend on. Cells are read one at a time, on demand.

    Attributes:
        policies: all policies, in the order in which the server gave them.
        tags: the tag of every app of every policy.
        settings: the agent's.
        cell_names: the cells there are, in the order in which they are shown.
        read_cell: reads one of them by its name; may raise InputFault.
        read_apps: reads the apps whose names are known, by GUID; may raise InputFault.
        read_security_groups: reads the security groups, in the order of the Cloud Controller's list; None where they
            are not known; may raise InputFault.
        notes: sentences that whoever reads the rules must know: what was missing, what was made up.
        missing: which of the notes are about a file that a snapshot could have and this one lacks, by its name.
        policies_origin: where the policies are known from, as in `policies.json`.
        target: the space that is meant where none is named; None where none is targeted, or nobody knows.
        read_visible: reads the GUIDs of the apps between which all policies are in `policies`; None where all there are
            are; may raise CfnetError.
        complete: whether `policies` are all there are; if not, others are unknown, not absent.
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

    def cells(self, names: Iterable[str] | None = None) -> Iterator[Cell]:
        """The cells called `names` (default: all), one after the other; none is kept.

        Raises:
            InputFault: two containers have one overlay IP, or `read_cell` failed.
        """
        owners: dict[str, str] = {}
        for name in self.cell_names if names is None else names:
            cell = self.read_cell(name)
            fresh = dict.fromkeys([container.ip for container in cell.containers], name)
            if len(fresh) < len(cell.containers) or not owners.keys().isdisjoint(fresh):
                raise self._two_with_one_ip(cell, owners)
            owners |= fresh
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
            hint="An overlay IP belongs to one container of a foundation. Were the stores copied at the same time?",
        )
