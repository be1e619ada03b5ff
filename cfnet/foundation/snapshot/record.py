"""`snapshot.json`: what is to be known of a snapshot besides its files - what could not be read, and why.

{"format_version": 1, "missing": {"tags.json": "Only network.admin may read the tags: …"}, "notes": ["…"],
 "visible": ["c7de6123-…"]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.foundation.json_values import JsonValue

FILE: Final = "snapshot.json"
_VERSION: Final = 1


class Record(NamedTuple):
    """What a snapshot tells of itself.

    Attributes:
        missing: a sentence for each file that it lacks, by the file's name.
        notes: sentences about the others.
        visible: the GUIDs of the apps between which policies.json has all policies; None where it has all there are.
    """

    missing: Mapping[str, str]
    notes: Sequence[str]
    visible: frozenset[str] | None = None


def record(answer: JsonValue) -> Record:
    """The record in a parsed `snapshot.json`.

    Raises:
        WrongShape: that is none, or one of a later version.
    """
    version = answer.key("format_version")
    if version.number(_VERSION) != _VERSION:
        version.wrong(f"{_VERSION} (a later version of cfnet has written this snapshot)")
    missing = answer.key("missing")
    files = {} if missing.absent() else {file: missing.key(file).text() for file in missing.members()}
    visible = answer.key("visible")
    return Record(files, answer.key("notes").texts(), None if visible.absent() else frozenset(visible.texts()))


def document(told: Record) -> dict[str, object]:
    """The same as JSON."""
    written: dict[str, object] = {"format_version": _VERSION, "missing": dict(told.missing), "notes": list(told.notes)}
    return written if told.visible is None else {**written, "visible": sorted(told.visible)}
