"""Write a state as a directory, and read it again."""

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
def test_a_state_round_trips(case: Path, tmp_path: Path) -> None:
    """All golden foundations."""
    state = open_snapshot(case)
    containers = write_snapshot(tmp_path / "s", state)
    again = open_snapshot(tmp_path / "s")
    assert (again.policies, again.tags, again.settings) == (state.policies, state.tags, state.settings)
    assert [cell[:2] for cell in again.cells()] == [cell[:2] for cell in state.cells()]
    assert containers == sum(len(cell.containers) for cell in state.cells())
    assert (again.read_apps(), again.read_security_groups()) == (state.read_apps(), state.read_security_groups())
    assert (again.notes, again.missing) == (state.notes, state.missing)


def test_notes_are_kept_when_a_state_is_written(tmp_path: Path) -> None:
    """The reader sees the original wording."""
    state = open_snapshot(write(tmp_path / "made", {"tags.json": None, "agent.json": None}))
    missing = {"agent.json": "Nobody told.", "tags.json": "Not for you."}
    state = replace(state, missing=missing, notes=[*missing.values(), "One more."])
    write_snapshot(tmp_path / "s", state)
    again = open_snapshot(tmp_path / "s")
    assert (again.notes, again.missing) == (["Nobody told.", "Not for you.", "One more."], missing)
    assert again.tags.allotted
    (tmp_path / "s" / "agent.json").write_text("{}", encoding="utf-8")
    assert open_snapshot(tmp_path / "s").notes == ["Not for you.", "One more."]


def test_a_foundation_without_containers_has_no_cells(tmp_path: Path) -> None:
    """If no source has any cells."""
    state = replace(open_snapshot(write(tmp_path / "made")), cell_names=[])
    assert write_snapshot(tmp_path / "s", state) == 0
    assert open_snapshot(tmp_path / "s").cell_names == []


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    """No new directory and no temporary one; the old one stays."""

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


def test_a_snapshot_replaces_another_only_on_request(tmp_path: Path) -> None:
    """And only a snapshot is replaced."""
    state = open_snapshot(write(tmp_path / "made"))
    folder = tmp_path / "s"
    folder.mkdir()
    write_snapshot(folder, state)
    with pytest.raises(UsageFault, match="already contains a snapshot"):
        write_snapshot(folder, state)
    (folder / "left over").touch()
    write_snapshot(folder, state, replace=True)
    assert not (folder / "left over").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "s"]


@pytest.mark.parametrize("replaced", [False, True])
def test_other_files_and_directories_are_never_replaced(tmp_path: Path, replaced: bool) -> None:  # noqa: FBT001 - a parameter
    state = open_snapshot(write(tmp_path / "made"))
    with pytest.raises(UsageFault, match="contains files that are not a snapshot of cfnet"):
        write_snapshot(tmp_path / "made", state, replace=replaced)
    (tmp_path / "file").touch()
    with pytest.raises(UsageFault, match="not a directory"):
        write_snapshot(tmp_path / "file", state, replace=replaced)
    with pytest.raises(InputFault, match="cannot be written: No such file"):
        write_snapshot(tmp_path / "not there" / "s", state, replace=replaced)


def test_a_snapshot_of_a_later_version_is_refused(tmp_path: Path) -> None:
    """Its format is unknown."""
    folder = write(tmp_path / "s", {"snapshot.json": {"format_version": 2}})
    with pytest.raises(
        InputFault, match=r"snapshot.json: format_version: expected 1 \(this snapshot was written by a later version"
    ):
        open_snapshot(folder)
