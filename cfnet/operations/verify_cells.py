"""Compare the actual rules of cells with the expected ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from cfnet.cell.drift.cell_drift import cell_drift, has_own_chains, ignored_rules
from cfnet.cell.drift.cell_identity import CellFinder
from cfnet.cell.drift.chain_drift import DriftKind
from cfnet.cell.model.instances import Addresses
from cfnet.cell.planning.netout_chain import is_whole
from cfnet.cell.planning.planned_cell import CellPlanner
from cfnet.errors import CommandLineFault, InputFault
from cfnet.operations.cell_listings import ListingsByCell, by_file, by_section, of_cell, of_cells, text_in, texts_of
from cfnet.operations.choose_app import some, unknown_cell
from cfnet.operations.typed_words import stdin_once
from cfnet.show.drift import CheckedCell
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from cfnet.cell.iptables.listing import Ruleset
    from cfnet.cell.model.names import Names
    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.planning.planned_cell import PlannedCell
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource


_NO_GROUPS: Final = "Security groups are unknown (security_groups.json is missing): asg- chains are not compared."
_IPV6_IGNORED: Final = "Rules of ip6tables are ignored: only the IPv4 rules are compared."
_BY_POLICIES: Final = frozenset(
    {DriftKind.EXTRA, DriftKind.WRONG_ORDER, DriftKind.WRONG_MARK, DriftKind.STALE_CHAIN, DriftKind.BYPASS}
)
"""The kinds of findings that invisible policies, and containers of invisible apps, may explain."""

_BY_TAGS: Final = frozenset(
    {DriftKind.MISSING, DriftKind.EXTRA, DriftKind.WRONG_MARK, DriftKind.BYPASS, DriftKind.BLOCKED}
)
"""The kinds of findings that other tags than the assumed ones may explain."""

_NOT_SYNCED: Final = (
    "Containers without an asg- chain keep the rules that they were started with, which are unknown: in their"
    " netout-- chains, only the last rules are compared."
)


def file_or_folder(file: str | None, rules_folder: str | None) -> tuple[str | None, str | None]:
    """Return `file` and `rules_folder`; a directory given as the file is the folder."""
    try:
        is_folder = file is not None and rules_folder is None and Path(file).is_dir()
    except (OSError, ValueError):  # reading it reports the reason
        is_folder = False
    return (None, file) if is_folder else (file, rules_folder)


def sorting(
    file: str | None,
    wanted: Sequence[str],
    rules_folder: str | None,
    origin: InventorySource,
    environment: Environment,
) -> Callable[[State], ListingsByCell]:
    """Return a function that assigns rules to the `wanted` cells, or to all, once the cells are known.

    Raises:
        UsageFault: the options cannot be combined.
        InputFault: there are no files.
    """
    if rules_folder is not None and file is not None:
        raise CommandLineFault("--cells cannot be combined with FILE")
    if rules_folder is None and file is None and not wanted:
        raise CommandLineFault("verify requires --cell NAME [FILE], a FILE that names its cells, or --cells DIR")
    if rules_folder is not None:
        texts, others = texts_of(Path(rules_folder))

        def of_folder(state: State) -> ListingsByCell:
            _require_cells(wanted, state)
            rules = by_file(texts, state.cell_names, lambda: CellFinder(state.cells()))
            if wanted:
                return of_cells(wanted, rules, str(rules_folder))
            if not rules.held and not rules.faults:
                raise InputFault("no file is named after a cell", where=rules_folder, hint=_there_are(state))
            return rules._replace(strays=[*others, *rules.strays])

        return of_folder
    stdin_once((file or "-", origin.lrps))
    text = text_in(file, environment)

    def of_file(state: State) -> ListingsByCell:
        _require_cells(wanted, state)
        if len(set(wanted)) == 1:
            return ListingsByCell([of_cell(wanted[0], text, state.cell_names)], [])
        rules = by_section(text, state.cell_names, lambda: CellFinder(state.cells()))
        return of_cells(wanted, rules, text.origin) if wanted else rules

    return of_file


def _require_cells(wanted: Sequence[str], state: State) -> None:
    """Check that the cells exist.

    Raises:
        UnknownName: one does not.
    """
    for cell in wanted:
        if cell not in state.cell_names:
            raise unknown_cell(cell, state.cell_names)


def _there_are(state: State) -> str:
    return f"Known cells: {some(state.cell_names)}."


def silent_cells(rules: ListingsByCell, state: State, *, whole: bool) -> list[str]:
    """Return notes about cells without rules, and files that do not belong to a cell.

    Unless rules of the `whole` foundation were expected, those of one cell are enough.
    """
    if not whole and len(rules.held) + len(rules.faults) <= 1:
        return []
    told = []
    given = {each.cell for each in rules.held}
    silent = [name for name in state.cell_names if name not in given]
    if silent:
        told.append(f"No rules were provided for {counted(len(silent), 'cell')}: {some(silent)}.")
    if rules.strays:
        told.append(f"Ignored (no rules, and not named after a cell): {some(rules.strays)}.")
    return told


class VerifiedCells:
    """Compares cells one after the other; remembers whether there was drift, and the notes."""

    def __init__(self, rules: ListingsByCell, state: State, names: Names, *, whole_cell: bool | None) -> None:
        self._rules = {each.cell: each for each in rules.held}
        self._state = state
        self._addresses = Addresses(names)
        self._whole_cell = whole_cell
        self._groups_known = state.read_security_groups() is not None
        self._groups_missing = state.settings.enable_asg_syncing and not self._groups_known
        self._cells: Iterable[CheckedCell] | None = None
        self.drift = False
        self.faults = list(rules.faults)
        self.notes = [*state.notes, *map(_told, rules.faults)]

    def require(self) -> None:
        """Compare the cells at once.

        Raises:
            InputFault: the rules of a cell cannot be read.
        """
        self._cells = list(self._checked())
        if self.faults:
            raise self.faults[0]

    def __iter__(self) -> Iterator[CheckedCell]:
        ignored = 0
        for checked in self._checked() if self._cells is None else self._cells:
            self.drift = self.drift or bool(checked.drifts)
            self.notes += [note for note in self._notes(checked) if note not in self.notes]
            ignored += checked.ignored
            yield checked
        if ignored:
            rules = (
                f"{ignored:,} rules not managed by Cloud Foundry do"
                if ignored > 1
                else "1 rule not managed by Cloud Foundry does"
            )
            self.notes.append(f"{rules} not affect traffic between apps.")

    def _checked(self) -> Iterator[CheckedCell]:
        planner = CellPlanner(self._state)
        finder: CellFinder | None = None
        for cell in self._state.cells(list(self._rules)):
            held = self._rules[cell.name]
            planned, known = _plan(planner, cell)
            try:
                actual = held.rules(known)
            except InputFault as fault:
                self._fail(fault)
                continue
            if isinstance(planned, InputFault):
                raise planned
            whole = self._looks_whole(actual)
            if actual.ipv6 and _IPV6_IGNORED not in self.notes:
                self.notes.append(_IPV6_IGNORED)
            drifts = cell_drift(
                planned,
                actual,
                whole_cell=whole,
                security_groups=self._groups_known,
                addresses_of=self._addresses.of,
            )
            if drifts:
                finder = finder or CellFinder(self._state.cells())
                if other := finder.other_than(cell.name, actual):
                    self._fail(_other_cell(held.origin, cell.name, other))
                    continue
            ignored = ignored_rules(actual, drifts)
            yield CheckedCell(
                cell.name, planned, whole, drifts, ignored, _doubtful(self._state), complete=self._state.complete
            )

    def _looks_whole(self, actual: Ruleset) -> bool:
        if self._whole_cell is not None:
            return self._whole_cell
        return self._state.settings.whole_cell or has_own_chains(actual)

    def _fail(self, fault: InputFault) -> None:
        self.faults.append(fault)
        self.notes.append(_told(fault))

    def _notes(self, checked: CheckedCell) -> Iterator[str]:
        """Return what was not compared."""
        if checked.whole_cell and self._groups_missing:
            yield _NO_GROUPS
        if checked.whole_cell and not all(map(is_whole, checked.planned.netout)):
            yield _NOT_SYNCED


def _doubtful(state: State) -> frozenset[DriftKind]:
    """Return the kinds of findings that policies or tags may explain that are not known."""
    return (frozenset() if state.complete else _BY_POLICIES) | (_BY_TAGS if state.tags.allotted else frozenset())


def _told(fault: InputFault) -> str:
    return f"{fault} {fault.hint}".rstrip()


def _other_cell(origin: str, cell: str, other: str) -> InputFault:
    return InputFault(
        f"these appear to be the rules of cell {other}, not of {cell}.", where=origin, hint=f"Use --cell {other}."
    )


def _plan(planner: CellPlanner, cell: Cell) -> tuple[PlannedCell | InputFault, Collection[str]]:
    """Return the expected chains of the cell, or why the agent would fail, and the texts of its rules."""
    try:
        planned = planner.plan(cell)
    except InputFault as fault:
        return fault, ()
    return planned, frozenset(planned.texts)
