"""Rendering large foundations: time, peak memory, and the share of a change of one policy.

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
    (Size(100, 200, 20_000, 60_000), 69, None),
    (Size(250, 250, 50_000, 125_000), None, None),
    (Size(500, 250, 50_000, 250_000), None, None),
    (Size(1000, 250, 50_000, 500_000), None, 667),
)
"""Each with the most times `python -c pass` that rendering may take, elapsed and of the CPU, if that is limited."""

CFNET = (sys.executable, "-m", "cfnet")


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
    """Run a process, counting and discarding its output."""
    start = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert process.stdout is not None
    output = 0
    while chunk := process.stdout.read(1 << 20):
        output += len(chunk)
    process.stdout.close()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == expected
    return Run(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output)


def bare() -> Run:
    """The fastest of several runs of an empty process, the yardstick."""
    return min(run(sys.executable, "-c", "pass", expected=0) for _ in range(9))


def main() -> None:
    """Print a line for each size: times in multiples of those of `python -c pass`, measured right before.

    The last columns are the CPU time of `diff --rules` for one policy, and its share of rendering everything.
    """
    print(
        f"{'foundation':<55}{'elapsed':>9}{'due':>6}{'CPU':>8}{'due':>6}{'peak MiB':>10}{'out MiB':>9}{'diff':>8}"
        f"{'of all':>8}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for number, (size, elapsed, processor) in enumerate(SIZES):
            snapshot = Path(folder) / str(number)
            write_foundation(snapshot, size)
            words = ["render", "--from", str(snapshot), *sys.argv[1:]]
            change = ["diff", "--rules", "--from", str(snapshot), str(snapshot / "one-more.yml")]
            yardstick = bare()
            all_cells = min(run(*CFNET, *words, expected=0) for _ in range(3))
            diff = run(*CFNET, *change, expected=1)
            print(
                f"{size!s:<55}{all_cells.seconds / yardstick.seconds:>8.0f}x{elapsed or '':>6}"
                f"{all_cells.processor / yardstick.processor:>7.0f}x{processor or '':>6}"
                f"{all_cells.peak / 2**20:>10.0f}{all_cells.output / 2**20:>9.0f}"
                f"{diff.processor / yardstick.processor:>7.0f}x{diff.processor / all_cells.processor:>8.1%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
