"""Plan the policy chain of a cell: the rules of the VXLAN policy agent, in its order.

The agent sorts each group of rules by the JSON that Go marshals for them, byte by byte (vxlan-policy-agent,
`planner`). The JSON starts with the container's IP (after the ingress tag, which is the same for all), so groups are in
the order of the containers' IPs as text; only the rules of one container still have to be sorted.
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from itertools import cycle, repeat
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.model import go_text, kernel_text
from cfnet.cell.model.tags import ingress_tag
from cfnet.cell.planning.allow_rules import AllowRules, with_head
from cfnet.cell.planning.refused_policies import RefusedPolicies, with_bad_ids, with_bad_ports
from cfnet.errors import InputFault
from cfnet.policy.ports import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.container import Container
    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.model.tags import Tags
    from cfnet.policy import Policy


class RuleKind(StrEnum):
    """The purpose of a rule in the policy chain."""

    OVERLAY_ACCEPT = "overlay-accept"
    """Accepts all traffic within the overlay network: enforcement of policies is disabled."""
    MARK = "mark"
    """Sets the mark of the app on packets from a container."""
    LOG = "log"
    """Logs what the next rule accepts."""
    ALLOW = "allow"
    """Accepts what a policy allows."""
    INGRESS = "ingress"
    """Accepts traffic from the routers to an app's port."""


class PlannedRule(NamedTuple):
    """A rule of a policy chain.

    Attributes:
        kind: its purpose.
        text: the rule as `iptables -S` prints it, without `-A` and the chain's name.
        mark: the mark that it sets or matches; None for `OVERLAY_ACCEPT`.
        container: the container whose packets it matches; None for `OVERLAY_ACCEPT`.
        policy: the policy of a `LOG` or `ALLOW` rule.
        port: the port of an `INGRESS` rule.
    """

    kind: RuleKind
    text: str
    mark: int | None = None
    container: Container | None = None
    policy: Policy | None = None
    port: int | None = None

    def concerns(self, app: str) -> bool:
        """Whether the rule involves the app with this GUID, through its container or either end of its policy."""
        return (self.container is not None and self.container.app == app) or (
            self.policy is not None and app in (self.policy.source, self.policy.destination)
        )


