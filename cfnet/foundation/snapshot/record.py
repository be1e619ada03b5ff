"""`snapshot.json`, the record of a snapshot: which files are missing, and why.

{"format_version": 1, "made": {"at": "2026-11-28T12:03:00Z", "user": "admin", "api": "https://…", "cfnet": "0.2.0"},
 "missing": {"tags.json": "Only network.admin may read the tags: …"}, "notes": ["…"], "visible": ["c7de6123-…"]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.policy.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.foundation.json_values import JsonValue

FILE: Final = "snapshot.json"
_VERSION: Final = 1


class Record(NamedTuple):
    """The record of a snapshot.

    Attributes:
        missing: a sentence for each missing file, by file name.
        notes: sentences about the other files.
        visible: the GUIDs of the apps between which policies.json has all policies; None if it has all policies.
        made: what the snapshot was made from; None if unknown.
    """

    missing: Mapping[str, str]
    notes: Sequence[str]
    visible: frozenset[str] | None = None
    made: Provenance | None = None


def record(answer: JsonValue) -> Record:
    """Read the record in a parsed `snapshot.json`.

    Raises:
        WrongShape: it is invalid, or of a later version.
    """
    version = answer.key("format_version")
    if version.number(_VERSION) != _VERSION:
        version.wrong(f"{_VERSION} (this snapshot was written by a later version of cfnet)")
    missing = answer.key("missing")
    files = {} if missing.absent() else {file: missing.key(file).text() for file in missing.members()}
    visible, made = answer.key("visible"), answer.key("made")
    return Record(
        files,
        answer.key("notes").texts(),
        None if visible.absent() else frozenset(visible.texts()),
        None if made.absent() else Provenance(*(made.key(name).text() for name in ("at", "user", "api", "cfnet"))),
    )


def document(told: Record) -> dict[str, object]:
    """Convert the record to JSON."""
    written: dict[str, object] = {"format_version": _VERSION}
    if told.made:
        written["made"] = told.made.json()
    written |= {"missing": dict(told.missing), "notes": list(told.notes)}
    return written if told.visible is None else {**written, "visible": sorted(told.visible)}
