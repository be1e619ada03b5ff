"""The purpose of rules."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.explain.rule_purpose import Purpose, purpose
from cfnet.cell.explain.rule_sentence import explain_rule
from cfnet.cell.iptables.listing import parse
from cfnet.cell.iptables.rule import Rule, read_rule
from cfnet.cell.model.names import Instance, Names
from cfnet.cell.model.packet import ConntrackState, Packet
from cfnet.cell.packet.verdict import Evaluator
from tests.cell.generated_rules import RULES
from tests.golden import GOLDEN_CELLS
from tests.worlds import APP_A, APP_B


def test_every_golden_rule_has_a_purpose() -> None:
    """Rules of the built-in chains, the policy chain and the per-container chains."""
    rules = [rule for golden in GOLDEN_CELLS for rule in parse(golden.expected).rules]
    assert len(rules) > 500
    assert [str(rule) for rule in rules if purpose(rule).foreign or not purpose(rule).text] == []


IP = "10.255.77.4/32"
ALLOW = f"-d {IP} -p tcp -m tcp --dport 8080 -m mark --mark 0x2"
OF_POLICY = f"-m comment --comment src:{APP_A}_dst:{APP_B}"
OF_SOURCE = f"-m comment --comment src:{APP_A}"
OPENING = "-m conntrack --ctstate INVALID,NEW,UNTRACKED"
LIMIT = "-m limit --limit 1/sec --limit-burst 1"
OVERLAY, NETOUT, INPUT, NETIN = (f"-A {kind}--00000001-e8cf-4ca5-5" for kind in ("overlay", "netout", "input", "netin"))
LOG, RATE_LOG = "netout--00000001-e8cf-4--log", "netout--00000001-e8c--rl-log"
ASG, CANDIDATE = "-A asg-00000001e8cf4ca55a0a", "-A casg-00000001e8cf4ca55a0a"
REJECT = "-j REJECT --reject-with icmp-port-unreachable"
REPLIES = "-m state --state RELATED,ESTABLISHED"
HASHLIMIT = (
    "-p tcp -m conntrack --ctstate NEW -m hashlimit --hashlimit-above 100/sec --hashlimit-burst 1000"
    " --hashlimit-mode dstip,dstport --hashlimit-name 00000001-e8cf"
)

POLICY = "It enforces a policy: without it, the packet would reach the container's overlay chain and be rejected."
MARKS = "It sets the mark that identifies the app's packets in the rules that enforce policies."
ROUTERS = "It lets the routers reach the app over the overlay network."
OFF = "Policies are not enforced: every app can call every other app on the overlay network."
ACCEPTED = "It logs what the next rule accepts."
REJECTED = "It logs what the next rule rejects."
GROUP = "It implements a security group rule"
STATIC = "It implements a security group rule set at the container's start"
NO_GROUP = "It rejects what no security group allows."
MASQUERADE = "Traffic that leaves the overlay network gets the cell's own address as its source."

OWN = {
    "a mark": (f"-A vpa--1 -s {IP} {OF_SOURCE} -j MARK --set-xmark 0x2/0xffffffff", MARKS),
    "an allow": (f"-A vpa--1 {ALLOW} {OF_POLICY} -j ACCEPT", POLICY),
    "an allow for udp and a range": (
        f"-A vpa--1 -d {IP} -p udp -m udp --dport 53:90 -m mark --mark 0x2 {OF_POLICY} -j ACCEPT",
        POLICY,
    ),
    "the log of an allow, tcp": (f'-A vpa--1 {ALLOW} {OPENING} -j LOG --log-prefix "OK_0002_c7de6123 "', ACCEPTED),
    "the log of an allow, udp": (
        (
            f"-A vpa--1 -d {IP} -p udp -m udp --dport 53 -m mark --mark 0x2 {LIMIT} -j LOG"
            ' --log-prefix "OK_0002_c7de6123 "'
        ),
        ACCEPTED,
    ),
    "an allow for the routers": (f"-A vpa--1 {ALLOW} -j ACCEPT", ROUTERS),
    "policies are switched off": ("-A vpa--1 -s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT", OFF),
    "policies are switched off, in a container's chain": (f"{ASG} -s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT", OFF),
    "egress to other cells": (
        f"{OVERLAY} -s {IP} -o silk-vtep -m mark ! --mark 0x0 -j ACCEPT",
        "Packets to other cells need a mark, which identifies the sending app there.",
    ),
    "replies": (
        f"{OVERLAY} -d {IP} {REPLIES} -j ACCEPT",
        "Replies need no policy: it accepts packets of open connections.",
    ),
    "the ingress mark": (
        f"{OVERLAY} -d {IP} -m mark --mark 0xffff0000 -j ACCEPT",
        "Traffic through the cell's own ports, from routers and SSH proxies, needs no policy.",
    ),
    "the log of default deny": (f'{OVERLAY} -d {IP} {LIMIT} -j LOG --log-prefix "DENY_C2C_00000001 "', REJECTED),
    "default deny": (
        f"{OVERLAY} -d {IP} {REJECT}",
        "This is the default deny: no policy allows packets that get this far.",
    ),
    "replies to the cell": (f"{INPUT} {REPLIES} -j ACCEPT", "It accepts the container's replies to the cell."),
    "a service of the cell": (
        f"{INPUT} -d 169.254.0.2/32 -p udp -m udp --dport 53 -j ACCEPT",
        "It gives containers access to a service on the cell, such as DNS.",
    ),
    "the reject at the end of an input chain": (
        f"{INPUT} {REJECT}",
        "It rejects all other traffic from the container to the cell.",
    ),
    "the log of connections beyond the limit": (
        f'-A {RATE_LOG} {LIMIT} -j LOG --log-prefix "DENY_ORL_00000001 "',
        "It logs connections over the rate limit.",
    ),
    "the reject of connections beyond the limit": (
        f"-A {RATE_LOG} {REJECT}",
        "It rejects connections over the rate limit.",
    ),
    "the log of security groups": (
        f'-A {LOG} ! -p udp {OPENING} -j LOG --log-prefix "OK_00000001-e8cf "',
        "It logs what a security group allows.",
    ),
    "the log of security groups, udp": (
        f'-A {LOG} -p udp {LIMIT} -j LOG --log-prefix "OK_00000001-e8cf "',
        "It logs what a security group allows.",
    ),
    "the accept at the end of the log chain": (
        f"-A {LOG} -j ACCEPT",
        "It accepts what a security group allows, after it was logged.",
    ),
    "the jump to security groups": (f"{NETOUT} -j asg-00000001e8cf4ca55a0a", "The security groups decide."),
    "the jump to a candidate": (f"{NETOUT} -j casg-00000001e8cf4ca55a0a", "The security groups decide."),
    "a static rule": (
        f"{NETOUT} -p tcp -m iprange --dst-range 1.2.3.4-1.2.3.9 -m tcp --dport 53 -j ACCEPT",
        f"{STATIC}.",
    ),
    "a static rule that logs": (
        f"{NETOUT} -m iprange --dst-range 0.0.0.0-9.255.255.255 -g {LOG}",
        f"{STATIC} and logs what it accepts.",
    ),
    "replies, without a chain of security groups": (
        f"{NETOUT} {REPLIES} -j ACCEPT",
        "It accepts packets of open connections.",
    ),
    "the log of what security groups reject": (
        f'{NETOUT} {LIMIT} -j LOG --log-prefix "DENY_00000001-e8cf "',
        REJECTED,
    ),
    "the reject at the end of a netout chain": (f"{NETOUT} {REJECT}", NO_GROUP),
    "packets without a connection": (
        f"{ASG} -p tcp -m state --state INVALID -j DROP",
        "It drops TCP packets that do not belong to a connection.",
    ),
    "the connection limit": (
        f"{ASG} {HASHLIMIT} {REJECT}",
        "It limits the rate of new connections from the container to one destination.",
    ),
    "the connection limit, logged": (
        f"{ASG} {HASHLIMIT} -j {RATE_LOG}",
        "It limits the rate of new connections from the container to one destination.",
    ),
    "a denied network": (
        f"{ASG} -d 10.0.0.0/8 {REJECT}",
        "It blocks a network that the operator has denied to containers, regardless of security groups.",
    ),
    "a security group": (f"{ASG} -m iprange --dst-range 1.2.3.4-1.2.3.4 -j ACCEPT", f"{GROUP}."),
    "a security group, logged": (
        f"{CANDIDATE} -p tcp -m iprange --dst-range 1.2.3.4-1.2.3.9 -m tcp --dport 80:90 -g {LOG}",
        f"{GROUP} and logs what it accepts.",
    ),
    "a security group, icmp": (
        f"{ASG} -p icmp -m iprange --dst-range 0.0.0.0-255.255.255.255 -m icmp --icmp-type 0/0 -j ACCEPT",
        f"{GROUP}.",
    ),
    "the reject at the end of security groups": (f"{ASG} {REJECT}", NO_GROUP),
    "the reject at the end of security groups for IPv6": (
        f"{ASG} -j REJECT --reject-with icmp6-port-unreachable",
        NO_GROUP,
    ),
    "a port mapping": (
        f"{NETIN} -d 10.0.16.15/32 -p tcp -m tcp --dport 61001 -j DNAT --to-destination 10.255.77.4:8080",
        "A port mapping: it forwards a port of the cell to a port of the container.",
    ),
    "the mark of a port mapping": (
        f"{NETIN} -i eth0 -d 10.0.16.15/32 -p tcp -m tcp --dport 61001 -j MARK --set-xmark 0xffff0000/0xffffffff",
        "It marks traffic to a mapped port of the cell; the container's overlay chain accepts this mark.",
    ),
    "the jump to the policies": (
        "-A FORWARD -j vpa--1",
        "Everything that the cell forwards is checked against the policies between apps first.",
    ),
    "the jump to an overlay chain": (
        f"-A FORWARD -j {OVERLAY[3:]}",
        "Packets that no policy has accepted go here next.",
    ),
    "the jump to a netout chain": (
        f"-A FORWARD -s {IP} -o eth0 -j {NETOUT[3:]}",
        "Traffic that leaves through the cell's own network is checked against the security groups.",
    ),
    "the jump to an input chain": (
        f"-A INPUT -s {IP} -j {INPUT[3:]}",
        "That chain decides on traffic from a container to the cell itself.",
    ),
    "the jump to port mappings": (
        f"-A PREROUTING -j {NETIN[3:]}",
        "Traffic to the cell is checked against the container's port mappings.",
    ),
    "masquerading": ("-A POSTROUTING -s 10.255.77.0/24 ! -o silk-vtep -j MASQUERADE", MASQUERADE),
    "masquerading except for a range": (
        "-A POSTROUTING -s 10.255.77.0/24 ! -d 10.255.0.0/16 ! -o silk-vtep -j MASQUERADE",
        MASQUERADE,
    ),
}


@pytest.mark.parametrize(("rule", "text"), OWN.values(), ids=OWN)
def test_the_purpose_of_cloud_foundry_rules(rule: str, text: str) -> None:
    """Depends on the chain, the target and every condition."""
    assert purpose(read_rule(rule)) == Purpose(text)


ADDED = (
    "-m set --match-set trusted src",
    "-m multiport --dports 80,443",
    "-m limit --limit 7/min",
    "-m comment --comment temporary",
    "-m conntrack --ctstate NEW,ESTABLISHED",
    "-m mark ! --mark 0x7",
    "-m iprange --src-range 10.0.0.1-10.0.0.9",
    "-i wlan0",
    "-m bpf --bytecode x",
)
"""Conditions that no rule of Cloud Foundry has in this form."""
_GROUPS = re.compile(
    r"(?:-m \w+ )?(?:! )?--?(?!j|g|log|set-x|reject|to-d|limit-b|hashlimit-[bmn])[\w-]+ \S+"
    r"(?: --limit-burst \S+| --hashlimit-[bmn]\S+ \S+)*"
)


def near_misses(text: str) -> Iterator[str]:
    """The rule with one condition removed, negated or added, or with another target."""
    chain, _, rest = text.removeprefix("-A ").partition(" ")
    conditions, _, target = re.split(r"(^|(?<= ))(?=-[jg] )", rest, maxsplit=1)
    groups = _GROUPS.findall(conditions)
    assert " ".join(groups) == conditions.strip()
    for place, group in enumerate(groups):
        without = [*groups[:place], *groups[place + 1 :]]
        yield " ".join(["-A", chain, *without, target])
        if "! " in group:
            turned = group.replace("! ", "")
        else:
            turned = re.sub(r"(?:^|(?<= ))(--?(?!m )\w)", r"! \1", group, count=1)
        if "comment" not in group and "limit" not in group:
            yield " ".join(["-A", chain, *groups[:place], turned, *groups[place + 1 :], target])
    for added in ADDED:
        yield " ".join(["-A", chain, *groups, added, target])
    for other in ("-j RETURN", "-j NFLOG", "-j foreign", "-g foreign", "-j MARK --set-xmark 0x1/0xff", "-j LOG"):
        yield " ".join(["-A", chain, *groups, other])


STILL_OWN = {
    "an allow": [f"-A vpa--1 {ALLOW} -j ACCEPT"],
    "a static rule": [f"{NETOUT} -p tcp -m iprange --dst-range 1.2.3.4-1.2.3.9 -j ACCEPT"],
    "the log of what security groups reject": [f'{NETOUT} -j LOG --log-prefix "DENY_00000001-e8cf "'],
    "a denied network": [f"{ASG} {REJECT}"],
    "a security group, logged": [f"{CANDIDATE} -p tcp -m iprange --dst-range 1.2.3.4-1.2.3.9 -g {LOG}"],
    "masquerading except for a range": [OWN["masquerading"][0]],
}
"""Near misses that are also rules of Cloud Foundry."""


@pytest.mark.parametrize("kind", OWN)
def test_near_misses_are_foreign(kind: str) -> None:
    misses = list(near_misses(OWN[kind][0]))
    assert len(misses) > len(ADDED)
    own = [miss for miss in misses if not purpose(read_rule(miss)).foreign]
    assert own == STILL_OWN.get(kind, [])


CHANGED = {
    "a mark above all tags": ("a mark", "0x2/", "0x10000/"),
    "an unused mark": ("a mark", "0x2/", "0x0/"),
    "a network that is marked": ("a mark", "77.4/32", "77.0/24"),
    "a mark with a policy's comment": ("a mark", OF_SOURCE, OF_POLICY),
    "an allow with a mark's comment": ("an allow", OF_POLICY, OF_SOURCE),
    "an allow for a network": ("an allow", "77.4/32", "77.0/24"),
    "an allow for the ingress mark": ("an allow", "--mark 0x2", "--mark 0xffff0000"),
    "an allow for no mark": ("an allow", "--mark 0x2", "--mark 0x0"),
    "an allow for part of a mark": ("an allow", "--mark 0x2", "--mark 0x2/0xffff"),
    "an allow for source ports": ("an allow", "--dport", "--sport"),
    "an allow for sctp": ("an allow", "-p tcp -m tcp", "-p sctp -m sctp"),
    "an allow from an address": ("an allow", f"-d {IP}", f"-s {IP}"),
    "the log of other states": ("the log of an allow, tcp", "INVALID,NEW,UNTRACKED", "NEW"),
    "the log with another prefix": ("the log of an allow, tcp", "OK_0002_", "DENY_"),
    "the log with an option": ("the log of an allow, tcp", "-j LOG", "-j LOG --log-uid"),
    "two networks": ("policies are switched off", "-d 10.255", "-d 10.254"),
    "a single address": ("policies are switched off", "10.255.0.0/16", IP),
    "an interface other than the VTEP": ("egress to other cells", "silk-vtep", "eth0"),
    "one mark on the way to other cells": ("egress to other cells", "! --mark 0x0", "--mark 0x2"),
    "new connections": ("replies", "RELATED,ESTABLISHED", "NEW,ESTABLISHED"),
    "only some replies": ("replies", "RELATED,ESTABLISHED", "ESTABLISHED"),
    "the mark of an app for ingress": ("the ingress mark", "0xffff0000", "0x2"),
    "a log of something other than default deny": ("the log of default deny", "DENY_C2C_", "DENY_ORL_"),
    "default deny for a network": ("default deny", "77.4/32", "77.0/24"),
    "default deny with another answer": ("default deny", "icmp-port-unreachable", "tcp-reset"),
    "a service by another protocol": ("a service of the cell", "-p udp -m udp", "-p sctp -m sctp"),
    "a limit without effect": ("the connection limit", "--hashlimit-above", "--hashlimit-upto"),
    "a limit with another target": ("the connection limit, logged", RATE_LOG, "others"),
    "security groups with another target": ("a security group, logged", f"-g {LOG}", "-g others"),
    "security groups that return": ("a security group, logged", f"-g {LOG}", f"-j {LOG}"),
    "security groups by source": ("a security group", "--dst-range", "--src-range"),
    "a jump to other chains than security groups": ("the jump to security groups", "asg-", "others-"),
    "a port mapping that keeps the port": ("a port mapping", "77.4:8080", "77.4"),
    "a port mapping for a network": ("a port mapping", "16.15/32", "16.0/24"),
    "a port mapping with an option": ("a port mapping", "77.4:8080", "77.4:8080 --random"),
    "the mark of an app for a port mapping": ("the mark of a port mapping", "0xffff0000/", "0x2/"),
    "masquerading by another interface": ("masquerading", "silk-vtep", "docker0"),
    "masquerading of one address": ("masquerading", "77.0/24", "77.4/32"),
    "masquerading with an option": ("masquerading", "MASQUERADE", "MASQUERADE --random"),
    "a goto to the policy chain": ("the jump to the policies", "-j vpa", "-g vpa"),
    "input via FORWARD": ("the jump to an input chain", "-A INPUT", "-A FORWARD"),
    "policies via INPUT": ("the jump to the policies", "-A FORWARD", "-A INPUT"),
    "port mappings via POSTROUTING": ("the jump to port mappings", "-A PREROUTING", "-A POSTROUTING"),
    "a container with unlimited egress": ("the jump to a netout chain", f"-s {IP} -o eth0", f"-s {IP}"),
}


@pytest.mark.parametrize(("kind", "old", "new"), CHANGED.values(), ids=CHANGED)
def test_a_changed_value_makes_a_rule_foreign(kind: str, old: str, new: str) -> None:
    """If the value is part of the rule's purpose."""
    text = OWN[kind][0]
    assert old in text
    assert purpose(read_rule(text.replace(old, new))).foreign


