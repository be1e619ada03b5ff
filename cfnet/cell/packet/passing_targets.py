"""Targets after which a packet continues as if the rule had not matched."""

from __future__ import annotations

from typing import Final

from cfnet.cell.iptables.target import UnknownTarget

_PASSING: Final = (
    "NFLOG", "ULOG", "TRACE", "CONNSECMARK", "SECMARK", "TOS", "DSCP", "TTL", "ECN", "TCPMSS", "TCPOPTSTRIP",
    "CLASSIFY", "AUDIT", "LED", "CHECKSUM", "RATEEST", "SET", "IDLETIMER", "TEE", "ACCOUNT", "CT", "NOTRACK", "HMARK",
)  # fmt: skip
"""Targets after which the packet continues, unchanged as far as policies are concerned (iptables-extensions(8))."""


def passes_on(target: object) -> bool:
    """Whether a target that cfnet does not parse lets the packet continue unchanged."""
    if not isinstance(target, UnknownTarget):
        return False
    flag, name, *options = target.words.split()
    if name == "CONNMARK":
        return "--restore-mark" not in options
    return flag == "-j" and name in _PASSING
