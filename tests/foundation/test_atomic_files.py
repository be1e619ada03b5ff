"""Files and directories that appear whole or not at all, even if the writing process is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cfnet.foundation.atomic_files import new_directory, write_file


def names(folder: Path) -> list[str]:
    """The names in a directory."""
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_with_the_users_permissions(tmp_path: Path) -> None:
    """As if it had been opened for writing."""
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "plan", "text\né\n")
    finally:
        os.umask(before)
    assert (tmp_path / "plan").read_bytes() == "text\né\n".encode()
    assert (tmp_path / "plan").stat().st_mode & 0o777 == 0o640
    assert names(tmp_path) == ["plan"]


def test_a_file_that_cannot_be_replaced_is_unchanged(tmp_path: Path) -> None:
    """No temporary file remains."""
    (tmp_path / "plan").mkdir()
    with pytest.raises(OSError, match=r"[Dd]irectory"):
        write_file(tmp_path / "plan", "text")
    assert names(tmp_path) == ["plan"]


def test_a_directory_replaces_another(tmp_path: Path) -> None:
    """No file of the old one remains."""
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "old").touch()
    with new_directory(tmp_path / "s") as partial:
        (partial / "new").touch()
        assert names(tmp_path / "s") == ["old"]
    assert names(tmp_path / "s") == ["new"]
    assert names(tmp_path) == ["s"]


def test_a_failed_write_leaves_the_old_directory(tmp_path: Path) -> None:
    """No temporary directory remains."""

    def fill() -> None:
        with new_directory(tmp_path / "s") as partial:
            (partial / "new").touch()
            raise KeyboardInterrupt

    (tmp_path / "s").mkdir()
    with pytest.raises(KeyboardInterrupt):
        fill()
    assert names(tmp_path) == ["s"]
    assert names(tmp_path / "s") == []


DIRECTORY = """
import sys
from pathlib import Path
from cfnet.foundation.atomic_files import new_directory
with new_directory(Path(sys.argv[1])) as partial:
    (partial / "part").touch()
    print(partial.name, flush=True)
    sys.stdin.read()
"""


def started(place: Path) -> tuple["subprocess.Popen[str]", str]:
    """A process in the middle of writing a directory, and the temporary name of that directory."""
    process = subprocess.Popen(
        [sys.executable, "-c", DIRECTORY, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def directory(place: Path) -> None:
    """Write a directory."""
    with new_directory(place) as partial:
        (partial / "whole").touch()


def file(place: Path) -> None:
    """Write a file."""
    write_file(place, "whole")


@pytest.mark.parametrize("write", [directory, file])
def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path, write: Callable[[Path], None]) -> None:
    """By the next process that writes there; temporary names are never reused."""
    process, left = started(tmp_path / "s")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert names(tmp_path) == [left]
    write(tmp_path / "s")
    assert names(tmp_path) == ["s"]


def test_a_directory_being_written_by_another_process_is_left_alone(tmp_path: Path) -> None:
    """It is locked; the other process then replaces the directory."""
    process, other = started(tmp_path / "s")
    directory(tmp_path / "s")
    assert names(tmp_path) == sorted(["s", other])
    process.communicate("go on")
    assert process.returncode == 0
    assert names(tmp_path) == ["s"]
    assert names(tmp_path / "s") == ["part"]


def test_unrelated_names_are_left_alone(tmp_path: Path) -> None:
    """Symbolic links, and temporary names of other files."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".s.link.partial").symlink_to(tmp_path / "elsewhere")
    (tmp_path / ".t.1234.partial").mkdir()
    directory(tmp_path / "s")
    assert names(tmp_path) == [".s.link.partial", ".t.1234.partial", "elsewhere", "s"]


def test_the_directory_never_disappears_while_it_is_replaced(tmp_path: Path) -> None:
    """A reader that looks all the time always finds the old or the new one."""
    directory(tmp_path / "s")
    watch = f"""
import os
print("ready", flush=True)
missing = 0
while not os.path.exists({str(tmp_path / "stop")!r}):
    missing += not os.path.exists({str(tmp_path / "s" / "whole")!r})
print(missing)
"""
    with subprocess.Popen([sys.executable, "-c", watch], stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        assert watcher.stdout.readline() == "ready\n"
        for _ in range(200):
            directory(tmp_path / "s")
        (tmp_path / "stop").touch()
        assert watcher.stdout.read() == "0\n"
