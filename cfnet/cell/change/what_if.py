"""Hypothetical changes to a foundation: scale an app, add or remove policies."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from cfnet.cell.change.tag_changes import change_tags
from cfnet.cell.model.container import Container
from cfnet.errors import InputFault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.change.tag_changes import TagChange, TagStep
    from cfnet.cell.model.state import Cell, State
    from cfnet.policy import App


def scaled(state: State, app: str, instances: int) -> State:
    """Return `state` with an app (GUID) scaled to `instances`.

    New instances go to the cells with the fewest containers; instances are removed from the cells with most of them. A
    new container is a copy of the app's others, with a placeholder IP from the end of the overlay network.

    Raises:
        InputFault: the overlay network does not have enough IPs, or a cell cannot be read.
    """
    sizes: dict[str, int] = {}
    there: dict[str, list[str]] = {}
    model = Container("", "", app, workload="app")
    taken: set[str] = set()
    for cell in state.cells():
        sizes[cell.name] = len(cell.containers)
        own = [each for each in cell.containers if each.app == app and each.workload in ("app", "")]
        there[cell.name] = [each.handle for each in own]
        taken |= {each.ip for each in cell.containers}
        model = own[0] if own else model
    more = instances - sum(map(len, there.values()))
    gone = _stopped(there, -more)
    new = _started(sizes, model, _free(state.settings.overlay_networks, taken), more if sizes else 0)

    def read_cell(name: str) -> Cell:
        cell = state.read_cell(name)
        kept = [each for each in cell.containers if each.handle not in gone.get(name, ())]
        return cell._replace(containers=[*kept, *new.get(name, ())])

    return replace(state, read_cell=read_cell, search_cells=None)


def _stopped(there: Mapping[str, list[str]], count: int) -> Mapping[str, Collection[str]]:
    """Take `count` handles from the cells with most of them; return them by cell."""
    gone: dict[str, set[str]] = {}
    for _ in range(count):
        cell_name = max(there, key=lambda name: len(there[name]))
        gone.setdefault(cell_name, set()).add(there[cell_name].pop())
    return gone


def _started(
    sizes: dict[str, int], model: Container, free: Iterator[str], count: int
) -> Mapping[str, Sequence[Container]]:
    """Put `count` containers on the cells with the fewest; return them by cell."""
    new: dict[str, list[Container]] = {}
    for number in range(count):
        cell_name = min(sizes, key=lambda name: sizes[name])
        sizes[cell_name] += 1
        handle = f"what-if-{number:08d}-{model.app[:8]}"
        new.setdefault(cell_name, []).append(model._replace(handle=handle, ip=next(free)))
    return new


def with_policies(
    state: State, steps: Iterable[TagStep], apps: Mapping[str, App] | None = None
) -> tuple[State, TagChange]:
    """Return `state` after requests that add or remove policies, and the changes to tags.

    `apps` are apps in the requests, by GUID, that may be missing in `state`.
    """
    change = change_tags(state.policies, state.tags, steps)
    after = replace(state, policies=change.policies, tags=change.tags)
    if apps:
        after = replace(after, read_apps=lambda: {**apps, **state.read_apps()})
    return after, change


def _free(networks: Sequence[str], taken: set[str]) -> Iterator[str]:
    """Yield unused IPs of the overlay network, starting at the end of the last network."""
    for network in reversed(networks):
        addresses = IPv4Network(network)
        for number in range(addresses.num_addresses - 2, 0, -1):
            ip = str(addresses[number])
            if ip not in taken:
                yield ip
    raise InputFault(f"the overlay network {', '.join(networks)} has no IPs left")
