"""`cfnet verify`: cells' own rules, held against what they should be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cfnet.cell.drift.cell_drift import cell_drift, has_own_chains, ignored_rules
from cfnet.cell.drift.cell_identity import CellFinder
from cfnet.cell.model.instances import Addresses, names_of
from cfnet.cell.planning.netout_chain import is_whole
from cfnet.cell.planning.planned_cell import CellPlanner
from cfnet.cli.parsing.command import CfnetCommand
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import InputFault, UsageFault
from cfnet.exits import Exit
from cfnet.operations.cell_listings import ListingsByCell, by_file, by_section, of_cell, text_in, texts_of
from cfnet.operations.choose_app import some, unknown_cell
from cfnet.operations.inventory import InventorySource, open_state
from cfnet.operations.typed_words import stdin_once
from cfnet.show.drift import CheckedCell, drift_json, drift_text
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from cfnet.cell.iptables.listing import Ruleset
    from cfnet.cell.model.names import Names
    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.planning.planned_cell import PlannedCell
    from cfnet.operations.environment import Environment

_NO_GROUPS: Final = "The security groups are not known (security_groups.json): asg- chains are not looked into."
_IPV6_IGNORED: Final = "Rules of ip6tables are ignored: only the IPv4 rules are compared."
_NOT_SYNCED: Final = (
    "Containers without an asg- chain keep the rules that they were started with, which are not known: of their"
    " netout-- chains only the last rules are looked at."
)


@click.command(
    "verify",
    cls=CfnetCommand,
    short_help="Hold a cell's own rules against what it should have",
    examples=(
        "--cell cell-1 cell-1.rules",
        "--cells rules",
    ),
)
@click.argument("file", metavar="[FILE]", required=False, type=click.Path())
@click.option("--cell", metavar="NAME", help="The cell that FILE (default: stdin) is from")
@click.option(
    "--cells",
    "rules_folder",
    metavar="DIR",
    type=click.Path(),
    help="Many cells: files of DIR, each named after its cell",
)
@click.option(
    "--whole-cell/--no-whole-cell", default=None, help="The containers' own chains, too  [default: where there are any]"
)
@inventory_options
@click.option("--json", "as_json", is_flag=True, help="The same for programs")
@click.option("--exit-zero", is_flag=True, help="Exit 0 also where there is drift")
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    file: str | None,
    cell: str | None,
    rules_folder: str | None,
    whole_cell: bool | None,
    origin: InventorySource,
    as_json: bool,
    exit_zero: bool,
) -> int:
    """Hold the rules that a cell really has against those that it should have.

    FILE is what 'iptables -S' or 'iptables-save' prints on the cell as root, of either backend, with or without
    counters, also as copied from a terminal or from 'bosh ssh -c'. Rules of others count only where they change which
    calls get through. FILE may hold several cells, under headings ('# cell-1') or with the instances of 'bosh ssh'.
    With --cells, DIR/NAME, DIR/NAME.rules, DIR/NAME.txt and the like are the rules of cell NAME.

    \b
    What is found, each with its rule, its policy and its apps:
      missing          a rule that should be there
      extra            a rule that should not
      wrong-order      a rule at the wrong place
      wrong-mark       a rule with the mark of another app: a tag has moved
      stale-chain      a policy chain that nothing leads to, or the chains of a container that is gone
      two-chains       two policy chains at work, in the middle of a swap
      enforcement-off  all calls between apps are accepted, or all calls to an app
      bypass           a rule, or one that is gone, lets calls through that no policy allows
      blocked          a rule rejects or drops calls that policies allow
      unreadable       a rule that iptables could not print ("[unsupported revision]"): whether it is right is unknown

    Exit codes: 0 in sync, 1 drift, 2 wrong usage, or rules that are not listed, not all of them, or those of another
    cell (other cells are verified nevertheless), 4 not logged in or not allowed, 7 trouble with the server.
    """
    environment: Environment = ctx.obj
    sort = _sorting(file, cell, rules_folder, origin, environment)
    with open_state(environment, origin) as state:
        rules = sort(state)
        names = names_of(state)
        found = _Found(rules, state, names, whole_cell=whole_cell)
        if cell is not None:
            found.require()
        if rules_folder is not None or len(rules.held) + len(rules.faults) > 1:
            found.notes += _silent(rules, state)
        if as_json:
            told = drift_json(found, names, state.read_apps(), found.notes)
        else:
            told = drift_text(found, names, colour=environment.colour())
        out = environment.output(as_file=as_json)
        for piece in told:
            out.write(piece)
        environment.tell_notes(found.notes)
    if found.faults:
        return Exit.USAGE
    return Exit.FINDING if found.drift and not exit_zero else Exit.DONE


def _sorting(
    file: str | None, cell: str | None, rules_folder: str | None, origin: InventorySource, environment: Environment
) -> Callable[[State], ListingsByCell]:
    """What sorts the rules by their cells, once it is known which cells there are.

    Raises:
        UsageFault: the options make no sense together.
        InputFault: there are no files.
    """
    if rules_folder is not None and file is not None:
        raise UsageFault("--cells takes no FILE beside it")
    if sum(given is not None for given in (rules_folder, cell or file)) != 1:
        raise UsageFault(
            "verify needs --cell NAME [FILE], a FILE that names its cells, or --cells DIR",
            hint="See 'cfnet verify --help'.",
        )
    if rules_folder is not None:
        texts, others = texts_of(Path(rules_folder))

        def of_folder(state: State) -> ListingsByCell:
            rules = by_file(texts, state.cell_names, lambda: CellFinder(state.cells()))
            if not rules.held and not rules.faults:
                raise InputFault("no file is named after a cell", where=rules_folder, hint=_there_are(state))
            return rules._replace(strays=[*others, *rules.strays])

        return of_folder
    stdin_once((file or "-", origin.lrps))
    text = text_in(file, environment)

    def of_file(state: State) -> ListingsByCell:
        if cell is None:
            return by_section(text, state.cell_names, lambda: CellFinder(state.cells()))
        if cell not in state.cell_names:
            raise unknown_cell(cell, state.cell_names)
        return ListingsByCell([of_cell(cell, text, state.cell_names)], [])

    return of_file


def _there_are(state: State) -> str:
    return f"There are: {some(state.cell_names)}."


def _silent(rules: ListingsByCell, state: State) -> list[str]:
    """Notes about the cells without rules, and about files that are none of a cell's."""
    told = []
    given = {each.cell for each in rules.held}
    silent = [name for name in state.cell_names if name not in given]
    if silent:
        told.append(f"No rules were provided for {counted(len(silent), 'cell')}: {some(silent)}.")
    if rules.strays:
        told.append(f"Ignored, because no cell has that name and there are no rules in it: {some(rules.strays)}.")
    return told


