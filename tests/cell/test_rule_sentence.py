"""Explain every kind of rule on a cell."""

import pytest
from hypothesis import given

from cfnet.cell.explain.rule_sentence import explain_rule
from cfnet.cell.iptables.listing import parse
from cfnet.cell.iptables.rule import Rule, read_rule
from cfnet.cell.model.names import Instance, Names
from tests.cell.generated_rules import RULES
from tests.golden import GOLDEN_CELLS
from tests.worlds import APP_A, APP_B

NAMES = Names(
    apps={APP_A: "appA", APP_B: "appB"},
    instances={
        "10.255.77.3": Instance(APP_A, 0, "00000002-e8cf-4ca5-5a0a-838e"),
        "10.255.77.4": Instance(APP_B, 0, "00000001-e8cf-4ca5-5a0a-838e"),
    },
    marks={1: "INGRESS_ROUTER", 2: APP_A, 3: APP_B},
)
ALLOW = "-A vpa--1 -d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2"
COMMENT = f'-m comment --comment "src:{APP_A}_dst:{APP_B}"'
OVERLAY, INPUT, LOG = (
    "overlay--00000001-e8cf-4ca5-",
    "input--00000001-e8cf-4ca5-5a",
    "netout--00000001-e8cf-4--log",
)

CASES = [
    pytest.param(
        f"{ALLOW} {COMMENT} -j ACCEPT",
        "a TCP packet for 10.255.77.4 (appB, instance 0), port 8080, that carries mark 0x2 (it came from appA) "
        "is accepted.",
        id="an allow",
    ),
    pytest.param(
        '-A vpa--1 -s 10.255.77.3/32 -m comment --comment "src:2f978b7f-b3d2-4f50-b08f-776634a6e411" '
        "-j MARK --set-xmark 0x2/0xffffffff",
        "a packet from 10.255.77.3 (appA, instance 0) gets mark 0x2 (the mark of appA).",
        id="a mark",
    ),
    pytest.param(
        f'{ALLOW} -m conntrack --ctstate INVALID,NEW,UNTRACKED -j LOG --log-prefix "OK_0002_c7de6123-d906-4c65-9 "',
        "a TCP packet for 10.255.77.4 (appB, instance 0), port 8080, that carries mark 0x2 (it came from appA) and "
        "does "
        'not belong to an open connection is written to the kernel log as "OK_0002_c7de6123-d906-4c65-9" '
        "(accepted: a call to appB).",
        id="the log of an allow, tcp",
    ),
    pytest.param(
        "-A vpa--1 -d 10.255.77.4/32 -p udp -m udp --dport 53:90 -m mark --mark 0x3 -m limit --limit 5/sec -j LOG "
        '--log-prefix "OK_0003_c7de6123-d906-4c65-9 "',
        "a UDP packet for 10.255.77.4 (appB, instance 0), ports 53 to 90, that carries mark 0x3 (it came from appB) "
        'is written to the kernel log as "OK_0003_c7de6123-d906-4c65-9" (accepted: a call to appB), '
        "at most 5 times a second.",
        id="the log of an allow, udp",
    ),
    pytest.param(
        "-A vpa--1 -d 10.255.77.4/32 -p tcp -m tcp --dport 2222 -m mark --mark 0x1 -j ACCEPT",
        "a TCP packet for 10.255.77.4 (appB, instance 0), port 2222, that carries mark 0x1 (it came from an ingress "
        "router) is accepted.",
        id="overlay ingress",
    ),
    pytest.param(
        "-A vpa--1 -s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT",
        "a packet from 10.255.0.0/16 for 10.255.0.0/16 is accepted.",
        id="enforcement off",
    ),
    pytest.param(
        "-A FORWARD -j vpa--1",
        "any packet that gets this far goes through chain vpa--1 (the policies between apps).",
        id="the jump to the policy chain",
    ),
    pytest.param(
        f"-A FORWARD -j {OVERLAY}",
        f"any packet that gets this far goes through chain {OVERLAY} (overlay traffic of instance 0 of appB).",
        id="the jump to an overlay chain",
    ),
    pytest.param(
        "-A FORWARD -s 10.255.77.4/32 -o eth0 -j netout--00000001-e8cf-4ca5-5",
        "a packet from 10.255.77.4 (appB, instance 0) that leaves through eth0 goes through chain "
        "netout--00000001-e8cf-4ca5-5 (outbound traffic of instance 0 of appB).",
        id="the jump to a netout chain",
    ),
    pytest.param(
        f"-A INPUT -s 10.255.77.4/32 -j {INPUT}",
        f"a packet from 10.255.77.4 (appB, instance 0) goes through chain {INPUT} (traffic of instance 0 of appB to "
        "the cell itself).",
        id="the jump to an input chain",
    ),
    pytest.param(
        f"-A {INPUT} -m state --state RELATED,ESTABLISHED -j ACCEPT",
        "a packet that belongs to an open connection is accepted.",
        id="answers to a container",
    ),
    pytest.param(
        f"-A {INPUT} -d 169.254.0.2/32 -p udp -m udp --dport 53 -j ACCEPT",
        "a UDP packet for 169.254.0.2, port 53, is accepted.",
        id="a DNS server",
    ),
    pytest.param(
        f"-A {INPUT} -j REJECT --reject-with icmp-port-unreachable",
        "any packet that gets this far is rejected (icmp-port-unreachable).",
        id="the reject at a chain's end",
    ),
    pytest.param(
        f"-A {OVERLAY} -s 10.255.77.4/32 -o silk-vtep -m mark ! --mark 0x0 -j ACCEPT",
        "a packet from 10.255.77.4 (appB, instance 0) that leaves through silk-vtep (the network between cells) and "
        "carries a mark is accepted.",
        id="the way out to other cells",
    ),
    pytest.param(
        f"-A {OVERLAY} -d 10.255.77.4/32 -m mark --mark 0xffff0000 -j ACCEPT",
        "a packet for 10.255.77.4 (appB, instance 0) that carries mark 0xffff0000 (it came in through a port of the "
        "cell) is accepted.",
        id="ingress through the cell's ports",
    ),
    pytest.param(
        f"-A {OVERLAY} -d 10.255.77.4/32 -m limit --limit 1/sec --limit-burst 1 -j LOG "
        '--log-prefix "DENY_C2C_00000001-e8cf-4ca5- "',
        "a packet for 10.255.77.4 (appB, instance 0) is written to the kernel log as "
        '"DENY_C2C_00000001-e8cf-4ca5-" (refused: a call to instance 0 of appB that no policy allows), '
        "at most once a second.",
        id="the log of what is denied",
    ),
    pytest.param(
        f"-A {OVERLAY} -d 10.255.77.4/32 -j REJECT --reject-with icmp-port-unreachable",
        "a packet for 10.255.77.4 (appB, instance 0) is rejected (icmp-port-unreachable).",
        id="default deny",
    ),
    pytest.param(
        f'-A {LOG} ! -p udp -m conntrack --ctstate INVALID,NEW,UNTRACKED -j LOG --log-prefix "OK_00000001-e8cf-4ca5 "',
        "a packet of any protocol but UDP that does not belong to an open connection is written to the kernel log as "
        '"OK_00000001-e8cf-4ca5" (accepted: an outbound call from instance 0 of appB).',
        id="the log of security groups",
    ),
    pytest.param(
        "-A netout--00000001-e8c--rl-log -m limit --limit 1/sec --limit-burst 1 -j LOG "
        '--log-prefix "DENY_ORL_00000001-e8cf-4ca5- "',
        'any packet that gets this far is written to the kernel log as "DENY_ORL_00000001-e8cf-4ca5-" (refused, '
        "unless it is a dry run: a connection from instance 0 of appB over the rate limit), at most once a second.",
        id="the log of the limit on connections",
    ),
    pytest.param(
        '-A netout--00000001-e8cf-4ca5-5 -j LOG --log-prefix "DENY_00000001-e8cf-4ca5-5a0a "',
        'any packet that gets this far is written to the kernel log as "DENY_00000001-e8cf-4ca5-5a0a" (refused: an '
        "outbound call from instance 0 of appB).",
        id="the log of what security groups deny",
    ),
    pytest.param(
        "-A netout--00000001-e8cf-4ca5-5 -j asg-00000001e8cf4ca55a0a",
        "any packet that gets this far goes through chain asg-00000001e8cf4ca55a0a (the security groups of instance "
        "0 of appB).",
        id="the jump to security groups",
    ),
    pytest.param(
        "-A netout--00000001-e8cf-4ca5-5 -j casg-00000001e8cf4ca55a0a",
        "any packet that gets this far goes through chain casg-00000001e8cf4ca55a0a (the security groups of instance 0 "
        "of appB during a swap).",
        id="the jump to security groups that are about to be swapped in",
    ),
    pytest.param(
        "-A asg-00000001e8cf4ca55a0a -p tcp -m state --state INVALID -j DROP",
        "a TCP packet that does not belong to a connection known to conntrack is silently dropped.",
        id="packets without a connection",
    ),
    pytest.param(
        "-A asg-00000001e8cf4ca55a0a -p tcp -m conntrack --ctstate NEW -m hashlimit --hashlimit-above 100/sec "
        "--hashlimit-burst 1000 --hashlimit-mode dstip,dstport --hashlimit-name 00000001-e8cf-4ca5-5a0a-838e "
        "--hashlimit-htable-expire 10000 -j netout--00000001-e8c--rl-log",
        "a TCP packet that opens a connection and comes more than 100 times a second (counted for each destination "
        "address and destination port, after the first 1000) goes through chain netout--00000001-e8c--rl-log (logging "
        "of connections from instance 0 of appB over the rate limit).",
        id="the limit on connections",
    ),
    pytest.param(
        f"-A asg-00000001e8cf4ca55a0a -p tcp -m iprange --dst-range 10.0.11.0-10.0.11.255 -m tcp --dport 443 -g {LOG}",
        f"a TCP packet for 10.0.11.0 to 10.0.11.255, port 443, goes to chain {LOG} (logging of allowed outbound "
        "traffic of instance 0 of appB) and does not return here.",
        id="a security group's rule that logs",
    ),
    pytest.param(
        "-A asg-00000001e8cf4ca55a0a -p icmp -m iprange --dst-range 0.0.0.0-255.255.255.255 "
        "-m icmp --icmp-type 0/0 -j ACCEPT",
        "an ICMP packet for any address, type 0 code 0, is accepted.",
        id="a security group's rule for icmp",
    ),
    pytest.param(
        "-A asg-00000001e8cf4ca55a0a -m iprange --dst-range 1.2.3.4-1.2.3.4 -j ACCEPT",
        "a packet for 1.2.3.4 is accepted.",
        id="a security group's rule for one address",
    ),
    pytest.param(
        f"{ALLOW} -m comment --comment src:{APP_B}_dst:{APP_B} -j ACCEPT",
        "a TCP packet for 10.255.77.4 (appB, instance 0), port 8080, that carries mark 0x2 (it came from appA; the "
        "rule was made for appB) is accepted.",
        id="a mark that now belongs to another app",
    ),
    pytest.param(
        "-A vpa--1 -d 10.255.9.9/32 -m mark --mark 0x9 -m comment --comment src:0c1d3a52-7a53_dst:ffff0000-0000 "
        "-j ACCEPT",
        "a packet for 10.255.9.9 that carries mark 0x9 (it came from app 0c1d3a52-7a53) is accepted.",
        id="no known names",
    ),
    pytest.param(
        "-A c1 ! -s 10.0.0.0/8 -i eth+ -p tcp -m tcp ! --sport 1:10 --dport 80 -m mark --mark 0x0 -m comment "
        '--comment "by hand" -j RETURN',
        "a TCP packet from any but 10.0.0.0/8, from any but ports 1 to 10, port 80, that arrives on eth+ and carries "
        'no mark returns to the calling chain (comment: "by hand").',
        id="foreign conditions",
    ),
    pytest.param(
        "-A c1 ! -o eth0 -p gre -m mark ! --mark 0x2/0xff -m state ! --state NEW -j MARK --set-xmark 0x1/0xf",
        "a packet of protocol gre that does not leave through eth0, does not carry mark 0x2/0xff and is not in "
        "connection state NEW gets 0x1 in bits 0xf of its mark.",
        id="foreign negations",
    ),
    pytest.param(
        f"{ALLOW.replace('-m mark', '-m mark !')} -j ACCEPT",
        "a TCP packet for 10.255.77.4 (appB, instance 0), port 8080, that does not carry mark 0x2 (that mark means it "
        "came from appA) is accepted.",
        id="any mark but one",
    ),
    pytest.param(
        "-A netin--00000001-e8cf-4ca5-5a -d 10.0.16.15/32 -p tcp -m tcp --dport 61001 -j DNAT "
        "--to-destination 10.255.77.4:8080",
        "a TCP packet for 10.0.16.15, port 61001, is forwarded to 10.255.77.4 (appB, instance 0), port 8080.",
        id="a port mapping",
    ),
    pytest.param(
        "-A PREROUTING -j netin--00000001-e8cf-4ca5-5a",
        "any packet that gets this far goes through chain netin--00000001-e8cf-4ca5-5a (the port mappings of instance "
        "0 of appB).",
        id="the jump to port mappings",
    ),
    pytest.param(
        "-A netin--00000001-e8cf-4ca5-5a -i eth0 -d 10.0.16.15/32 -p tcp -m tcp --dport 61001 -j MARK "
        "--set-xmark 0xffff0000/0xffffffff",
        "a TCP packet for 10.0.16.15, port 61001, that arrives on eth0 gets mark 0xffff0000.",
        id="the mark of a port mapping",
    ),
    pytest.param(
        "-A POSTROUTING -s 10.255.77.0/24 ! -o silk-vtep -j MASQUERADE",
        "a packet from 10.255.77.0/24 that does not leave through silk-vtep (the network between cells) gets the "
        "address of the outgoing interface as its source.",
        id="masquerading",
    ),
    pytest.param("-A c1", "any packet that gets this far is counted.", id="a rule that counts"),
    pytest.param("-A c1 -j LOG", "any packet that gets this far is written to the kernel log.", id="a plain log"),
    pytest.param(
        "-A c1 -p tcp -m tcp --tcp-flags SYN,ACK SYN -m addrtype --dst-type LOCAL -j c2",
        "a TCP packet that matches `--tcp-flags SYN,ACK SYN` (unknown to cfnet) and matches `-m addrtype --dst-type "
        "LOCAL` "
        "(unknown to cfnet) goes through chain c2.",
        id="conditions that cfnet does not know",
    ),
    pytest.param(
        '-A c1 -j NFLOG --nflog-prefix "x y"',
        'any packet that gets this far is passed to `-j NFLOG --nflog-prefix "x y"` (unknown to cfnet).',
        id="a target that cfnet does not know",
    ),
]


@pytest.mark.parametrize(("rule", "sentence"), CASES)
def test_a_rule_as_a_sentence(rule: str, sentence: str) -> None:
    """Which packets it matches, whose they are, and what it does with them."""
    assert explain_rule(read_rule(rule), NAMES) == sentence


def test_without_names_guids_are_shown() -> None:
    """An allow has them in its comment."""
    assert explain_rule(read_rule(f"{ALLOW} {COMMENT} -j ACCEPT")) == (
        f"a TCP packet for 10.255.77.4, port 8080, that carries mark 0x2 (it came from app {APP_A}) is accepted."
    )


def test_every_golden_rule_has_a_sentence() -> None:
    """No part of any rule is unknown."""
    sentences = [explain_rule(rule) for golden in GOLDEN_CELLS for rule in parse(golden.expected).rules]

    assert len(sentences) > 500
    assert [sentence for sentence in sentences if "unknown" in sentence] == []


@given(RULES)
def test_unknown_parts_are_quoted_in_the_sentence(rule: Rule) -> None:
    sentence = explain_rule(rule)

    assert [words for words in rule.unknown if f"`{words}` (unknown to cfnet)" not in sentence] == []
