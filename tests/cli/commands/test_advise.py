"""`cfnet advise`: policies from logged calls."""

import gzip
import json
import os
import re
from pathlib import Path

import pytest

from tests.conftest import Cfnet
from tests.foundation.snapshots import write
from tests.resources import apps_of_a_space

FRONT, BACK, OTHER = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
HANDLES = {guid: f"{guid[:8]}-1111-4111-8111-1111" for guid in (FRONT, BACK, OTHER)}
IPS = {FRONT: "10.255.1.1", BACK: "10.255.2.1", OTHER: "10.255.2.2"}
CELLS = {"cell-1": (FRONT,), "cell-2": (BACK, OTHER)}
TAGS = {FRONT: 2, BACK: 3, OTHER: 4}
MARKS = {FRONT: 2, BACK: 3}
"""OTHER is the source of no policy, so its packets have no mark."""
SETTINGS = {"iptables_logging": True, "iptables_c2c_logging": True}
END = 1_767_225_600
"""When logs were last written: 2026-01-01T00:00:00Z."""


def policy_entry(source: str, destination: str, start: int, end: int = 0, protocol: str = "tcp") -> object:
    ports = {"start": start, "end": end or start}
    return {"source": {"id": source}, "destination": {"id": destination, "protocol": protocol, "ports": ports}}


def container(guid: str) -> object:
    return {"handle": HANDLES[guid], "ip": IPS[guid], "metadata": {"policy_group_id": guid}}


def shop_of(folder: Path, *policies: object, settings: object = SETTINGS) -> str:
    """Write a snapshot of three apps on two cells."""
    files: dict[str, object] = {
        f"cells/{cell}/store.json": {HANDLES[guid]: container(guid) for guid in apps} for cell, apps in CELLS.items()
    }
    files |= {
        "policies.json": {"policies": policies},
        "tags.json": {"tags": [{"id": guid, "tag": f"{mark:04X}"} for guid, mark in TAGS.items()]},
        "apps.json": apps_of_a_space({FRONT: "front", BACK: "back", OTHER: "other"}),
        "agent.json": settings,
    }
    return str(write(folder / "shop", files))


@pytest.fixture
def shop(tmp_path: Path) -> str:
    return shop_of(
        tmp_path,
        policy_entry(FRONT, BACK, 8080),
        policy_entry(FRONT, BACK, 9000, 9009),
        policy_entry(BACK, FRONT, 53, protocol="udp"),
        policy_entry(BACK, OTHER, 80),
    )


def packet(source: str, destination: str, port: int, protocol: str = "TCP", mark: int | None = None) -> str:
    mark = MARKS.get(source) if mark is None else mark
    marked = f" MARK={mark:#x}" if mark else ""
    return (
        f"IN=silk-vtep OUT=s-1 SRC={IPS[source]} DST={IPS[destination]} LEN=60 PROTO={protocol} SPT=45678"
        f" DPT={port}{marked}"
    )


def refused(source: str, destination: str, port: int, protocol: str = "TCP", mark: int | None = None) -> str:
    prefix = f"DENY_C2C_{HANDLES[destination]}"[:28]
    return f"{prefix} {packet(source, destination, port, protocol, mark)}"


def accepted(source: str, destination: str, port: int, protocol: str = "TCP") -> str:
    prefix = f"OK_{MARKS[source]:04X}_{destination}"[:28]
    return f"{prefix} {packet(source, destination, port, protocol)}"


def kern_log(folder: Path, *messages: str, name: str = "cell-2.log") -> str:
    """Write a log that ends when the year does; a message a minute."""
    path = folder / name
    lines = ["Dec 22 20:00:00 localhost kernel: [1.0] started"]
    lines += [f"Dec 31 23:{minute:02}:00 localhost kernel: [2.0] {text}" for minute, text in enumerate(messages)]
    lines += ["Jan  1 00:00:00 localhost kernel: [3.0] usb 1-1: new device"]
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    os.utime(path, (END, END))
    return str(path)


ADVICE = """\
The logs cover 9 days 4 hours (2025-12-22T20:00:00Z to 2026-01-01T00:00:00Z), on 1 of 2 cells.

Calls
source           destination     protocol   port   calls   first                  last                   cells    result
shop/dev/front   shop/dev/back   tcp        8081   3       2025-12-31T23:00:00Z   2025-12-31T23:01:00Z   cell-2   refused
shop/dev/front   shop/dev/back   tcp        8082   3       2025-12-31T23:02:00Z   2025-12-31T23:03:00Z   cell-2   refused
shop/dev/other   shop/dev/back   udp        53     3       2025-12-31T23:05:00Z   2025-12-31T23:05:00Z   cell-2   refused
shop/dev/front   shop/dev/back   tcp        22     1       2025-12-31T23:04:00Z   2025-12-31T23:04:00Z   cell-2   refused
shop/dev/front   shop/dev/back   tcp        8080   1       2025-12-31T23:07:00Z   2025-12-31T23:07:00Z   cell-2   accepted, allowed by the policy for 8080
shop/dev/front   shop/dev/back   tcp        9000   1       2025-12-31T23:08:00Z   2025-12-31T23:08:00Z   cell-2   accepted, allowed by the policy for 9000-9009
shop/dev/front   shop/dev/back   tcp        9001   1       2025-12-31T23:09:00Z   2025-12-31T23:09:00Z   cell-2   accepted, allowed by the policy for 9000-9009
shop/dev/back    shop/dev/back   tcp        8081   1       2025-12-31T23:06:00Z   2025-12-31T23:06:00Z   cell-2   refused

Needed: refused calls require these policies
source           destination     protocol   ports       refused   first                  last                   age          caller known by
shop/dev/front   shop/dev/back   tcp        8081-8082   6         2025-12-31T23:00:00Z   2025-12-31T23:03:00Z   57 minutes   mark and address
shop/dev/other   shop/dev/back   udp        53          3         2025-12-31T23:05:00Z   2025-12-31T23:05:00Z   55 minutes   address

Refused fewer than 3 times, perhaps by a scan
source           destination     protocol   ports   refused   first                  last                   age          caller known by
shop/dev/front   shop/dev/back   tcp        22      1         2025-12-31T23:04:00Z   2025-12-31T23:04:00Z   56 minutes   mark and address

Refused, but no policy is proposed
source          destination     protocol   port   refused   first                  last                   reason
shop/dev/back   shop/dev/back   tcp        8081   1         2025-12-31T23:06:00Z   2025-12-31T23:06:00Z   the mark 0x3 belongs to shop/dev/back, but 10.255.1.1 to shop/dev/front

Unused: no call used these policies
source          destination      protocol   ports   covered          cells
shop/dev/back   shop/dev/other   tcp        80      9 days 4 hours   cell-2

Narrower: few ports of these ranges were used
source           destination     protocol   ports       used        covered
shop/dev/front   shop/dev/back   tcp        9000-9009   9000-9001   9 days 4 hours

Unknown: the logs do not show whether these policies are used
source          destination      protocol   ports   reason
shop/dev/back   shop/dev/front   udp        53      no logs of cell-1, where the destination runs

2 policies needed, 1 unused, 1 wider than needed, 1 unknown.
Refused calls are logged at most once a second for each container: there may have been more.
No logged call is no proof that a policy is not needed: it may be newer than the logs, or rarely used, and containers may have run on other cells before.
Dates without a year are taken to be in the year before the file was last written, and to be in UTC.
"""  # noqa: E501 - a table is as wide as its cells
