"""Writes files and directories atomically: they appear complete or do not appear, even if the process is killed.

New content is written next to its destination, under a unique name, and is locked meanwhile. Leftovers of killed
processes are recognized by their released lock and removed by the next writer.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SUFFIX: Final = ".partial"
_RENAME_EXCHANGE: Final = 2
"""The flag of `renameat2(2)` on Linux and `renamex_np(2)` on macOS that swaps two names."""
_AT_FDCWD: Final = -100


def write_file(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Write `text` to `path` (UTF-8, line ends unchanged) and flush it to disk.

    The permissions are `mode` minus the user's umask.

    Raises:
        OSError: the file cannot be written; an existing file is unchanged.
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
    """Yield a directory to fill, which replaces the one at `path` if the context succeeds.

    If the file system supports it, the two are swapped in one step, so that `path` always exists.

    Raises:
        OSError: the directory cannot be written; an existing directory is unchanged.
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
        _remove(partial)
        if handle is not None:
            os.close(handle)


def _fresh(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.urandom(8).hex()}{_SUFFIX}")


def _remove_leftovers(path: Path) -> None:
    """Remove what killed processes have left next to `path`."""
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
            _remove(partial)
        else:
            partial.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    """Lock the open file `handle`; tell whether that succeeded."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Keep other cfnet processes from removing leftovers, so that a new file can be locked before they see it."""
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
    """Open a directory; return None if the system does not support that (Windows) or it cannot be read."""
    try:
        return os.open(directory, os.O_RDONLY)
    except OSError:
        return None


def sync_directory(directory: Path) -> None:
    """Flush the entries of a directory to disk, if the system supports that."""
    handle = _open_directory(directory)
    if handle is not None:
        try:
            with suppress(OSError):
                os.fsync(handle)
        finally:
            os.close(handle)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step; return False if the system does not support that."""
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
    """Rename in two steps; restore the old directory if the second step fails."""
    aside = _fresh(path)
    path.rename(aside)
    try:
        partial.rename(path)
    except OSError:
        aside.rename(path)
        raise
    _remove(aside)


def _remove(folder: Path) -> None:
    """Remove a directory and what is in it, as far as possible."""
    import shutil  # noqa: PLC0415 - it imports all compression modules, and most commands remove nothing

    shutil.rmtree(folder, ignore_errors=True)
