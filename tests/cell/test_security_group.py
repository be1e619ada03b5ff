"""The rules made from the entries of security groups, in every form of an entry."""

import pytest

from cfnet.cell.model.security_group import GroupMatch, GroupRule, NotUsable, ipv6_destinations, matches
from cfnet.cell.model.silk_release import CURRENT, RELEASE_2024, SilkRelease

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
    "invalid ports are ignored": (
        GroupRule("tcp", NET, "80,,x,1-2-3,9-,443"),
        [f"-p tcp {TO_NET} -m tcp --dport {port}" for port in (80, 443)],
    ),
    "tcp without ports has no rules": (GroupRule("tcp", NET), []),
    "numbers out of range are ignored": (GroupRule("udp", NET, "99999999999999999999"), []),
    "icmp": (GroupRule("icmp", NET, icmp_type=8, icmp_code=3), [f"-p icmp {TO_NET} -m icmp --icmp-type 8/3"]),
    "icmp of any type": (
        GroupRule("icmp", NET, icmp_type=-1, icmp_code=-1),
        [f"-p icmp {TO_NET} -m icmp --icmp-type any"],
    ),
    "icmp of any code": (
        GroupRule("icmp", NET, icmp_type=8, icmp_code=-1),
        [f"-p icmp {TO_NET} -m icmp --icmp-type 8/255"],
    ),
    "icmp with ports has no rules": (GroupRule("icmp", NET, "80"), []),
    "all with ports has no rules": (GroupRule("all", NET, "80"), []),
    "all with an invalid port": (GroupRule("all", NET, "x"), [TO_NET]),
    "icmpv6 has no rules": (GroupRule("icmpv6", NET), []),
    "a protocol in capitals has no rules": (GroupRule("TCP", NET, "80"), []),
}


@pytest.mark.parametrize("silk", [CURRENT, RELEASE_2024], ids=["current", "2024"])
@pytest.mark.parametrize(("rule", "expected"), FORMS.values(), ids=FORMS)
def test_every_form_of_an_entry(rule: GroupRule, expected: list[str], silk: SilkRelease) -> None:
    """In order, without targets; `log` is kept.

    Source: silk-release, `netrules/security_group_rule.go` (b7ff82f: toIPRange trims each destination of a list) and
    its test, security_group_rule_test.go.
    """
    assert [(match.text, match.log) for match in matches(rule, silk)] == [(text, False) for text in expected]
    assert [(match.text, match.log) for match in matches(rule._replace(log=True), silk)] == [
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


UNREADABLE = [
    *NONE,
    *ZEROS,
    "1.2.3.4/8/9",
    "1.2.3.4-1.2.3.5-6",
    "::/129",
    "::/",
    "fe80::1%eth0",
    "::1-",
    "::1-10.0.0.1",
    "10.0.0.1-::1",
    "2000:::1",
]
IPV6 = ["::/0", "2000::/3", "2001:db8::1", "::1-::9", " 2001:DB8::/32\t"]


@pytest.mark.parametrize("silk", [CURRENT, RELEASE_2024], ids=["current", "2024"])
@pytest.mark.parametrize("destination", UNREADABLE)
def test_destinations_that_the_agent_cannot_parse(destination: str, silk: SilkRelease) -> None:
    """Including numbers with leading zeros, which Go rejects.

    Source: net.ParseIP; silk-release accepted them for a month (pull requests 123, 130: "this never worked").
    """
    with pytest.raises(NotUsable, match=r"^destination: "):
        matches(GroupRule("all", destination), silk)


@pytest.mark.parametrize("destination", IPV6)
def test_the_2024_release_fails_on_ipv6_destinations(destination: str) -> None:
    """Wherever they are in the list."""
    for text in (destination, f"{NET},{destination}"):
        with pytest.raises(NotUsable, match=r"^destination: "):
            matches(GroupRule("all", text), RELEASE_2024)


@pytest.mark.parametrize("destination", IPV6)
def test_current_releases_leave_ipv6_destinations_to_ip6tables(destination: str) -> None:
    """The IPv4 destinations of a list keep their order."""
    assert matches(GroupRule("all", destination), CURRENT) == []
    mixed = GroupRule("tcp", f"1.1.1.1,{destination},{NET}", "443")
    assert [match.text for match in matches(mixed, CURRENT)] == [
        "-p tcp -m iprange --dst-range 1.1.1.1-1.1.1.1 -m tcp --dport 443",
        f"-p tcp {TO_NET} -m tcp --dport 443",
    ]
    assert ipv6_destinations(mixed) == [destination]


def test_icmpv6_makes_no_ipv4_rules() -> None:
    """Whatever the destination is."""
    rule = GroupRule("icmpv6", f"{NET},2000::/3", icmp_type=128)
    assert matches(rule, CURRENT) == []
    assert ipv6_destinations(rule) == [NET, "2000::/3"]


def test_ports_of_ipv6_destinations_do_not_affect_ipv4_chains() -> None:
    """They are never passed to iptables."""
    assert matches(GroupRule("tcp", "2000::/3", "90-80"), CURRENT) == []


def test_ports_that_iptables_rejects() -> None:
    """A range that ends before it starts is an error for tcp only."""
    with pytest.raises(NotUsable, match=r"^ports: \"80,90-80\"$"):
        matches(GroupRule("tcp", NET, "80,90-80"), CURRENT)
    assert matches(GroupRule("udp", NET, "90-80"), CURRENT) == [
        GroupMatch(f"-p udp {TO_NET} -m udp --dport 90:80", log=False)
    ]
