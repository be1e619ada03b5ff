"""Trace a call between two apps through the rules of their cells."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.change.tag_changes import TagStep
from cfnet.cell.explain.near_misses import near_misses
from cfnet.cell.model.instances import names_of, running
from cfnet.cell.model.narrowing import NARROWED
from cfnet.cell.packet.packet_paths import Call, packet_paths
from cfnet.errors import UnknownName, UsageFault
from cfnet.operations.choose_app import choose_app
from cfnet.operations.compare import compare
from cfnet.operations.inventory import open_inventory, state_of
from cfnet.policy import Policy, Ports, Protocol
from cfnet.policy import ends as ends_of
from cfnet.show.remedy import remedy
from cfnet.show.traced import Traced

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from cfnet.cell.model.instances import Running
    from cfnet.cell.model.names import Names
    from cfnet.cell.model.state import State
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource, Selectable
    from cfnet.operations.preview import Wanted
    from cfnet.policy import App

_IP: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}", re.ASCII)
_NO_APP: Final = "This container does not belong to an app (it has no policy_group_id): no policy can apply to it."
_SAME: Final = "A connection from a container to itself does not leave the container."


class CallEnds(NamedTuple):
    """The two endpoints of a call as typed: apps or overlay IPs, and single instances of the apps."""

    source: str
    destination: str
    source_instance: int | None = None
    destination_instance: int | None = None


def trace_call(
    ends: CallEnds, call: Call, wanted: Wanted | None, origin: InventorySource, environment: Environment
) -> tuple[Traced, Names, Mapping[str, App]]:
    """Trace `call` through the cells of its endpoints, as they would be after applying `wanted`.

    Returns:
        The paths and their verdict, and the names to describe them.

    Raises:
        CfnetError: the foundation cannot be read, or an endpoint does not exist.
    """
    is_live = origin.snapshot is None and not environment.uses_sandbox
    choose = _chooser(ends.source, ends.destination) if is_live else None
    with open_inventory(environment, origin) as inventory:
        steps: list[TagStep] = []
        apps: Mapping[str, App] = {}
        skipped: Sequence[str] = ()
        if wanted:
            inventory.unplaced()
            compared = compare(wanted.documents, wanted.loaded, inventory, environment)
            removed = compared.difference.removed if wanted.prune else ()
            steps, apps = [TagStep(list(compared.places), adds=True), TagStep(removed, adds=False)], compared.apps
            skipped = compared.notes
        state = state_of(inventory, choose, steps, apps)
        notes = [*_notes(state, wanted), *skipped]
        here = _End.of(ends.source, ends.source_instance, state)
        there = _End.of(ends.destination, ends.destination_instance, state)
        traced = _traced(here, there, call, replace(state, notes=notes))
        return traced, names_of(state, [*here.running, *there.running]), state.read_apps()


def _notes(state: State, wanted: Wanted | None) -> list[str]:
    """Return notes about the verdict: other apps, and containers that are not app instances, are irrelevant."""
    from cfnet.operations.live_inventory import FROM_STATS

    notes = [note for note in state.notes if note not in (NARROWED, FROM_STATS)]
    if wanted is None:
        return notes
    how = " with --prune" if wanted.prune else ""
    return [*notes, f"Traced as if {', '.join(wanted.documents.files)} had been applied{how}."]


def _chooser(*ends: str) -> Callable[[Selectable], Collection[str]] | None:
    """Select the apps of a call; None between IPs, which may belong to any app."""
    if any(map(_IP.fullmatch, ends)):
        return None

    def choose(offer: Selectable) -> Collection[str]:
        return {choose_app(text, offer.apps, offer.guids, offer.target) for text in ends}

    return choose


class _End(NamedTuple):
    """An endpoint of a call: the app's GUID (empty if there is none), and its containers.

    A foundation may have a thousand cells: only cells that may have containers of the app are read.
    """

    app: str
    running: Sequence[Running]

    @classmethod
    def of(cls, text: str, instance: int | None, state: State) -> _End:
        """Return the endpoint that `text` refers to.

        Raises:
            UnknownName: it does not exist.
            UsageFault: it is ambiguous, or has no such instance.
        """
        end = cls._at_ip(text, state) if _IP.fullmatch(text) else cls._of_app(text, state)
        chosen = [each for each in end.running if instance in (None, each.number)]
        if not chosen:
            numbers = [str(each.number) for each in end.running if each.number is not None]
            raise UsageFault(f"'{text}' has no instance {instance}.", hint=f"Known instances: {', '.join(numbers)}.")
        return cls(end.app, chosen)

    @classmethod
    def _at_ip(cls, ip: str, state: State) -> _End:
        cells = state.cells_with([ip])
        app = next((each.app for cell in cells for each in cell.containers if each.ip == ip), None)
        if app is None:
            raise UnknownName(f"No container has the overlay IP {ip}.")
        cells = state.cells_with([app]) if app else cells
        return cls(app, [each for each in running(cells) if each.container.ip == ip])

    @classmethod
    def _of_app(cls, text: str, state: State) -> _End:
        # GUIDs that equal or start with `text`; those of other apps are irrelevant.
        likely = state.cells_with(dict.fromkeys([text, text.lower()]))
        guids = {each.app for cell in likely for each in cell.containers} - {""}
        if text not in guids:
            guids |= set(ends_of(state.policies))
        app = choose_app(text, state.read_apps(), guids, state.target)
        cells = likely if app == text or state.search_cells is None else state.cells_with([app])
        found = [each for each in running(cells) if each.container.app == app]
        if not found:
            raise UnknownName(f"No container of '{text}' is known: it is not running, or its cell is unknown.")
        return cls(app, found)


def _traced(here: _End, there: _End, call: Call, state: State) -> Traced:
    found = list(packet_paths(state, here.running, there.running, call))
    if not found:
        raise UsageFault(_SAME, hint="Name two different containers.")
    traced = Traced(call, here.app, there.app, found, state.notes, complete=state.complete)
    if traced.allowed:
        return traced
    if not (here.app and there.app):
        return traced._replace(obstacle=_NO_APP)
    visible = state.read_visible()
    traced = traced._replace(unseen=visible is not None and not {here.app, there.app} <= visible)
    wanted = Policy(here.app, there.app, Protocol(call.protocol), Ports(call.port, call.port))
    apps = state.read_apps()
    return traced._replace(near=near_misses(wanted, state.policies, apps), remedy=remedy(wanted, apps))
