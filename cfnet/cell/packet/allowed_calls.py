"""Compute the sets of packets that the expected rules of a cell accept.

They are derived from the policies, not from rules; `verify` compares a cell's actual rules with them.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model.kernel_text import kept_ports
from cfnet.cell.packet.packet_set import EVERYTHING, REPLIES, Box, Ranges, merged, one_mark
from cfnet.cell.planning.policy_chain import RuleKind
from cfnet.policy import Ports, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.planning.policy_chain import PlannedRule
    from cfnet.policy import Policy

_NUMBERS: Final = {Protocol.TCP: 6, Protocol.UDP: 17}


class Remote(NamedTuple):
    """A call that packets with a mark may make on other cells: the destination app and the packets."""

    destination: str
    calls: Box


class AllowedCalls:
    """The packets that the expected rules of a cell accept."""

    def __init__(self, policy: Sequence[PlannedRule], settings: AgentSettings) -> None:
        """Index the planned rules of the policy chain by container."""
        self._settings = settings
        self._policy = policy
        self.marks: dict[int, int] = {
            number_of(rule.container.ip): rule.mark
            for rule in policy
            if rule.kind is RuleKind.MARK and rule.container and rule.mark is not None
        }
        """The marks of packets from containers, by address."""

    @cached_property
    def senders(self) -> Mapping[int, Ranges]:
        """The source addresses by mark."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for ip, mark in self.marks.items():
            found[mark].append((ip, ip))
        return {mark: merged(ips) for mark, ips in found.items()}

    def to(self, ip: int, *, marked: bool) -> list[Box]:
        """Return the packets that may reach the container at `ip`.

        Args:
            ip: its address.
            marked: whether to return packets that get their mark on this cell, or those that arrive with it.
        """
        here = EVERYTHING._replace(destination=((ip, ip),))
        found = [here._replace(state=REPLIES)]
        for rule in self._towards.get(ip, ()):
            if rule.mark is not None and (calls := _calls_of(here, rule)):
                found += self._with_mark(calls, rule.mark, marked=marked)
        found += self._with_mark(here, int(self._settings.ingress_tag, 16), marked=marked)
        if self._settings.disable_container_network_policy:
            networks = [IPv4Network(network) for network in self._settings.overlay_networks]
            inside = merged([(int(each.network_address), int(each.broadcast_address)) for each in networks])
            if any(first <= ip <= last for first, last in inside):
                found.append(here._replace(source=inside))
        return found

    def _with_mark(self, box: Box, mark: int, *, marked: bool) -> list[Box]:
        if not marked:
            return [box._replace(mark=one_mark(mark))]
        senders = self.senders.get(mark)
        return [box._replace(source=senders)] if senders else []

    @cached_property
    def _towards(self) -> Mapping[int, list[PlannedRule]]:
        found: dict[int, list[PlannedRule]] = defaultdict(list)
        for rule in self._policy:
            if rule.kind in {RuleKind.ALLOW, RuleKind.INGRESS} and rule.container:
                found[number_of(rule.container.ip)].append(rule)
        return found


def planned_box(rule: PlannedRule) -> Box | None:
    """Return the packets of a planned allow rule, with any mark; None for other rules or if no packet can match."""
    if rule.kind not in {RuleKind.ALLOW, RuleKind.INGRESS} or not rule.container:
        return None
    ip = number_of(rule.container.ip)
    return _calls_of(EVERYTHING._replace(destination=((ip, ip),)), rule)


def policy_box(policy: Policy) -> Box | None:
    """Return the packets that a policy allows, with any addresses and mark; None if no packet can match."""
    return _calls(EVERYTHING, policy.protocol, policy.ports)


def _calls_of(box: Box, rule: PlannedRule) -> Box | None:
    if rule.policy:
        return _calls(box, rule.policy.protocol, rule.policy.ports)
    port = rule.port or 0
    return _calls(box, Protocol.TCP, Ports(port, port))


def _calls(box: Box, protocol: Protocol, ports: Ports) -> Box | None:
    kept = kept_ports(protocol, ports)
    if kept is None or kept.start > kept.end:
        return None
    return box._replace(protocol=1 << _NUMBERS[protocol], destination_port=((kept.start, kept.end),))


@lru_cache(maxsize=1024)
def number_of(ip: str) -> int:
    """Return an address as a number."""
    return int(IPv4Address(ip))
