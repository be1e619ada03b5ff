"""`cfnet render` prints the bytes that iptables prints on the cell; only a terminal gets escapes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Cfnet
from tests.foundation.snapshots import CONTAINER, write
from tests.terminal import Terminal

SOURCE = "\v\f\r\x1b[2J\u2028\u200b\x85" + "é" * 100
"""Invisible characters, and enough bytes that a comment is truncated in the middle of a letter."""
DESTINATION = "back" + "é" * 100
MARK = f"src:{SOURCE}"
ALLOW = f"src:{SOURCE}_dst:{DESTINATION}"


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A snapshot with unusual ids."""
    ends = {
        "source": {"id": SOURCE},
        "destination": {"id": DESTINATION, "protocol": "tcp", "ports": {"start": 80, "end": 80}},
    }
    tags = [{"id": SOURCE, "tag": "0002"}, {"id": DESTINATION, "tag": "0003"}]
    stores = {
        "h1": CONTAINER | {"metadata": {"policy_group_id": SOURCE}},
        "h2": {"handle": "h2", "ip": "10.255.0.5", "metadata": {"policy_group_id": DESTINATION}},
    }
    changes = {
        "policies.json": {"policies": [ends]},
        "tags.json": {"tags": tags},
        "cells/cell-1/store.json": stores,
        "agent.json": {"iptables_logging": True},
    }
    return write(tmp_path / "s", changes)


def rendered(snapshot: Path, *words: str) -> bytes:
    """The output of the process to a pipe."""
    command = [sys.executable, "-m", "cfnet", "render", "--from", str(snapshot), *words]
    return subprocess.run(command, capture_output=True, check=True, env={"HOME": str(snapshot)}).stdout


@pytest.mark.parametrize("words", [[], ["--format", "save"]], ids=["rules", "save"])
def test_a_pipe_gets_the_bytes_that_the_kernel_stores(words: list[str], snapshot: Path) -> None:
    """Without escapes; a truncated character stays truncated."""
    rules = [line for line in rendered(snapshot, *words).split(b"\n") if line.startswith(b"-A vpa")]
    assert [rule.split(b'"')[1] for rule in rules] == [
        MARK.encode(),
        f"OK_0002_{DESTINATION}".encode()[:28] + b" ",
        ALLOW.encode()[:255],
    ]
    halves = [rule.split(b'"')[1].rstrip() for rule in rules]
    assert [half.decode(errors="replace").endswith("\N{REPLACEMENT CHARACTER}") for half in halves] == [
        False,
        False,
        True,
    ]


def test_json_is_text(snapshot: Path) -> None:
    """JSON has no bytes: a truncated character becomes U+FFFD."""
    rules = json.loads(rendered(snapshot, "--json"))["cells"][0]["rules"]
    assert rules[-1]["text"].split('"')[1] == ALLOW.encode()[:255].decode(errors="replace")


def test_a_terminal_gets_escapes(snapshot: Path) -> None:
    """For control and invisible characters."""
    with Terminal("render", "--from", str(snapshot), variables={"HOME": str(snapshot)}) as terminal:
        shown = terminal.end()
    assert shown.exit == 0
    assert r'"src:\x0b\x0c\r\x1b[2J\u2028\u200b\x85é' in shown.screen
    assert r'\xc3" -j ACCEPT' in shown.screen


@pytest.mark.parametrize("words", [["-"], ["rules"]], ids=["stdin", "a file"])
def test_rendered_rules_are_in_sync(words: list[str], snapshot: Path) -> None:
    """Read back byte for byte."""
    rules = rendered(snapshot)
    (snapshot / "rules").write_bytes(rules)
    command = [sys.executable, "-m", "cfnet", "verify", "--from", ".", "--cell", "cell-1", *words]
    ran = subprocess.run(command, input=rules, capture_output=True, check=False, cwd=snapshot)
    assert (ran.returncode, ran.stdout) == (0, b"cell-1: in sync: 3 policy chain rules\n")


def test_drift_in_such_a_rule(snapshot: Path, cfnet: Cfnet) -> None:
    """Escaped for people, text in JSON."""
    (snapshot / "rules").write_bytes(rendered(snapshot).replace(b"--dport 80", b"--dport 81"))
    verify = ("verify", "--from", str(snapshot), "--cell", "cell-1", str(snapshot / "rules"))
    ran = cfnet(*verify)
    assert (ran.exit, r'\xc3" -j ACCEPT' in ran.stdout) == (1, True)
    findings = json.loads(cfnet(*verify, "--json").stdout)["cells"][0]["findings"]
    assert ALLOW.encode()[:255].decode(errors="replace") in "".join(each["rule"] or "" for each in findings)
