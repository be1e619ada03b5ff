"""Background processes: their environment, their input, and the commands that start them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cfnet.cli.terminal.background_process import start_detached
from tests.cli.completion.tab import Tab
from tests.cli.user_home import UserHome, log_in
from tests.conftest import Served
from tests.processes import read_once

TELLS = """
import os, sys
if sys.orig_argv[-1] == "refresh":
    with open(os.environ["REPORT"], "w") as report:
        null = os.stat(os.devnull)
        streams = [os.path.samestat(os.fstat(each), null) for each in (0, 1, 2)]
        print(os.getsid(0) == os.getpid(), *streams, sys.orig_argv[1:], repr(sys.stdin.read()), file=report)
"""
"""Run by Python at start-up: reports the state of the process to a pipe; the test waits for it."""


@pytest.fixture
def site(tmp_path: Path) -> dict[str, str]:
    """Variables that make a detached process report its state to the named pipe REPORT."""
    os.mkfifo(tmp_path / "report")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(TELLS, encoding="utf-8")
    return {"REPORT": str(tmp_path / "report"), "PYTHONPATH": f"{tmp_path}/site:{Path(__file__).parents[2]}"}


@pytest.mark.parametrize("given", ["", "a token"])
def test_it_has_no_terminal_and_reads_its_input(
    given: str, site: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own session keeps it running after the terminal is closed; it imports nothing from the current directory."""
    (tmp_path / "cfnet").mkdir()
    (tmp_path / "cfnet" / "__main__.py").write_text("raise SystemExit('the wrong cfnet')", encoding="utf-8")
    for name, value in site.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    with start_detached(["__complete", "refresh"], given):
        shown = read_once(tmp_path / "report")
    assert shown == f"True {not given} True True ['-P', '-m', 'cfnet', '__complete', 'refresh'] {given!r}\n"


def test_a_command_starts_one_and_does_not_wait(served: Served, tmp_path: Path, site: dict[str, str]) -> None:
    """With a session in the keyring, after TAB was pressed: it ends although the other one's output was not read."""
    user_home = UserHome(tmp_path)
    assert log_in(user_home, served).exit == 0
    variables = user_home.variables() | site
    Tab(variables)("app")
    subprocess.run(
        [sys.executable, "-m", "cfnet", "network-policies"], env=os.environ | variables, check=True, capture_output=True
    )
    access = user_home.in_keyring()[served.url]["access"]
    shown = read_once(tmp_path / "report")
    assert shown == f"True False True True ['-P', '-m', 'cfnet', '__complete', 'refresh'] {access!r}\n"
