"""Load documents: several files form one desired state, and all their faults are reported in one run."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from cfnet.document.building import build
from cfnet.document.document import Named
from cfnet.document.expectations import refuse_too_many
from cfnet.document.faults import Code, Fault, FaultReport
from cfnet.document.grammar import MOST_OWNED
from cfnet.document.ignoring import KnownApp, refuse_ignored
from cfnet.document.lint_reading import refuse_two_settings
from cfnet.document.reader import read
from cfnet.document.variables import Variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.document.document import Document, Owned, PolicyEntry, SpaceName
    from cfnet.document.place import Place

MOST_POLICIES: Final = 500_000
"""Maximum policies per run; an entry with two lists of 1,000 apps would expand to a million."""

_Thing = TypeVar("_Thing")


class DocumentSource(NamedTuple):
    """A file to load: its name for places, and its content."""

    file: str
    data: bytes


class Loaded(NamedTuple):
    """Loaded documents.

    Attributes:
        documents: the valid parts of all readable documents.
        declared: the policies of all documents, by name, each with its place: that of its entry or of the list item it
            comes from.
        faults: all faults; if there are any, the documents must not be used.
    """

    documents: tuple[Document, ...]
    declared: Mapping[Named, Place]
    faults: tuple[Fault, ...]


def load(
    sources: Iterable[DocumentSource],
    variables: Mapping[str, str] | None = None,
    *,
    targeted: SpaceName | None = None,
    report: FaultReport | None = None,
) -> Loaded:
    """Load `sources` as one desired state.

    Args:
        sources: the files.
        variables: values for `((name))`.
        targeted: the space of bare names in documents that do not set one; None if unknown.
        report: collects the faults; may already contain others, such as unreadable files.

    Returns:
        The documents and their faults, E102 to E399, E6xx and E7xx; raises nothing.
    """
    report = FaultReport() if report is None else report
    fill = Variables(variables or {}, report).fill
    documents = []
    for source in sources:
        root = read(source.data, source.file, report, fill)
        document = build(root, targeted, report) if root else None
        if document:
            documents.append(document)
    _refuse_two_owners(documents, report)
    refuse_too_many(documents, report)
    refuse_two_settings(documents, report)
    declared = _declared(documents, report)
    refuse_ignored(documents, declared, KnownApp.of, report)
    return Loaded(tuple(documents), declared, report.faults)


def _refuse_two_owners(documents: Sequence[Document], report: FaultReport) -> None:
    """Report what two documents own: applied separately with `--prune`, each would undo the other."""
    owners: dict[SpaceName, _Owners] = defaultdict(_Owners)
    for number, document in enumerate(documents):
        for owned in document.owns or ():
            here = owners[owned.space.folded]
            here.count += max(1, len(owned.apps))
            if owned.apps and here.count > MOST_OWNED:
                if len(owned.apps) <= MOST_OWNED:  # otherwise the item itself is too long and has been reported
                    expected = f"at most {MOST_OWNED} apps per space in all documents"
                    report(Code.WRONG_COUNT, owned.place, f"{here.count:,} apps of {owned.space}", expected)
            elif rival := here.rival(number, owned):
                expected = 'one owner: set "owns: []" in all other documents, or let them own different apps'
                report(Code.OWNED_TWICE, owned.place, owned.space, expected, also=rival.place)
            else:
                here.add(number, owned)


class _Owners:
    """The owners of one space, by document number; `count` is the number of apps they name."""

    def __init__(self) -> None:
        self.count = 0
        self._whole: list[tuple[int, Owned]] = []
        self._parts: list[tuple[int, Owned]] = []

    def rival(self, number: int, owned: Owned) -> Owned | None:
        """Return what another document owns of the same apps; first the one that owns the whole space."""
        others = (other for owner, other in (*self._whole, *self._parts) if owner != number)
        return next(filter(owned.overlaps, others), None)

    def add(self, number: int, owned: Owned) -> None:
        """Add what document `number` owns."""
        if owned.apps:
            self._parts.append((number, owned))
        elif not self._whole:
            self._whole.append((number, owned))


def _declared(documents: Sequence[Document], report: FaultReport) -> dict[Named, Place]:
    declared: dict[Named, Place] = {}
    room = MOST_POLICIES
    for entry in (entry for document in documents for entry in document.entries):
        count = len(entry.sources) * len(entry.destinations) * len(entry.ports)
        if count > room:
            expected = f"at most {MOST_POLICIES:,} policies in total"
            report(Code.TOO_MANY_POLICIES, entry.place, f"an entry that expands to {count:,} policies", expected)
            continue
        room -= count
        for policy, place in _policies(entry, report):
            if policy in declared:
                report(Code.DECLARED_TWICE, place, policy, also=declared[policy])
            else:
                declared[policy] = place
    return declared


def _policies(entry: PolicyEntry, report: FaultReport) -> Iterator[tuple[Named, Place]]:
    """Yield the policies of an entry, each with the place of the list item it comes from, or of the entry."""
    sources = _distinct([(each.app, each.place) for each in entry.sources], report)
    destinations = _distinct([(each.app, each.place) for each in entry.destinations], report)
    ports = _distinct(entry.ports, report)
    for source, destination, port in product(sources, destinations, ports):
        place = entry.place
        if len(ports) > 1:
            place = ports[port]
        elif len(destinations) > 1:
            place = destinations[destination]
        elif len(sources) > 1:
            place = sources[source]
        # An alias's items come before the entry and may be shared by others: use the entry's place for those.
        yield Named(source, destination, entry.protocol, port), max(place, entry.place)


def _distinct(there: Iterable[tuple[_Thing, Place]], report: FaultReport) -> dict[_Thing, Place]:
    """Return the items of a list without duplicates, which are reported."""
    found: dict[_Thing, Place] = {}
    for thing, place in there:
        if thing in found:
            report(Code.LISTED_TWICE, place, thing, also=found[thing])
        else:
            found[thing] = place
    return found
