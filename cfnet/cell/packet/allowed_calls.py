"""Which packets the expected rules of a cell accept, as sets of packets.

Written from what the policies allow, not from rules: what verify compares a cell's own rules with.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
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
    """What a mark lets packets do on other cells: the apps that they may call, and how."""

    destination: str
    calls: Box


class AllowedCalls:
    """What the expected rules of one cell accept."""

    def __init__(self, policy: Sequence[PlannedRule], settings: AgentSettings) -> None:
        """Sort the planned rules of the policy chain by the container that they protect."""
        self._settings = settings
        self._policy = policy
        self.marks: dict[int, int] = {
            number_of(rule.container.ip): rule.mark
            for rule in policy
            if rule.kind is RuleKind.MARK and rule.container and rule.mark is not None
        }
        """The mark that packets from each container get, by its address."""

    @cached_property
    def senders(self) -> Mapping[int, Ranges]:
        """The addresses whose packets get each mark."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for ip, mark in self.marks.items():
            found[mark].append((ip, ip))
        return {mark: merged(ips) for mark, ips in found.items()}

    def to(self, ip: int, *, marked: bool) -> list[Box]:
        """What may reach the container at `ip`.

        Args:
            ip: its address.
            marked: for packets that get their mark on this cell; otherwise for those that have it already.
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
    """The packets that a planned allow is for, whatever their mark; None where that is no packet, or no allow."""
    if rule.kind not in {RuleKind.ALLOW, RuleKind.INGRESS} or not rule.container:
        return None
    ip = number_of(rule.container.ip)
    return _calls_of(EVERYTHING._replace(destination=((ip, ip),)), rule)


def policy_box(policy: Policy) -> Box | None:
    """The packets that a policy is about, whatever their addresses and mark; None where it is about none."""
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


def number_of(ip: str) -> int:
    """An address as a number."""
    return int(IPv4Address(ip))
