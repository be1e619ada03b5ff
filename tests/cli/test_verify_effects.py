"""`cfnet verify`: rules that bypass or block policies, and foreign rules that do neither."""

import json
import re
from collections.abc import Callable

import pytest

from tests.conftest import Cfnet, Ran
from tests.field import FIELD, SNAPSHOT

JUMP = "-A FORWARD -j vpa--preview\n"
OFF, BYPASS, BLOCKED = "enforcement-off", "bypass", "blocked"
OVERLAY = "overlay--94871941-aed0-585f-"
IN_SYNC = (
    (FIELD / "accept-all" / "vpa-comment.save")
    .read_text(encoding="utf-8")
    .replace("-A vpa--preview -m comment --comment temporary -j ACCEPT\n", "")
    .replace('-A vpa--preview -m comment --comment "temporary" -j ACCEPT\n', "")
)
"""The expected rules of `cell-1` of the field snapshot: appA may call appB's port 8080."""


@pytest.fixture
def verify(cfnet: Cfnet) -> Callable[..., Ran]:
    """Verify rules as those of `cell-1`."""

    def ran(rules: str, *words: str) -> Ran:
        return cfnet("verify", "--from", str(SNAPSHOT), "--cell", "cell-1", *words, stdin=rules)

    return ran


def first(*rules: str) -> str:
    """The cell's rules with others before the jump to the policy chain."""
    return IN_SYNC.replace(JUMP, "".join(f"-A FORWARD {rule}\n" for rule in rules) + JUMP)


def in_policies(rule: str) -> str:
    """The cell's rules with one more at the head of the policy chain."""
    return IN_SYNC.replace("-A vpa--preview ", f"-A vpa--preview {rule}\n-A vpa--preview ", 1)


def theirs(jump: str, *rules: str) -> str:
    """The cell's rules with a foreign chain."""
    chain = "".join(f"-A DOCKER-USER {rule}\n" for rule in rules)
    return first(jump).replace(":vpa-", ":DOCKER-USER - [0:0]\n:vpa-").replace("COMMIT", f"{chain}COMMIT")


def classes(ran: Ran) -> list[str]:
    """The kinds of findings."""
    (cell,) = json.loads(ran.stdout)["cells"]
    return [finding["class"] for finding in cell["findings"]]


def without(pattern: str) -> str:
    """The cell's rules without some lines."""
    text = re.sub(pattern, "", IN_SYNC, flags=re.MULTILINE)
    assert text != IN_SYNC
    return text


