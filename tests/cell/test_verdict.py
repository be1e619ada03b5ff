"""Verdicts of a cell's rules on a packet, by the semantics of iptables."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.iptables.listing import listing, parse
from cfnet.cell.model.packet import ConntrackState, Packet
from cfnet.cell.packet.verdict import CircularChains, Evaluator, RuleEffect, Verdict

WHOLE_CELL = Path(__file__).parent.parent / "golden"
CELL = parse((WHOLE_CELL / "07-whole-cell/expected/cell-1.rules").read_text(encoding="utf-8"))
GROUPS = parse((WHOLE_CELL / "08-whole-cell-security-groups/expected/cell-1.rules").read_text(encoding="utf-8"))
APP_A, APP_B, WORLD = (IPv4Address(ip) for ip in ("10.255.77.3", "10.255.77.4", "93.184.216.34"))
CALL = Packet(APP_A, APP_B, "tcp", 8080)
VPA, OVERLAY_B = "vpa--1555608460726256", "overlay--00000001-e8cf-4ca5-"
START = "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-N c1\n-N c2\n"


def path(verdict: Verdict) -> list[tuple[str, int, str]]:
    """The steps: chain, number, effect."""
    return [(step.chain, step.number, step.effect) for step in verdict.steps]


def test_a_call_that_a_policy_allows_is_marked_logged_and_accepted() -> None:
    """On one cell it passes FORWARD once; the third rule matches the mark that the first one sets."""
    verdict = Evaluator(CELL).evaluate("FORWARD", CALL)

    assert path(verdict) == [
        ("FORWARD", 1, "jumped"),
        (VPA, 1, "marked"),
        (VPA, 2, "logged"),
        (VPA, 3, "accepted"),
    ]
    assert [step.mark for step in verdict.steps] == [0, 2, 2, 2]
    assert (verdict.accepted, verdict.mark, verdict.decided_by) == (True, 2, verdict.steps[-1])
    assert verdict.sure


def test_a_call_without_a_policy_is_rejected_at_the_end_of_the_overlay_chain() -> None:
    """Default deny: the packet leaves the policy chain, and the container's own chain rejects it."""
    verdict = Evaluator(CELL).evaluate("FORWARD", CALL._replace(destination_port=8081))

    assert path(verdict) == [
        ("FORWARD", 1, "jumped"),
        (VPA, 1, "marked"),
        ("FORWARD", 3, "jumped"),
        (OVERLAY_B, 4, "logged"),
        (OVERLAY_B, 5, "rejected"),
    ]
    assert verdict.decided_by
    assert str(verdict.decided_by.rule) == (
        f"-A {OVERLAY_B} -d 10.255.77.4/32 -j REJECT --reject-with icmp-port-unreachable"
    )


FROM_APP_A = Packet(APP_A, IPv4Address("10.255.78.9"), "tcp", 80, out_interface="silk-vtep")
FROM_APP_B = FROM_APP_A._replace(source=APP_B)
TO_WORLD = Packet(APP_B, WORLD, "tcp", 443, out_interface="eth0")


