"""Rendering large foundations: peak memory, and how time grows. `python -m tests.benchmarks.rendering [--whole-cell]`.

Takes a few minutes and 300 MB of disk; nothing else should run meanwhile.
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
    """How rendering went."""

    seconds: float
    peak: int
    """Bytes of memory."""
    output: int
    """Bytes."""


def render(folder: Path, *options: str) -> Run:
    """Render all cells in a process of its own, and throw the text away once it is counted."""
    start = time.monotonic()
    words = [sys.executable, "-m", "cfnet", "render", "--from", str(folder), *options]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert process.stdout is not None
    output = 0
    while chunk := process.stdout.read(1 << 20):
        output += len(chunk)
    process.stdout.close()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return Run(time.monotonic() - start, usage.ru_maxrss * 1024, output)


def main() -> None:
    """Print a line for each size; the last column says how time grows with the output."""
    print(f"{'foundation':<55}{'seconds':>8}{'peak MiB':>10}{'out MiB':>9}{'s / out GiB':>13}")
    with tempfile.TemporaryDirectory() as folder:
        for number, size in enumerate(SIZES):
            snapshot = Path(folder) / str(number)
            write_foundation(snapshot, size)
            run = render(snapshot, *sys.argv[1:])
            per_gib = run.seconds / (run.output / 2**30)
            print(f"{size!s:<55}{run.seconds:>8.1f}{run.peak / 2**20:>10.0f}{run.output / 2**20:>9.0f}{per_gib:>13.1f}")


if __name__ == "__main__":
    main()
