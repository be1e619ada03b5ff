"""`cfnet verify`: which of a cell's chains are looked at, and what is said of those that cannot be."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import Cfnet
from tests.golden import HERE

WHOLE, POLICIES = "08-whole-cell-security-groups", "02-walkthrough"
"""Golden cells with the containers' own chains, and without any."""
REJECT = "-j REJECT --reject-with icmp-port-unreachable"

OFF, GONE = {"enforcement-off"}, {"enforcement-off", "missing"}
"""Without its REJECT, and without its chain as a whole."""

LOOKED_AT: dict[str, tuple[str, dict[str, bool], list[str], set[str]]] = {
    "own chains, which are looked at where there are any": (WHOLE, {}, [], OFF),
    "own chains, which nobody wants to be looked at": (WHOLE, {}, ["--no-whole-cell"], set()),
    "own chains, which the snapshot wants and the command line does not": (
        WHOLE,
        {"whole_cell": True},
        ["--no-whole-cell"],
        set(),
    ),
    "no own chains": (POLICIES, {}, [], set()),
    "no own chains, where the command line wants them": (POLICIES, {}, ["--whole-cell"], GONE),
    "no own chains, where the snapshot wants them": (POLICIES, {"whole_cell": True}, [], GONE),
    "no own chains, where the snapshot does not want them": (POLICIES, {"whole_cell": False}, [], set()),
    "no own chains, which the snapshot wants and the command line does not": (
        POLICIES,
        {"whole_cell": True},
        ["--no-whole-cell"],
        set(),
    ),
}


@pytest.mark.parametrize(("golden", "agent", "words", "found"), LOOKED_AT.values(), ids=LOOKED_AT)
def test_which_chains_are_looked_at(
    *, golden: str, agent: dict[str, bool], words: Sequence[str], found: set[str], tmp_path: Path, cfnet: Cfnet
) -> None:
    """A container's chain without its REJECT is drift where it is looked at; the command line says it last."""
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
    [(True, "The security groups are not known"), (False, "Containers without an asg- chain keep the rules")],
    ids=["the security groups", "what containers were started with"],
)
def test_what_is_not_known_is_said_once(*, synced: bool, note: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Not for each of the four cells."""
    snapshot = tmp_path / "snapshot"
    shutil.copytree(HERE / "12-mixed", snapshot)
    (snapshot / "security_groups.json").unlink()
    settings = json.loads((snapshot / "agent.json").read_text(encoding="utf-8"))
    (snapshot / "agent.json").write_text(json.dumps(settings | {"enable_asg_syncing": synced}), encoding="utf-8")
    ran = cfnet("verify", "--from", str(snapshot), "--cells", str(snapshot / "expected"), "--exit-zero")
    assert len([line for line in ran.stdout.splitlines() if line.startswith("cell-")]) == 4
    assert ran.stderr.count(note) == 1