REJECT = "-j REJECT --reject-with icmp-port-unreachable"
FOUND = {
    "a comment, from the field": ((FIELD / "accept-all" / "forward-comment.save").read_text(encoding="utf-8"), [OFF]),
    "in the policy chain, from the field": ((FIELD / "accept-all" / "vpa-comment.save").read_text("utf-8"), [OFF]),
    "all rejected, from the field": ((FIELD / "accept-all" / "reject-before.save").read_text("utf-8"), [BLOCKED]),
    "accept": (first("-j ACCEPT"), [OFF]),
    "accept, by states": (first("-m conntrack --ctstate NEW,RELATED,ESTABLISHED -j ACCEPT"), [OFF]),
    "accept, by all addresses": (first("-s 0.0.0.0/0 -d 0.0.0.0/0 -j ACCEPT"), [OFF]),
    "accept, in a foreign chain": (theirs("-j DOCKER-USER", "-j ACCEPT"), [OFF]),
    "accept, after a goto": (theirs("-g DOCKER-USER", "-p udp -j RETURN", "-j ACCEPT"), [OFF, OFF]),
    "return to a policy that accepts": (first("-j RETURN"), [OFF]),
    "an empty chain after a goto": (theirs("-g DOCKER-USER"), [OFF]),
    "the agent's own switch": (in_policies("-s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT"), [OFF]),
    "a wider switch": (first("-s 10.0.0.0/8 -d 10.0.0.0/8 -j ACCEPT"), [OFF]),
    "no reject": (without(r"^-A overlay--.* -j REJECT.*\n"), [OFF]),
    "no jump to the reject": (without(r"^-A FORWARD -j overlay--.*\n"), [OFF]),
    "no jump at all": (without(r"^-A FORWARD .*\n"), [OFF, OFF, "stale-chain"]),
    "two halves of all addresses": (first("-s 0.0.0.0/1 -j ACCEPT", "-s 128.0.0.0/1 -j ACCEPT"), [BYPASS, OFF]),
    "a protocol and all others": (first("-p tcp -j ACCEPT", "! -p tcp -j ACCEPT"), [BYPASS, OFF]),
    "from other cells": (first("-i silk-vtep -j ACCEPT"), [BYPASS]),
    "from the overlay network": (first("-s 10.255.0.0/16 -j ACCEPT"), [BYPASS]),
    "a protocol": (first("-p tcp -j ACCEPT"), [BYPASS]),
    "any mark": (first("-m mark ! --mark 0x0 -j ACCEPT"), [BYPASS]),
    "the bits of a mark": (first("-m mark --mark 0x2/0x2 -j ACCEPT"), [BYPASS]),
    "from an address": (first("-s 10.255.78.3/32 -j ACCEPT"), [BYPASS]),
    "to an address": (first("-d 10.255.77.4/32 -j ACCEPT"), [BYPASS]),
    "to an interface": (first("-o s-010255077004 -j ACCEPT"), [BYPASS]),
    "to some ports": (first("-p tcp -m multiport --dports 80,8080 -j ACCEPT"), [BYPASS]),
    "a set": (first("-m set --match-set friends src -j ACCEPT"), [BYPASS]),
    "a limit": (first("-m limit --limit 5/sec -j ACCEPT"), [BYPASS]),
    "a foreign chain": (theirs("-j DOCKER-USER", "-s 10.255.78.0/24 -j ACCEPT", "-j RETURN"), [BYPASS]),
    "an unlisted chain": (first("-j ELSEWHERE"), [BYPASS]),
    "an unknown target": (first("-j NFQUEUE --queue-num 1"), [BYPASS]),
    "a policy's rule without its mark": (
        IN_SYNC.replace("--mark 0x2 -m comment", "-m comment").replace(" -m mark -m", " -m"),
        [BYPASS],
    ),
    "a policy's rule with part of its mark": (
        IN_SYNC.replace("--mark 0x2 -m comment", "--mark 0x2/0xf -m comment"),
        [BYPASS],
    ),
    "a policy that does not exist": (
        in_policies("-d 10.255.77.4/32 -p tcp -m tcp --dport 9090 -m mark --mark 0x2 -j ACCEPT"),
        [BYPASS],
    ),
    "the mark of another app": (first("-s 10.255.78.9/32 -j MARK --set-xmark 0x2/0xffffffff"), [BYPASS]),
    "return before the reject": (
        re.sub(r"^(-A overlay--\S+ )(.*REJECT.*)$", r"\1-p udp -j RETURN\n\1\2", IN_SYNC, flags=re.MULTILINE),
        [BYPASS],
    ),
    "all rejected": (first("-j REJECT --reject-with icmp-host-prohibited"), [BLOCKED]),
    "the overlay network dropped": (first("-s 10.255.0.0/16 -j DROP"), [BLOCKED]),
    "the policy's port dropped": (first("-p tcp -m tcp --dport 8000:9000 -j DROP"), [BLOCKED]),
    "replies dropped": (first("-m state --state ESTABLISHED -j DROP"), [BLOCKED]),
    "packets beyond a limit dropped": (
        first("-m hashlimit --hashlimit-above 10/sec --hashlimit-name x -j DROP"),
        [BLOCKED],
    ),
    "return before the policies": (in_policies("-j RETURN"), [BLOCKED]),
    "the mark removed": (first("-i silk-vtep -j MARK --set-xmark 0x0/0xffffffff"), [BLOCKED]),
    "the policy DROP of FORWARD": (IN_SYNC.replace(":FORWARD ACCEPT", ":FORWARD DROP"), [BLOCKED]),
}


@pytest.mark.parametrize(("rules", "expected"), FOUND.values(), ids=FOUND)
def test_rules_are_classified_by_their_effect(rules: str, expected: list[str], verify: Callable[..., Ran]) -> None:
    """However they are written: exit 1, and a finding for each rule."""
    ran = verify(rules, "--json")
    assert (ran.exit, classes(ran)) == (1, expected)


