"""Whatever the arguments, variables, files and responses: a command ends with a documented exit code."""

import random
from pathlib import Path

import pytest

from cfnet.exits import Exit
from cfnet.sandbox import Foundation
from tests.cli.random_commands import Random
from tests.conftest import run_cfnet
from tests.scripted_server import Reply, scripted
from tests.worlds import session_at

DOCUMENTED = {int(code) for code in Exit if code is not Exit.FAULT}
SEEDS = 24
LINES = 25
"""Command lines for each seed."""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_command_crashes(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random options and variables, corrupted snapshots, rules, documents and responses."""
    monkeypatch.chdir(tmp_path)
    chance = Random(random.Random(seed))

    def script(method: str, path: str) -> Reply:
        return chance.reply(method, path)

    with scripted(script) as server, Foundation.open(None) as foundation:
        for number in range(LINES):
            chance.snapshot(tmp_path / f"snapshot-{number}")
            (tmp_path / "rules").write_text(chance.rules(), encoding="utf-8")
            (tmp_path / "policies.yml").write_text(chance.document(), encoding="utf-8")
            words = [f"snapshot-{number}" if word == "snapshot" else word for word in chance.words()]
            variables = {"HOME": str(tmp_path), **session_at(server.url, tmp_path), **chance.variables()}
            embedded = foundation if "--sandbox" in words or "CFNET_SANDBOX" in variables else None
            ran = run_cfnet(words, variables, embedded=embedded, stdin=chance.rules())
            assert ran.exit in DOCUMENTED, f"{words} {variables}\n{ran.stderr}"
