"""The README's example of cells that run on this computer."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import of
from tests.skipping import skip_or_fail

MOST_SECONDS = 60
"""Agents poll every second; a machine may be slow."""


class Computer:
    """A computer with a sandbox of its own."""

    def __init__(self, home: Path) -> None:
        self._variables = {"HOME": str(home), "PATH": os.environ["PATH"], "CFNET_SANDBOX": "1"}

    def run(self, words: str) -> subprocess.CompletedProcess[str]:
        """Run a command line of cfnet."""
        return subprocess.run(
            [sys.executable, "-m", "cfnet", *words.split()],
            env=self._variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def printed(self, words: str, expected: str) -> str:
        """The output of a command, which is repeated until it is as expected if it depends on what agents have done."""
        end = time.monotonic() + MOST_SECONDS
        while True:
            ran = self.run(words)
            output = ran.stdout + ran.stderr
            if output == expected or not words.startswith("sandbox curl") or time.monotonic() > end:
                return output


@pytest.fixture
def computer(tmp_path: Path) -> Iterator[Computer]:
    """A computer on which cells can run; they are stopped at the end."""
    computer = Computer(tmp_path)
    tried = computer.run("sandbox up")
    if tried.returncode != 0:
        skip_or_fail(tried.stderr)
    computer.run("sandbox down")
    yield computer
    computer.run("sandbox down")


def test_the_cells_behave_as_shown(computer: Computer) -> None:
    """The second call succeeds as soon as the agent has polled."""
    (shown,) = of("README", "shell-session")
    typed = re.findall(r"^\$ cfnet (.*)\n((?:(?!\$ ).*\n)*)", shown, re.MULTILINE)
    assert len(typed) > 4
    for words, output in typed:
        assert computer.printed(words, output) == output, words