IGNORED = {
    "nothing": (IN_SYNC, 0),
    "docker": (
        theirs("-j DOCKER-USER", "-j RETURN").replace(
            JUMP,
            "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
            "-A FORWARD -o docker0 -j DOCKER-USER\n-A FORWARD -i docker0 ! -o docker0 -j ACCEPT\n"
            f"-A FORWARD -i docker0 -o docker0 -j ACCEPT\n{JUMP}",
        ),
        6,
    ),
    "replies": (first("-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"), 1),
    "packets without a connection": (first("-m conntrack --ctstate INVALID -j DROP"), 1),
    "other networks": (
        first(
            "-s 192.168.122.0/24 -i virbr0 -j ACCEPT",
            "-d 192.168.122.0/24 -o virbr0 -j REJECT",
            "-s 172.17.0.0/16 -j ACCEPT",
        ),
        3,
    ),
    "the metadata service": (first("-d 169.254.169.254/32 -j DROP"), 1),
    "spoofed and odd packets": (
        first("-s 127.0.0.0/8 -j DROP", "-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j DROP", "-f -j DROP"),
        3,
    ),
    "new connections without SYN": (
        first("-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m state --state NEW -j DROP"),
        1,
    ),
    "counters and logs": (first("", '-j LOG --log-prefix "all "', "-j NFLOG --nflog-group 3"), 3),
    "the segment size": (
        first("-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"),
        1,
    ),
    "the cell's own ports": (
        IN_SYNC.replace("COMMIT", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP\nCOMMIT"),
        2,
    ),
    "all accepted after the containers' chains": (IN_SYNC.replace("COMMIT", "-A FORWARD -j ACCEPT\nCOMMIT"), 1),
    "what the policies allow anyway": (
        first("-d 10.255.77.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2 -j ACCEPT"),
        1,
    ),
}


@pytest.mark.parametrize(("rules", "number"), IGNORED.values(), ids=IGNORED)
def test_foreign_rules_without_effect_are_ignored_and_counted(
    rules: str, number: int, verify: Callable[..., Ran]
) -> None:
    """In sync; the output has their number once."""
    ran = verify(rules, "--json")
    printed = json.loads(ran.stdout)
    (cell,) = printed["cells"]
    assert (ran.exit, cell["in_sync"], cell["ignored_rules"]) == (0, True, number)
    change = (
        "1 rule not managed by Cloud Foundry does" if number == 1 else f"{number} rules not managed by Cloud Foundry do"
    )
    assert printed["notes"] == ([f"{change} not affect traffic between apps."] if number else [])


def test_a_cell_without_containers_that_accepts_everything_is_not_in_sync(cfnet: Cfnet) -> None:
    """The next container would be reachable from everywhere."""
    snapshot = str(FIELD / "empty-store" / "snapshot")
    empty = cfnet("render", "--from", snapshot, "--cell", "cell-3", "--no-whole-cell").stdout
    jump = "-A FORWARD -j vpa--preview\n"
    for rule, code in (("", 0), ("-A FORWARD -j ACCEPT\n", 1), ("-A FORWARD -i docker0 -j ACCEPT\n", 0)):
        ran = cfnet("verify", "--from", snapshot, "--cell", "cell-3", stdin=empty.replace(jump, rule + jump))
        assert ran.exit == code, ran


SENTENCES = {
    "by an interface": (
        first("-i silk-vtep -p tcp -m tcp --dport 80:90 -j ACCEPT"),
        "bypass: rule 1 of FORWARD accepts calls that no policy allows",
        "Calls from apps on other cells to every app, tcp, port 80-90.",
    ),
    "by an unknown condition": (
        first("-s 10.255.78.3/32 -m set --match-set x src -j DROP"),
        "blocked: rule 1 of FORWARD may drop calls that policies allow",
        "Calls from appA, instance 0 (10.255.78.3) to every app.",
    ),
    "a mark": (
        first("-s 10.255.78.9/32 -j MARK --set-xmark 0x2/0xffffffff"),
        "bypass: rule 1 of FORWARD gives packets another mark, so that calls that no policy allows are accepted",
        "Calls from every app to appB, instance 0 (10.255.77.4), tcp, port 8080.",
    ),
    "a missing rule": (
        without(r"^-A overlay--.* -j REJECT.*\n"),
        f"enforcement-off: rule 4 of {OVERLAY} is missing: every call to instance 0 of appB is accepted",
        "Calls from every app to appB, instance 0 (10.255.77.4).",
    ),
    "two rules together": (
        first("-p tcp -j ACCEPT", "! -p tcp -j ACCEPT"),
        "enforcement-off: rule 2 of FORWARD, together with other rules, accepts everything: no policy is enforced",
        "Calls from every app to every app, any protocol except tcp.",
    ),
}


@pytest.mark.parametrize(("rules", "what", "calls"), SENTENCES.values(), ids=SENTENCES)
def test_a_finding_describes_the_effect_and_the_calls(
    rules: str, what: str, calls: str, verify: Callable[..., Ran]
) -> None:
    """With the names of apps, if known."""
    lines = [line.strip() for line in verify(rules).stdout.splitlines()]
    assert what in lines
    assert calls in lines
