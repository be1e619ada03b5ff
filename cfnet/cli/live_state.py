"""What the cells of a live foundation are to enforce, as far as this user may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.agent import AgentSettings
from cfnet.cell.narrowing import narrowed, neighbourhood
from cfnet.cell.placement import Placed, Source, combine
from cfnet.cell.state import State
from cfnet.cell.tags import Tags, allot, ingress_tag
from cfnet.cli.app_choice import called
from cfnet.cli.ground import LiveGround
from cfnet.errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from cfnet.cell.security_group import SecurityGroup
    from cfnet.cli.environment import Environment
    from cfnet.cli.live import Live
    from cfnet.policy import App, Policy, Space

NO_TAGS: Final = (
    "Only network.admin may read the tags: marks are allotted as the policy server would, lowest first. "
    "The cells may have other ones."
)
NO_AGENT: Final = "No agent.json is given (--agent): the agent's settings are the defaults of its BOSH job."
NOT_ALL: Final = (
    "Without network.admin you see only policies whose two apps are in your spaces: the cells may have more rules."
)
FROM_STATS: Final = (
    "Placement is from the Cloud Controller's process stats: staging and task containers are not in it, "
    "nor apps that you cannot see."
)


class Sources(NamedTuple):
    """Where the placement comes from, besides the Cloud Controller, the most trusted first; and notes about it.

    Attributes:
        complete: whether they know all cells, so that the Cloud Controller need not be asked.
    """

    told: Sequence[Source] = ()
    notes: Sequence[str] = ()
    complete: bool = False


class Offer(NamedTuple):
    """What there is to choose a part of: apps by GUID, policies, and the space that is targeted, if any."""

    apps: Mapping[str, App]
    policies: Sequence[Policy]
    target: Space | None

    @property
    def guids(self) -> frozenset[str]:
        """The apps that policies are between, known or not."""
        return frozenset(app for policy in self.policies for app in (policy.source, policy.destination))


def live_state(
    live: Live,
    environment: Environment,
    settings: AgentSettings | None,
    sources: Sources,
    choose: Callable[[Offer], Collection[str]] | None = None,
) -> State:
    """The state of a foundation; with `choose`, only what is about the apps (GUIDs) that it chooses.

    Raises:
        CfnetError: it cannot be read, or a mark cannot be told.
    """
    policies = live.policy_server.policies()
    known = settings or AgentSettings()
    tags = _tags(live, policies, known)
    apps = {app.guid: app for app in live.cloud_controller.apps()}
    target = live.target.space if live.target.space.guid else None
    chosen = choose(Offer(apps, policies, target)) if choose else None
    about = None if chosen is None else neighbourhood(chosen, policies)
    found = list(sources.told)
    if not sources.complete:
        found.append(_process_stats(live, apps, about, environment))
    placement = combine([_narrowed(source, about) for source in found], lambda guid: called(guid, apps))
    missing = {} if settings else {"agent.json": NO_AGENT}
    if tags.allotted:
        missing["tags.json"] = NO_TAGS
    notes = [*missing.values(), *sources.notes]
    if "network.admin" not in live.connection.bearer.scopes:
        notes.append(NOT_ALL)
    if not sources.complete:
        notes.append(FROM_STATS)
    live.tell_warnings(environment)
    groups: list[Sequence[SecurityGroup]] = []

    def read_security_groups() -> Sequence[SecurityGroup]:
        if not groups:
            groups.append(live.cloud_controller.security_groups())
        return groups[0]

    state = State(
        policies=policies,
        tags=tags,
        settings=known,
        cell_names=list(placement.cells),
        read_cell=lambda name: placement.cells[name],
        read_apps=lambda: apps,
        read_security_groups=read_security_groups,
        notes=[*notes, *placement.notes],
        missing=missing,
        policies_origin="the policy server's answer",
        target=target,
        read_visible=lambda: LiveGround(live).visible(apps.values()),
    )
    return state if chosen is None else narrowed(state, chosen)


def _tags(live: Live, policies: Sequence[Policy], settings: AgentSettings) -> Tags:
    try:
        tags = Tags(live.policy_server.tags())
    except Forbidden:
        return allot(policies, reserved=ingress_tag(Tags({}), settings))
    ingress_tag(tags, settings)
    if tags.without(policies):
        # A policy was added between the two answers: its apps have tags by now.
        tags = Tags(live.policy_server.tags())
    return tags


def _process_stats(
    live: Live, apps: Mapping[str, App], about: Collection[str] | None, environment: Environment
) -> Source:
    """What the Cloud Controller's process stats tell: a request for each process, a few side by side."""
    controller = live.cloud_controller
    processes = [each for each in controller.processes(apps=about) if each.instances and each.app in apps]
    calls = [lambda process=process: controller.stats(process, apps[process.app].space.guid) for process in processes]
    with environment.status.bar("Placement", len(calls)) as step:
        told = [each for instances in live.connection.together(calls, step) for each in instances]
    placed = [each for each in told if isinstance(each, Placed)]
    return Source("the Cloud Controller", placed, [each for each in told if not isinstance(each, Placed)])


def _narrowed(source: Source, about: Collection[str] | None) -> Source:
    if about is None:
        return source
    return source._replace(
        placed=[each for each in source.placed if each.container.app in about],
        waiting=[each for each in source.waiting if each.app in about],
    )