OTHERS = {
    "everything is accepted, with a comment": (
        "-A vpa--1 -m comment --comment temporary -j ACCEPT",
        "It lets every app call every other app on every port, without a policy. Policies are not enforced.",
    ),
    "a set": (
        "-A vpa--1 -m set --match-set trusted src -j ACCEPT",
        "It accepts matching packets without a policy; it matches packets that the set trusted contains.",
    ),
    "not in a set": (
        "-A vpa--1 -m set ! --match-set trusted src -j ACCEPT",
        "It accepts matching packets without a policy; it matches packets that the set trusted does not contain.",
    ),
    "several ports": (
        f"-A vpa--1 -d {IP} -p tcp -m multiport --dports 80,443 -m mark --mark 0x2 {OF_POLICY} -j ACCEPT",
        (
            "It accepts matching packets without a policy; matching depends on the module multiport, which cfnet "
            "cannot evaluate."
        ),
    ),
    "an allow with a limit": (
        f"-A vpa--1 {ALLOW} -m limit --limit 5/sec {OF_POLICY} -j ACCEPT",
        (
            "It lets the app with mark 0x2 call the container at 10.255.77.4 on TCP port 8080, without a policy, if "
            "the rate matches."
        ),
    ),
    "an allow without a mark": (
        f"-A vpa--1 -d {IP} -p tcp -m tcp --dport 8080 -j ACCEPT",
        "It lets every app call the container at 10.255.77.4 on TCP port 8080, without a policy.",
    ),
    "an allow without a destination": (
        f"-A vpa--1 -p tcp -m tcp --dport 8080 -m mark --mark 0x2 {OF_POLICY} -j ACCEPT",
        "It lets the app with mark 0x2 call every other app on TCP port 8080, without a policy.",
    ),
    "an allow without a port": (
        f"-A vpa--1 -d {IP} -p tcp -m mark --mark 0x2 {OF_POLICY} -j ACCEPT",
        "It lets the app with mark 0x2 call the container at 10.255.77.4 on every TCP port, without a policy.",
    ),
    "an allow without a protocol": (
        f"-A vpa--1 -d {IP} -m mark --mark 0x2 {OF_POLICY} -j ACCEPT",
        "It lets the app with mark 0x2 call the container at 10.255.77.4 on every port, without a policy.",
    ),
    "an allow for all other marks": (
        f"-A vpa--1 -d {IP} -p tcp -m tcp --dport 8080 -m mark ! --mark 0x2 {OF_POLICY} -j ACCEPT",
        (
            "It lets apps other than the one with mark 0x2 call the container at 10.255.77.4 on TCP port 8080, without"
            " a policy."
        ),
    ),
    "every marked packet": (
        "-A vpa--1 -m mark ! --mark 0x0 -j ACCEPT",
        "It lets apps with a mark call every other app on every port, without a policy.",
    ),
    "an overlay": (
        "-A vpa--1 -s 10.255.0.0/16 -j ACCEPT",
        "It lets anything in 10.255.0.0/16 call every other app on every port, without a policy.",
    ),
    "one interface": (
        "-A vpa--1 -i silk-vtep -j ACCEPT",
        "It lets every app call every other app on every port, without a policy, if the interface matches.",
    ),
    "a mark without a comment": (
        f"-A vpa--1 -s {IP} -j MARK --set-xmark 0x2/0xffffffff",
        "Matching packets count as sent by the app with mark 0x2.",
    ),
    "a mark with another mask": (
        f"-A vpa--1 -s {IP} {OF_SOURCE} -j MARK --set-xmark 0x2/0xff",
        "Matching packets count as sent by another app, or by no app.",
    ),
    "the log of another mark": (
        f'-A vpa--1 {ALLOW} {OPENING} -j LOG --log-prefix "OK_0003_c7de6123 "',
        "",
    ),
    "replies in the policy chain": (
        "-A vpa--1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "It does not allow new calls: it only accepts packets of open connections.",
    ),
    "a refusal": (
        "-A vpa--1 -p tcp -j DROP",
        "Matching packets are refused, whatever the policies in later rules allow.",
    ),
    "a return from the policy chain": (
        "-A vpa--1 -j RETURN",
        "Matching packets leave this chain and skip the policies in later rules.",
    ),
    "a jump to another chain": (
        "-A vpa--1 -j others",
        "For matching packets, chain others decides before the policies in later rules.",
    ),
    "an unknown target": ("-A vpa--1 -j NFQUEUE --queue-num 1", "Its effect is unknown to cfnet."),
    "a match that no packet fits": ("-A vpa--1 ! -s 0.0.0.0/0 -j ACCEPT", "No packet can match it."),
    "a counter": ("-A vpa--1 -p tcp", ""),
    "two networks": (
        "-A vpa--1 -s 10.255.0.0/16 -d 10.254.0.0/16 -j ACCEPT",
        "It lets anything in 10.255.0.0/16 call every container in 10.254.0.0/16 on every port, without a policy.",
    ),
    "the head of an overlay chain": (
        f"{OVERLAY} -s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT",
        "It lets anything in 10.255.0.0/16 call every container in 10.255.0.0/16 on every port, without a policy.",
    ),
    "the absence of default deny": (
        f"{OVERLAY} -j ACCEPT",
        "It lets every app call every other app on every port, without a policy. There is no default deny.",
    ),
    "out of the foundation": (
        f"{ASG} -d 10.0.0.0/8 -p tcp -m tcp --dport 443 -j ACCEPT",
        "It lets the container call addresses in 10.0.0.0/8 on TCP port 443, regardless of its security groups.",
    ),
    "a conditional jump to the policy chain": (
        "-A FORWARD -i eth0 -j vpa--1",
        "Only matching packets reach the policies through this rule.",
    ),
    "a goto to the policy chain": (
        "-A FORWARD -g vpa--1",
        "Every packet reaches the policies through this rule; packets not decided there skip the rest of FORWARD.",
    ),
    "a set for IPv6, in a foreign chain": ("-A DOCKER -d fd00::/8 -j ACCEPT", ""),
    "a foreign jump": ("-A FORWARD -j DOCKER-USER", ""),
    "a foreign chain": ("-A DOCKER-USER -j RETURN", ""),
    "another port mapping": (f"-A DOCKER -d {IP} -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:80", ""),
    "other masquerading": ("-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE", ""),
}


