"""Combine several sources into a placement: which container runs on which cell.

Sources are the stores of the cells, Diego's list of instances (LRPs), and the Cloud Controller's stats. Earlier sources
take precedence; contradictions in later ones are reported and otherwise ignored.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model.state import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.model.container import Container

_MOST_LISTED: Final = 20
"""Maximum number of contradictions to list."""

_MOST_NAMED: Final = 3
"""Maximum number of instances without an overlay IP to list."""


class Placed(NamedTuple):
    """A container and its cell according to one source, with the cell's own IP if the source has it."""

    container: Container
    cell: str
    address: str = ""


class Waiting(NamedTuple):
    """An instance that has no overlay IP yet; `state` as reported by the source."""

    app: str
    number: int
    state: str


class PlacementSource(NamedTuple):
    """The data of one source.

    Attributes:
        name: the name of the source, such as `cells/cell-1/store.json`.
        placed: the containers.
        waiting: the instances that are not placed yet.
        whole_cells: the cells for which the source lists every container; None if it lists the app instances of all
            cells.
    """

    name: str
    placed: Sequence[Placed]
    waiting: Sequence[Waiting] = ()
    whole_cells: frozenset[str] | None = None


class Placement(NamedTuple):
    """The cells by name, and notes for the user."""

    cells: Mapping[str, Cell]
    notes: Sequence[str]


def combine(sources: Sequence[PlacementSource], call: Callable[[str], str] = "app {}".format) -> Placement:
    """Combine sources in order of precedence; `call` returns the name of an app (GUID) for notes.

    A cell keeps the name from the first source that has it. Cells of different sources are matched by name, by the
    cell's own IP, or by common containers.
    """
    known = _Known(call)
    notes: list[str] = []
    for source in sources:
        notes += _cut(known.take(source), "contradictions")
    for source in sources:
        if source.waiting:
            notes.append(_not_placed(source.waiting, call))
    return Placement(known.cells(), notes)


