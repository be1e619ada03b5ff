"""Faults of policy documents: the table of fault codes, and faults with their place.

The ids are stable and never reused. E1xx: the file as YAML; E2xx: the form of the document (what its JSON Schema
rejects); E3xx: its meaning; E4xx: names on a foundation; E6xx: its expectations; E7xx: its settings
of lint.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.document.place import Place

MOST: Final = 1000
"""Maximum number of faults per run."""


class Code(Enum):
    """A kind of fault: its id and title."""

    UNREADABLE = ("E101", "file cannot be read")
    TOO_LARGE = ("E102", "file is too large")
    NOT_UTF8 = ("E103", "file is not UTF-8")
    CONTROL = ("E104", "control character")
    TAB = ("E105", "tab in the indentation")
    NOT_YAML = ("E106", "file is not YAML")
    EMPTY_FILE = ("E107", "file is empty")
    SECOND_DOCUMENT = ("E108", "more than one document in a file")
    TOO_DEEP = ("E109", "nested too deeply")
    ALIASES_EXPLODE = ("E110", "aliases expand to too many values")
    UNKNOWN_ANCHOR = ("E111", "alias without an anchor")
    TAG = ("E112", "YAML tag")
    MERGE_KEY = ("E113", "YAML merge key")
    NO_VALUE = ("E114", "variable without a value")
    KEY_NOT_TEXT = ("E115", "invalid key")
    DUPLICATE_KEY = ("E116", "duplicate key")
    BAD_VARIABLE = ("E117", "invalid variable value")
    TOO_MANY_FAULTS = ("E118", "too many faults")
    INVISIBLE = ("E119", "invisible character")

    UNKNOWN_KEY = ("E201", "unknown key")
    MISSING_KEY = ("E202", "missing key")
    WRONG_KIND = ("E203", "wrong kind of value")
    BAD_APP = ("E204", "invalid app name")
    BAD_SPACE = ("E205", "invalid space name")
    BAD_GUID = ("E206", "invalid GUID")
    BAD_PROTOCOL = ("E207", "unknown protocol")
    BAD_PORTS = ("E208", "invalid ports")
    BAD_VERSION = ("E209", "unknown version")
    WRONG_COUNT = ("E210", "too few or too many items")
    BAD_RULE = ("E211", "unknown lint rule")
    BAD_NETWORK = ("E212", "invalid network")
    BAD_LIMIT = ("E213", "invalid limit")

    DECLARED_TWICE = ("E301", "policy declared twice")
    DECLARED_AND_IGNORED = ("E302", "policy both declared and ignored")
    BACKWARD_RANGE = ("E303", "port range ends before it starts")
    TOO_MANY_POLICIES = ("E304", "too many policies")
    LISTED_TWICE = ("E305", "listed twice")
    OWNED_TWICE = ("E306", "space owned by two documents")

    UNKNOWN_APP = ("E401", "unknown app")
    UNKNOWN_SPACE = ("E402", "unknown space")
    NO_SPACE = ("E403", "no space for app")

    TWO_KINDS = ("E601", "expectation with both allowed and denied")
    TOO_MANY_EXPECTED = ("E602", "too many apps in expectations")

    TWO_SETTINGS = ("E701", "lint setting differs between documents")

    def __init__(self, id_: str, title: str) -> None:
        self.id = id_
        self.title = title


class Fault(NamedTuple):
    """A fault in a document.

    Attributes:
        place: where it is.
        code: the kind of fault.
        found: what the document contains.
        expected: what is valid there; empty if obvious.
        guess: the likely intended value; empty if unknown.
        also: the other place, if the fault is a duplicate or a conflict.
    """

    place: Place
    code: Code
    found: str
    expected: str = ""
    guess: str = ""
    also: Place | None = None

    @property
    def message(self) -> str:
        """The fault in one sentence, without id and place."""
        parts = [f"{self.code.title}: {self.found}"]
        if self.also:
            parts.append(f"the other one is at {self.also}")
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.guess:
            parts.append(f"did you mean {self.guess}?")
        return "; ".join(parts)

    def __str__(self) -> str:
        """The fault in one line: place, id and message."""
        return f"{self.place}: {self.code.id} {self.message}"


class FaultReport:
    """Collects the faults of a run without duplicates.

    `files` gives the order of files in the report; others follow. `faults` are the initial faults.
    """

    def __init__(self, files: Iterable[str] = (), faults: Iterable[Fault] = ()) -> None:
        self._files = dict.fromkeys(files)
        self._faults: dict[Fault, None] = dict.fromkeys(faults)

    def __call__(  # noqa: PLR0913 - the parts of a fault, in the order of the message
        self,
        code: Code,
        place: Place,
        found: object,
        expected: str = "",
        *,
        guess: str = "",
        also: Place | None = None,
    ) -> None:
        """Record a fault; after `MOST` faults, record only that there are too many."""
        if self.full:
            code, found, expected, guess, also = Code.TOO_MANY_FAULTS, "the rest are omitted", "", "", None
            place = next(reversed(self._faults)).place
        self._faults[Fault(place, code, str(found), expected, guess, also)] = None

    def __len__(self) -> int:
        """The number of faults."""
        return len(self._faults)

    @property
    def full(self) -> bool:
        """Whether the maximum number of faults is reached."""
        return len(self._faults) >= MOST

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults, sorted by file, then by line."""
        files = self._files | dict.fromkeys(fault.place.file for fault in self._faults)
        order = {file: index for index, file in enumerate(files)}

        def key(fault: Fault) -> tuple[bool, int, Place, str]:
            return fault.code is Code.TOO_MANY_FAULTS, order[fault.place.file], fault.place, fault.code.id

        return tuple(sorted(self._faults, key=key))
