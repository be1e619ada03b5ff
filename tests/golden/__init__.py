"""Golden cases: snapshots, and the rules that the production components left on each of their cells.

A case is a directory next to this file; a new directory is a new case.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TIMESTAMP = 1555608460726256
"""The time, in microseconds, at which the production components were stopped to make the cases."""

HERE = Path(__file__).parent


class GoldenCell(NamedTuple):
    """One cell of a case."""

    snapshot: Path
    cell: str

    def __str__(self) -> str:
        return f"{self.snapshot.name}/{self.cell}"

    @property
    def rules(self) -> Path:
        """The file with the output of `iptables -S` on the cell."""
        return self.snapshot / "expected" / f"{self.cell}.rules"

    @property
    def expected(self) -> str:
        """The output of `iptables -S` on the cell."""
        return self.rules.read_text(encoding="utf-8")

    @property
    def whole(self) -> bool:
        """Whether it includes the per-container chains."""
        return "-A INPUT " in self.expected

    def check(self, actual: str) -> None:
        """Compare; if different, write the actual text next to the expected one."""
        beside = self.rules.with_suffix(".rules.actual")
        if actual != self.expected:
            beside.write_text(actual, encoding="utf-8")
        else:
            beside.unlink(missing_ok=True)
        assert actual == self.expected


def golden_cells() -> Iterator[GoldenCell]:
    """Every cell of every case."""
    for snapshot in sorted(HERE.iterdir()):
        for expected in sorted(snapshot.glob("expected/*.rules")):
            yield GoldenCell(snapshot, expected.stem)


GOLDEN_CELLS = list(golden_cells())