class Planner:
    """Plans the policy chains of cells, as values or as text; common data is computed once."""

    def __init__(
        self,
        policies: Sequence[Policy],
        tags: Tags,
        settings: AgentSettings,
        *,
        origin: str = "",
        considered: Sequence[Policy] | None = None,
    ) -> None:
        """Prepare the data that all cells share.

        Args:
            policies: all policies of the foundation; all apps in them have a tag.
            tags: the tags.
            settings: the agent's settings.
            origin: the source of the policies, for errors.
            considered: the policies of the apps on the cells to plan (`policies_of`); None means all.

        Raises:
            InputFault: overlay ingress is enabled, but its tag is unknown.
        """
        considered = policies if considered is None else considered
        self._settings = settings
        self._ingress_mark = int(ingress_tag(tags, settings) or "0", 16)
        self._allows = AllowRules(considered, tags, settings)
        self._tags = tags
        self._by_app: dict[str, _AppRules] = {}
        self._towards: dict[str, tuple[list[Policy], list[int]]] = {}
        bad_ids = with_bad_ids(considered, self._allows.sources, self._allows.destinations)
        self._refused = RefusedPolicies(policies, origin, with_bad_ports(self._allows.unusual) | bad_ids)

    @classmethod
    def of(cls, state: State, considered: Sequence[Policy] | None = None) -> Planner:
        """Create a planner for a foundation: with `considered`, for cells whose apps have no other policies."""
        return cls(state.policies, state.tags, state.settings, origin=state.policies_origin, considered=considered)

    @classmethod
    def for_apps(cls, state: State, apps: Collection[str]) -> Planner:
        """Create a planner for cells without other apps than these (GUIDs)."""
        return cls.of(state, policies_of(apps, state.policies))

    def plan(self, cell: Cell) -> list[PlannedRule]:
        """Plan the rules of the policy chain of `cell`, in order.

        The containers may be in any order; their IPs are distinct.

        Raises:
            InputFault: the agent would fail: a container's ports metadata is not a list of ports (with overlay ingress
                enabled), or iptables rejects the ports or an id of a policy of one of its apps.
        """
        containers = self._in_order(cell)
        rules = self._accept_all()
        rules += [self._mark(container) for container in containers if container.app in self._allows.sources]
        for container in containers:
            if container.app in self._allows.destinations:
                rules += self._allow(container)
        return rules + self._ingress(containers, cell)

    def lines(self, cell: Cell, start: str) -> list[bytes]:
        """Return the same rules as text in UTF-8, in pieces, each rule a line that begins with `start`.

        This is many times faster.

        Raises:
            InputFault: the agent would fail, as for `plan`.
        """
        containers, by_app = self._in_order(cell), self._by_app
        source, destination = f"{start}-s ", f"{start}-d "
        before = [f"{start}{rule.text}\n" for rule in self._accept_all()]
        allowed = []
        for container in containers:
            of = by_app.get(container.app) or self._of(container.app)
            if of.mark_text:
                before.append(f"{source}{container.ip}/32{of.mark_text}\n")
            if of.allowed:
                allowed.append(with_head(of.allowed, f"{destination}{container.ip}/32"))
        after = [f"{start}{rule.text}\n" for rule in self._ingress(containers, cell)]
        return ["".join(before).encode("utf-8", "surrogateescape"), *allowed, "".join(after).encode()]

    @property
    def destinations(self) -> Collection[str]:
        """The GUIDs of the apps that policies have as destinations."""
        return self._allows.destinations

    def prepare(self) -> None:
        """Make the rules of all apps, as `lines` does when it finds a container of one."""
        for app in self._allows.destinations:
            self._of(app)

    def check(self, cell: Cell) -> None:
        """Check that `cell` can be planned.

        Raises:
            InputFault: the agent would fail, as for `plan`.
        """
        self._ingress(self._in_order(cell), cell)

    def _in_order(self, cell: Cell) -> list[Container]:
        """Return the containers that the agent considers, in its order.

        Raises:
            InputFault: the rules for one of them cannot be loaded.
        """
        containers = sorted((each for each in cell.containers if each.app), key=_ip)
        self._refused.require_none(containers)
        return containers

    def _accept_all(self) -> list[PlannedRule]:
        if not self._settings.disable_container_network_policy:
            return []
        accepts = kernel_text.accept_within(self._settings.overlay_networks)
        return [PlannedRule(RuleKind.OVERLAY_ACCEPT, text) for text in accepts]

    def _of(self, app: str) -> _AppRules:
        """Return the rules of an app."""
        found = self._by_app.get(app)
        if found is None:
            found = self._by_app[app] = self._made(app)
        return found

    def _made(self, app: str) -> _AppRules:
        allowed = self._allows.text(app) if app in self._allows.destinations else b""
        if app not in self._allows.sources:
            return _AppRules("", allowed)
        comment = kernel_text.comment(f"src:{app}")
        text = f' -m comment --comment "{comment}" -j MARK --set-xmark 0x{self._tags.mark(app):x}/0xffffffff'
        return _AppRules(text, allowed)

    def _mark(self, container: Container) -> PlannedRule:
        text = f"-s {container.ip}/32{self._of(container.app).mark_text}"
        return PlannedRule(RuleKind.MARK, text, self._tags.mark(container.app), container)

    def _allow(self, container: Container) -> Iterator[PlannedRule]:
        """Return the allow rules of the container's app with their log rules: its lines, one by one."""
        lines = with_head(self._of(container.app).allowed, f"-d {container.ip}/32")
        texts = lines.decode("utf-8", "surrogateescape").split("\n")
        kinds = (RuleKind.LOG, RuleKind.ALLOW) if self._settings.iptables_logging else (RuleKind.ALLOW,)
        policies, marks = self._policies_towards(container.app, len(kinds))
        # Hundreds of thousands: without the overhead of the class's own constructor.
        return map(_made, zip(cycle(kinds), texts, marks, repeat(container), policies, repeat(None), strict=False))

    def _policies_towards(self, app: str, times: int) -> tuple[list[Policy], list[int]]:
        """Return the policy and the mark of each rule."""
        found = self._towards.get(app)
        if found is None:
            policies = [policy for policy in self._allows.policies(app) for _ in range(times)]
            found = self._towards[app] = policies, [self._tags.mark(policy.source) for policy in policies]
        return found

    def _ingress(self, containers: Iterable[Container], cell: Cell) -> list[PlannedRule]:
        if not self._settings.enable_overlay_ingress_rules:
            return []
        return [rule for container in containers if container.ports for rule in self._ingress_of(container, cell)]

    def _ingress_of(self, container: Container, cell: Cell) -> Iterator[PlannedRule]:
        try:
            # The port is the last field of the JSON, so the closing brace, which sorts after digits, follows it.
            ports = sorted(map(_ingress_port, container.ports.split(",")), key="{}}}".format)
        except ValueError as fault:
            raise InputFault(
                f'{container.handle}.metadata.ports: expected ports as in "8080,2222", found "{container.ports}"',
                where=cell.origin or cell.name,
                hint="With overlay ingress enabled, the agent fails on this and keeps the old chain on the cell.",
            ) from fault
        mark = self._ingress_mark
        for port in ports:
            text = f"-d {container.ip}/32 -p tcp -m tcp --dport {port} -m mark --mark 0x{mark:x} -j ACCEPT"
            yield PlannedRule(RuleKind.INGRESS, text, mark, container, port=port)


class _AppRules(NamedTuple):
    """The rules for containers of an app, without their IPs.

    Attributes:
        mark_text: the end of the mark rule; empty if the app is not a source.
        allowed: the allow rules with their log rules; empty if the app is not a destination.
    """

    mark_text: str
    allowed: bytes


_made = partial(tuple.__new__, PlannedRule)


def policies_of(apps: Collection[str], policies: Iterable[Policy]) -> list[Policy]:
    """Return the policies of these apps (GUIDs)."""
    return [policy for policy in policies if policy.source in apps or policy.destination in apps]


def _ip(container: Container) -> str:
    return container.ip


def _ingress_port(text: str) -> int:
    port = go_text.integer(text)
    if not 0 <= port <= HIGHEST:
        raise ValueError(f"not a port: {port}")
    return port
