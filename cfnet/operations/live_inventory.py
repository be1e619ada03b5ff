"""A live foundation, or the sandbox, as visible to the session: nothing is requested twice."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import Forbidden
from cfnet.foundation.api.batches import MOST
from cfnet.operations.inventory import DEVELOPED
from cfnet.policy import by_guid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.placement import PlacementSource, Waiting
    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.model.tags import Tags
    from cfnet.operations.connect import LiveFoundation
    from cfnet.operations.environment import Environment
    from cfnet.policy import App, Policy, Space
    from cfnet.policy.provenance import Provenance
    from cfnet.sandbox import Foundation

NO_TAGS: Final = (
    "Reading tags requires network.admin: tags are assigned as the policy server would, lowest first. "
    "The actual tags may differ."
)
NO_AGENT: Final = "No agent.json is given (--agent): default settings of the agent's BOSH job are used."
NOT_ALL: Final = (
    "Without network.admin, only policies between apps in your spaces are visible: the cells may have more rules."
)
FROM_STATS: Final = (
    "Placement is taken from the Cloud Controller's process stats, without staging and task containers, "
    "and without apps that you cannot see."
)


_DOWN: Final = "DOWN"
"""The state of instances that do not run, in process stats."""


class Sources(NamedTuple):
    """Sources of placement besides the Cloud Controller, most trusted first, and notes about them.

    Attributes:
        complete: whether they cover all cells, so that the Cloud Controller is not needed.
    """

    told: Sequence[PlacementSource] = ()
    notes: Sequence[str] = ()
    complete: bool = False


class LiveInventory:
    """A live foundation. Each part is requested when it is first needed, and cached."""

    def __init__(
        self,
        live: LiveFoundation,
        environment: Environment | None = None,
        settings: AgentSettings | None = None,
        sources: Sources | None = None,
    ) -> None:
        """Wrap the foundation `live`.

        `settings` are those of the agents; `sources` are sources of placement besides the Cloud Controller.
        """
        self.api = live.connection.session.api
        self.made: Provenance | None = None
        self.target: Space | None = live.target if live.target.guid else None
        self.complete = live.sees_all
        self.notes: Sequence[str] = () if live.sees_all else (DEVELOPED,)
        self._live = live
        self._environment = environment
        self._settings = settings
        self._sources = sources or Sources()
        self._policies: Sequence[Policy] | None = None
        self._apps: dict[str, App] = {}
        self._all_apps = False
        self._missing: set[str] = set()
        self._listed: set[str] = set()
        self._groups: Sequence[SecurityGroup] | None = None
        self._developed: frozenset[str] | None = None
        self._state: State | None = None

    @property
    def user(self) -> str:
        """The user of the session."""
        return self._live.user

    def spaces(self, names: Collection[str] | None = None) -> Sequence[Space]:
        """Return the spaces with one of `names`; one request per 200 names."""
        return self._live.cloud_controller.spaces(names=names)

    def every_app(self) -> Mapping[str, App]:
        """Return all apps; one request."""
        if not self._all_apps:
            self._apps = by_guid(self._live.cloud_controller.apps())
            self._all_apps = True
        return self._apps

    def apps_in(self, spaces: Collection[Space]) -> Sequence[App]:
        """Return the apps in `spaces`; one request per 200 spaces."""
        guids = {space.guid for space in spaces}
        unlisted = sorted(guids - self._listed)
        if unlisted and not self._all_apps:
            self._apps |= by_guid(self._live.cloud_controller.apps(spaces=unlisted))
            self._listed |= set(unlisted)
        return [app for app in self._apps.values() if app.space.guid in guids]

    def apps(self, guids: Collection[str]) -> Sequence[App]:
        """Return the apps with these GUIDs; one request per 200."""
        unknown = [guid for guid in guids if guid not in self._apps and guid not in self._missing]
        if unknown and not self._all_apps:
            self._apps |= by_guid(self._live.cloud_controller.apps(guids=unknown))
            self._missing |= set(unknown) - self._apps.keys()
        return [self._apps[guid] for guid in guids if guid in self._apps]

    def policies(self, sources: Collection[str] | None = None) -> Sequence[Policy]:
        """Return the policies of `sources`, with at most one request.

        If there are more sources than fit into one request, all policies are requested; also for users without
        `network.admin`, who have few policies, and whose quota is calculated from them.
        """
        if sources is None:
            return self._every_policy()
        if not sources:
            return []
        if self._policies is None and self.complete and len(sources) <= MOST:
            return self._live.policy_server.policies(sources=sorted(sources))
        return [policy for policy in self._every_policy() if policy.source in sources]

    def _every_policy(self) -> Sequence[Policy]:
        if self._policies is None:
            self._policies = self._live.policy_server.policies()
        return self._policies

    def visible(self, apps: Iterable[App]) -> frozenset[str] | None:
        """Return the apps in spaces where the user is a developer, as in the policy server's `PolicyFilter`."""
        if self.complete:
            return None
        developed = self._developed_spaces()
        return frozenset(app.guid for app in apps if app.space.guid in developed)

    def seen_spaces(self) -> frozenset[str] | None:
        """The spaces where the user is a developer; with a scope for all apps, all spaces."""
        return None if self._live.sees_all_apps else self._developed_spaces()

    def _developed_spaces(self) -> frozenset[str]:
        if self._developed is None:
            user = self._live.connection.bearer.guid
            self._developed = frozenset(self._live.cloud_controller.developed_spaces(user))
        return self._developed

    def unplaced(self) -> State:
        """Return the foundation without its cells: policies, tags and apps."""
        if self._state is None:
            self._state = self._read()
        return self._state

    def _read(self) -> State:
        from cfnet.cell.model.agent_settings import AgentSettings
        from cfnet.cell.model.state import State

        known = self._settings or AgentSettings()
        policies = self.policies()
        tags = self._tags(policies, known)
        self.every_app()
        missing = {} if self._settings else {"agent.json": NO_AGENT}
        if tags.allotted:
            missing["tags.json"] = NO_TAGS
        return State(
            policies=policies,
            tags=tags,
            settings=known,
            cell_names=(),
            read_cell=_no_cell,
            read_apps=self.every_app,
            read_security_groups=self._security_groups,
            notes=[*missing.values(), *self._sources.notes, *([] if self.complete else [NOT_ALL])],
            missing=missing,
            policies_origin="the policy server's answer",
            target=self.target,
            complete=self.complete,
            read_visible=lambda: self.visible(self.every_app().values()),
        )

    def placed(self, state: State, about: Collection[str] | None) -> State:
        """Return `state` with its cells; with `about`, only with the containers of these apps (GUIDs)."""
        from cfnet.cell.model.placement import combine
        from cfnet.operations.choose_app import called

        apps = self.every_app()
        found = list(self._sources.told)
        if not self._sources.complete:
            found.append(self._process_stats(apps, about))
        placement = combine([_narrowed(source, about) for source in found], lambda guid: called(guid, apps))
        if self._environment is not None:
            self._live.tell_warnings(self._environment)
        return replace(
            state,
            cell_names=list(placement.cells),
            read_cell=lambda name: placement.cells[name],
            notes=[*state.notes, *([] if self._sources.complete else [FROM_STATS]), *placement.notes],
        )

    def _security_groups(self) -> Sequence[SecurityGroup]:
        if self._groups is None:
            self._groups = self._live.cloud_controller.security_groups()
        return self._groups

    def _tags(self, policies: Sequence[Policy], settings: AgentSettings) -> Tags:
        from cfnet.cell.model.tags import Tags, allot, ingress_tag

        try:
            tags = Tags(self._live.policy_server.tags())
        except Forbidden:
            return allot(policies, reserved=ingress_tag(Tags({}), settings))
        ingress_tag(tags, settings)
        if tags.without(policies):
            # A policy was added between the two responses: its apps have tags by now.
            tags = Tags(self._live.policy_server.tags())
        return tags

    def _process_stats(self, apps: Mapping[str, App], about: Collection[str] | None) -> PlacementSource:
        """Return placement from the Cloud Controller's process stats: one request per process, a few in parallel."""
        from cfnet.cell.model.placement import Placed, PlacementSource
        from cfnet.show.progress import StatusLine

        controller = self._live.cloud_controller
        processes = [each for each in controller.processes(apps=about) if each.instances and each.app in apps]
        calls = [partial(controller.stats, each, apps[each.app].space.guid) for each in processes]
        status = self._environment.status if self._environment is not None else StatusLine()
        with status.bar("Placement", len(calls)) as step:
            told = list(chain.from_iterable(self._live.connection.together(calls, step)))
        placed = [each for each in told if isinstance(each, Placed)]
        waiting = [each for each in told if not isinstance(each, Placed)]
        return PlacementSource("the Cloud Controller", placed, self._without_stopped(waiting))

    def _without_stopped(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        """Leave out instances of stopped apps: that they do not run is intended, and needs no note."""
        down = {each.app for each in waiting if each.state == _DOWN}
        stopped = frozenset(self._live.cloud_controller.stopped_apps(sorted(down)) if down else ())
        return [each for each in waiting if each.app not in stopped]


class SandboxInventory(LiveInventory):
    """The sandbox: policies come from its API, containers from its cells."""

    def __init__(self, live: LiveFoundation, sandbox: Foundation, settings: AgentSettings | None) -> None:
        """Wrap the `sandbox` of `live`; `settings` override those of the agents on its cells."""
        from cfnet.foundation.json_values import parse
        from cfnet.foundation.snapshot import cell_files

        super().__init__(live, settings=settings or cell_files.agent(parse(sandbox.agent().encode())))
        self._sandbox = sandbox

    def placed(self, state: State, about: Collection[str] | None) -> State:
        """Return `state` with the sandbox's cells."""
        from cfnet.cell.model.state import Cell
        from cfnet.foundation.json_values import parse
        from cfnet.foundation.snapshot import cell_files

        del about

        def read_cell(name: str) -> Cell:
            return Cell(name, cell_files.store(parse(self._sandbox.store(name).encode())), name)

        return replace(state, cell_names=self._sandbox.cells(), read_cell=read_cell)


def _no_cell(name: str) -> Cell:
    raise AssertionError(f"cell {name} was read before the placement")


def _narrowed(source: PlacementSource, about: Collection[str] | None) -> PlacementSource:
    if about is None:
        return source
    return source._replace(
        placed=[each for each in source.placed if each.container.app in about],
        waiting=[each for each in source.waiting if each.app in about],
    )
