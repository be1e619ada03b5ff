"""Files that only their user can read, replaced as a whole or not at all."""

import os
from pathlib import Path

import pytest

from cfnet.foundation.session.private_file import read_object, replace


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """Only its user may read it, whatever the old permissions; line endings are kept."""
    path = tmp_path / "session.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    replace(path, "new\né\n", beside="temp-")
    assert path.read_bytes() == "new\né\n".encode()
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    """No temporary file remains: it may contain secrets."""
    path = tmp_path / "session.json"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        replace(path, "SECRET\ud800", beside="temp-")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    """Here a directory has the name."""
    path = tmp_path / "session.json"
    path.mkdir()
    with pytest.raises(OSError, match=r"Is a directory|directory not empty"):
        replace(path, "SECRET", beside="temp-")
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_killed_processes_are_removed(tmp_path: Path) -> None:
    """After a minute, because they may contain secrets; files being written stay."""
    path = tmp_path / "session.json"
    (tmp_path / "temp-old").touch()
    (tmp_path / "temp-new").touch()
    os.utime(tmp_path / "temp-old", (0, 0))
    replace(path, "new", beside="temp-")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["session.json", "temp-new"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_session_is_read_in_any_unicode_encoding(tmp_path: Path, encoding: str) -> None:
    """PowerShell writes UTF-16."""
    path = tmp_path / "config.json"
    path.write_text('{"Target": "é"}', encoding=encoding)
    assert read_object(path, "") == {"Target": "é"}
