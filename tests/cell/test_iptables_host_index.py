"""Find rules by the address that they match."""

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.iptables.host_index import HostIndex
from cfnet.cell.iptables.rule import Rule, read_rule
from cfnet.cell.model.packet import Packet
from tests.cell.generated_rules import RULES

HERE, THERE = IPv4Address("10.0.0.1"), IPv4Address("10.0.0.2")
_ENDS = st.sampled_from(["", "-s 10.0.0.1/32", "-d 10.0.0.2/32", "! -s 10.0.0.1/32", "-s 10.0.0.0/8", "-d 10.0.0.9/32"])


def test_rules_about_other_addresses_are_left_out() -> None:
    """Rules about networks, negated addresses or no address stay, with their numbers."""
    ends = ["-s 10.0.0.1/32", "-s 10.0.0.2/32", "-d 10.0.0.2/32", "-d 10.0.0.1/32", "! -s 10.0.0.1/32", "-s 10.0.0.0/8"]
    rules = [read_rule(f"-A c {each} -j ACCEPT") for each in (*ends, "-p tcp")]
    found = HostIndex(rules).about(Packet(HERE, THERE))
    assert [number for number, _ in found] == [1, 3, 5, 6, 7]


@given(st.lists(RULES | st.builds(lambda end: read_rule(f"-A c {end} -j DROP"), _ENDS)))
def test_no_rule_that_may_match_a_packet_is_left_out(rules: list[Rule]) -> None:
    """Rules stay in the order of the chain."""
    packet = Packet(HERE, THERE)
    found = list(HostIndex(rules).about(packet))
    assert found == [(number, rules[number - 1]) for number, _ in found]
    assert [number for number, _ in found] == sorted({number for number, _ in found})
    numbers = {number for number, _ in found}
    assert [
        rule for number, rule in enumerate(rules, 1) if number not in numbers and rule.holds(packet) is not False
    ] == []