@pytest.mark.parametrize(
    ("packet", "effect", "place"),
    [
        pytest.param(CALL._replace(protocol="udp"), "rejected", (OVERLAY_B, 5), id="another protocol is rejected"),
        pytest.param(
            CALL._replace(connection=ConntrackState.ESTABLISHED, destination_port=1),
            "accepted",
            (OVERLAY_B, 2),
            id="an answer is accepted",
        ),
        pytest.param(
            Packet(WORLD, APP_B, "tcp", 8080, mark=0xFFFF0000),
            "accepted",
            (OVERLAY_B, 3),
            id="a packet from a port mapping is accepted",
        ),
        pytest.param(
            Packet(IPv4Address("10.255.78.9"), APP_B, "tcp", 8080, mark=2),
            "accepted",
            (VPA, 3),
            id="a marked packet from another cell is accepted",
        ),
        pytest.param(
            Packet(IPv4Address("10.255.78.9"), APP_B, "tcp", 8080, mark=3),
            "rejected",
            (OVERLAY_B, 5),
            id="another app's mark is rejected",
        ),
        pytest.param(
            FROM_APP_A, "accepted", ("overlay--00000002-e8cf-4ca5-", 1), id="a marked packet may leave for other cells"
        ),
        pytest.param(FROM_APP_B, "accepted", None, id="for an unmarked packet the policy of FORWARD decides"),
        pytest.param(TO_WORLD, "rejected", ("netout--00000001-e8cf-4ca5-5", 1), id="a call outside is rejected"),
    ],
)
def test_packets_on_a_whole_cell(packet: Packet, effect: str, place: tuple[str, int] | None) -> None:
    """Without security groups; `place` is the rule that decides, or None for the chain's policy."""
    verdict = Evaluator(CELL).evaluate("FORWARD", packet)

    assert verdict.effect == effect
    assert (verdict.decided_by and (verdict.decided_by.chain, verdict.decided_by.number)) == place
    assert verdict.sure


@pytest.mark.parametrize(
    ("packet", "effect", "place"),
    [
        pytest.param(TO_WORLD, "accepted", ("asg-00000001e8cf4ca55a0a", 9), id="a public address is accepted"),
        pytest.param(
            TO_WORLD._replace(destination=IPv4Address("10.0.11.7"), destination_port=80),
            "accepted",
            ("netout--00000001-e8cf-4--log", 3),
            id="a logged rule goes to the log chain, which accepts",
        ),
        pytest.param(
            TO_WORLD._replace(destination=IPv4Address("10.0.11.7"), destination_port=81),
            "rejected",
            ("asg-00000001e8cf4ca55a0a", 11),
            id="another port of that address is rejected",
        ),
        pytest.param(
            TO_WORLD._replace(destination=IPv4Address("172.16.9.9")),
            "rejected",
            ("asg-00000001e8cf4ca55a0a", 5),
            id="a deny network is rejected",
        ),
        pytest.param(
            TO_WORLD._replace(connection=ConntrackState.INVALID),
            "dropped",
            ("asg-00000001e8cf4ca55a0a", 2),
            id="a packet without a connection is dropped",
        ),
        pytest.param(
            Packet(APP_B, IPv4Address("10.9.9.9"), "icmp", out_interface="eth0", icmp_type=(0, 0)),
            "accepted",
            ("asg-00000001e8cf4ca55a0a", 8),
            id="the ICMP type and code of a rule are accepted",
        ),
        pytest.param(
            Packet(APP_B, IPv4Address("10.9.9.9"), "icmp", out_interface="eth0", icmp_type=(0, 1)),
            "rejected",
            ("asg-00000001e8cf4ca55a0a", 11),
            id="another ICMP code is rejected",
        ),
    ],
)
def test_packets_with_security_groups(packet: Packet, effect: str, place: tuple[str, int]) -> None:
    """A single new connection stays within the connection limit."""
    verdict = Evaluator(GROUPS).evaluate("FORWARD", packet)

    assert verdict.effect == effect
    assert verdict.decided_by
    assert (verdict.decided_by.chain, verdict.decided_by.number) == place
    assert verdict.sure


