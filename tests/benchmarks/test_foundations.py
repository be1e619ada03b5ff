"""The foundations used for measuring."""

from pathlib import Path

import pytest

from cfnet.errors import InputFault
from cfnet.foundation.snapshot.reader import open_snapshot
from tests.benchmarks.foundations import Size, write_foundation
from tests.conftest import Cfnet


def test_a_foundation_of_a_given_size(tmp_path: Path, cfnet: Cfnet) -> None:
    """It has that size, is reproducible, and can be rendered, whole cells included."""
    size = Size(cells=3, containers=20, apps=10, policies=40)
    write_foundation(tmp_path / "one", size)
    write_foundation(tmp_path / "two", size)
    state = open_snapshot(tmp_path / "one")
    assert (len(set(state.policies)), [len(cell.containers) for cell in state.cells()]) == (40, [20, 20, 20])
    ran = cfnet("render", "--from", str(tmp_path / "one"), "--whole-cell")
    assert (ran.exit, ran) == (0, cfnet("render", "--from", str(tmp_path / "two"), "--whole-cell"))


def test_the_extra_policy_changes_rules(tmp_path: Path, cfnet: Cfnet) -> None:
    """The document next to the snapshot adds rules on the cells of both ends."""
    write_foundation(tmp_path / "s", Size(cells=3, containers=20, apps=30, policies=40))
    ran = cfnet("diff", "--rules", "--from", str(tmp_path / "s"), str(tmp_path / "s" / "one-more.yml"))
    assert (ran.exit, ran.stderr) == (1, "")
    assert ", 0 to remove" in ran.stdout


@pytest.mark.parametrize("cells", [1, 40])
def test_cells_are_read_one_at_a_time(cells: int, tmp_path: Path) -> None:
    """Streamed: a cell is read when it is its turn, not before."""
    write_foundation(tmp_path / "s", Size(cells, 2, 5, 5))
    (tmp_path / "s" / "cells" / f"cell-{cells - 1:05d}" / "store.json").write_text("{", encoding="utf-8")
    state = open_snapshot(tmp_path / "s")
    found = state.cells()
    assert [next(found).name for _ in range(cells - 1)] == [f"cell-{number:05d}" for number in range(cells - 1)]
    with pytest.raises(InputFault, match=rf"/s/cells/cell-{cells - 1:05d}/store.json: not JSON: "):
        next(found)
