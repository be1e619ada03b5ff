"""What the entries of security groups become, in every form that they may have."""

import pytest

from cfnet.cell.security_group import GroupMatch, GroupRule, NotUsable, matches

NET = "10.0.11.0/24"
TO_NET = "-m iprange --dst-range 10.0.11.0-10.0.11.255"

FORMS = {
    "a network": (GroupRule("all", NET), [TO_NET]),
    "a network with host bits": (GroupRule("all", "10.0.11.7/24"), [TO_NET]),
    "everything": (GroupRule("all", "0.0.0.0/0"), ["-m iprange --dst-range 0.0.0.0-255.255.255.255"]),
    "one address": (GroupRule("all", "1.2.3.4"), ["-m iprange --dst-range 1.2.3.4-1.2.3.4"]),
    "a range": (GroupRule("all", "1.2.3.4-1.2.9.9"), ["-m iprange --dst-range 1.2.3.4-1.2.9.9"]),
    "a range that ends before it begins": (
        GroupRule("all", "9.0.0.0-1.0.0.0"),
        ["-m iprange --dst-range 9.0.0.0-1.0.0.0"],
    ),
    "space around": (GroupRule("all", f" {NET}\t"), [TO_NET]),
    "a comma list with spaces": (
        GroupRule("all", f"1.1.1.1, {NET}, 1.2.3.4-1.2.9.9 "),
        [
            "-m iprange --dst-range 1.1.1.1-1.1.1.1",
            TO_NET,
            "-m iprange --dst-range 1.2.3.4-1.2.9.9",
        ],
    ),
    "a comma list": (
        GroupRule("all", f"{NET},10.9.9.9"),
        [TO_NET, "-m iprange --dst-range 10.9.9.9-10.9.9.9"],
    ),
    "a port": (GroupRule("tcp", NET, "443"), [f"-p tcp {TO_NET} -m tcp --dport 443"]),
    "ports, each destination after the other": (
        GroupRule("udp", f"{NET},1.1.1.1", "53, 100-200"),
        [
            f"-p udp {TO_NET} -m udp --dport 53",
            f"-p udp {TO_NET} -m udp --dport 100:200",
            "-p udp -m iprange --dst-range 1.1.1.1-1.1.1.1 -m udp --dport 53",
            "-p udp -m iprange --dst-range 1.1.1.1-1.1.1.1 -m udp --dport 100:200",
        ],
    ),
    "a range of one port": (GroupRule("tcp", NET, "80-80"), [f"-p tcp {TO_NET} -m tcp --dport 80"]),
    "all ports": (GroupRule("tcp", NET, "0-65535"), [f"-p tcp {TO_NET} -m tcp"]),
    "port 0": (GroupRule("tcp", NET, "0"), [f"-p tcp {TO_NET} -m tcp --dport 0"]),
    "ports beyond 16 bits are cut": (GroupRule("tcp", NET, "65616"), [f"-p tcp {TO_NET} -m tcp --dport 80"]),
    "what is no port is passed over": (
        GroupRule("tcp", NET, "80,,x,1-2-3,9-,443"),
        [f"-p tcp {TO_NET} -m tcp --dport {port}" for port in (80, 443)],
    ),
    "tcp without ports is nothing": (GroupRule("tcp", NET), []),
    "numbers that no computer has are passed over": (GroupRule("udp", NET, "99999999999999999999"), []),
    "icmp": (GroupRule("icmp", NET, icmp_type=8, icmp_code=3), [f"-p icmp {TO_NET} -m icmp --icmp-type 8/3"]),
    "icmp of any type": (
        GroupRule("icmp", NET, icmp_type=-1, icmp_code=-1),
        [f"-p icmp {TO_NET} -m icmp --icmp-type any"],
    ),
    "icmp of any code": (
        GroupRule("icmp", NET, icmp_type=8, icmp_code=-1),
        [f"-p icmp {TO_NET} -m icmp --icmp-type 8/255"],
    ),
    "icmp with ports is nothing": (GroupRule("icmp", NET, "80"), []),
    "all with ports is nothing": (GroupRule("all", NET, "80"), []),
    "all with what is no port": (GroupRule("all", NET, "x"), [TO_NET]),
    "icmp of version 6 is nothing": (GroupRule("icmpv6", NET), []),
    "a protocol in capitals is nothing": (GroupRule("TCP", NET, "80"), []),
}


@pytest.mark.parametrize(("rule", "expected"), FORMS.values(), ids=FORMS)
def test_forms(rule: GroupRule, expected: list[str]) -> None:
    """In order, without targets; `log` goes along.

    Source: silk-release, `netrules/security_group_rule.go` (b7ff82f: toIPRange trims each destination of a list) and
    its test, security_group_rule_test.go.
    """
    assert [(match.text, match.log) for match in matches(rule)] == [(text, False) for text in expected]
    assert [(match.text, match.log) for match in matches(rule._replace(log=True))] == [
        (text, True) for text in expected
    ]


NONE = (
    "",
    "x",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0/8",
    "10.0.0.256",
    "1.2.3.4-",
    "-1.2.3.4",
    "1.2.3.4,",
    "1.2.3.4 - 1.2.3.5",
)


ZEROS = ("010.0.11.0/24", "1.2.3.04", "1.2.3.4-1.2.3.010")


@pytest.mark.parametrize(
    "destination", [*NONE, *ZEROS, "::/0", "2001:db8::1", "::1-::9", "1.2.3.4/8/9", "1.2.3.4-1.2.3.5-6"]
)
def test_destinations_that_the_agent_cannot_read(destination: str) -> None:
    """IPv6 among them, and numbers with leading zeros, which Go does not read.

    Source: net.ParseIP; silk-release took them for a month (pull requests 123, 130: "this never worked").
    """
    with pytest.raises(NotUsable, match=r"^destination: "):
        matches(GroupRule("all", destination))


def test_ports_that_iptables_refuses() -> None:
    """It minds a range that ends before it begins for tcp alone."""
    with pytest.raises(NotUsable, match=r"^ports: \"80,90-80\"$"):
        matches(GroupRule("tcp", NET, "80,90-80"))
    assert matches(GroupRule("udp", NET, "90-80")) == [GroupMatch(f"-p udp {TO_NET} -m udp --dport 90:80", log=False)]
