"""The policy chain of a cell: which rules the VXLAN policy agent makes, and in which order.

The order is the agent's: each group is sorted by the text of its entries' JSON as Go marshals them, byte by byte
(vxlan-policy-agent, `planner`). An entry's text begins with the container's IP (the ingress tag before it is the same
for all), so that a group is in the order of the containers' IPs as text; what is left to sort is each app's own.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell import kernel_words
from cfnet.cell.tags import Tags, ingress_tag
from cfnet.errors import InputFault
from cfnet.policy import Policy, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.cell.agent import AgentSettings
    from cfnet.cell.container import Container
    from cfnet.cell.state import Cell, State

_PREFIX_BYTES: Final = 28
_HIGHEST_PORT: Final = 65535
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_GO_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_GO_ESCAPED = re.compile('["\\\\<>&\u2028\u2029\x00-\x1f]')
_GO_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", '"': '\\"', "\\": "\\\\"}
_NOTHING: Final = "iptables-restore takes no such rule: the agent would fail, and keep its old chain on the cell."


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


class Rule(NamedTuple):
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

    def __init__(self, policies: Sequence[Policy], tags: Tags, settings: AgentSettings, *, origin: str = "") -> None:
        """Prepare to plan.

        Args:
            policies: all policies of the foundation; every app in them has a tag.
            tags: the tags.
            settings: the agent's.
            origin: where the policies are known from, for errors.

        Raises:
            InputFault: overlay ingress is on, and its tag is not known.
        """
        self._policies = policies
        self._origin = origin
        self._settings = settings
        self._ingress_mark = int(ingress_tag(tags, settings) or "0", 16)
        self._tags = tags
        self._sources = {policy.source for policy in policies}
        self._sorted: set[str] = set()
        self._allows: dict[str, list[Policy]] = {}
        for policy in policies:
            self._allows.setdefault(policy.destination, []).append(policy)
        self._escaped = {app: kernel_words.escaped(app) for app in self._sources.union(self._allows)}
        self._refused = {policy.destination for policy in policies if not kernel_words.loadable(policy.ports)}

    @classmethod
    def of(cls, state: State) -> Planner:
        """The planner of a foundation's state."""
        return cls(state.policies, state.tags, state.settings, origin=state.policies_origin)

    def plan(self, cell: Cell) -> list[Rule]:
        """The rules of the policy chain of `cell`, in order.

        The containers may come in any order; no two of them have one IP.

        Raises:
            InputFault: the agent would fail: a container's ports metadata is no list of ports (and overlay ingress
                is on), or a policy for one of its apps has ports that iptables does not take.
        """
        settings = self._settings
        containers = sorted((each for each in cell.containers if each.app), key=_ip)
        rules = []
        if settings.disable_container_network_policy:
            network = "" if settings.overlay_network == "0.0.0.0/0" else settings.overlay_network
            ends = f"-s {network} -d {network} " if network else ""
            rules.append(Rule(RuleKind.OVERLAY_ACCEPT, f"{ends}-j ACCEPT"))
        rules += map(self._mark, (each for each in containers if each.app in self._sources))
        for container in containers:
            if container.app in self._allows:
                rules += self._allow(container)
        if settings.enable_overlay_ingress_rules:
            for container in containers:
                rules += self._ingress(container, cell)
        return rules

    def _mark(self, container: Container) -> Rule:
        mark = self._tags.mark(container.app)
        comment = f'"src:{self._escaped[container.app]}"'
        text = f"-s {container.ip}/32 -m comment --comment {comment} -j MARK --set-xmark 0x{mark:x}/0xffffffff"
        return Rule(RuleKind.MARK, text, mark, container)

    def _allow(self, container: Container) -> Iterator[Rule]:
        app, to = container.app, f"-d {container.ip}/32"
        if app in self._refused:
            raise self._not_loadable(app)
        destination = self._escaped[app]
        logging = self._settings.iptables_logging
        rate = self._settings.iptables_accepted_udp_logs_per_sec
        udp_limit = kernel_words.limit(rate, burst=rate) if logging else ""
        for policy in self._allows_of(app):
            tag = self._tags.by_app[policy.source]
            mark = int(tag, 16)
            start, end = policy.ports
            words = "tcp -m tcp" if policy.protocol is Protocol.TCP else "udp -m udp"
            dport = start if start == end else f"{start}:{end}"
            match = f"{to} -p {words} --dport {dport} -m mark --mark 0x{mark:x}"
            if logging:
                which = "-m conntrack --ctstate INVALID,NEW,UNTRACKED" if policy.protocol is Protocol.TCP else udp_limit
                prefix = kernel_words.escaped(kernel_words.cut(f"OK_{tag}_{app}", _PREFIX_BYTES))
                text = f'{match} {which} -j LOG --log-prefix "{prefix} "'
                yield Rule(RuleKind.LOG, text, mark, container, policy)
            comment = f'"src:{self._escaped[policy.source]}_dst:{destination}"'
            yield Rule(RuleKind.ALLOW, f"{match} -m comment --comment {comment} -j ACCEPT", mark, container, policy)

    def _allows_of(self, app: str) -> list[Policy]:
        """The policies towards `app` in the agent's order; sorted when first asked for."""
        found = self._allows[app]
        if app not in self._sorted:
            found.sort(key=_allow_key)
            self._sorted.add(app)
        return found

    def _ingress(self, container: Container, cell: Cell) -> Iterator[Rule]:
        if not container.ports:
            return
        try:
            # Port is the last field of the JSON text: what follows it is the closing brace, which is above the digits.
            ports = sorted(map(_go_port, container.ports.split(",")), key="{}}}".format)
        except ValueError as fault:
            raise InputFault(
                f'{container.handle}.metadata.ports: expected ports as in "8080,2222", found "{container.ports}"',
                where=cell.origin or cell.name,
                hint="With overlay ingress on the agent fails at it, and keeps its old chain on the cell.",
            ) from fault
        mark = self._ingress_mark
        for port in ports:
            text = f"-d {container.ip}/32 -p tcp -m tcp --dport {port} -m mark --mark 0x{mark:x} -j ACCEPT"
            yield Rule(RuleKind.INGRESS, text, mark, container, port=port)

    def _not_loadable(self, app: str) -> InputFault:
        position, policy = next(
            (position, policy)
            for position, policy in enumerate(self._policies)
            if policy.destination == app and not kernel_words.loadable(policy.ports)
        )
        place = f"policies[{position}].destination.ports"
        what = f"expected ports from 1 to {_HIGHEST_PORT}, the lower first, found {policy.ports}"
        return InputFault(f"{place}: {what}", where=self._origin, hint=_NOTHING)


def _ip(container: Container) -> str:
    return container.ip


def _allow_key(policy: Policy) -> str:
    """What orders the policies towards one app; the fields left out are the same, or follow from the source."""
    start, end = policy.ports
    return f'{start},{end},{_go_text(policy.source)}"{policy.protocol}"'


def _go_text(text: str) -> str:
    """`text` as it stands within Go's JSON (encoding/json, HTML-safe), but for the quotes around it."""
    if not _GO_ESCAPED.search(text):
        return text
    return _GO_ESCAPED.sub(lambda found: _GO_SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}", text)


def _go_port(text: str) -> int:
    """A port as the agent reads it: `strconv.Atoi(strings.TrimSpace(text))`, and iptables after it."""
    trimmed = text.strip(_GO_SPACE)
    if not _INTEGER.fullmatch(trimmed) or not 0 <= (port := int(trimmed)) <= _HIGHEST_PORT:
        raise ValueError(f"no port: {text!r}")
    return port
