"""The policy chain of a cell: which rules the VXLAN policy agent makes, and in which order.

The order is the agent's: each group is sorted by the text of its entries' JSON as Go marshals them, byte by byte
(vxlan-policy-agent, `planner`). An entry's text begins with the container's IP (the ingress tag before it is the same
for all), so that a group is in the order of the containers' IPs as text; what is left to sort is each app's own.
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
_SHORTER: Final = f"a comment of at most {kernel_text.WORD_BYTES:,} bytes made of its ids"
_PORTS: Final = f"ports from 0 to {HIGHEST}, the lower first"
_SHORT: Final = 123
"""The longest id, in characters, with which a comment is neither cut nor refused, whatever characters those are.

Two of 123 bytes make one of 255, two of 123 characters one of at most 993 bytes.
"""
_REFUSED: Final = "iptables-restore takes no such rule: the agent would fail, and keep its old chain on the cell."


class RuleKind(StrEnum):
    """What a rule of the policy chain is for."""

    OVERLAY_ACCEPT = "overlay-accept"
    """Everything within the overlay network is accepted: the enforcement of policies is off."""
    MARK = "mark"
    """What a container sends gets the mark of its app."""
    LOG = "log"
    """What the next rule accepts is logged."""
    ALLOW = "allow"
    """What a policy allows is accepted."""
    INGRESS = "ingress"
    """What the routers send to an app's port is accepted."""


class PlannedRule(NamedTuple):
    """One rule of a policy chain.

    Attributes:
        kind: what it is for.
        text: the rule as `iptables -S` prints it, without `-A` and the chain's name.
        mark: the mark that it sets or asks for; None for `OVERLAY_ACCEPT`.
        container: whose packets it is about; None for `OVERLAY_ACCEPT`.
        policy: where it comes from, for `LOG` and `ALLOW`.
        port: the port of an `INGRESS` rule.
    """

    kind: RuleKind
    text: str
    mark: int | None = None
    container: Container | None = None
    policy: Policy | None = None
    port: int | None = None

    def concerns(self, app: str) -> bool:
        """Whether it is about the app of that GUID: its container, or either end of the policy."""
        return (self.container is not None and self.container.app == app) or (
            self.policy is not None and app in (self.policy.source, self.policy.destination)
        )


