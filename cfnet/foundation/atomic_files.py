"""Files and directories that appear whole, under their names, or not at all: whatever ends the process.

What is being written has a name of its own beside the place it is for, never used twice, and is locked meanwhile. What
a killed process left there is recognised by its lock, which is free, and removed by the next one that writes.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SUFFIX: Final = ".partial"
_RENAME_EXCHANGE: Final = 2
"""`renameat2(2)` on Linux, `renamex_np(2)` on macOS: each name gets what the other one had."""
_AT_FDCWD: Final = -100


def write_file(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Make `text` (UTF-8, lines ended as they are) the content of the file at `path`, on the disk when this returns.

    The permissions are `mode` less the user's umask.

    Raises:
        OSError: that is not possible; a file that was there stays as it was.
    """
    data = text.encode()
    with _alone_in(path.parent):
        _remove_leftovers(path)
        partial = _fresh(path)
        handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode)
        _lock(handle)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


@contextmanager
def new_directory(path: Path) -> Iterator[Path]:
    """A directory to fill, which takes the place of the one at `path`, if there is one, when all went well.

    Where the file system can, the two are exchanged in one step, so that there is always one of them.

    Raises:
        OSError: that is not possible; a directory that was there stays as it was.
    """
    with _alone_in(path.parent):
        _remove_leftovers(path)
        partial = _fresh(path)
        partial.mkdir()
        handle = _open_directory(partial)
        if handle is not None:
            _lock(handle)
    try:
        yield partial
        if not path.exists():
            partial.rename(path)
        elif not _exchange(partial, path):
            _move_aside(partial, path)
        sync_directory(path.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def _fresh(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.urandom(8).hex()}{_SUFFIX}")


def _remove_leftovers(path: Path) -> None:
    """Remove what processes that are gone have left beside `path`."""
    prefix = f".{path.name}."
    with suppress(OSError):
        for each in path.parent.iterdir():
            if each.name.startswith(prefix) and each.name.endswith(_SUFFIX):
                _remove_unlocked(each)


def _remove_unlocked(partial: Path) -> None:
    if partial.is_symlink():
        return
    try:
        handle = os.open(partial, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return
    try:
        if not _lock(handle):
            return
        if partial.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
        else:
            partial.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    """Lock what is open under `handle`; whether that succeeded."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """No other process of cfnet removes leftovers here meanwhile, so that what is made can be locked first."""
    handle = _open_directory(directory)
    try:
        if handle is not None:
            with suppress(ImportError, OSError):
                import fcntl  # noqa: PLC0415 - not on Windows

                fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _open_directory(directory: Path) -> int | None:
    """A handle of a directory; None where there is no such thing (Windows), or it cannot be read."""
    try:
        return os.open(directory, os.O_RDONLY)
    except OSError:
        return None


def sync_directory(directory: Path) -> None:
    """Bring a directory's names to the disk, where the system can."""
    handle = _open_directory(directory)
    if handle is not None:
        try:
            with suppress(OSError):
                os.fsync(handle)
        finally:
            os.close(handle)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system cannot."""
    import ctypes  # noqa: PLC0415 - only where a directory is replaced

    try:
        system = ctypes.CDLL(None, use_errno=True)
        if hasattr(system, "renameat2"):
            names = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
            return bool(system.renameat2(*names, _RENAME_EXCHANGE) == 0)
        if hasattr(system, "renamex_np"):
            return bool(system.renamex_np(os.fsencode(one), os.fsencode(other), _RENAME_EXCHANGE) == 0)
    except (OSError, TypeError):
        pass
    return False


def _move_aside(partial: Path, path: Path) -> None:
    """Rename in two steps: what was there comes back if the second one fails."""
    aside = _fresh(path)
    path.rename(aside)
    try:
        partial.rename(path)
    except OSError:
        aside.rename(path)
        raise
    shutil.rmtree(aside, ignore_errors=True)
