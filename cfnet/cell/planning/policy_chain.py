"""Plan the policy chain of a cell: the rules of the VXLAN policy agent, in its order.

The agent sorts each group of rules by the JSON that Go marshals for them, byte by byte (vxlan-policy-agent,
`planner`). The JSON starts with the container's IP (after the ingress tag, which is the same for all), so groups are in
the order of the containers' IPs as text; only the rules of one container still have to be sorted.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import filterfalse
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model import go_text, kernel_text
from cfnet.cell.model.tags import Tags, ingress_tag
from cfnet.errors import InputFault
from cfnet.policy import Policy, Ports, Protocol
from cfnet.policy.ports import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.container import Container
    from cfnet.cell.model.state import Cell, State

_ID: Final = "an id without quotes, tabs and line breaks"
_SHORTER: Final = f"ids that give a comment of at most {kernel_text.WORD_BYTES:,} bytes"
_PORTS: Final = f"ports from 0 to {HIGHEST}, the lower first"
_SHORT: Final = 123
"""Maximum characters of an id for which comments are never truncated or rejected.

Two ids of 123 bytes give a comment of 255 bytes; two ids of 123 characters, one of at most 993 bytes.
"""
_REFUSED: Final = "iptables-restore rejects such a rule: the agent would fail and keep the old chain on the cell."


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
    """Plans the policy chains of cells; common data is computed once."""

    def __init__(
        self,
        policies: Sequence[Policy],
        tags: Tags,
        settings: AgentSettings,
        *,
        origin: str = "",
        apps: Collection[str] | None = None,
    ) -> None:
        """Prepare the data that all cells share.

        Args:
            policies: all policies of the foundation; all apps in them have a tag.
            tags: the tags.
            settings: the agent's settings.
            origin: the source of the policies, for errors.
            apps: the GUIDs of the apps on the cells to plan; None means any apps.

        Raises:
            InputFault: overlay ingress is enabled, but its tag is unknown.
        """
        self._policies = policies
        policies = policies if apps is None else _policies_of(apps, policies)
        self._origin = origin
        self._settings = settings
        self._ingress_mark = int(ingress_tag(tags, settings) or "0", 16)
        rate = settings.iptables_accepted_udp_logs_per_sec
        self._limit = kernel_text.limit(rate, burst=rate)
        self._sources = {app: _Source.of(app, tags) for app in {policy.source for policy in policies}}
        self._towards: dict[str, list[Policy]] = {}
        for policy in policies:
            self._towards.setdefault(policy.destination, []).append(policy)
        self._refused = _refused(policies, self._sources.keys(), self._towards.keys())
        self._in_order: dict[str, list[Policy]] = {}

    @classmethod
    def of(cls, state: State, apps: Collection[str] | None = None) -> Planner:
        """Create a planner for a foundation; if `apps` (GUIDs) is given, its cells must not have any others."""
        return cls(state.policies, state.tags, state.settings, origin=state.policies_origin, apps=apps)

    def plan(self, cell: Cell) -> list[PlannedRule]:
        """Plan the rules of the policy chain of `cell`, in order.

        The containers may be in any order; their IPs are distinct.

        Raises:
            InputFault: the agent would fail: a container's ports metadata is not a list of ports (with overlay ingress
                enabled), or iptables rejects the ports or an id of a policy of one of its apps.
        """
        settings = self._settings
        containers = sorted((each for each in cell.containers if each.app), key=_ip)
        self._require_loadable(containers)
        rules = self._accept_all() if settings.disable_container_network_policy else []
        rules += [self._mark(each) for each in containers if each.app in self._sources]
        for container in containers:
            if container.app in self._towards:
                self._allow(container, rules)
        if settings.enable_overlay_ingress_rules:
            for container in containers:
                rules += self._ingress(container, cell)
        return rules

    def check(self, cell: Cell) -> None:
        """Check that `cell` can be planned.

        Raises:
            InputFault: the agent would fail, as for `plan`.
        """
        self._require_loadable(cell.containers)
        if self._settings.enable_overlay_ingress_rules:
            for container in cell.containers:
                if container.app:
                    for _ in self._ingress(container, cell):
                        pass

    def _accept_all(self) -> list[PlannedRule]:
        accepts = kernel_text.accept_within(self._settings.overlay_networks)
        return [PlannedRule(RuleKind.OVERLAY_ACCEPT, text) for text in accepts]

    def _mark(self, container: Container) -> PlannedRule:
        source = self._sources[container.app]
        comment = source.comment or f' -m comment --comment "{kernel_text.comment(f"src:{container.app}")}'
        text = f'-s {container.ip}/32{comment}" -j MARK --set-xmark 0x{source.mark:x}/0xffffffff'
        return PlannedRule(RuleKind.MARK, text, source.mark, container)

    def _allow(self, container: Container, rules: list[PlannedRule]) -> None:
        """Add the allow rules of the container's app with their log rules. The hottest loop of rendering."""
        app = container.app
        plain = _is_plain(app)
        logging = self._settings.iptables_logging
        longest, new_only = kernel_text.PREFIX_BYTES, kernel_text.NEW_ONLY
        match_tcp, match_udp = (f"-d {container.ip}/32 -p {words}" for words in ("tcp -m tcp", "udp -m udp"))
        for policy in self._policies_towards(app):
            source, _, protocol, (start, end) = policy
            tag, mark, carries, comment = self._sources[source]
            is_tcp = protocol is Protocol.TCP
            ports = f" --dport {start}" if 0 <= start == end <= HIGHEST else _port_match(policy)
            match = f"{match_tcp if is_tcp else match_udp}{ports}{carries}"
            if logging:
                prefix = f"OK_{tag}_{app}"
                prefix = f'"{prefix[:longest]} "' if plain else kernel_text.log_prefix(prefix)
                text = f"{match} {new_only if is_tcp else self._limit} -j LOG --log-prefix {prefix}"
                rules.append(PlannedRule(RuleKind.LOG, text, mark, container, policy))
            if plain and comment:
                text = f'{match}{comment}_dst:{app}" -j ACCEPT'
            else:
                text = f'{match} -m comment --comment "{kernel_text.comment(_named(policy))}" -j ACCEPT'
            rules.append(PlannedRule(RuleKind.ALLOW, text, mark, container, policy))

    def _policies_towards(self, app: str) -> list[Policy]:
        """Return the policies with `app` as destination, in the agent's order."""
        found = self._in_order.get(app)
        if found is None:
            found = self._in_order[app] = sorted(self._towards[app], key=_allow_key)
        return found

    def _ingress(self, container: Container, cell: Cell) -> Iterator[PlannedRule]:
        if not container.ports:
            return
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

    def _require_loadable(self, containers: Iterable[Container]) -> None:
        for container in containers:
            if container.app in self._refused:
                raise self._not_loadable(container.app)

    def _not_loadable(self, app: str) -> InputFault:
        """Describe what iptables-restore rejects in the rules for containers of `app`."""
        for position, policy in enumerate(self._policies):
            if app in (policy.source, policy.destination):
                fault = self._fault_of(policy, f"policies[{position}]", towards=policy.destination == app)
                if fault:
                    return fault
        raise AssertionError("called for an app with valid rules only")

    def _fault_of(self, policy: Policy, place: str, *, towards: bool) -> InputFault | None:
        """Return the fault of a policy for containers of its source or, if `towards`, of its destination."""
        if not kernel_text.is_word(policy.source):
            return self._fault(f"{place}.source.id", _ID, policy.source)
        if towards and not kernel_text.is_word(policy.destination):
            return self._fault(f"{place}.destination.id", _ID, policy.destination)
        if towards and kernel_text.kept_ports(policy.protocol, policy.ports) is None:
            return self._fault(f"{place}.destination.ports", _PORTS, str(policy.ports))
        if longer := _beyond(f"src:{policy.source}"):
            return self._fault(f"{place}.source.id", _SHORTER, f"{longer:,} bytes too many")
        if towards and (longer := _beyond(_named(policy))):
            return self._fault(f"{place}.destination.id", _SHORTER, f"{longer:,} bytes too many")
        return None

    def _fault(self, place: str, expected: str, found: str) -> InputFault:
        return InputFault(f"{place}: expected {expected}, found {found}", where=self._origin, hint=_REFUSED)


