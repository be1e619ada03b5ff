"""Narrow the state of a foundation to some apps and those they have policies with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cfnet.cell.model.tags import INGRESS_ROUTER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from cfnet.cell.model.state import Cell, State
    from cfnet.policy import Policy

NARROWED: Final = "Only some apps and those they have policies with are included; the cells have more rules."


def neighbourhood(apps: Collection[str], policies: Iterable[Policy]) -> frozenset[str]:
    """Return `apps` (GUIDs) and all apps they have policies with, in either direction."""
    found = set(apps)
    for policy in policies:
        if policy.source in apps or policy.destination in apps:
            found |= {policy.source, policy.destination}
    return frozenset(found)


def narrowed(state: State, apps: Collection[str]) -> State:
    """Return the part of `state` about `apps` (GUIDs): their policies and the containers of both ends."""
    about = neighbourhood(apps, state.policies)
    tagged = about | {INGRESS_ROUTER}

    def read_visible() -> frozenset[str]:
        visible = state.read_visible()
        return frozenset(apps) if visible is None else visible & frozenset(apps)

    def read_cell(name: str) -> Cell:
        cell = state.read_cell(name)
        return cell._replace(containers=[each for each in cell.containers if each.app in about])

    return replace(
        state,
        policies=[policy for policy in state.policies if policy.source in apps or policy.destination in apps],
        tags=state.tags._replace(by_app={app: tag for app, tag in state.tags.by_app.items() if app in tagged}),
        cell_names=[name for name in state.cell_names if read_cell(name).containers],
        read_cell=read_cell,
        read_visible=read_visible,
        read_apps=lambda: {guid: app for guid, app in state.read_apps().items() if guid in about},
        notes=[*state.notes, NARROWED],
    )
