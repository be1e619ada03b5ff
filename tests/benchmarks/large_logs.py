"""A large kernel log of one cell: most of it is about other things, as on real cells."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def write_log(path: Path, lines: int, messages: list[str]) -> None:
    """Write a kern.log of `lines` lines, one in `OURS` with one of `messages`."""
    with path.open("w", encoding="utf-8") as file:
        for block in _blocks(lines, messages):
            file.write(block)


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


if __name__ == "__main__":
    write_log(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