@pytest.mark.parametrize(("rule", "text"), OTHERS.values(), ids=OTHERS)
def test_the_effect_of_a_foreign_rule(rule: str, text: str) -> None:
    """Known in Cloud Foundry's chains only; foreign chains have no such description."""
    assert purpose(read_rule(rule)) == Purpose(text, foreign=True)


A_GROUP = Purpose("It implements a security group rule.")
IPV6 = {
    "a security group": (f"{ASG} -m iprange --dst-range fd00::1-fd00::2 -j ACCEPT", A_GROUP),
    "a security group for ICMPv6": (
        f"{ASG} -p ipv6-icmp -m iprange --dst-range ::-fd00:: -m icmp6 --icmpv6-type 128 -j ACCEPT",
        A_GROUP,
    ),
    "a service of the cell": (
        f"{INPUT} -d fd00::1/128 -p tcp -m tcp --dport 53 -j ACCEPT",
        purpose(read_rule(f"{INPUT} -d 169.254.0.2/32 -p tcp -m tcp --dport 53 -j ACCEPT")),
    ),
    "what leaves by an interface": (
        "-A FORWARD -s fd00::4/128 -o eth0 -j netout--h",
        Purpose("Traffic that leaves through the cell's own network is checked against the security groups."),
    ),
    "anything except a network": (
        f"{NETOUT} ! -d fd00::/8 -j DROP",
        Purpose("Matching packets are refused, whatever the later rules of this chain allow.", foreign=True),
    ),
}


