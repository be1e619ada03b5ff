"""`cfnet advise`: policies from logged calls."""

import bz2
import gzip
import json
import lzma
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


def container(guid: str) -> dict[str, object]:
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
    path.write_bytes(gzip.compress(data, mtime=END) if name.endswith(".gz") else data)
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
Dates without a year are taken to be in the year before the end of their file, and to be in UTC.
"""  # noqa: E501 - a table is as wide as its cells


def test_policies_that_are_needed_unused_and_wider_than_needed(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    log = kern_log(
        tmp_path,
        refused(FRONT, BACK, 8081),
        f"message repeated 2 times: [ {refused(FRONT, BACK, 8081)}]",
        f"message repeated 2 times: [ {refused(FRONT, BACK, 8082)}]",
        refused(FRONT, BACK, 8082),
        refused(FRONT, BACK, 22),
        f"message repeated 3 times: [ {refused(OTHER, BACK, 53, 'UDP')}]",
        refused(FRONT, BACK, 8081, mark=3),
        accepted(FRONT, BACK, 8080),
        accepted(FRONT, BACK, 9000),
        accepted(FRONT, BACK, 9001),
    )
    assert cfnet("advise", log, "--from", shop) == (0, ADVICE, "")


def test_files_may_be_compressed_several_or_stdin(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    one = kern_log(tmp_path, refused(FRONT, BACK, 22), name="cell-2.1.log.gz")
    two = kern_log(tmp_path, refused(FRONT, BACK, 22), name="cell-2.log")
    told = cfnet("advise", one, two, "-", "--from", shop, stdin=refused(FRONT, BACK, 22)).stdout
    assert "shop/dev/front   shop/dev/back   tcp        22      3 " in told


BAD_FILES = {
    "missing": (None, "cannot be read: No such file or directory"),
    "not gzip": (b"\x1f\x8bxxxx", "it is not valid gzip"),
    "xz": (lzma.compress(b"x"), "it is compressed with xz."),
    "bzip2": (bz2.compress(b"x"), "it is compressed with bzip2."),
    "zstd": (b"\x28\xb5\x2f\xfd\x24\0", "it is compressed with zstd."),
    "a journal": (b"LPKSHHRH\0\0", "it is a journal of systemd."),
    "cut gzip": (gzip.compress(b"x" * 100)[:-4], "the gzip file is incomplete."),
}


@pytest.mark.parametrize(("data", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_cannot_be_read(data: bytes | None, message: str, shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    path = tmp_path / "bad.log"
    if data is not None:
        path.write_bytes(data)
    ran = cfnet("advise", str(path), "--from", shop)
    assert ran.exit == 2
    assert f"{path}: {message}" in ran.stderr


def test_a_directory_is_not_a_log(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    ran = cfnet("advise", str(tmp_path), "--from", shop)
    assert (ran.exit, ran.stdout) == (2, "")
    assert "it is a directory." in ran.stderr


def test_stdin_is_read_once(shop: str, cfnet: Cfnet) -> None:
    assert cfnet("advise", "-", "-", "--from", shop).exit == 2


PERIODS = {
    "shorter than the logs": ("9d", "shop/dev/back    shop/dev/other   tcp        80          9 days 4 hours   cell-2"),
    "as long as the logs": ("220h", "shop/dev/back    shop/dev/other   tcp        80          9 days 4 hours   cell-2"),
    "longer than the logs": (
        "30d",
        "accepted calls are known to be logged for only 9 days 4 hours on cell-2",
    ),
}


@pytest.mark.parametrize(("period", "line"), PERIODS.values(), ids=PERIODS)
def test_no_policy_is_unused_after_a_shorter_period(
    period: str, line: str, shop: str, tmp_path: Path, cfnet: Cfnet
) -> None:
    log = kern_log(tmp_path, accepted(FRONT, BACK, 8080))
    told = cfnet("advise", log, "--from", shop, "--unused-after", period).stdout
    assert line in told
    assert ("Unused:" in told) == (period != "30d")


@pytest.mark.parametrize("period", ["30", "d", "-1d", "1.5h", "9" * 40 + "d"])
def test_a_period_has_a_unit(period: str, shop: str, cfnet: Cfnet) -> None:
    ran = cfnet("advise", "x", "--from", shop, "--unused-after", period)
    assert ran.exit == 2
    assert "must be a number and a unit: 30d, 12h, 90m or 45s." in ran.stderr


LOGGING = {
    "is off": ({"iptables_logging": False}, "accepted calls are not logged on cell-2"),
    "is unknown": (None, "it is unknown whether accepted calls are logged on cell-2"),
    "comes after a rule for all calls": (
        {**SETTINGS, "disable_container_network_policy": True},
        "accepted calls are not logged on cell-2",
    ),
}


@pytest.mark.parametrize(("settings", "reason"), LOGGING.values(), ids=LOGGING)
def test_nothing_is_unused_where_logging(settings: object, reason: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Unless the logs show that it was on: from the first accepted call to the last one, not for their whole period."""
    shop = shop_of(tmp_path, policy_entry(FRONT, BACK, 8080), settings=settings)
    silent = cfnet("advise", kern_log(tmp_path, refused(FRONT, BACK, 22)), "--from", shop).stdout
    assert reason in silent
    assert "Unused:" not in silent
    once = cfnet("advise", kern_log(tmp_path, accepted(BACK, OTHER, 1)), "--from", shop).stdout
    assert "accepted calls are known to be logged for only 0 seconds on cell-2" in once
    twice = cfnet("advise", kern_log(tmp_path, *[accepted(BACK, OTHER, 1)] * 6), "--from", shop).stdout
    assert twice.startswith("The logs cover 9 days 4 hours ")
    assert "shop/dev/front   shop/dev/back   tcp        8080    5 minutes   cell-2\n" in twice


