"""What rules are for."""

import pytest
from hypothesis import given

from cfnet.cell.iptables import parse
from cfnet.cell.iptables_rule import Rule, read_rule
from cfnet.cell.rule_purpose import purpose
from tests.cell.generated_rules import RULES
from tests.golden import GOLDEN_CELLS


def test_every_golden_rule_is_for_something() -> None:
    """Those of the built-in chains, of the policy chain, and of the containers' own."""
    rules = [rule for golden in GOLDEN_CELLS for rule in parse(golden.expected).rules]
    assert len(rules) > 500
    assert [str(rule) for rule in rules if not purpose(rule)] == []


OFF = "The enforcement of policies is switched off: all apps may talk to all apps."
CASES = {
    "an allow": (
        (
            "-A vpa--1 -d 10.255.77.4/32 -p tcp -m tcp --dport 80 -m mark --mark 0x2 -m comment --comment src:a_dst:b"
            " -j ACCEPT"
        ),
        "It enforces a policy: without it the packet would come to a container's overlay chain, and be rejected.",
    ),
    "an allow for the routers": (
        "-A vpa--1 -d 10.255.77.4/32 -p tcp -m tcp --dport 80 -m mark --mark 0x2 -j ACCEPT",
        "It lets the routers reach the app by the overlay network.",
    ),
    "no enforcement": ("-A vpa--1 -s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT", OFF),
    "no enforcement, in a container's chain": ("-A asg-1 -s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT", OFF),
    "a closed network": (
        "-A asg-1 -d 10.0.0.0/8 -j REJECT --reject-with icmp-port-unreachable",
        "A network that the operator has closed to containers, whatever security groups say.",
    ),
    "the end of a container's overlay chain": (
        "-A overlay--1 -d 10.255.77.4/32 -j REJECT --reject-with icmp-port-unreachable",
        "This makes default deny: what comes this far is allowed by no policy.",
    ),
    "the jump to the policy chain": (
        "-A FORWARD -j vpa--1",
        "Whatever the cell forwards is held against the policies between apps first.",
    ),
    "a jump of somebody else's": ("-A FORWARD -j DOCKER-USER", ""),
    "somebody else's chain": ("-A DOCKER-USER -j RETURN", ""),
    "a target that the policy chain never has": ("-A vpa--1 -j DROP", ""),
}


@pytest.mark.parametrize(("rule", "told"), CASES.values(), ids=CASES)
def test_what_a_rule_is_for(rule: str, told: str) -> None:
    """By its chain, its target, and what it asks."""
    assert purpose(read_rule(rule)) == told


@given(RULES)
def test_other_peoples_rules_are_for_nothing_that_is_known(rule: Rule) -> None:
    """Whatever they are."""
    ours = rule.chain.startswith(("vpa--", "overlay--", "input--", "netout--", "asg-"))
    assert ours or purpose(rule) == ""