@pytest.mark.parametrize(("rule", "purpose_text"), IPV6.values(), ids=IPV6)
def test_ip6tables_rules_have_the_same_purposes(rule: str, purpose_text: Purpose) -> None:
    """Newer releases of silk create them if IPv6 is enabled."""
    assert purpose(read_rule(rule)) == purpose_text


NAMES = Names(
    apps={APP_A: "appA", APP_B: "appB"},
    instances={"10.255.77.3": Instance(APP_A, 0), "10.255.77.4": Instance(APP_B, 0)},
    marks={1: "INGRESS_ROUTER", 2: APP_A, 3: APP_B},
)
OUTDATED = " It is outdated: its mark now belongs to a different app."
KNOWN = {
    "an allow": (OWN["an allow"][0], Purpose(POLICY)),
    "an allow whose mark now belongs to another app": (
        OWN["an allow"][0].replace("--mark 0x2", "--mark 0x3"),
        Purpose(POLICY + OUTDATED),
    ),
    "an allow whose address now belongs to another app": (
        OWN["an allow"][0].replace("77.4", "77.3"),
        Purpose(f"{POLICY} It is outdated: its address now belongs to a different app."),
    ),
    "a mark rule whose address and mark now belong to another app": (
        OWN["a mark"][0].replace("0x2/", "0x3/"),
        Purpose(f"{MARKS} It is outdated: its mark and its address now belong to a different app."),
    ),
    "a mark of the routers": (OWN["an allow for the routers"][0].replace("0x2", "0x1"), Purpose(ROUTERS)),
    "a mark of an app, without a comment": (
        OWN["an allow for the routers"][0],
        Purpose(
            "It lets the app with mark 0x2 call the container at 10.255.77.4 on TCP port 8080, without a policy.",
            foreign=True,
        ),
    ),
    "policies are switched off": (OWN["policies are switched off"][0], Purpose(OFF)),
    "a network without containers": (
        "-A vpa--1 -s 172.16.0.0/12 -d 172.16.0.0/12 -j ACCEPT",
        Purpose(
            "It lets anything in 172.16.0.0/12 call every container in 172.16.0.0/12 on every port, without a policy.",
            foreign=True,
        ),
    ),
}