ENTRIES = """\
# The logs cover 9 days 4 hours (2025-12-22T20:00:00Z to 2026-01-01T00:00:00Z), on 1 of 2 cells.
# Refused calls are logged at most once a second for each container: there may have been more.
# No logged call is no proof that a policy is not needed: it may be newer than the logs, or rarely used, and containers may have run on other cells before.
# No accepted call was logged on cell-2: if such lines were left out, policies may be in use.
# Dates without a year are taken to be in the year before the end of their file, and to be in UTC.
# 22: 1 refused call, 2025-12-31T23:00:00Z to 2025-12-31T23:00:00Z
# 8081: 1 refused call, 2025-12-31T23:01:00Z to 2025-12-31T23:01:00Z
- source: shop/dev/front
  destination: shop/dev/back
  protocol: tcp
  ports: [22, 8081]
"""  # noqa: E501 - comments


def test_entries_for_a_document(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """They are valid."""
    log = kern_log(tmp_path, refused(FRONT, BACK, 22), refused(FRONT, BACK, 8081))
    ran = cfnet("advise", log, "--from", shop, "--min-count", "1", "--format", "yaml")
    assert ran == (0, ENTRIES, "")
    document = tmp_path / "new.yml"
    document.write_text(f"version: 1\nowns: []\npolicies:\n{ran.stdout}", encoding="utf-8")
    assert cfnet("validate", str(document)).exit == 0
    nothing = cfnet("advise", log, "--from", shop, "--format", "yaml").stdout
    assert nothing.endswith("\n# No policies are needed.\n")


def test_markdown_has_the_same_tables(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    log = kern_log(tmp_path, refused(FRONT, BACK, 22), refused(FRONT, BACK, 8081))
    told = cfnet("advise", log, "--from", shop, "--min-count", "1", "--format", "markdown").stdout
    assert "### Needed: refused calls require these policies\n\n| source |" in told
    assert "| shop/dev/front | shop/dev/back | tcp | 8081 | 1 |" in told
    assert "\n- Refused calls are logged at most once a second" in told


def test_json_has_everything(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    log = kern_log(tmp_path, refused(FRONT, BACK, 8081), refused(FRONT, BACK, 22, mark=3), accepted(FRONT, BACK, 9000))
    told = json.loads(cfnet("advise", log, "--from", shop, "--min-count", "1", "--json").stdout)
    assert told["format_version"] == 1
    assert [(each["name"], each["seconds"], each["accepted_logged"]) for each in told["cells"]] == [
        ("cell-1", 0.0, True),
        ("cell-2", 792_000.0, True),
    ]
    assert [(each["port"], each["accepted"], each["count"], each["cells"]) for each in told["calls"]] == [
        (8081, False, 1, ["cell-2"]),
        (9000, True, 1, ["cell-2"]),
        (22, False, 1, ["cell-2"]),
    ]
    assert [policy["ports"] for policy in told["calls"][1]["policies"]] == [{"start": 9000, "end": 9009}]
    (needed,) = told["needed"]
    assert needed["policy"]["source"]["name"] == "front"
    assert (needed["count"], needed["age"], needed["caller_by"]) == (1, 3600.0, ["mark and address"])
    (doubtful,) = told["not_proposed"]
    assert (doubtful["reason"], doubtful["mark"], doubtful["source_ip"]) == ("mark-of-other", "0x3", IPS[FRONT])
    assert [(each["usage"], each["reason"], each["wide"]) for each in told["policies"]] == [
        ("unused", None, False),
        ("used", None, True),
        ("unknown", "no-logs", False),
        ("unused", None, False),
    ]
    assert len(told["limits"]) == 3


def test_the_most_frequent_calls_are_listed_unless_all_are_wanted(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    log = kern_log(tmp_path, *(refused(FRONT, BACK, port) for port in range(1, 26)))
    assert "\n5 less frequent calls not listed: --calls lists all.\n" in cfnet("advise", log, "--from", shop).stdout
    assert "not listed" not in cfnet("advise", log, "--from", shop, "--calls").stdout


def test_a_log_of_no_calls(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    told = cfnet("advise", kern_log(tmp_path), "--from", shop).stdout
    assert told.startswith(
        "The logs cover 9 days 4 hours (2025-12-22T20:00:00Z to 2026-01-01T00:00:00Z), on 1 of 2 cells."
    )
    assert "Unused:" in told
    unknown = cfnet("advise", kern_log(tmp_path, name="kern.log"), "--from", shop).stdout
    assert unknown.startswith("The logs cover 0 of 2 cells.")
    assert "Unused:" not in unknown


def test_another_log_of_a_cell_shows_nothing(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Calls were not logged there, so that none is in it says nothing about policies."""
    log = tmp_path / "cell-2" / "auth.log"
    log.parent.mkdir()
    log.write_text("Dec  1 20:00:00 localhost sshd[1]: up\nDec 31 20:00:00 localhost sshd[1]: down\n", encoding="utf-8")
    told = cfnet("advise", str(log), "--from", shop).stdout
    assert told.startswith("The logs cover 0 of 2 cells.")
    assert "Unused:" not in told
    assert told.endswith(f"These do not look like logs of a kernel or of iptables-logger: {log}.\n")


DOCUMENT = """\
version: 1
space: shop/dev
policies:
  # The shop.
  - source: front   # a comment
    destination: back

  - source: back
    destination: other
    ports: 80
  - source: [back]
    destination: [other]
    ports: [80, 81]
# the end"""

EDITED = """\
version: 1
space: shop/dev
policies:
  # The shop.
  - source: front   # a comment
    destination: back

  # Unused: no call in 9 days 4 hours, until 2026-01-01T00:00:00Z.
  # - source: back
  #   destination: other
  #   ports: 80
  # 8081: 3 refused calls, 2025-12-31T23:00:00Z to 2025-12-31T23:00:00Z
  - source: shop/dev/front
    destination: shop/dev/back
    protocol: tcp
    ports: 8081
# the end"""


@pytest.fixture
def log(tmp_path: Path) -> str:
    """One port is refused often, one rarely; back calls nothing."""
    often = f"message repeated 3 times: [ {refused(FRONT, BACK, 8081)}]"
    return kern_log(tmp_path, often, refused(FRONT, BACK, 22), accepted(FRONT, BACK, 8080))


def edited(cfnet: Cfnet, log: str, shop: str, document: Path, text: str) -> tuple[int, str]:
    """Write a document and have it edited: exit code and messages."""
    document.write_text(text, encoding="utf-8")
    ran = cfnet("advise", log, "--from", shop, "--into", str(document))
    assert ran.stdout.startswith("The logs cover" if ran.exit == 0 else "")
    return ran.exit, ran.stderr


def test_a_document_is_edited(shop: str, log: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Everything else in it stays as it is, even its permissions; the result is valid."""
    document = tmp_path / "d.yml"
    text = DOCUMENT.replace("  - source: [back]\n    destination: [other]\n    ports: [80, 81]\n", "")
    document.touch(mode=0o640)
    told = edited(cfnet, log, shop, document, text)
    assert told == (0, f"{document}: 1 policy added, 1 entry commented out.\n")
    assert document.read_text(encoding="utf-8") == EDITED
    assert document.stat().st_mode & 0o777 == 0o640
    assert cfnet("validate", str(document)).exit == 0
    again = cfnet("advise", log, "--from", shop, "--into", str(document))
    assert again.stderr == (
        f"{document}: 0 policies added, 0 entries commented out.\n"
        "Not added: 1 policy that the document already declares.\n"
    )
    assert document.read_text(encoding="utf-8") == EDITED


def test_an_entry_is_kept_if_another_policy_of_it_may_be_used(
    shop: str, log: str, tmp_path: Path, cfnet: Cfnet
) -> None:
    """The policy for port 81 does not exist yet."""
    document = tmp_path / "d.yml"
    text = DOCUMENT.replace("  - source: back\n    destination: other\n    ports: 80\n", "")
    code, told = edited(cfnet, log, shop, document, text)
    assert (code, told.splitlines()) == (
        0,
        [
            f"{document}: 1 policy added, 0 entries commented out.",
            f"{document}:8: kept: only some of its policies are unused.",
        ],
    )


NOT_ADDED = {
    "is not of an app of the document": (
        "owns: [{space: shop/dev, apps: [back]}]\npolicies: []\n",
        "of apps that the document does not own",
    ),
    "is ignored": (
        "space: shop/dev\nowns: [shop/dev]\npolicies: []\nignore: [{source: front}]\n",
        "that the document ignores",
    ),
    "is expected to be denied": (
        "space: shop/dev\npolicies: []\nexpect:\n  - denied: {source: any, destination: back, ports: 8081}\n",
        "for calls that the document expects to be denied",
    ),
}


@pytest.mark.parametrize("case", NOT_ADDED.values(), ids=NOT_ADDED)
def test_a_policy_is_not_added_if_it(case: tuple[str, str], shop: str, log: str, tmp_path: Path, cfnet: Cfnet) -> None:
    rest, reason = case
    document = tmp_path / "d.yml"
    code, told = edited(cfnet, log, shop, document, f"version: 1\n{rest}")
    assert (code, told.splitlines()[-1]) == (0, f"Not added: 1 policy {reason}.")
    assert document.read_text(encoding="utf-8") == f"version: 1\n{rest}"


def test_expectations_that_fail_after_the_change_are_reported(
    shop: str, log: str, tmp_path: Path, cfnet: Cfnet
) -> None:
    """Here, those of an unused policy."""
    document = tmp_path / "d.yml"
    text = DOCUMENT.replace("  - source: [back]\n    destination: [other]\n    ports: [80, 81]\n", "")
    text = text.replace("# the end", "expect:\n  - allowed: {source: back, destination: other, ports: 80}\n")
    code, told = edited(cfnet, log, shop, document, text)
    assert (code, told.splitlines()[-1]) == (
        0,
        f"{document}: 1 expectation would fail: 'cfnet test --prune {document}' shows why.",
    )
    assert cfnet("test", "--prune", str(document), "--from", shop).exit == 1


UNEDITABLE = {
    "has a fault": "version: 1\npolicies: 1\n",
    "is written in brackets": "version: 1\nspace: shop/dev\npolicies: [{source: front, destination: back}]\n",
}


@pytest.mark.parametrize("text", UNEDITABLE.values(), ids=UNEDITABLE)
def test_nothing_is_written_to_a_document_that(text: str, shop: str, log: str, tmp_path: Path, cfnet: Cfnet) -> None:
    document = tmp_path / "d.yml"
    code, told = edited(cfnet, log, shop, document, text)
    assert code == 2
    assert str(document) in told
    assert document.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("into", ["-", ".", "missing.yml"])
def test_only_a_file_can_be_edited(into: str, shop: str, log: str, cfnet: Cfnet) -> None:
    assert cfnet("advise", log, "--from", shop, "--into", into).exit == 2


def counted(folder: Path, cell: str, at: str, made: int, *packets: int) -> None:
    """Write the output of iptables-save -c on a cell: the rules of front to back and back to other."""
    rules = [
        f"-A vpa--{made} -d {IPS[to]}/32 -p tcp -m tcp --dport {port} -m mark --mark 0x{MARKS[source]}"
        f' -m comment --comment "src:{source}_dst:{to}" -j ACCEPT'
        for source, to, port in ((FRONT, BACK, "8080"), (FRONT, BACK, "9000:9009"), (BACK, OTHER, "80"))
    ]
    lines = [f"# Generated by iptables-save v1.8.7 on {at}", "*filter", f":vpa--{made} - [0:0]"]
    lines += [f"[{number}:{number * 60}] {rule}" for number, rule in zip(packets, rules, strict=True)]
    folder.mkdir(exist_ok=True, parents=True)
    (folder / cell).write_text("\n".join([*lines, "COMMIT", ""]), encoding="utf-8")


MADE = 1_766_000_000_000_000
"""2025-12-17T19:33:20Z, in microseconds."""
COUNTERS = {
    "the same chain, and some counters grew": (
        [("Thu Dec 18 00:00:00 2025", MADE, 5, 7, 9), ("Sun Dec 28 00:00:00 2025", MADE, 6, 7, 9)],
        ["used", "unused", "unknown", "unused"],
        [864_000.0, 864_000.0, 0.0, 864_000.0],
    ),
    "a chain that was replaced in between": (
        [("Thu Dec 11 00:00:00 2025", MADE - 10**12, 5, 7, 9), ("Thu Dec 18 00:00:00 2025", MADE, 0, 1, 0)],
        ["unused", "used", "unknown", "unused"],
        [16_000.0, 16_000.0, 0.0, 16_000.0],
    ),
    "counters that were set to zero": (
        [("Thu Dec 18 00:00:00 2025", MADE, 5, 7, 9), ("Sun Dec 28 00:00:00 2025", MADE, 0, 8, 9)],
        ["unused", "used", "unknown", "unused"],
        [864_000.0, 864_000.0, 0.0, 864_000.0],
    ),
    "taken once": (
        [("Thu Dec 18 00:00:00 2025", MADE, 5, 7, 9)],
        ["unknown"] * 4,
        [0.0] * 4,
    ),
}


@pytest.mark.parametrize("names", ["{}/cell-2.rules", "cell-2.{}", "cell-2/{}", "{}.txt"])
@pytest.mark.parametrize(("listings", "usage", "seconds"), COUNTERS.values(), ids=COUNTERS)
def test_counters_of_rules_show_which_policies_are_used(
    names: str,
    listings: list[tuple[str, int, int, int, int]],
    usage: list[str],
    seconds: list[float],
    *,
    shop: str,
    tmp_path: Path,
    cfnet: Cfnet,
) -> None:
    """Files or directories are named after the cell, or the containers in the rules identify it."""
    for number, (at, made, *packets) in enumerate(listings, 1):
        path = tmp_path / "counters" / names.format(number)
        counted(path.parent, path.name, at, made, *packets)
    ran = cfnet("advise", "--counters", str(tmp_path / "counters"), "--from", shop, "--json")
    told = json.loads(ran.stdout)["policies"]
    assert [each["usage"] for each in told] == usage
    assert [each["seconds"] for each in told] == seconds
    assert ran.stderr == ("The counters of cell-2 were not taken twice.\n" if len(listings) == 1 else "")


def test_counters_are_evidence_where_logs_are_not(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """And the other way round; a period that is too short is not judged."""
    for at, packets in (("Thu Dec 18 00:00:00 2025", (0, 0, 0)), ("Sun Dec 28 00:00:00 2025", (1, 0, 0))):
        counted(tmp_path / "counters" / at[:3], "cell-2", at, MADE, *packets)
    log = kern_log(tmp_path, accepted(FRONT, BACK, 9000), accepted(BACK, FRONT, 1), name="cell-1.log")
    words = ("advise", log, "--counters", str(tmp_path / "counters"), "--from", shop)
    assert [each["usage"] for each in json.loads(cfnet(*words, "--json").stdout)["policies"]] == [
        "used",
        "used",
        "unused",
        "unused",
    ]
    long = json.loads(cfnet(*words, "--unused-after", "10d", "--json").stdout)["policies"]
    assert [(each["usage"], each["reason"]) for each in long] == [
        ("used", None),
        ("used", None),
        ("unknown", "too-short"),
        ("unused", None),
    ]
    assert "Counters cover 1 cell." in cfnet(*words).stdout


def test_counters_after_a_rule_for_all_calls_show_nothing(tmp_path: Path, cfnet: Cfnet) -> None:
    settings = {**SETTINGS, "disable_container_network_policy": True}
    shop = shop_of(tmp_path, policy_entry(FRONT, BACK, 8080), settings=settings)
    for at in ("Thu Dec 18 00:00:00 2025", "Sun Dec 28 00:00:00 2025"):
        counted(tmp_path / "counters" / at[:3], "cell-2", at, MADE, 0, 0, 0)
    told = cfnet("advise", "--counters", str(tmp_path / "counters"), "--from", shop).stdout
    assert "Unused:" not in told
    assert "Network policies are disabled on the cells (disable_container_network_policy)" in told


def test_a_range_is_not_wider_than_needed_by_logs_of_unknown_cells(tmp_path: Path, cfnet: Cfnet) -> None:
    """The destination has no known container, so there may be logs of other cells."""
    shop = shop_of(tmp_path, policy_entry(FRONT, BACK, 9000, 9009))
    (Path(shop) / "cells/cell-2/store.json").write_text("{}", encoding="utf-8")
    told = cfnet("advise", kern_log(tmp_path, accepted(FRONT, BACK, 9000)), "--from", shop).stdout
    assert "1 policy needed" not in told
    assert "0 unused, 0 wider than needed, 0 unknown." in told


def test_a_remark_has_the_end_of_the_logs_of_its_own_cells(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """And the covered period, that of all known cells; logs of unknown cells do not extend it."""
    logs = {"cell-2.log": "2026-01-03", "cell-1.log": "2026-02-03", "cell-9.log": "2026-03-03"}
    for name, end in logs.items():
        lines = [f"{day}T00:00:00Z localhost kernel: usb 1-1: new device\n" for day in ("2026-01-01", end)]
        (tmp_path / name).write_text("".join(lines), encoding="utf-8")
    document = tmp_path / "d.yml"
    document.write_text(
        "version: 1\nspace: shop/dev\npolicies:\n  - source: front\n    destination: back\n", encoding="utf-8"
    )
    files = [str(tmp_path / name) for name in logs]
    told = cfnet("advise", *files, "--from", shop, "--into", str(document)).stdout
    assert told.startswith("The logs cover 2 days to 33 days (2026-01-01T00:00:00Z to 2026-02-03T00:00:00Z)")
    assert "# Unused: no call in 2 days, until 2026-01-03T00:00:00Z.\n" in document.read_text(encoding="utf-8")


def test_rules_without_counters_are_refused(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    folder = tmp_path / "counters"
    counted(folder, "cell-2", "x", MADE, 1, 2, 3)
    text = (folder / "cell-2").read_text(encoding="utf-8")
    (folder / "cell-2").write_text(re.sub(r"^\[.*\] ", "", text, flags=re.MULTILINE), encoding="utf-8")
    ran = cfnet("advise", "--counters", str(folder), "--from", shop)
    assert (ran.exit, ran.stdout) == (2, "")
    assert "no file has rules of a policy chain with counters." in ran.stderr


def test_a_log_or_counters_are_required(shop: str, cfnet: Cfnet) -> None:
    assert cfnet("advise", "--from", shop).exit == 2


@pytest.mark.parametrize("name", ["cell-2.log", "cell-2.log.gz"])
def test_a_log_that_was_copied_much_later_has_the_same_dates(
    name: str, shop: str, tmp_path: Path, cfnet: Cfnet
) -> None:
    """Its last line, or the header of gzip, says when it ended: it does not cover eleven months."""
    log = kern_log(tmp_path, refused(FRONT, BACK, 8081), name=name)
    before = cfnet("advise", log, "--from", shop)
    assert before.stdout.startswith("The logs cover 9 days 4 hours (2025-12-22T20:00:00Z to 2026-01-01T00:00:00Z)")
    later = END + 362 * 86_400
    os.utime(log, (later, later))
    assert cfnet("advise", log, "--from", shop) == before


COVERAGE = {
    "files of a cell, with a gap between them": (
        {"cell-2.log.1": ("01", "03"), "cell-2.log": ("05", "06")},
        "The logs cover 3 days (2026-01-01T00:00:00Z to 2026-01-06T00:00:00Z), on 1 of 2 cells.",
    ),
    "files of a cell that overlap": (
        {"cell-2.log.1": ("01", "04"), "cell-2.log": ("03", "06")},
        "The logs cover 5 days (2026-01-01T00:00:00Z to 2026-01-06T00:00:00Z), on 1 of 2 cells.",
    ),
    "two cells": (
        {"cell-1.log": ("01", "02"), "cell-2.log": ("03", "06")},
        "The logs cover 1 day to 3 days (2026-01-01T00:00:00Z to 2026-01-06T00:00:00Z), on 2 of 2 cells.",
    ),
}


@pytest.mark.parametrize(("files", "told"), COVERAGE.values(), ids=COVERAGE)
def test_gaps_between_files_are_not_covered(
    files: dict[str, tuple[str, str]], told: str, shop: str, tmp_path: Path, cfnet: Cfnet
) -> None:
    for name, days in files.items():
        lines = [f"2026-01-{day}T00:00:00Z localhost kernel: usb 1-1: new device\n" for day in days]
        (tmp_path / name).write_text("".join(lines), encoding="utf-8")
    ran = cfnet("advise", *(str(tmp_path / name) for name in files), "--from", shop)
    assert ran.stdout.splitlines()[0] == told


def test_times_since_the_start_of_the_kernel_have_no_date(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """But they say for how long the log covers a cell."""
    log = tmp_path / "dmesg.txt"
    lines = (f"[{uptime}.0] {accepted(FRONT, BACK, 8080)}\n" for uptime in (100, 7300))
    log.write_text("".join(lines), encoding="utf-8")
    told = cfnet("advise", str(log), "--from", shop).stdout
    assert told.startswith("The logs cover 2 hours, on 1 of 2 cells.\n")
    assert "shop/dev/front   shop/dev/back   tcp        8080   2       ?       ?      cell-2   accepted" in told
    assert "\nSome times only count from the start of the kernel: their dates are unknown.\n" in told


def test_a_log_of_several_cells_in_one_file(shop: str, cfnet: Cfnet) -> None:
    """The called containers tell the cells apart where hosts are not named after them; unknown hosts say so."""
    lines = [
        f"2026-01-01T00:00:00Z one kernel: {accepted(FRONT, BACK, 8080)}",
        f"2026-01-02T00:00:00Z one kernel: {accepted(FRONT, BACK, 8080)}",
        f"2026-01-01T00:00:00Z two kernel: {refused(OTHER, FRONT, 80)}",
        f"2026-01-03T00:00:00Z two kernel: {refused(OTHER, FRONT, 80)}",
        f"2026-01-01T00:00:00Z both kernel: {refused(OTHER, FRONT, 80)}",
        f"2026-01-01T00:00:00Z both kernel: {refused(OTHER, BACK, 80)}",
    ]
    told = cfnet("advise", "-", "--from", shop, stdin="\n".join(lines)).stdout
    assert told.startswith(
        "The logs cover 1 day to 2 days (2026-01-01T00:00:00Z to 2026-01-03T00:00:00Z), on 2 of 2 cells.\n"
    )
    assert "so they say nothing about unused policies: stdin (both).\n" in told


def test_a_log_with_the_name_of_another_cell_shows_nothing(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """All calls in it are to containers of cell-2: nothing shows that cell-1 received none."""
    log = kern_log(tmp_path, accepted(FRONT, BACK, 8080), name="cell-1.log")
    told = cfnet("advise", log, "--from", shop).stdout
    assert told.startswith("The logs cover 0 of 2 cells.\n")
    assert f"The cell of these logs is unknown, so they say nothing about unused policies: {log} (localhost).\n" in told


def test_without_tags_callers_are_known_by_address_only(tmp_path: Path, cfnet: Cfnet) -> None:
    """An accepted call may then be anyone's, so no policy for its port is unused."""
    shop = shop_of(
        tmp_path, policy_entry(FRONT, BACK, 8080), policy_entry(OTHER, BACK, 8080), policy_entry(FRONT, BACK, 1)
    )
    (Path(shop) / "tags.json").unlink()
    log = kern_log(tmp_path, refused(FRONT, BACK, 8081), accepted(FRONT, BACK, 8080))
    told = json.loads(cfnet("advise", log, "--from", shop, "--min-count", "1", "--json").stdout)
    assert [each["caller_by"] for each in told["needed"]] == [["address"]]
    assert [each["usage"] for each in told["policies"]] == ["used", "used", "unused"]
    assert (
        "Tags are unknown (reading them requires network.admin): callers are identified by addresses only."
        in (told["limits"])
    )


def test_without_handles_called_apps_are_known_by_address_only(tmp_path: Path, cfnet: Cfnet) -> None:
    """A Cloud Controller before API 3.191 does not tell them."""
    shop = shop_of(tmp_path, policy_entry(FRONT, BACK, 8080))
    log = kern_log(tmp_path, refused(FRONT, BACK, 8081))
    limit = "Handles of called containers are unknown: called apps are identified by addresses only"
    assert limit not in cfnet("advise", log, "--from", shop).stdout
    handle = f"{BACK}-0"
    store = {handle: {**container(BACK), "handle": handle}}
    (Path(shop) / "cells/cell-2/store.json").write_text(json.dumps(store), encoding="utf-8")
    told = cfnet("advise", log, "--from", shop).stdout
    assert limit in told
    assert "mark and address\n" in told


def test_what_a_policy_allows_now_is_not_proposed_again(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    log = kern_log(tmp_path, *[refused(FRONT, BACK, 9005)] * 3)
    told = cfnet("advise", log, "--from", shop).stdout
    assert "Needed:" not in told
    assert "Refused before, but allowed now by these policies\n" in told


@pytest.mark.parametrize("cut", ["DST=10.255.2.1", "DPT=80"])
def test_nothing_follows_from_the_end_of_a_line_that_is_being_written(
    cut: str, shop: str, tmp_path: Path, cfnet: Cfnet
) -> None:
    """The address may be 10.255.2.12, and the port 8081."""
    log = tmp_path / "cell-2.log"
    whole = refused(OTHER, BACK, 8081)
    log.write_text(f"{whole}\n{whole[: whole.index(cut) + len(cut)]}", encoding="utf-8")
    told = json.loads(cfnet("advise", str(log), "--min-count", "1", "--from", shop, "--json").stdout)
    assert [each["policy"]["ports"]["start"] for each in told["needed"]] == [8081]
    assert [each["port"] for each in told["not_proposed"]] == [None]


def test_protocols_without_ports_are_not_proposed(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    ping = refused(FRONT, BACK, 1).replace("PROTO=TCP SPT=45678 DPT=1", "PROTO=ICMP TYPE=8 CODE=0")
    told = cfnet("advise", kern_log(tmp_path, *[ping] * 3), "--from", shop).stdout
    assert "Needed:" not in told
    assert re.search(r"front +shop/dev/back +icmp +3 .*no policy can allow it\n", told)


def test_hostile_names_are_escaped(tmp_path: Path, cfnet: Cfnet) -> None:
    """Of apps and of files, in every format that a terminal may show."""
    shop = shop_of(tmp_path, policy_entry(FRONT, BACK, 8080))
    apps = apps_of_a_space({FRONT: "fr\x1b[31mont", BACK: "back\n# x", OTHER: "other"})
    (Path(shop) / "apps.json").write_text(json.dumps(apps), encoding="utf-8")
    log = kern_log(tmp_path, refused(FRONT, BACK, 8081), refused(OTHER, FRONT, 1), name="\x1b[31m.log")
    for form in ("text", "markdown", "yaml"):
        told = cfnet("advise", log, "--from", shop, "--min-count", "1", "--format", form).stdout
        assert "8081" in told
        assert "\x1b" not in told
        assert "\n# x" not in told


def test_logs_that_overlap_are_reported(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Such as the kernel's and those of iptables-logger, or the output of dmesg, twice."""
    calls = [refused(FRONT, BACK, 8081), refused(FRONT, BACK, 8081)]
    log = kern_log(tmp_path, *calls)
    again = kern_log(tmp_path, *calls, name="cell-2.log.gz")
    limit = "Logs of cell-2 may overlap: calls that are in several are counted several times.\n"
    assert limit in cfnet("advise", log, again, "--from", shop).stdout
    assert limit not in cfnet("advise", log, "--from", shop).stdout
    buffers = [tmp_path / "cell-2.1.txt", tmp_path / "cell-2.2.txt"]
    for path in buffers:
        path.write_text("".join(f"[{uptime}.0] {calls[0]}\n" for uptime in (100, 200)), encoding="utf-8")
    assert limit in cfnet("advise", *map(str, buffers), "--from", shop).stdout


def test_a_file_that_is_given_twice_is_read_once(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Otherwise rare calls would become frequent ones."""
    log = Path(kern_log(tmp_path, refused(FRONT, BACK, 8081), refused(FRONT, BACK, 8081)))
    link = tmp_path / "link.log"
    link.symlink_to(log)
    once = cfnet("advise", str(log), "--from", shop)
    assert "\nRefused fewer than 3 times" in once.stdout
    assert cfnet("advise", str(log), str(log), str(link), "--from", shop) == once


INCOMPLETE = {
    "a line that is cut off": ("", ["unclear", "unclear", None, None]),
    "a line of iptables-logger without the container": (
        json.dumps(
            {
                "message": "cfnetworking.iptables.ingress-allowed",
                "data": {"packet": {"dst_port": 80, "protocol": "TCP", "mark": "0x3", "src_ip": IPS[BACK]}},
            }
        ),
        [None, None, None, None],
    ),
}


@pytest.mark.parametrize(("line", "reasons"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_no_policy_is_unused_that_an_incomplete_line_may_be_about(
    line: str, reasons: list[str | None], tmp_path: Path, cfnet: Cfnet
) -> None:
    policies = [policy_entry(FRONT, BACK, 8080), policy_entry(FRONT, BACK, 9000, 9009), policy_entry(BACK, OTHER, 80)]
    shop = shop_of(tmp_path, *policies, policy_entry(BACK, OTHER, 81))
    log = kern_log(tmp_path, line or accepted(FRONT, BACK, 8080).partition(" SPT=")[0])
    told = json.loads(cfnet("advise", log, "--from", shop, "--json").stdout)["policies"]
    assert [each["reason"] for each in told] == reasons
    assert [each["usage"] for each in told] == (
        ["unused", "unused", "used", "unused"] if line else ["unknown", "unknown", "unused", "unused"]
    )
