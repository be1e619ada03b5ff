"""A large kernel log of one cell: most of it is about other things, as on real cells."""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING, Final

from tests.golden import HERE
from tests.worlds import APP_B

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OURS: Final = 100
"""One of so many lines is Cloud Foundry's."""

_OTHERS: Final = (
    "usb 1-1: new high-speed USB device number {} using xhci_hcd",
    'audit: type=1400 audit(1753384512.963:{}): apparmor="DENIED" operation="open" profile="garden" pid=4711 comm="x"',
    "device s-01025507{} entered promiscuous mode",
    "[UFW BLOCK] IN=eth0 OUT= MAC=ee:ee SRC=203.0.113.{} DST=10.0.16.15 LEN=40 TTL=242 PROTO=TCP SPT=52443 DPT=23",
    "br-{}: port 3(veth) entered forwarding state after a rather long while",
)
_AT_ONCE: Final = 10_000


SNAPSHOT: Final = HERE / "03-two-cells"
"""The foundation of the calls in it."""


def write_log(path: Path, lines: int) -> None:
    """Write a kern.log of `lines` lines: 8 million are 1 GB."""
    messages = [_message(*call) for call in product((2, 3), (22, 5432, 8080, 8081, 9000), (True, False))]
    with path.open("w", encoding="utf-8") as file:
        for block in _blocks(lines, messages):
            file.write(block)


def _message(mark: int, port: int, accepted: bool) -> str:  # noqa: FBT001 - a product of values
    prefix = f"OK_{mark:04X}_{APP_B}"[:28] if accepted else "DENY_C2C_00000001-e8cf-4ca5-"
    source = {2: "10.255.78.3", 3: "10.255.77.4"}[mark]
    return (
        f"{prefix} IN=silk-vtep OUT=s-010255077004 MAC=ee:ee SRC={source} DST=10.255.77.4 LEN=60 TOS=0x00 PREC=0x00"
        f" TTL=62 ID=1 DF PROTO=TCP SPT=45678 DPT={port} WINDOW=64240 RES=0x00 SYN URGP=0 MARK={mark:#x}"
    )


def _blocks(lines: int, messages: list[str]) -> Iterator[str]:
    rng = random.Random(1)
    for start in range(0, lines, _AT_ONCE):
        block = []
        for number in range(start, min(start + _AT_ONCE, lines)):
            text = rng.choice(messages) if number % OURS == 0 else rng.choice(_OTHERS).format(number % 256)
            second = number * 600_000 // lines
            day, rest = divmod(second, 86_400)
            clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
            block.append(
                f"Jul {day + 10} {clock} localhost kernel: [{1_000_000 + second}.{number % 10**6:06}] {text}\n"
            )
        yield "".join(block)
