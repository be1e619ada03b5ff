"""`cfnet render --jobs`: several processes print what one prints, whatever happens."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.benchmarks.foundations import Size, write_foundation
from tests.foundation.snapshots import CONTAINER, write
from tests.golden import GOLDEN_CELLS
from tests.processes import PATIENCE_SECONDS, start, take

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")

SNAPSHOTS = sorted({golden.snapshot for golden in GOLDEN_CELLS if len(list((golden.snapshot / "cells").iterdir())) > 1})
FORMS = [["--format", "rules"], ["--format", "save"], ["--json"], ["--whole-cell", "--format", "save"]]


def rendered(*words: str) -> tuple[int, str, str]:
    """Exit code, output and messages of `cfnet render`."""
    process = start("render", *words)
    output, messages = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, output, messages


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda path: path.name)
@pytest.mark.parametrize("words", FORMS, ids=" ".join)
def test_golden_snapshots_look_the_same(snapshot: Path, words: list[str]) -> None:
    """In every format, with the same notes."""
    alone = rendered("--from", str(snapshot), "--jobs", "1", *words)
    assert alone[0] == 0
    assert rendered("--from", str(snapshot), "--jobs", "3", *words) == alone


STORES: Mapping[str, Mapping[str, object]] = {
    f"cells/cell-{number}/store.json": {"h1": {**CONTAINER, "ip": f"10.255.{number}.4"}} for number in range(6)
}
BROKEN: Mapping[str, Mapping[str, object]] = {
    "a broken store": {"cells/cell-3/store.json": "{"},
    "an IP twice on a cell": {"cells/cell-4/store.json": {h: {**CONTAINER, "handle": h} for h in ("h1", "h2")}},
    "an IP on two cells": {"cells/cell-4/store.json": STORES["cells/cell-1/store.json"]},
    "the first cell": {"cells/cell-0/store.json": "[]"},
    "several broken stores": {
        "cells/cell-4/store.json": "{",
        "cells/cell-2/store.json": "{",
        "cells/cell-5/store.json": "[",
    },
}


@pytest.mark.parametrize("changes", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("words", [[], ["--json"]], ids=["rules", "json"])
def test_errors_are_those_of_one_process(changes: Mapping[str, object], words: list[str], tmp_path: Path) -> None:
    """After the output for the cells before."""
    folder = str(write(tmp_path, {**STORES, **changes}))
    alone = rendered("--from", folder, "--jobs", "1", *words)
    assert alone[0] == 2
    assert rendered("--from", folder, "--jobs", "2", *words) == alone


@pytest.fixture
def large(tmp_path: Path) -> str:
    """A foundation with an output that no pipe holds."""
    write_foundation(tmp_path / "large", Size(cells=12, containers=40, apps=20, policies=1000))
    return str(tmp_path / "large")


def test_ctrl_c_ends_all_processes(large: str) -> None:
    """Also those that wait for their turn; the output ends."""
    process = start("render", "--from", large, "--jobs", "3", start_new_session=True)
    assert process.stdout is not None
    assert take(process.stdout.fileno())
    os.killpg(process.pid, signal.SIGINT)
    _, messages = process.communicate(timeout=PATIENCE_SECONDS)  # until no process has the output open
    assert (process.returncode, messages) == (130, "\nInterrupted.\n")


def test_all_processes_end_when_the_reader_is_gone(large: str) -> None:
    """As for one process."""
    with start("render", "--from", large, "--jobs", "3") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert take(process.stdout.fileno())
        process.stdout.close()
        assert process.stderr.read() == ""  # until no process has it open
        assert process.wait(PATIENCE_SECONDS) == 141


def test_a_killed_process_leaves_no_others(large: str) -> None:
    """Its workers cannot write to it any more, and end."""
    process = start("render", "--from", large, "--jobs", "3")
    assert process.stdout is not None
    assert take(process.stdout.fileno())
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)


IN_A_PROCESS = """
import os, signal
from cfnet.operations.forked_work import Made, forked
def make(number):
    if number == {at}:
        {what}
    return Made(b"", str(number).encode())
print(" ".join(made.text.decode() for made in forked(make, range(9), {processes})))
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("no child is left")
"""
ENDS = {
    "nothing": ("pass", 9),
    "an error": ("raise ValueError('bad')", 5),
    "an interruption": ("raise KeyboardInterrupt", 5),
    "a signal": ("os.kill(os.getpid(), signal.SIGKILL)", 5),
}


@pytest.mark.parametrize("processes", [1, 2, 4, 9])
@pytest.mark.parametrize(("what", "count"), ENDS.values(), ids=ENDS)
def test_results_are_in_order_up_to_the_first_failure(what: str, count: int, processes: int) -> None:
    """A failing process prints nothing, and affects no result before."""
    script = IN_A_PROCESS.format(at=5, what=what, processes=processes)
    expected = " ".join(map(str, range(count)))
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"{expected}\nno child is left\n", "")
