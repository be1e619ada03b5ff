"""`--json` on a terminal: the same bytes as in a pipe, on any terminal."""

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import pytest

from cfnet.cli.completion.grammar import spell
from cfnet.cli.main import cfnet as root
from tests.conftest import Served
from tests.golden import HERE
from tests.processes import PATIENCE_SECONDS, take_all
from tests.worlds import APP_A, APP_B

WALKTHROUGH, TWO_CELLS = HERE / "02-walkthrough", HERE / "03-two-cells"
RULES = str(WALKTHROUGH / "expected" / "cell-1.rules")
SNAPSHOT = ("--from", str(WALKTHROUGH))
DOCUMENT = f"version: 1\npolicies:\n  - {{source: {{guid: {APP_B}}}, destination: {{guid: {APP_A}}}}}\nowns: []\n"

EXPECT = f"expect: [{{denied: {{source: {{guid: {APP_B}}}, destination: {{guid: {APP_A}}}}}}}]\n"

COMMANDS: dict[str, tuple[str, ...]] = {
    "whoami": ("whoami", "--json"),
    "network-policies": ("network-policies", "--json"),
    "validate": ("validate", "policies.yml", "broken.yml", "--json"),
    "test": ("test", "expect.yml", *SNAPSHOT, "--json"),
    "lint": ("lint", *SNAPSHOT, "--json"),
    "diff": ("diff", "policies.yml", *SNAPSHOT, "--json"),
    "diff --rules": ("diff", "--rules", "policies.yml", *SNAPSHOT, "--json"),
    "diff --rules between snapshots": ("diff", "--rules", *SNAPSHOT, "--to", str(TWO_CELLS), "--json"),
    "render": ("render", *SNAPSHOT, "--json"),
    "graph": ("graph", *SNAPSHOT, "--json"),
    "explain": ("explain", RULES, *SNAPSHOT, "--json"),
    "advise": ("advise", RULES, *SNAPSHOT, "--json"),
    "trace": ("trace", APP_A, APP_B, *SNAPSHOT, "--json"),
    "verify": ("verify", "--cell", "cell-1", RULES, *SNAPSHOT, "--json"),
    "capacity": ("capacity", *SNAPSHOT, "--json"),
}


def test_every_command_with_json_is_covered() -> None:
    """A new one fails this test."""
    found = {
        " ".join(command.path[1:])
        for command in spell(root).walk()
        for option in command.options
        if "--json" in option.names
    }
    assert found == {words[0] for words in COMMANDS.values()}


@pytest.fixture
def variables(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Documents in the current directory, and the variables of a logged-in user with colour on."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policies.yml").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "expect.yml").write_text(DOCUMENT + EXPECT, encoding="utf-8")
    (tmp_path / "broken.yml").write_text(DOCUMENT.replace("source", "sauce"), encoding="utf-8")
    return {**os.environ, **served.home(tmp_path)}


def on_a_terminal(words: Sequence[str], variables: dict[str, str]) -> tuple[int, bytes]:
    """Run a command on a terminal with unusual settings; its exit code and the bytes it prints."""
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[1] &= ~termios.OPOST  # no output processing
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    with subprocess.Popen(
        [sys.executable, "-m", "cfnet", *words],
        env=variables | {"TERM": "xterm-256color", "COLUMNS": "20"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(theirs)
        shown = take_all(ours)
        code = process.wait(PATIENCE_SECONDS)
    os.close(ours)
    return code, shown


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_output_on_a_terminal_equals_that_of_a_pipe(words: Sequence[str], variables: dict[str, str]) -> None:
    """No colour, even if forced, and no other width."""
    piped = subprocess.run(
        [sys.executable, "-m", "cfnet", *words],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert piped.stdout.startswith(b"{")
    assert b"\x1b" not in piped.stdout
    assert on_a_terminal(words, variables) == (piped.returncode, piped.stdout)
    assert on_a_terminal(words, variables | {"CF_COLOR": "true", "FORCE_COLOR": "1"}) == (
        piped.returncode,
        piped.stdout,
    )