@pytest.mark.parametrize(
    ("rules", "steps", "effect"),
    [
        pytest.param("", [], "accepted", id="no rule: the policy decides"),
        pytest.param(
            "-A FORWARD -j DROP\n-A FORWARD -j ACCEPT",
            [("FORWARD", 1, "dropped")],
            "dropped",
            id="the first match decides",
        ),
        pytest.param(
            "-A FORWARD -j c1\n-A FORWARD -j DROP\n-A c1 -j RETURN\n-A c1 -j ACCEPT",
            [("FORWARD", 1, "jumped"), ("c1", 1, "returned"), ("FORWARD", 2, "dropped")],
            "dropped",
            id="after a return the rule after the jump is next",
        ),
        pytest.param(
            "-A FORWARD -j RETURN\n-A FORWARD -j DROP",
            [("FORWARD", 1, "returned")],
            "accepted",
            id="a return from the built-in chain leads to its policy",
        ),
        pytest.param(
            "-A FORWARD -j c1\n-A FORWARD -j REJECT\n-A c1 -g c2\n-A c1 -j DROP\n-A c2 -j LOG",
            [("FORWARD", 1, "jumped"), ("c1", 1, "went"), ("c2", 1, "logged"), ("FORWARD", 2, "rejected")],
            "rejected",
            id="at the end of a chain reached by goto the packet returns to the caller's caller",
        ),
        pytest.param(
            "-A FORWARD -g c1\n-A FORWARD -j DROP\n-A c1 -j RETURN",
            [("FORWARD", 1, "went"), ("c1", 1, "returned")],
            "accepted",
            id="a goto from the built-in chain ends at its policy",
        ),
        pytest.param(
            "-A FORWARD -j MARK --set-xmark 0x5/0xff\n-A FORWARD -m mark ! --mark 0x5 -j DROP\n-A FORWARD",
            [("FORWARD", 1, "marked"), ("FORWARD", 3, "counted")],
            "accepted",
            id="a mark applies to the following rules",
        ),
    ],
)
def test_the_path_through_chains(rules: str, steps: list[tuple[str, int, str]], effect: str) -> None:
    """First match, jumps, returns, gotos and marks; the policy is ACCEPT."""
    verdict = Evaluator(parse(START + rules)).evaluate("FORWARD", CALL)

    assert path(verdict) == steps
    assert verdict.effect == effect
    assert verdict.sure


def test_the_policy_drops_undecided_packets() -> None:
    """No rule is reported as the deciding one."""
    verdict = Evaluator(parse("-P FORWARD DROP")).evaluate("FORWARD", CALL)

    assert verdict == Verdict(RuleEffect.DROPPED, None, (), 0, ())