@pytest.mark.parametrize(("rule", "purpose_text"), KNOWN.values(), ids=KNOWN)
def test_known_marks_agree_with_the_sentence(rule: str, purpose_text: Purpose) -> None:
    """Purpose and sentence name the same owner of a mark."""
    assert purpose(read_rule(rule), NAMES) == purpose_text


def test_enforcement_is_off_only_at_the_head_of_a_chain() -> None:
    """The agent puts its rule there; further down it is foreign."""
    rule = read_rule(OWN["policies are switched off"][0])
    assert purpose(rule, head=None) == Purpose(
        "It lets anything in 10.255.0.0/16 call every container in 10.255.0.0/16 on every port, without a policy.",
        foreign=True,
    )


def test_enforcement_off_for_several_overlay_networks() -> None:
    """Newer releases of silk accept a list of networks, and create a rule for each pair."""
    a, b, c = IPv4Network("10.255.0.0/16"), IPv4Network("10.254.0.0/16"), IPv4Network("172.16.0.0/12")
    rule = read_rule(f"-A vpa--1 -s {a} -d {b} -j ACCEPT")
    assert purpose(rule, NAMES, {a}) == Purpose(OFF)
    assert purpose(rule, NAMES, {c}).foreign
    assert purpose(read_rule(f"-A vpa--1 -s {b} -d {b} -j ACCEPT"), NAMES, {a, b}) == Purpose(OFF)
    assert purpose(read_rule(f"-A vpa--1 -s {c} -d {c} -j ACCEPT"), NAMES, {a, b}).foreign


