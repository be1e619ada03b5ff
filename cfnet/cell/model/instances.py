"""The app instances that run in containers, and the names and addresses derived from them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model.names import Instance, Names
from cfnet.cell.model.tags import INGRESS_ROUTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.model.container import Container
    from cfnet.cell.model.state import Cell, State
    from cfnet.policy import App

_NUMBERED: Final = frozenset({"", "app"})
"""Workloads that are app instances; tasks and staging containers have no instance index."""


class Running(NamedTuple):
    """A container and where it runs.

    Attributes:
        cell: the name of its cell.
        number: the instance index; None for tasks, staging containers and containers without an app.
    """

    cell: str
    container: Container
    number: int | None


def running(cells: Iterable[Cell]) -> Iterator[Running]:
    """Yield all containers of `cells`.

    If a container's instance index is unknown, instances of the app are numbered in the order of the cells.
    """
    counted: Counter[str] = Counter()
    for cell in cells:
        for container in cell.containers:
            number = None
            if container.app and container.workload in _NUMBERED:
                number = counted[container.app] if container.number is None else container.number
                counted[container.app] += 1
            yield Running(cell.name, container, number)


def names_of(state: State, containers: Iterable[Running] | None = None) -> Names:
    """Return the names for everything in rules: apps, instances by overlay IP, and apps by mark.

    With `containers`, only their instances are named.

    Raises:
        InputFault: a cell or the list of apps cannot be read.
    """
    return Names(
        apps=short_names(state.read_apps()),
        instances={
            each.container.ip: Instance(each.container.app, each.number, each.container.handle)
            for each in (running(state.cells()) if containers is None else containers)
        },
        marks={int(tag, 16): app for app, tag in state.tags.by_app.items()},
    )


def without_marks(names: Names) -> Names:
    """Remove the marks of apps: if cfnet allotted the tags, they do not match rules and logs from real cells."""
    return replace(names, marks={mark: owner for mark, owner in names.marks.items() if owner == INGRESS_ROUTER})


def short_names(apps: Mapping[str, App]) -> dict[str, str]:
    """Return, by GUID, the app's name, or `ORG/SPACE/APP` if the name is not unique."""
    seen = Counter(app.name for app in apps.values())
    return {guid: app.name if seen[app.name] == 1 else app.path for guid, app in apps.items()}


class Addresses:
    """Looks up the overlay addresses of an app's containers."""

    def __init__(self, names: Names) -> None:
        """Use `names`; the index is built on first use, as it is rarely needed."""
        self._names = names

    def of(self, app: str) -> Sequence[int]:
        """Return the addresses of an app's containers on all cells, as numbers; empty if unknown."""
        return self._by_app.get(app, ())

    @cached_property
    def _by_app(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for ip, instance in self._names.instances.items():
            found.setdefault(instance.app, []).append(int(IPv4Address(ip)))
        return found