class _Known:
    """The combined data of the sources so far."""

    def __init__(self, call: Callable[[str], str]) -> None:
        self._call = call
        self._by_ip: dict[str, tuple[Placed, str]] = {}
        """Containers by overlay IP, with the source's name."""
        self._ips: dict[str, list[str]] = {}
        """Overlay IPs by cell name."""
        self._addresses: dict[str, str] = {}
        """Cell names by the cell's own IP."""
        self._names: dict[str, None] = {}
        self._whole: dict[str, str] = {}
        """The source that lists every container of a cell, by cell name."""
        self._whole_for_all = ""

    def take(self, source: PlacementSource) -> list[str]:
        """Add what earlier sources did not have; return the contradictions."""
        names = self._same_cells(source)
        own, notes = self._own(source, names)
        notes += self._contradicted(source.name, own)
        notes += self._missing(source, own, names)
        for ip, placed in own.items():
            if ip not in self._by_ip and not self._whole_by(placed.cell):
                self._by_ip[ip] = placed, source.name
                self._ips.setdefault(placed.cell, []).append(ip)
        self._take_cells(source, own.values())
        return notes

    def _own(self, source: PlacementSource, names: Mapping[str, str]) -> tuple[dict[str, Placed], list[str]]:
        """Return the source's containers by overlay IP, with our cell names, and notes about duplicate IPs."""
        own: dict[str, Placed] = {}
        notes = []
        for each in source.placed:
            placed = each._replace(cell=names[each.cell])
            twin = own.setdefault(placed.container.ip, placed)
            if twin is not placed:
                notes.append(
                    f"{source.name} has {self._what(twin)} and {self._what(placed)}, with the same IP; using the first."
                )
        return own, notes

    def _take_cells(self, source: PlacementSource, own: Iterable[Placed]) -> None:
        """Add the source's cells, their own IPs, and for which of them it lists every container."""
        for placed in own:
            self._names.setdefault(placed.cell)
            if placed.address:
                self._addresses.setdefault(placed.address, placed.cell)
        if source.whole_cells is None:
            self._whole_for_all = self._whole_for_all or source.name
        for name in source.whole_cells or ():
            self._names.setdefault(name)
            self._whole.setdefault(name, source.name)

    def cells(self) -> dict[str, Cell]:
        """Return all cells by name, sorted, with their containers sorted by handle."""
        found: dict[str, list[Container]] = {name: [] for name in sorted(self._names)}
        for placed, _source in self._by_ip.values():
            found[placed.cell].append(placed.container)
        return {name: Cell(name, sorted(containers), name) for name, containers in found.items()}

    def _whole_by(self, cell: str) -> str:
        return self._whole.get(cell) or self._whole_for_all

    def _same_cells(self, source: PlacementSource) -> dict[str, str]:
        """Return our name for each cell of a source."""
        names: dict[str, str] = {}
        shared: dict[str, Counter[str]] = {}
        for each in source.placed:
            if name := self._known_name(each):
                names[each.cell] = name
                continue
            counted = shared.setdefault(each.cell, Counter())
            known = self._by_ip.get(each.container.ip)
            if known and known[0].container.app == each.container.app:
                counted[known[0].cell] += 1
        taken = set(names.values())
        for cell, counted in shared.items():
            free = [name for name in counted if name not in taken]
            names[cell] = max(free, key=lambda name: (counted[name], name)) if free else cell
            taken.add(names[cell])
        return names

    def _known_name(self, placed: Placed) -> str:
        """Return our name for a container's cell, found by name or own IP; empty for a new cell."""
        for name in (placed.cell, placed.address):
            if name in self._names:
                return name
        return self._addresses.get(placed.cell) or self._addresses.get(placed.address, "")

    def _contradicted(self, source: str, own: Mapping[str, Placed]) -> Iterator[str]:
        for ip, placed in own.items():
            known, by = self._by_ip.get(ip, (None, ""))
            whole = self._whole_by(placed.cell)
            if known is None and whole:
                yield f"{source} has {self._what(placed)}, but {whole} has nothing there; using {whole}."
            elif known and (known.container.app, known.cell) != (placed.container.app, placed.cell):
                yield f"{source} has {self._what(placed)}, but {by} has {self._what(known)}; using {by}."

    def _missing(self, source: PlacementSource, own: Mapping[str, Placed], names: Mapping[str, str]) -> Iterator[str]:
        """Report containers that the source lacks although it has other containers of the app or the whole cell."""
        apps = {placed.container.app for placed in own.values()}
        cells = self._ips if source.whole_cells is None else {names.get(name, name) for name in source.whole_cells}
        for ip in chain.from_iterable(self._ips.get(cell, ()) for cell in cells):
            known, by = self._by_ip[ip]
            container = known.container
            about = source.whole_cells is not None or container.app in apps
            if ip not in own and about and container.workload in ("app", ""):
                yield f"{by} has {self._what(known)}, but {source.name} does not; using {by}."

    def _what(self, placed: Placed) -> str:
        container = placed.container
        who = self._call(container.app) if container.app else f"container {container.handle}"
        return f"{who} at {container.ip} on cell {placed.cell}"


def _cut(notes: Iterable[str], what: str) -> list[str]:
    found = list(notes)
    more = [f"{len(found) - _MOST_LISTED:,} more {what}."] if len(found) > _MOST_LISTED else []
    return [*found[:_MOST_LISTED], *more]


def _not_placed(waiting: Sequence[Waiting], call: Callable[[str], str]) -> str:
    """Describe the instances without an overlay IP, listing some of them."""
    named = [f"instance {each.number} of {call(each.app)} ({each.state})" for each in waiting[:_MOST_NAMED]]
    if len(waiting) == 1:
        return f"Not placed: {named[0]} has no overlay IP."
    more = f" and {len(waiting) - _MOST_NAMED:,} more" if len(waiting) > _MOST_NAMED else ""
    return f"Not placed: {len(waiting):,} instances have no overlay IP: {', '.join(named)}{more}."
