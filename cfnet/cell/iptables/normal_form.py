"""Spellings of rules and the normal forms that iptables prints: long options, names, numbers and masks.

`iptables-restore` accepts all spellings; `iptables -S` prints one. Sources: iptables(8), iptables-extensions(8), and
the output of iptables 1.8 after loading them (`tests/kernel/test_listings.py`).
"""

from typing import Final

OPTIONS: Final = {
    "--source": "-s",
    "--src": "-s",
    "--destination": "-d",
    "--dst": "-d",
    "--in-interface": "-i",
    "--out-interface": "-o",
    "--protocol": "-p",
    "--proto": "-p",
    "--match": "-m",
    "--jump": "-j",
    "--goto": "-g",
    "--set-counters": "-c",
    "--fragment": "-f",
    "--ipv4": "-4",
    "--ipv6": "-6",
    "--numeric": "-n",
    "--verbose": "-v",
    "--exact": "-x",
}
"""Long options of iptables itself → their short forms."""

OF_MODULES: Final = {
    "--source-port": "--sport",
    "--destination-port": "--dport",
    "--source-ports": "--sports",
    "--destination-ports": "--dports",
}
"""Long options of modules → the printed forms."""

SILENT: Final = frozenset({"-4", "-6", "-n", "-v", "-x"})
"""Options without a value that have no effect on the rule."""

OF_PROTOCOL: Final = {
    "tcp": frozenset({"--sport", "--dport", "--tcp-flags", "--tcp-option", "--syn"}),
    "udp": frozenset({"--sport", "--dport"}),
    "icmp": frozenset({"--icmp-type"}),
    "icmp6": frozenset({"--icmpv6-type"}),
    "sctp": frozenset({"--sport", "--dport", "--chunk-types"}),
    "udplite": frozenset({"--sport", "--dport"}),
    "dccp": frozenset({"--sport", "--dport", "--dccp-types", "--dccp-option"}),
}
"""The options that `-p PROTOCOL` allows without `-m PROTOCOL`."""

SYN: Final = "--tcp-flags FIN,SYN,RST,ACK SYN"
"""The meaning of `--syn`."""

PROTOCOLS: Final = {
    "0": "all",
    "1": "icmp",
    "2": "igmp",
    "6": "tcp",
    "17": "udp",
    "33": "dccp",
    "47": "gre",
    "50": "esp",
    "51": "ah",
    "58": "ipv6-icmp",
    "icmpv6": "ipv6-icmp",
    "132": "sctp",
    "136": "udplite",
}
"""Names of protocols that are printed by name, by number."""

ICMP_TYPES: Final = {
    "255": "any",
    "echo-reply": "0",
    "pong": "0",
    "destination-unreachable": "3",
    "network-unreachable": "3/0",
    "host-unreachable": "3/1",
    "protocol-unreachable": "3/2",
    "port-unreachable": "3/3",
    "fragmentation-needed": "3/4",
    "source-route-failed": "3/5",
    "network-unknown": "3/6",
    "host-unknown": "3/7",
    "network-prohibited": "3/9",
    "host-prohibited": "3/10",
    "communication-prohibited": "3/13",
    "source-quench": "4",
    "redirect": "5",
    "echo-request": "8",
    "ping": "8",
    "router-advertisement": "9",
    "router-solicitation": "10",
    "time-exceeded": "11",
    "ttl-exceeded": "11",
    "ttl-zero-during-transit": "11/0",
    "ttl-zero-during-reassembly": "11/1",
    "parameter-problem": "12",
    "timestamp-request": "13",
    "timestamp-reply": "14",
    "address-mask-request": "17",
    "address-mask-reply": "18",
}
"""Names of ICMP types → their numbers."""

ICMPV6_TYPES: Final = {
    "destination-unreachable": "1",
    "no-route": "1/0",
    "communication-prohibited": "1/1",
    "address-unreachable": "1/3",
    "port-unreachable": "1/4",
    "packet-too-big": "2",
    "time-exceeded": "3",
    "ttl-exceeded": "3",
    "parameter-problem": "4",
    "echo-request": "128",
    "ping": "128",
    "echo-reply": "129",
    "pong": "129",
    "router-solicitation": "133",
    "router-advertisement": "134",
    "neighbour-solicitation": "135",
    "neighbor-solicitation": "135",
    "neighbour-advertisement": "136",
    "neighbor-advertisement": "136",
    "redirect": "137",
}
"""Names of ICMPv6 types → their numbers."""

REJECTIONS: Final = {
    "net-unreach": "icmp-net-unreachable",
    "host-unreach": "icmp-host-unreachable",
    "proto-unreach": "icmp-proto-unreachable",
    "port-unreach": "icmp-port-unreachable",
    "net-prohib": "icmp-net-prohibited",
    "host-prohib": "icmp-host-prohibited",
    "admin-prohib": "icmp-admin-prohibited",
    "tcp-rst": "tcp-reset",
}
"""Short names of REJECT's answers."""

LOG_LEVELS: Final = {
    name: str(number)
    for number, names in enumerate(
        ("emerg panic", "alert", "crit", "error err", "warning warn", "notice", "info", "debug")
    )
    for name in names.split()
}
"""Names of syslog levels → their numbers."""

WARNING: Final = "4"
"""The default level of LOG, which is not printed."""

UNITS: Final = {
    unit: name
    for name, units in (
        ("sec", "s sec second"),
        ("min", "m min minute"),
        ("hour", "h hour"),
        ("day", "d day"),
    )
    for unit in units.split()
}
"""Units of rates → their printed names."""

STATES: Final = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT")
"""Connection states, in the order in which they are printed."""

HASHED: Final = ("srcip", "srcport", "dstip", "dstport")
"""The modes of hashlimit, in the order in which they are printed."""


def mask_length(mask: str) -> int:
    """Return the prefix length of an IPv4 mask: `24` or `255.255.255.0`.

    Raises:
        ValueError: it has gaps or is not a mask.
    """
    if "." not in mask:
        return int(mask)
    bits = 0
    parts = mask.split(".")
    for part in parts:
        bits = bits << 8 | int(part)
    length = bits.bit_count()
    if len(parts) != 4 or bits != (1 << 32) - (1 << 32 - length):  # noqa: PLR2004 - of an IPv4 address
        raise ValueError(f"{mask} has gaps")
    return length
