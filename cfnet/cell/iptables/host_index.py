"""The rules of a chain by the single address that they are about, so that a packet meets few of many."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address

from cfnet.cell.iptables.header import Address
from cfnet.cell.iptables.rule import Rule
from cfnet.cell.model.packet import Packet


class HostIndex:
    """The rules of a chain."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Sort them: those from one address, those for one address, and all others."""
        self._rules = rules
        self._others: list[int] = []
        self._places: dict[tuple[str, IPv4Address], list[int]] = defaultdict(list)
        for place, rule in enumerate(rules):
            host = _host(rule)
            (self._places[host] if host else self._others).append(place)

    def about(self, packet: Packet) -> Iterator[tuple[int, Rule]]:
        """The rules that the addresses of a packet do not exclude, in order, each with its number from 1."""
        source = self._places.get(("-s", packet.source), ())
        destination = self._places.get(("-d", packet.destination), ())
        for place in sorted((*source, *destination, *self._others)):
            yield place + 1, self._rules[place]


def _host(rule: Rule) -> tuple[str, IPv4Address] | None:
    """The single address that all packets of a rule come from, or go to, and the flag that says so."""
    for condition in rule.conditions:
        if isinstance(condition, Address) and not condition.negated and condition.network.num_addresses == 1:
            address = condition.network.network_address
            return (condition.flag, address) if isinstance(address, IPv4Address) else None
    return None