def test_a_chain_without_a_policy_has_the_kernels_default() -> None:
    """As in partial output."""
    assert Evaluator(parse("")).evaluate("INPUT", CALL).accepted


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        pytest.param("-s 10.255.77.0/24", True, id="source in the network"),
        pytest.param("! -s 10.255.77.0/24", False, id="source not outside the network"),
        pytest.param("-d 10.255.77.3/32", False, id="another destination"),
        pytest.param("-p 6", True, id="a protocol by its number"),
        pytest.param("! -p udp", True, id="any protocol except udp"),
        pytest.param("-p tcp -m tcp --dport 8000:8080", True, id="a range's last port"),
        pytest.param("-p tcp -m tcp ! --dport 8080", False, id="any port except one"),
        pytest.param("-o eth+", True, id="an interface prefix"),
        pytest.param("! -o eth1", True, id="any interface except one"),
        pytest.param("-m mark --mark 0x12/0xf2", True, id="a mark under a mask"),
        pytest.param("-m mark --mark 0x2", False, id="the whole mark"),
        pytest.param("-m conntrack --ctstate INVALID,NEW,UNTRACKED", True, id="one of the states"),
        pytest.param("-m state ! --state NEW", False, id="any state except one"),
        pytest.param("-m iprange --dst-range 10.255.77.1-10.255.77.4", True, id="a range's last address"),
        pytest.param("-m iprange --src-range 10.255.77.4-10.255.77.9", False, id="below a range"),
        pytest.param("-m limit --limit 1/sec --limit-burst 1", True, id="within a limit"),
        pytest.param("-m hashlimit --hashlimit-above 1/sec --hashlimit-name x", False, id="not above a limit"),
        pytest.param("-m hashlimit --hashlimit-upto 1/sec --hashlimit-name x", True, id="up to a limit"),
        pytest.param('-m comment --comment "of no weight"', True, id="a comment"),
        pytest.param("-p icmp -m icmp --icmp-type any", False, id="icmp of any type, but not icmp"),
    ],
)
def test_conditions(condition: str, *, holds: bool) -> None:
    packet = CALL._replace(out_interface="eth0", mark=0x1E)
    verdict = Evaluator(parse(f"{START}-A FORWARD {condition} -j DROP")).evaluate("FORWARD", packet)

    assert verdict.effect == ("dropped" if holds else "accepted")
    assert verdict.sure


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("-A FORWARD -m addrtype --dst-type LOCAL -j ACCEPT", id="a module that cfnet does not know"),
        pytest.param("-A FORWARD -p tcp -m tcp --tcp-flags SYN,ACK SYN -j c1", id="an option it does not know"),
        pytest.param("-A FORWARD ! -d 10.1.0.0/255.255.0.255 -j DROP", id="a mask with gaps"),
        pytest.param("-A FORWARD -i eth0 -j DROP", id="an interface that the packet does not have"),
        pytest.param("-A FORWARD -p tcp -m tcp ! --sport 1:1023 -j DROP", id="a port that the packet does not have"),
        pytest.param("-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT", id="translated addresses"),
        pytest.param("-A FORWARD -d 10.255.77.4/32 -j NFQUEUE --queue-num 1", id="a target it does not know"),
        pytest.param("-A FORWARD -j elsewhere", id="a chain that is not in the text"),
        pytest.param("-A FORWARD -g elsewhere", id="a goto to one"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_skipped_and_reported(rule: str) -> None:
    """The verdict of the other rules is then uncertain."""
    verdict = Evaluator(parse(f"{START}{rule}\n-A FORWARD -j REJECT")).evaluate("FORWARD", CALL)

    assert path(verdict) == [("FORWARD", 2, "rejected")]
    assert [(step.number, str(step.rule)) for step in verdict.unsure] == [(1, rule)]
    assert not verdict.sure


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("-m addrtype --dst-type LOCAL -j LOG", id="which would only log"),
        pytest.param("-m addrtype --dst-type LOCAL", id="which would only count"),
        pytest.param("-m addrtype --dst-type LOCAL -p udp -j DROP", id="which another condition rules out"),
    ],
)
def test_a_rule_that_cannot_be_judged_and_has_no_effect_is_ignored(rule: str) -> None:
    """The verdict is certain."""
    assert Evaluator(parse(f"{START}-A FORWARD {rule}")).evaluate("FORWARD", CALL).sure


@pytest.mark.parametrize("flag", ["-j", "-g"])
def test_loops_of_chains_are_refused(flag: str) -> None:
    """The kernel does not load them; hand-made text may have them."""
    rules = f"{START}-A FORWARD {flag} c1\n-A c1 {flag} c2\n-A c2 {flag} c1"

    with pytest.raises(CircularChains, match="chain c1 jumps back to itself via FORWARD, c1, c2"):
        Evaluator(parse(rules)).evaluate("FORWARD", CALL)


PACKETS = st.builds(
    Packet,
    st.sampled_from([APP_A, APP_B, WORLD]),
    st.sampled_from([APP_A, APP_B, WORLD]),
    st.sampled_from(["tcp", "udp"]),
    st.sampled_from([53, 80, 8080, 8081]),
    mark=st.sampled_from([0, 2, 3, 0xFFFF0000]),
    connection=st.sampled_from(ConntrackState),
    out_interface=st.sampled_from(["eth0", "silk-vtep", "s-010255077004"]),
)


@given(PACKETS)
def test_the_verdict_lists_its_steps(packet: Packet) -> None:
    """The deciding rule is the last step; a printed and parsed table gives the same."""
    verdict = Evaluator(GROUPS).evaluate("FORWARD", packet)

    assert verdict.sure
    assert verdict.decided_by is None or verdict.decided_by is verdict.steps[-1]
    assert [step.rule for step in verdict.steps] == [
        GROUPS.filter.chains[step.chain].rules[step.number - 1] for step in verdict.steps
    ]
    assert Evaluator(parse(listing(GROUPS.filter))).evaluate("FORWARD", packet) == verdict
