"""JSON files that are their user's alone: read as an object, narrowed field by field, replaced as a whole."""

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
    """The fields of a JSON object, narrowed; a missing one is empty, as in Go."""

    def __init__(self, fields: Mapping[str, object], path: Path, hint: str) -> None:
        """The fields of an object in the file at `path`; `hint` says what to do about one that is not as it should be.

        All methods raise InputFault for a field of another kind.
        """
        self._fields = fields
        self._path = path
        self._hint = hint

    def text(self, name: str) -> str:
        """A text."""
        value = self._fields.get(name) or ""
        if not isinstance(value, str):
            raise self._fault(name, "a text")
        return value

    def truth(self, name: str) -> bool:
        """True or false."""
        value = self._fields.get(name) or False
        if not isinstance(value, bool):
            raise self._fault(name, "true or false")
        return value

    def inner(self, name: str) -> Fields:
        """The fields of an object inside."""
        value = self._fields.get(name) or {}
        if not isinstance(value, dict):
            raise self._fault(name, "an object")
        return Fields(value, self._path, self._hint)

    def names(self) -> tuple[str, ...]:
        """The names of all that are there."""
        return tuple(self._fields)

    def _fault(self, name: str, expected: str) -> InputFault:
        return InputFault(f"{name} is not {expected}", where=str(self._path), hint=self._hint)


def is_there(path: Path) -> bool:
    """Whether there is a file at `path`; where that cannot be seen, there may be one: `read_object` says why not."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def read_object(path: Path, hint: str) -> dict[str, object]:
    """The JSON object in the file at `path`, an empty one where there is no file, or nothing in it.

    Raises:
        InputFault: the file cannot be read, or is something else; with `hint`.
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
    """Make `text` the content of the file at `path`, at once or not at all, readable by its user alone.

    The new file is written beside it, under a name that begins with `beside`, and is on the disk when this returns.
    What processes that were killed left there more than a minute ago, secrets among it, is removed.

    Raises:
        OSError: that is not possible.
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
    """While this lasts, no other process of cfnet's is in it for the same folder. Not to be nested.

    The folder itself is locked: no file appears that others might trip over. Where that is not possible (Windows, a
    folder that is not there) nothing is locked.
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
