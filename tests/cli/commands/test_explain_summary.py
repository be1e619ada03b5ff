"""`cfnet explain --summary`: the lines of Cloud Foundry in a log, counted by pair."""

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.commands.test_advise import BACK, FRONT, IPS, OTHER, accepted, packet, policy_entry, refused, shop_of
from tests.conftest import Cfnet


@pytest.fixture
def shop(tmp_path: Path) -> str:
    return shop_of(tmp_path, policy_entry(FRONT, BACK, 8080))


OUTSIDE = packet(FRONT, BACK, 443).replace(f"DST={IPS[BACK]}", "DST=1.2.3.4")
LOG = "\n".join(
    (
        "2026-01-01T00:00:00Z cell-2 kernel: something else",
        f"2026-01-01T00:00:01Z cell-2 kernel: {refused(FRONT, BACK, 8081)}",
        f"2026-01-01T00:00:02Z cell-2 kernel: message repeated 2 times: [ {refused(FRONT, BACK, 22)}]",
        f"2026-01-01T00:00:03Z cell-2 kernel: {refused(FRONT, BACK, 53, 'UDP')}",
        f"2026-01-01T00:00:04Z cell-2 kernel: {accepted(FRONT, BACK, 8080)}",
        f"DENY_aaaaaaaa-1111-4111-811 {OUTSIDE}",
        *(f"DENY_aaaaaaaa-1111-4111-811 {OUTSIDE.replace('DPT=443', f'DPT={port}')}" for port in range(1, 8)),
        f"2026-01-01T00:00:05Z cell-2 kernel: {refused(FRONT, OTHER, 8081, mark=3)}",
    )
)

SUMMARY = """\
packets   doubtful   source   destination   ports                          event         first                  last
8         0          front    1.2.3.4       tcp 1, 2, 3, 4, 5 and 3 more   out-refused   ?                      ?
4         0          front    back          tcp 22, 8081; udp 53           refused       2026-01-01T00:00:01Z   2026-01-01T00:00:03Z
1         0          front    back          tcp 8080                       allowed       2026-01-01T00:00:04Z   2026-01-01T00:00:04Z
1         1          back     other         tcp 8081                       refused       2026-01-01T00:00:05Z   2026-01-01T00:00:05Z
"""  # noqa: E501 - a table is as wide as its cells


@pytest.mark.parametrize("name", ["kern.log", "kern.log.gz"])
def test_calls_are_counted_by_pair(name: str, shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Other lines are skipped; contradictory ones are marked."""
    log = tmp_path / name
    log.write_bytes(gzip.compress(LOG.encode()) if name.endswith(".gz") else LOG.encode())
    assert cfnet("explain", "--summary", str(log), "--from", shop) == (0, SUMMARY, "")


def test_several_logs_are_counted_together(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Each once, with the years of its own dates. Line by line, only one is explained."""
    lines = LOG.splitlines()
    logs = [tmp_path / "kern.log.1.gz", tmp_path / "kern.log"]
    logs[0].write_bytes(gzip.compress("\n".join(lines[:4]).encode()))
    logs[1].write_text("\n".join(lines[4:]), encoding="utf-8")
    words = [*map(str, logs), str(logs[1]), "--from", shop]
    assert cfnet("explain", "--summary", *words) == (0, SUMMARY, "")
    assert cfnet("explain", *words).exit == 2


def test_stdin_is_summarized(shop: str, cfnet: Cfnet) -> None:
    assert cfnet("explain", "--summary", "--from", shop, stdin=LOG).stdout == SUMMARY
    assert cfnet("explain", "--summary", "--from", shop, stdin="").stdout == "No lines of Cloud Foundry.\n"


def test_the_summary_as_json(shop: str, cfnet: Cfnet) -> None:
    told = json.loads(cfnet("explain", "--summary", "--json", "--from", shop, stdin=LOG).stdout)
    assert [(each["event"], each["count"], each["doubtful"], len(each["ports"])) for each in told["pairs"]] == [
        ("out-refused", 8, 0, 8),
        ("refused", 4, 0, 3),
        ("allowed", 1, 0, 1),
        ("refused", 1, 1, 1),
    ]
    assert [(each["destination_ip"], (each["destination"] or {}).get("name")) for each in told["pairs"]] == [
        ("1.2.3.4", None),
        (None, "back"),
        (None, "back"),
        (None, "other"),
    ]


def test_a_compressed_log_is_explained_line_by_line(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    log = tmp_path / "kern.log.gz"
    log.write_bytes(gzip.compress(LOG.encode()))
    plain = tmp_path / "kern.log"
    plain.write_text(LOG, encoding="utf-8")
    assert cfnet("explain", str(log), "--from", shop) == cfnet("explain", str(plain), "--from", shop)


def test_the_lines_of_a_file_are_explained_as_they_are_read(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """A small compressed file may have any number of lines, which do not all fit into the memory."""
    log = tmp_path / "kern.log.gz"
    log.write_bytes(gzip.compress((LOG + "\n").encode() * 3000)[:-8])
    ran = cfnet("explain", str(log), "--from", shop)
    assert ran.exit == 2
    assert ran.stdout.startswith("2026-01-01T00:00:00Z cell-2 kernel: something else\n")
    assert f"{log}: the gzip file is incomplete." in ran.stderr