class _Found:
    """Cells that are looked at one after the other; remembers whether there was any drift, and what must be told."""

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
        """Look at the cells at once.

        Raises:
            InputFault: the rules of one are not to be had.
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
            rules = f"{ignored:,} rules of others change" if ignored > 1 else "1 rule of others changes"
            self.notes.append(f"{rules} nothing about calls between apps.")

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
            yield CheckedCell(cell.name, planned, whole, drifts, ignored_rules(actual, drifts))

    def _looks_whole(self, actual: Ruleset) -> bool:
        if self._whole_cell is not None:
            return self._whole_cell
        return self._state.settings.whole_cell or has_own_chains(actual)

    def _fail(self, fault: InputFault) -> None:
        self.faults.append(fault)
        self.notes.append(_told(fault))

    def _notes(self, checked: CheckedCell) -> Iterator[str]:
        """What was not looked into."""
        if checked.whole_cell and self._groups_missing:
            yield _NO_GROUPS
        if checked.whole_cell and not all(map(is_whole, checked.planned.netout)):
            yield _NOT_SYNCED


def _plan(planner: CellPlanner, cell: Cell) -> tuple[PlannedCell | InputFault, Collection[str]]:
    """What the cell should hold, or why the agent would fail, and the texts of its rules."""
    try:
        planned = planner.plan(cell)
    except InputFault as fault:
        return fault, ()
    return planned, frozenset(planned.texts)


def _told(fault: InputFault) -> str:
    return f"{fault} {fault.hint}".rstrip()


def _other_cell(origin: str, cell: str, other: str) -> InputFault:
    return InputFault(
        f"these look like the rules of cell {other}, not of {cell}.", where=origin, hint=f"Use --cell {other}."
    )