class Planner:
    """Plans the policy chain of one cell after the other; what all cells have in common is looked up once."""

    def __init__(
        self,
        policies: Sequence[Policy],
        tags: Tags,
        settings: AgentSettings,
        *,
        origin: str = "",
        apps: Collection[str] | None = None,
    ) -> None:
        """Prepare to plan.

        Args:
            policies: all policies of the foundation; every app in them has a tag.
            tags: the tags.
            settings: the agent's.
            origin: where the policies are known from, for errors.
            apps: the GUIDs of the apps of the cells that are to be planned; None: cells of any apps.

        Raises:
            InputFault: overlay ingress is on, and its tag is not known.
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
        """The planner of a foundation's state, where `apps` is given only for cells that have no others (GUIDs)."""
        return cls(state.policies, state.tags, state.settings, origin=state.policies_origin, apps=apps)

    def plan(self, cell: Cell) -> list[PlannedRule]:
        """The rules of the policy chain of `cell`, in order.

        The containers may come in any order; no two of them have one IP.

        Raises:
            InputFault: the agent would fail: a container's ports metadata is no list of ports (and overlay ingress
                is on), or a policy of one of its apps has ports or an id that iptables does not take.
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

    def _accept_all(self) -> list[PlannedRule]:
        accepts = kernel_text.accept_within(self._settings.overlay_networks)
        return [PlannedRule(RuleKind.OVERLAY_ACCEPT, text) for text in accepts]

    def _mark(self, container: Container) -> PlannedRule:
        source = self._sources[container.app]
        comment = source.comment or f' -m comment --comment "{kernel_text.comment(f"src:{container.app}")}'
        text = f'-s {container.ip}/32{comment}" -j MARK --set-xmark 0x{source.mark:x}/0xffffffff'
        return PlannedRule(RuleKind.MARK, text, source.mark, container)

    def _allow(self, container: Container, rules: list[PlannedRule]) -> None:
        """Add the allows of the container's app, each with its log. The hottest loop of rendering."""
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
        """The policies towards `app` in the agent's order."""
        found = self._in_order.get(app)
        if found is None:
            found = self._in_order[app] = sorted(self._towards[app], key=_allow_key)
        return found

    def _ingress(self, container: Container, cell: Cell) -> Iterator[PlannedRule]:
        if not container.ports:
            return
        try:
            # Port is the last field of the JSON text: what follows it is the closing brace, which is above the digits.
            ports = sorted(map(_ingress_port, container.ports.split(",")), key="{}}}".format)
        except ValueError as fault:
            raise InputFault(
                f'{container.handle}.metadata.ports: expected ports as in "8080,2222", found "{container.ports}"',
                where=cell.origin or cell.name,
                hint="With overlay ingress on the agent fails at it, and keeps its old chain on the cell.",
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
        """What iptables-restore does not take of the rules for containers of `app`."""
        for position, policy in enumerate(self._policies):
            if app in (policy.source, policy.destination):
                fault = self._fault_of(policy, f"policies[{position}]", towards=policy.destination == app)
                if fault:
                    return fault
        raise AssertionError("called for an app that all rules can be loaded for")

    def _fault_of(self, policy: Policy, place: str, *, towards: bool) -> InputFault | None:
        """What is wrong with a policy for the containers of its source or, `towards` them, of its destination."""
        if not kernel_text.is_word(policy.source):
            return self._fault(f"{place}.source.id", _ID, policy.source)
        if towards and not kernel_text.is_word(policy.destination):
            return self._fault(f"{place}.destination.id", _ID, policy.destination)
        if towards and kernel_text.kept_ports(policy.protocol, policy.ports) is None:
            return self._fault(f"{place}.destination.ports", _PORTS, str(policy.ports))
        if longer := _beyond(f"src:{policy.source}"):
            return self._fault(f"{place}.source.id", _SHORTER, f"{longer:,} bytes more")
        if towards and (longer := _beyond(_named(policy))):
            return self._fault(f"{place}.destination.id", _SHORTER, f"{longer:,} bytes more")
        return None

    def _fault(self, place: str, expected: str, found: str) -> InputFault:
        return InputFault(f"{place}: expected {expected}, found {found}", where=self._origin, hint=_REFUSED)


class _Source(NamedTuple):
    """What the rules say of an app as a source: its tag and mark, the match of the mark, the comment's beginning.

    That is empty where the comment has to be made as a whole: iptables prints some ids otherwise, and cuts it.
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
    """Those of the apps of `policies` with rules that iptables-restore does not take."""
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
    """The destinations of policies whose ports iptables-restore does not take."""
    return {
        destination
        for _, destination, protocol, (start, end) in policies
        if not 0 <= start <= end <= HIGHEST and kernel_text.kept_ports(protocol, Ports(start, end)) is None
    }


def _ip(container: Container) -> str:
    return container.ip


def _is_plain(app: str) -> bool:
    """Whether the comments and prefixes of an app have its id as it is, whatever other plain id they have."""
    return len(app) <= _SHORT and app.isascii() and kernel_text.comment(app) == app


def _named(policy: Policy) -> str:
    return f"src:{policy.source}_dst:{policy.destination}"


def _beyond(comment: str) -> int:
    """How many bytes of a comment iptables-restore does not take."""
    return max(kernel_text.comment_bytes(comment) - kernel_text.WORD_BYTES, 0)


def _port_match(policy: Policy) -> str:
    """The match of a policy's ports; containers of policies whose ports iptables refuses are refused before."""
    return kernel_text.destination_ports(*(kernel_text.kept_ports(policy.protocol, policy.ports) or policy.ports))


def _allow_key(policy: Policy) -> str:
    """What orders the policies towards one app; the fields left out are the same, or follow from the source."""
    start, end = policy.ports
    return f'{start},{end},{go_text.json_text(policy.source)}"' + policy.protocol


def _ingress_port(text: str) -> int:
    port = go_text.integer(text)
    if not 0 <= port <= HIGHEST:
        raise ValueError(f"no port: {port}")
    return port
