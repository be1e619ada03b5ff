"""Rendering large foundations: time, peak memory, and the share of a change of one policy.

`python -m tests.benchmarks.rendering [--whole-cell]` takes a few minutes and 300 MB of disk.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.foundations import Size, write_foundation
from tests.benchmarks.measuring import CFNET, MIB, Run, run

SIZES = (
    (Size(100, 200, 20_000, 60_000), 69, None),
    (Size(250, 250, 50_000, 125_000), None, None),
    (Size(500, 250, 50_000, 250_000), None, None),
    (Size(1000, 250, 50_000, 500_000), None, 667),
)
"""Each with the most times `python -c pass` that rendering may take, elapsed and of the CPU, if that is limited."""


def bare() -> Run:
    """The fastest of several runs of an empty process, the yardstick."""
    return _fastest([run(sys.executable, "-c", "pass") for _ in range(9)])


def _fastest(runs: Sequence[Run]) -> Run:
    return min(runs, key=lambda one: one.elapsed)


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
            all_cells = _fastest([run(*CFNET, *words) for _ in range(3)])
            diff = run(*CFNET, *change, expected=1)
            print(
                f"{size!s:<55}{all_cells.elapsed / yardstick.elapsed:>8.0f}x{elapsed or '':>6}"
                f"{all_cells.processor / yardstick.processor:>7.0f}x{processor or '':>6}"
                f"{all_cells.peak / MIB:>10.0f}{all_cells.output / MIB:>9.0f}"
                f"{diff.processor / yardstick.processor:>7.0f}x{diff.processor / all_cells.processor:>8.1%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
