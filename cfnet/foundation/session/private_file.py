"""Reads and replaces JSON files that only their user may read."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cfnet.errors import InputFault, unreadable
from cfnet.foundation.atomic_files import sync_directory
from cfnet.foundation.encodings import decoded_strictly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LEFTOVER_SECONDS: Final = 60


class Fields:
    """The typed fields of a JSON object; missing ones are empty, as in Go."""

    def __init__(self, fields: Mapping[str, object], path: Path, hint: str) -> None:
        """Take the fields of an object in the file at `path`; `hint` says what to do about invalid ones.

        All methods raise InputFault for a field of another type.
        """
        self._fields = fields
        self._path = path
        self._hint = hint

    def text(self, name: str) -> str:
        """Return a text."""
        value = self._fields.get(name) or ""
        if not isinstance(value, str):
            raise self._fault(name, "a text")
        return value

    def truth(self, name: str) -> bool:
        """Return true or false."""
        value = self._fields.get(name) or False
        if not isinstance(value, bool):
            raise self._fault(name, "true or false")
        return value

    def inner(self, name: str) -> Fields:
        """Return the fields of a nested object."""
        value = self._fields.get(name) or {}
        if not isinstance(value, dict):
            raise self._fault(name, "an object")
        return Fields(value, self._path, self._hint)

    def names(self) -> tuple[str, ...]:
        """Return the names of all fields."""
        return tuple(self._fields)

    def _fault(self, name: str, expected: str) -> InputFault:
        return InputFault(f"{name} is not {expected}", where=str(self._path), hint=self._hint)


def is_there(path: Path) -> bool:
    """Return whether there is a file at `path`; if unsure, say yes, and leave the error to `read_object`."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def read_object(path: Path, hint: str) -> dict[str, object]:
    """Read the JSON object in the file at `path`; it is empty if the file is missing or empty.

    Raises:
        InputFault: the file cannot be read, or contains something else; with `hint`.
    """
    try:
        text = decoded_strictly(path.read_bytes())
        found = json.loads(text) if text else {}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise unreadable(error, path) from error
    except (ValueError, RecursionError) as error:
        raise InputFault(f"not JSON ({error})", where=str(path), hint=hint) from error
    if not isinstance(found, dict):
        raise InputFault("not a JSON object", where=str(path), hint=hint)
    return found


def replace(path: Path, text: str, *, beside: str) -> None:
    """Replace the file at `path` atomically by one with `text` that only its user may read.

    The new file is written next to it, under a name that begins with `beside`, and flushed to disk. Leftovers of killed
    processes, which may contain secrets, are removed if they are older than a minute.

    Raises:
        OSError: the file cannot be written.
    """
    import tempfile  # noqa: PLC0415 - most commands never need it

    handle, made = tempfile.mkstemp(prefix=beside, dir=path.parent)  # with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
    sync_directory(path.parent)
    _remove_old(path.parent, beside)


def _remove_old(folder: Path, beside: str) -> None:
    oldest = time.time() - _LEFTOVER_SECONDS
    with suppress(OSError):
        for each in folder.iterdir():
            if each.name.startswith(beside) and each.lstat().st_mtime < oldest:
                each.unlink()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Lock a directory against other cfnet processes. Must not be nested.

    The directory itself is locked, so that no lock file appears. If that is not possible (on Windows, or for a missing
    directory), nothing is locked.
    """
    try:
        import fcntl  # noqa: PLC0415 - not on Windows

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
