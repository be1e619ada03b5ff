"""Rendering large foundations: peak memory, growth of time, and the share of a change of one policy.

`python -m tests.benchmarks.rendering [--whole-cell]` takes a few minutes and 300 MB of disk.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.foundations import Size, write_foundation

SIZES = (
    Size(100, 200, 20_000, 60_000),
    Size(250, 250, 50_000, 125_000),
    Size(500, 250, 50_000, 250_000),
    Size(1000, 250, 50_000, 500_000),
)


class Run(NamedTuple):
    """The result of a command."""

    seconds: float
    processor: float
    """CPU seconds, which depend less on other processes of the machine."""
    peak: int
    """Bytes of memory."""
    output: int
    """Bytes."""


def run(*words: str, expected: int) -> Run:
    """Run cfnet in its own process, counting and discarding its output."""
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "cfnet", *words], stdout=subprocess.PIPE)
    assert process.stdout is not None
    output = 0
    while chunk := process.stdout.read(1 << 20):
        output += len(chunk)
    process.stdout.close()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == expected
    return Run(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output)


def main() -> None:
    """Print a line for each size.

    The last columns are the growth of time with the output, and the CPU time of `diff --rules` for one policy, in
    seconds and as a share of rendering everything.
    """
    print(
        f"{'foundation':<55}{'seconds':>8}{'peak MiB':>10}{'out MiB':>9}{'s / out GiB':>13}{'diff s':>8}{'of all':>8}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for number, size in enumerate(SIZES):
            snapshot = Path(folder) / str(number)
            write_foundation(snapshot, size)
            one_more = str(snapshot / "one-more.yml")
            all_cells = run("render", "--from", str(snapshot), *sys.argv[1:], expected=0)
            diff = run("diff", "--rules", "--from", str(snapshot), one_more, expected=1)
            gib = all_cells.output / 2**30
            print(
                f"{size!s:<55}{all_cells.seconds:>8.1f}{all_cells.peak / 2**20:>10.0f}{gib * 1024:>9.0f}"
                f"{all_cells.seconds / gib:>13.1f}{diff.processor:>8.1f}{diff.processor / all_cells.processor:>8.1%}"
            )


if __name__ == "__main__":
    main()