@given(RULES)
def test_rules_in_foreign_chains_are_foreign(rule: Rule) -> None:
    ours = rule.chain.startswith(("vpa--", "overlay--", "input--", "netout--", "asg-", "casg-", "netin--"))
    assert ours or purpose(rule) == Purpose("", foreign=True)


MARK_CONDITIONS = ("--mark 0x2", "! --mark 0x2", "--mark 0x0", "! --mark 0x0", "--mark 0x2/0xff")
CONDITIONS = (
    ("", "-s 10.255.77.3/32", "-s 10.255.0.0/16", "! -s 10.255.77.3/32", "-s 0.0.0.0/0", "! -s 0.0.0.0/0"),
    ("", "-d 10.255.77.4/32", "-d 10.255.0.0/16", "! -d 10.255.77.4/32"),
    ("", "-p tcp", "-p udp", "! -p tcp", "-p tcp -m tcp --dport 8080", "-p udp -m udp ! --dport 8080"),
    (
        "",
        *(
            f"-m mark {mark}"
            for mark in ("--mark 0x2", "! --mark 0x2", "--mark 0x0", "! --mark 0x0", "--mark 0x2/0xff")
        ),
    ),
    ("", "-m conntrack --ctstate RELATED,ESTABLISHED", "-m conntrack --ctstate NEW", "-m state ! --state NEW"),
    ("", OF_POLICY, "-m comment --comment temporary"),
)
MARKED = (0, 2, 3, 0x102)
SOURCES = tuple(map(IPv4Address, ("10.255.77.3", "10.255.78.3", "1.2.3.4")))
PACKETS = [
    Packet(source, destination, protocol, port, 40_000, mark, connection)
    for source, destination, protocol, port, mark, connection in product(
        SOURCES,
        map(IPv4Address, ("10.255.77.4", "10.255.77.9", "1.2.3.4")),
        ("tcp", "udp"),
        (8080, 9090),
        MARKED,
        (ConntrackState.NEW, ConntrackState.UNTRACKED, ConntrackState.ESTABLISHED),
    )
]


