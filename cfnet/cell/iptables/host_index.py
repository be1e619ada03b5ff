"""An index of a chain's rules by single addresses, so that only few rules have to be evaluated for a packet."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from typing import Final

from cfnet.cell.iptables.header import Address
from cfnet.cell.iptables.rule import Rule
from cfnet.cell.iptables.rule_list import RuleList
from cfnet.cell.model.packet import Packet

_FLAGS: Final = ("-s", "-d")
_HOST: Final = "/32"
_UNCLEAR: Final = ("", "")


class HostIndex:
    """The rules of a chain, indexed by address."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Index rules by their single source or destination address; all others are kept separately."""
        self._rules = rules
        self._others: list[int] = []
        self._places: dict[tuple[str, str], list[int]] = defaultdict(list)
        unread = rules.unread if isinstance(rules, RuleList) else [None] * len(rules)
        for place, text in enumerate(unread):
            host = _host(rules[place]) if text is None else _host_in(text)
            if host == _UNCLEAR:
                host = _host(rules[place])
            (self._places[host] if host else self._others).append(place)

    def about(self, packet: Packet) -> Iterator[tuple[int, Rule]]:
        """Yield the rules that the addresses of a packet do not exclude, in order, with numbers starting at 1."""
        source = self._places.get(("-s", str(packet.source)), ())
        destination = self._places.get(("-d", str(packet.destination)), ())
        for place in sorted((*source, *destination, *self._others)):
            yield place + 1, self._rules[place]


def _host_in(text: str) -> tuple[str, str] | None:
    """Like `_host`, for the text of a rule as printed by iptables; `_UNCLEAR` if it has to be parsed."""
    flag, address, _ = (*text.split(" ", 2), "", "")[:3]
    if flag in _FLAGS and address.endswith(_HOST):
        return flag, address[: -len(_HOST)]
    return _UNCLEAR if "-s " in text or "-d " in text else None


def _host(rule: Rule) -> tuple[str, str] | None:
    """Return the single address that all packets of a rule come from or go to, with its flag."""
    for condition in rule.conditions:
        if isinstance(condition, Address) and not condition.negated and condition.network.num_addresses == 1:
            address = condition.network.network_address
            return (condition.flag, str(address)) if isinstance(address, IPv4Address) else None
    return None
