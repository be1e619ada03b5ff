"""Which instance of which app runs in each container, and the names that follow from that."""

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
"""Workloads that are instances of an app; tasks and staging containers have no number."""


class Running(NamedTuple):
    """A container at work.

    Attributes:
        cell: the cell's name.
        number: which instance of its app it is; None for tasks and staging containers, and without an app.
    """

    cell: str
    container: Container
    number: int | None


def running(cells: Iterable[Cell]) -> Iterator[Running]:
    """All containers of `cells`.

    Where a container's own number is not known, the instances of its app are counted, in the order of the cells.
    """
    counted: Counter[str] = Counter()
    for cell in cells:
        for container in cell.containers:
            number = None
            if container.app and container.workload in _NUMBERED:
                number = counted[container.app] if container.number is None else container.number
                counted[container.app] += 1
            yield Running(cell.name, container, number)


def names_of(state: State) -> Names:
    """The names of everything that rules mention: apps, what runs at the overlay IPs, and whose the marks are.

    Raises:
        InputFault: a cell or the apps cannot be read.
    """
    return Names(
        apps=short_names(state.read_apps()),
        instances={
            each.container.ip: Instance(each.container.app, each.number, each.container.handle)
            for each in running(state.cells())
        },
        marks={int(tag, 16): app for app, tag in state.tags.by_app.items()},
    )


def without_marks(names: Names) -> Names:
    """The names without the marks of apps: to rules and logs from cells, tags that cfnet allotted mean nothing."""
    return replace(names, marks={mark: owner for mark, owner in names.marks.items() if owner == INGRESS_ROUTER})


def short_names(apps: Mapping[str, App]) -> dict[str, str]:
    """By GUID: the app's name, or `ORG/SPACE/APP` where two apps have that name."""
    seen = Counter(app.name for app in apps.values())
    return {guid: app.name if seen[app.name] == 1 else app.path for guid, app in apps.items()}


class Addresses:
    """Tells the overlay addresses of each app's containers."""

    def __init__(self, names: Names) -> None:
        """Prepare to look in `names`; most of the time nobody asks."""
        self._names = names

    def of(self, app: str) -> Sequence[int]:
        """The addresses of an app's containers on all cells, as numbers; none where they are not known."""
        return self._by_app.get(app, ())

    @cached_property
    def _by_app(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for ip, instance in self._names.instances.items():
            found.setdefault(instance.app, []).append(int(IPv4Address(ip)))
        return found