class _Source(NamedTuple):
    """The parts of rules for a source app: tag, mark, the match of the mark, and the start of the comment.

    The start of the comment is empty if the comment has to be built as a whole, because iptables escapes its ids or
    truncates it.
    """

    tag: str
    mark: int
    carries: str
    comment: str

    @classmethod
    def of(cls, app: str, tags: Tags) -> _Source:
        mark = tags.mark(app)
        comment = f' -m comment --comment "src:{app}' if _is_plain(app) else ""
        return cls(tags.by_app[app], mark, f" -m mark --mark 0x{mark:x}", comment)


def _policies_of(apps: Collection[str], policies: Sequence[Policy]) -> list[Policy]:
    return [policy for policy in policies if policy.source in apps or policy.destination in apps]


def _refused(policies: Sequence[Policy], sources: AbstractSet[str], destinations: AbstractSet[str]) -> set[str]:
    """Return the apps of `policies` with rules that iptables-restore rejects."""
    refused = _with_bad_ports(policies)
    apps = sources | destinations
    odd = set(filterfalse(kernel_text.is_word, apps))
    if max(map(len, apps), default=0) > _SHORT:
        odd |= {app for app in sources if _beyond(f"src:{app}")}
        refused |= {policy.destination for policy in policies if _beyond(_named(policy))}
    if odd:
        refused |= odd | {policy.destination for policy in policies if policy.source in odd}
    return refused


def _with_bad_ports(policies: Iterable[Policy]) -> set[str]:
    """Return the destinations of policies whose ports iptables-restore rejects."""
    return {
        destination
        for _, destination, protocol, (start, end) in policies
        if not 0 <= start <= end <= HIGHEST and kernel_text.kept_ports(protocol, Ports(start, end)) is None
    }


def _ip(container: Container) -> str:
    return container.ip


def _is_plain(app: str) -> bool:
    """Whether comments and prefixes contain the id of an app unchanged, together with any other plain id."""
    return len(app) <= _SHORT and app.isascii() and kernel_text.comment(app) == app


def _named(policy: Policy) -> str:
    return f"src:{policy.source}_dst:{policy.destination}"


def _beyond(comment: str) -> int:
    """Return how many bytes a comment exceeds the limit of iptables-restore by."""
    return max(kernel_text.comment_bytes(comment) - kernel_text.WORD_BYTES, 0)


def _port_match(policy: Policy) -> str:
    """Return the match of a policy's ports; ports that iptables rejects have been reported before."""
    return kernel_text.destination_ports(*(kernel_text.kept_ports(policy.protocol, policy.ports) or policy.ports))


def _allow_key(policy: Policy) -> str:
    """Return the sort key of policies towards one app; omitted JSON fields are equal or depend on the source."""
    start, end = policy.ports
    return f'{start},{end},{go_text.json_text(policy.source)}"' + policy.protocol


def _ingress_port(text: str) -> int:
    port = go_text.integer(text)
    if not 0 <= port <= HIGHEST:
        raise ValueError(f"not a port: {port}")
    return port
