"""`snapshot.json`: what is to be known of a snapshot besides its files - what could not be read, and why.

{"format_version": 1, "missing": {"tags.json": "Only network.admin may read the tags: …"}, "notes": ["…"]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.foundation.shapes import Spot

FILE: Final = "snapshot.json"
_VERSION: Final = 1


class Record(NamedTuple):
    """What a snapshot tells of itself.

    Attributes:
        missing: a sentence for each file that it lacks, by the file's name.
        notes: sentences about the others.
    """

    missing: Mapping[str, str]
    notes: Sequence[str]


def record(answer: Spot) -> Record:
    """The record in a parsed `snapshot.json`.

    Raises:
        WrongShape: that is none, or one of a later version.
    """
    version = answer.key("format_version")
    if version.number(_VERSION) != _VERSION:
        version.wrong(f"{_VERSION} (a later version of cfnet has written this snapshot)")
    missing = answer.key("missing")
    files = {} if missing.absent() else {file: missing.key(file).text() for file in missing.members()}
    return Record(files, answer.key("notes").texts())


def document(told: Record) -> dict[str, object]:
    """The same as JSON."""
    return {"format_version": _VERSION, "missing": dict(told.missing), "notes": list(told.notes)}
