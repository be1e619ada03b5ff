"""`cfnet render` prints each cell as soon as it is planned."""

from pathlib import Path

import pytest

from tests.conftest import Cfnet
from tests.foundation.snapshots import CONTAINER, write
from tests.golden import GOLDEN_CELLS

STORES = {f"cells/cell-{number}/store.json": {"h1": {**CONTAINER, "ip": f"10.255.{number}.4"}} for number in (1, 2)}


@pytest.mark.parametrize("words", [[], ["--format", "save"]], ids=["rules", "save"])
def test_cells_before_a_broken_one_are_printed(words: list[str], tmp_path: Path, cfnet: Cfnet) -> None:
    """Memory does not grow with the number of cells; the unreadable last one is reported, with exit 2."""
    folder = write(tmp_path / "s", STORES | {"cells/cell-3/store.json": "{"})
    whole = write(tmp_path / "whole", STORES)
    ran = cfnet("render", "--from", str(folder), *words)
    assert (ran.exit, ran.stdout) == (2, cfnet("render", "--from", str(whole), *words).stdout)
    assert ran.stderr.startswith(f"{folder}/cells/cell-3/store.json: not JSON: ")


def test_an_impossible_chain_is_reported_with_its_consequence(tmp_path: Path, cfnet: Cfnet) -> None:
    """The cell keeps its old chain."""
    ends = {
        "source": {"id": "front"},
        "destination": {"id": "back", "protocol": "tcp", "ports": {"start": 9, "end": 8}},
    }
    folder = write(tmp_path, {"policies.json": {"policies": [ends]}})
    assert cfnet("render", "--from", str(folder)) == (
        2,
        "",
        (
            f"{folder}/policies.json: policies[0].destination.ports: expected ports from 0 to 65535,"
            " the lower first, found 9-8\n"
            "iptables-restore rejects such a rule: the agent would fail and keep the old chain on the cell.\n"
        ),
    )


@pytest.mark.parametrize("snapshot", sorted({golden.snapshot for golden in GOLDEN_CELLS}), ids=lambda path: path.name)
@pytest.mark.parametrize("words", [[], ["--format", "save"], ["--whole-cell"]], ids=["rules", "save", "whole"])
def test_each_cell_alone_looks_as_among_all(snapshot: Path, words: list[str], cfnet: Cfnet) -> None:
    """A single cell is planned from its own policies only."""
    cells = sorted(path.name for path in (snapshot / "cells").iterdir())
    alone = [cfnet("render", "--from", str(snapshot), "--cell", cell, *words).stdout for cell in cells]
    assert "".join(alone) == cfnet("render", "--from", str(snapshot), *words).stdout
