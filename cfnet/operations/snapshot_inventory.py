"""A snapshot: no file is read twice."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from cfnet.cell.model.placement import Placed, PlacementSource, combine
from cfnet.foundation.snapshot.reader import open_snapshot, read_places, read_policies, read_record
from cfnet.operations.choose_app import called

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.cell.model.state import State
    from cfnet.operations.environment import Environment
    from cfnet.operations.live_inventory import Sources
    from cfnet.policy import App, Policy, Space


class SnapshotInventory:
    """A directory with saved responses of a foundation."""

    def __init__(
        self,
        folder: Path,
        environment: Environment,
        settings: AgentSettings | None = None,
        sources: Sources | None = None,
    ) -> None:
        """Open the snapshot in `folder`: policies.json, and apps.json, spaces.json and organizations.json for names.

        The session of `environment` may target one of its spaces. `settings` override agent.json, and `sources` are
        additional sources of placement. snapshot.json describes what the other files contain.
        """
        self._policies = read_policies(folder)
        told = read_record(folder)
        self.api = ""
        self.user = ""
        self.made = told.made
        self.complete = told.visible is None
        self.notes: Sequence[str] = () if self.complete else _about_policies(told.notes)
        self._environment = environment
        self._folder = folder
        self._settings = settings
        self._sources = sources
        self._visible = told.visible

    @cached_property
    def _places(self) -> tuple[Mapping[str, App], Mapping[str, Space]]:
        return read_places(self._folder)

    @cached_property
    def _state(self) -> State:
        return open_snapshot(self._folder, self._settings, self._policies)

    @cached_property
    def _groups(self) -> Sequence[SecurityGroup] | None:
        return self._state.read_security_groups()

    @cached_property
    def target(self) -> Space | None:
        """The space that the session targets, if the snapshot has it; no request is sent."""
        from cfnet.operations.targeted_space import targeted_space

        return targeted_space(self._environment, self.spaces())

    def spaces(self, names: Collection[str] | None = None) -> Sequence[Space]:
        """Return those in spaces.json, and those of apps."""
        apps, spaces = self._places
        every = {**spaces, **{app.space.guid: app.space for app in apps.values()}}
        wanted = None if names is None else {name.lower() for name in names}
        return [space for space in every.values() if wanted is None or space.name.lower() in wanted]

    def every_app(self) -> Mapping[str, App]:
        """Return those in apps.json."""
        return self._places[0]

    def apps_in(self, spaces: Collection[Space]) -> Sequence[App]:
        """Return those in apps.json."""
        guids = {space.guid for space in spaces}
        return [app for app in self.every_app().values() if app.space.guid in guids]

    def apps(self, guids: Collection[str]) -> Sequence[App]:
        """Return those in apps.json."""
        apps = self.every_app()
        return [apps[guid] for guid in guids if guid in apps]

    def policies(self, sources: Collection[str] | None = None) -> Sequence[Policy]:
        """Return those in policies.json."""
        every = self._policies.policies
        return every if sources is None else [policy for policy in every if policy.source in sources]

    def visible(self, apps: Iterable[App]) -> frozenset[str] | None:
        """Return those in snapshot.json: the snapshot may not have all policies."""
        del apps
        return self._visible

    def seen_spaces(self) -> frozenset[str] | None:
        """All, unless apps were left out of the snapshot or were not visible."""
        return None if self._visible is None else frozenset()

    def unplaced(self) -> State:
        """Return the content of the files; the stores of cells are read later, one by one."""
        return replace(
            self._state,
            read_apps=self.every_app,
            read_security_groups=lambda: self._groups,
            target=self.target,
            complete=self.complete,
        )

    def placed(self, state: State, about: Collection[str] | None) -> State:
        """Return `state`, with additional placement from files given by options.

        Stores of whole cells take precedence over those of the snapshot, and these over other sources.
        """
        del about
        sources = self._sources
        if sources is None or not sources.told:
            return state
        own = [_store(state, name) for name in state.cell_names]
        before = [source for source in sources.told if source.whole_cells is not None]
        after = [source for source in sources.told if source.whole_cells is None]
        apps = self.every_app()
        placement = combine([*before, *own, *after], lambda guid: called(guid, apps))
        return replace(
            state,
            cell_names=list(placement.cells),
            read_cell=lambda name: placement.cells[name],
            search_cells=None,
            notes=[*state.notes, *sources.notes, *placement.notes],
        )


def _about_policies(notes: Sequence[str]) -> Sequence[str]:
    from cfnet.operations.live_inventory import FROM_STATS

    return [note for note in notes if note != FROM_STATS]


def _store(state: State, name: str) -> PlacementSource:
    cell = state.read_cell(name)
    return PlacementSource(cell.origin, [Placed(each, name) for each in cell.containers], whole_cells=frozenset({name}))
