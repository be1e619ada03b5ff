"""Faults of policy documents, each with its place; the table of their kinds is `Code`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.document.fault_codes import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.document.place import Place

__all__ = ["MOST", "Code", "Fault", "FaultReport"]

MOST: Final = 1000
"""Maximum number of faults per run."""


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

    def withdraw(self, count: int) -> None:
        """Keep only the first `count` faults."""
        while len(self._faults) > count:
            self._faults.popitem()

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
