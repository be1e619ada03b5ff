"""A state written as a folder, and read again."""

from dataclasses import replace
from pathlib import Path

import pytest

from cfnet.cell.model.state import Cell
from cfnet.errors import InputFault, UsageFault
from cfnet.foundation.snapshot.reader import open_snapshot
from cfnet.foundation.snapshot.writer import write_snapshot
from tests.foundation.snapshots import write
from tests.golden import HERE

GOLDEN = sorted(path for path in HERE.iterdir() if (path / "policies.json").exists())


@pytest.mark.parametrize("case", GOLDEN, ids=lambda path: path.name)
def test_a_written_state_reads_back_as_it_was(case: Path, tmp_path: Path) -> None:
    """All golden foundations."""
    state = open_snapshot(case)
    containers = write_snapshot(tmp_path / "s", state)
    again = open_snapshot(tmp_path / "s")
    assert (again.policies, again.tags, again.settings) == (state.policies, state.tags, state.settings)
    assert [cell[:2] for cell in again.cells()] == [cell[:2] for cell in state.cells()]
    assert containers == sum(len(cell.containers) for cell in state.cells())
    assert (again.read_apps(), again.read_security_groups()) == (state.read_apps(), state.read_security_groups())
    assert (again.notes, again.missing) == (state.notes, state.missing)


def test_what_was_missing_is_told_in_the_words_of_then(tmp_path: Path) -> None:
    """And what else there was to say."""
    state = open_snapshot(write(tmp_path / "made", {"tags.json": None, "agent.json": None}))
    missing = {"agent.json": "Nobody told.", "tags.json": "Not for you."}
    state = replace(state, missing=missing, notes=[*missing.values(), "One more."])
    write_snapshot(tmp_path / "s", state)
    again = open_snapshot(tmp_path / "s")
    assert (again.notes, again.missing) == (["Nobody told.", "Not for you.", "One more."], missing)
    assert again.tags.allotted
    (tmp_path / "s" / "agent.json").write_text("{}", encoding="utf-8")
    assert open_snapshot(tmp_path / "s").notes == ["Not for you.", "One more."]


def test_a_foundation_without_containers(tmp_path: Path) -> None:
    """Has no cells, where nobody knows of any."""
    state = replace(open_snapshot(write(tmp_path / "made")), cell_names=[])
    assert write_snapshot(tmp_path / "s", state) == 0
    assert open_snapshot(tmp_path / "s").cell_names == []


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither under the name nor beside it; what was there stays."""

    def read_cell(name: str) -> Cell:
        raise InputFault("no such file", where=name)

    good = open_snapshot(write(tmp_path / "made"))
    for replaced in (False, True):
        with pytest.raises(InputFault):
            write_snapshot(tmp_path / "s", replace(good, read_cell=read_cell), replace=replaced)
        assert sorted(path.name for path in tmp_path.iterdir()) == (["made", "s"] if replaced else ["made"])
        if not replaced:
            write_snapshot(tmp_path / "s", good)
    assert open_snapshot(tmp_path / "s").policies == good.policies


def test_a_snapshot_in_the_place_of_another(tmp_path: Path) -> None:
    """Only where that is wanted, and only of another."""
    state = open_snapshot(write(tmp_path / "made"))
    folder = tmp_path / "s"
    folder.mkdir()
    write_snapshot(folder, state)
    with pytest.raises(UsageFault, match="it has a snapshot already"):
        write_snapshot(folder, state)
    (folder / "left over").touch()
    write_snapshot(folder, state, replace=True)
    assert not (folder / "left over").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "s"]


@pytest.mark.parametrize("replaced", [False, True])
def test_what_is_no_snapshot_is_never_touched(tmp_path: Path, replaced: bool) -> None:  # noqa: FBT001 - a parameter
    """A folder of somebody's, a file."""
    state = open_snapshot(write(tmp_path / "made"))
    with pytest.raises(UsageFault, match="it has files that are no snapshot of cfnet's"):
        write_snapshot(tmp_path / "made", state, replace=replaced)
    (tmp_path / "file").touch()
    with pytest.raises(UsageFault, match="it is no folder"):
        write_snapshot(tmp_path / "file", state, replace=replaced)
    with pytest.raises(InputFault, match="cannot be written: No such file"):
        write_snapshot(tmp_path / "not there" / "s", state, replace=replaced)


def test_a_later_versions_snapshot(tmp_path: Path) -> None:
    """It is not guessed at."""
    folder = write(tmp_path / "s", {"snapshot.json": {"format_version": 2}})
    with pytest.raises(InputFault, match=r"snapshot.json: format_version: expected 1 \(a later version"):
        open_snapshot(folder)
