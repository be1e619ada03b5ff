"""Values as the kernel's tools print them; `tests/kernel` checks a real kernel."""

import pytest

from cfnet.cell.model import kernel_text
from cfnet.policy import Ports, Protocol


@pytest.mark.parametrize(
    ("per_second", "burst", "printed"),
    [
        (1, 1, "-m limit --limit 1/sec --limit-burst 1"),
        (100, 100, "-m limit --limit 100/sec --limit-burst 100"),
        (5, 5, "-m limit --limit 5/sec"),
        (300, 300, "-m limit --limit 303/sec --limit-burst 300"),
        (9999, 9999, "-m limit --limit 10000/sec --limit-burst 9999"),
    ],
)
def test_a_limit_reads_back_as_the_kernel_stores_it(per_second: int, burst: int, printed: str) -> None:
    """The kernel stores the pause between two packets, not the rate, and omits its default burst."""
    assert kernel_text.limit(per_second, burst) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [("plain", "plain"), ("two words", "two words"), ('"', '\\"'), ("\\", "\\\\"), ("it's", "it\\'s")],
)
def test_quotes_and_backslashes_are_escaped(text: str, printed: str) -> None:
    """Including single quotes."""
    assert kernel_text.escaped(text) == printed


PORTS = {
    "0": (Ports(0, 0), Ports(0, 0), Ports(0, 0)),
    "all": (Ports(0, 65535), Ports(0, 65535), Ports(0, 65535)),
    "reversed": (Ports(9, 8), None, Ports(9, 8)),
    "all, reversed": (Ports(65535, 0), None, Ports(65535, 0)),
    "too high": (Ports(70000, 70000), None, Ports(4464, 4464)),
    "one too high": (Ports(65536, 65536), None, Ports(0, 0)),
    "an end too high": (Ports(1, 65536), None, Ports(1, 0)),
    "all, too high": (Ports(65536, 131071), None, Ports(0, 65535)),
    "the highest of 31 bits": (Ports(1, 2**31 - 1), None, Ports(1, 65535)),
    "32 bits": (Ports(1, 2**31), None, None),
    "all of 32 bits": (Ports(1, 2**32 - 1), None, None),
    "33 bits": (Ports(2**32 + 1, 2**33 + 70000), None, Ports(1, 4464)),
    "the lowest of 64 bits": (Ports(-(2**63), 1), None, Ports(0, 1)),
    "more than 64 bits": (Ports(2**64, 1), None, None),
    "negative": (Ports(-1, 80), None, None),
    "negative, 16 bits of it 0": (Ports(-65536, 80), None, None),
    "negative, 32 bits of it 0": (Ports(-(2**32), 80), None, Ports(0, 80)),
}
"""Ports of a policy, and as the kernel stores them for tcp and for udp; `tests/kernel` loads them."""


@pytest.mark.parametrize(("ports", "tcp", "udp"), PORTS.values(), ids=PORTS)
def test_the_ports_that_the_kernel_stores(ports: Ports, tcp: Ports | None, udp: Ports | None) -> None:
    """Two bytes each, the lower first; for udp iptables uses the C library and does not check the order."""
    assert kernel_text.kept_ports(Protocol.TCP, ports) == tcp
    assert kernel_text.kept_ports(Protocol.UDP, ports) == udp


COMMENTS = {
    "255 bytes": ("src:" + "a" * 251, b"src:" + b"a" * 251),
    "256 bytes": ("src:" + "a" * 252, b"src:" + b"a" * 251),
    "half a character": ("src:" + "a" * 250 + "é", b"src:" + b"a" * 250 + b"\xc3"),
    "a quote at the end": ("src:" + "a" * 250 + "'b", b"src:" + b"a" * 250 + b"\\'"),
    "spaces": ("src:my app", b"src:my_app"),
    "a zero byte": ("src:a\0b_dst:c", b"src:a"),
    "half a surrogate pair": ("src:\ud800", "src:\N{REPLACEMENT CHARACTER}".encode()),
    "invisible characters": (
        "src:\x01\x1b\v\f\r\x7f\x85\u2028\u200b",
        "src:\x01\x1b\v\f\r\x7f\x85\u2028\u200b".encode(),
    ),
}
"""Comments as the agent makes them, and as printed between the quotes."""


@pytest.mark.parametrize(("text", "kept"), COMMENTS.values(), ids=COMMENTS)
def test_the_comment_that_the_kernel_stores(text: str, kept: bytes) -> None:
    """Its first 255 bytes, before escaping."""
    assert kernel_text.comment(text).encode(errors="surrogateescape") == kept


PREFIXES = {
    "28 bytes": ("OK_0001_" + "a" * 20, b'"OK_0001_' + b"a" * 20 + b' "'),
    "29 bytes": ("OK_0001_" + "a" * 21, b'"OK_0001_' + b"a" * 20 + b' "'),
    "half a character": ("OK_0001_" + "a" * 19 + "é", b'"OK_0001_' + b"a" * 19 + b'\xc3 "'),
    "a zero byte, after what needs no quotes": ("OK_0001_a-b\0c", b"OK_0001_a-b"),
    "a zero byte, after what needs some": ("OK_0001_a.b\0c", b'"OK_0001_a.b"'),
    "a zero byte beyond the cut": ("OK_0001_" + "a" * 20 + "\0", b'"OK_0001_' + b"a" * 20 + b' "'),
}
"""Log prefixes as the agent makes them, and as printed."""


@pytest.mark.parametrize(("text", "kept"), PREFIXES.values(), ids=PREFIXES)
def test_the_log_prefix_that_the_kernel_stores(text: str, kept: bytes) -> None:
    """The agent truncates it; a zero byte ends the line, and so the quotes."""
    assert kernel_text.log_prefix(text).encode(errors="surrogateescape") == kept