@given(st.tuples(*map(st.sampled_from, CONDITIONS)), st.sampled_from([Names(), NAMES]))
def test_explanations_agree_with_the_packet_evaluator(conditions: tuple[str, ...], names: Names) -> None:
    """For every source, destination and port, the sentence and the purpose match the verdict."""
    text = " ".join(filter(None, ("-A vpa--1", *conditions, "-j ACCEPT")))
    rules = parse(f"-P FORWARD DROP\n-N vpa--1\n-A FORWARD -j vpa--1\n{text}\n")
    accepted = {packet for packet in PACKETS if Evaluator(rules).evaluate("FORWARD", packet).accepted}
    purpose_text = purpose(read_rule(text), names, head=None).text
    sentence = explain_rule(read_rule(text), names)
    assert purpose_text != ROUTERS or "it came from app" not in sentence
    assert "every app" not in purpose_text or ("carries" not in sentence and "carry" not in sentence)
    assert "the app with mark 0x2" not in purpose_text or "carries mark 0x2" in sentence
    opening = {packet for packet in accepted if packet.connection is not ConntrackState.ESTABLISHED}

    if purpose_text.startswith("It does not allow new calls"):
        assert not opening
        return
    assert bool(opening) == (purpose_text != "No packet can match it.")
    any_app = all(
        packet._replace(mark=mark, source=source) in opening
        for packet in opening
        for mark in MARKED
        for source in SOURCES
    )
    assert bool(opening and any_app) == ("every app call" in purpose_text)
    any_mark = all(packet._replace(mark=mark) in opening for packet in opening for mark in MARKED)
    assert any_mark or "mark" in purpose_text or purpose_text in (POLICY, ROUTERS)
    if "on every port" in purpose_text:
        assert {(packet.protocol, packet.destination_port) for packet in opening} == {
            *product(("tcp", "udp"), (8080, 9090))
        }
    if "on TCP port 8080" in purpose_text or purpose_text in (POLICY, ROUTERS):
        assert {(packet.protocol, packet.destination_port) for packet in opening} == {("tcp", 8080)}
    if "call the container at 10.255.77.4" in purpose_text or purpose_text in (POLICY, ROUTERS):
        assert {str(packet.destination) for packet in opening} == {"10.255.77.4"}
    if "call every other app" in purpose_text:
        assert len({packet.destination for packet in opening}) == 3
    if purpose_text in (POLICY, ROUTERS):
        assert {packet.mark for packet in opening} == {2}
    assert ("Policies are not enforced" in purpose_text) == (accepted == set(PACKETS))


@given(RULES)
def test_any_rule_has_a_sentence_and_a_purpose(rule: Rule) -> None:
    """In every chain of Cloud Foundry."""
    for chain in ("vpa--1", "overlay--1", "input--1", "netout--1", "netout--1--log", "asg-1", "netin--1", "FORWARD"):
        moved = Rule(chain, rule.matches, rule.target)
        assert explain_rule(moved, NAMES)
        assert isinstance(purpose(moved, NAMES).text, str)
