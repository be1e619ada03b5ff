"""`cfnet render` shows a cell as soon as it has planned it."""

from pathlib import Path

import pytest

from tests.conftest import Cfnet
from tests.foundation.snapshots import CONTAINER, write

STORES = {f"cells/cell-{number}/store.json": {"h1": {**CONTAINER, "ip": f"10.255.{number}.4"}} for number in (1, 2)}


@pytest.mark.parametrize("words", [[], ["--format", "save"]], ids=["rules", "save"])
def test_what_stands_before_a_broken_cell_is_shown(words: list[str], tmp_path: Path, cfnet: Cfnet) -> None:
    """Memory does not grow with the number of cells; that the last one cannot be read is exit 2, and said."""
    folder = write(tmp_path / "s", STORES | {"cells/cell-3/store.json": "{"})
    whole = write(tmp_path / "whole", STORES)
    ran = cfnet("render", "--from", str(folder), *words)
    assert (ran.exit, ran.stdout) == (2, cfnet("render", "--from", str(whole), *words).stdout)
    assert ran.stderr.startswith(f"{folder}/cells/cell-3/store.json: not JSON: ")


def test_why_a_chain_cannot_be_is_said_with_what_the_agent_does(tmp_path: Path, cfnet: Cfnet) -> None:
    """The cell's old chain stays."""
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
