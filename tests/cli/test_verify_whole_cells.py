"""`cfnet verify`: which chains of a cell are compared, and what is said about the others."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import Cfnet
from tests.golden import HERE

WHOLE, POLICIES = "08-whole-cell-security-groups", "02-walkthrough"
"""Golden cells with and without container chains."""
REJECT = "-j REJECT --reject-with icmp-port-unreachable"

OFF, GONE = {"enforcement-off"}, {"enforcement-off", "missing"}
"""Findings for a missing REJECT, and for a missing chain."""

LOOKED_AT: dict[str, tuple[str, dict[str, bool], list[str], set[str]]] = {
    "container chains, compared by default": (WHOLE, {}, [], OFF),
    "container chains, excluded by the option": (WHOLE, {}, ["--no-whole-cell"], set()),
    "container chains, requested by the snapshot but excluded by the option": (
        WHOLE,
        {"whole_cell": True},
        ["--no-whole-cell"],
        set(),
    ),
    "no container chains": (POLICIES, {}, [], set()),
    "no container chains, requested by the option": (POLICIES, {}, ["--whole-cell"], GONE),
    "no container chains, requested by the snapshot": (POLICIES, {"whole_cell": True}, [], GONE),
    "no container chains, excluded by the snapshot": (POLICIES, {"whole_cell": False}, [], set()),
    "no container chains, requested by the snapshot but excluded by the option": (
        POLICIES,
        {"whole_cell": True},
        ["--no-whole-cell"],
        set(),
    ),
}


@pytest.mark.parametrize(("golden", "agent", "words", "found"), LOOKED_AT.values(), ids=LOOKED_AT)
def test_which_chains_are_compared(
    *, golden: str, agent: dict[str, bool], words: Sequence[str], found: set[str], tmp_path: Path, cfnet: Cfnet
) -> None:
    """A container chain without its REJECT is drift if compared; the option takes precedence."""
    snapshot = tmp_path / "snapshot"
    shutil.copytree(HERE / golden, snapshot)
    settings = json.loads((snapshot / "agent.json").read_text(encoding="utf-8"))
    settings.pop("whole_cell", None)
    (snapshot / "agent.json").write_text(json.dumps(settings | agent), encoding="utf-8")
    lines = (snapshot / "expected" / "cell-1.rules").read_text(encoding="utf-8").splitlines(keepends=True)
    rules = "".join(line for line in lines if not (line.startswith("-A overlay--") and REJECT in line))
    ran = cfnet("verify", "--from", str(snapshot), "--cell", "cell-1", *words, "--json", stdin=rules)
    (cell,) = json.loads(ran.stdout)["cells"]
    assert (ran.exit, cell["whole_cell"], cell["in_sync"]) == (int(bool(found)), bool(found), not found)
    assert {finding["class"] for finding in cell["findings"]} == found


@pytest.mark.parametrize(
    ("synced", "note"),
    [(True, "Security groups are unknown"), (False, "Containers without an asg- chain keep the rules")],
    ids=["the security groups", "the initial rules of containers"],
)
def test_unknown_parts_are_noted_once(*, synced: bool, note: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Not for each of the four cells."""
    snapshot = tmp_path / "snapshot"
    shutil.copytree(HERE / "12-mixed", snapshot)
    (snapshot / "security_groups.json").unlink()
    settings = json.loads((snapshot / "agent.json").read_text(encoding="utf-8"))
    (snapshot / "agent.json").write_text(json.dumps(settings | {"enable_asg_syncing": synced}), encoding="utf-8")
    ran = cfnet("verify", "--from", str(snapshot), "--cells", str(snapshot / "expected"), "--exit-zero")
    assert len([line for line in ran.stdout.splitlines() if line.startswith("cell-")]) == 4
    assert ran.stderr.count(note) == 1
