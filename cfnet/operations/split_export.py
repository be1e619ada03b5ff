"""`cfnet export --split`: one document for each space, all of them or none."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cfnet.errors import InputFault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.policy import Space

_LONGEST: Final = 200


def file_names(spaces: Sequence[Space]) -> dict[Space, str]:
    """Return `ORG.SPACE.yml` for each space, valid on every file system: short, and unique when ignoring case."""
    names: dict[Space, str] = {}
    taken: set[str] = set()
    for space in sorted(spaces, key=lambda each: (each.org.name, each.name, each.guid)):
        name = f"{_safe(space.org.name)}.{_safe(space.name)}"
        if len(name) > _LONGEST or name.lower() in taken:
            name = f"{name[:_LONGEST]}.{_safe(space.guid)}"
        taken.add(name.lower())
        names[space] = f"{name}.yml"
    return names


def write_documents(folder: Path, documents: Mapping[str, str], *, replace: bool) -> None:
    """Write `documents`, by file name, to `folder`: all of them or none.

    Raises:
        UsageFault: a file exists and may not be replaced.
        InputFault: they cannot be written.
    """
    there = [name for name in documents if os.path.lexists(folder / name)]
    if there and not replace:
        raise UsageFault("already exists", where=str(folder / there[0]), hint="Use --replace to overwrite it.")
    partial: dict[str, str] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in documents.items():
            descriptor, partial[name] = tempfile.mkstemp(prefix=".cfnet-", suffix=".partial", dir=folder)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as out:
                out.write(text)
            Path(partial[name]).chmod(0o644)
        for name in documents:
            Path(partial.pop(name)).replace(folder / name)
    except OSError as fault:
        raise InputFault(f"cannot be written: {fault.strerror}", where=str(folder)) from fault
    finally:
        for left in partial.values():
            with suppress(OSError):
                Path(left).unlink()


def _safe(name: str) -> str:
    """Encode every byte of `name` except letters, digits, `_` and `-` as `%XX`."""
    return re.sub(rb"[^A-Za-z0-9_-]", lambda found: b"%%%02X" % found[0][0], name.encode("utf-8", "replace")).decode()
