"""`cfnet verify`: cells' own rules, held against what they should be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cfnet.cell.cell_drift import cell_drift, has_own_chains
from cfnet.cell.instances import names_of
from cfnet.cell.netout_chain import is_whole
from cfnet.cell.planned_cell import CellPlanner
from cfnet.cli.app_choice import some, unknown_cell
from cfnet.cli.by_example import ByExample
from cfnet.cli.held_rules import files_of, held_by_cell, held_in
from cfnet.cli.options import shared
from cfnet.cli.state_choice import Choice, open_state, state_options
from cfnet.cli.words import stdin_once
from cfnet.errors import UsageFault
from cfnet.exits import Exit
from cfnet.show.drift import Checked, drift_json, drift_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from cfnet.cell.state import State
    from cfnet.cli.environment import Environment
    from cfnet.cli.held_rules import Held

_NO_GROUPS: Final = "The security groups are not known (security_groups.json): asg- chains are not looked into."
_NOT_SYNCED: Final = (
    "Containers without an asg- chain keep the rules that they were started with, which are not known: of their"
    " netout-- chains only the last rules are looked at."
)


@click.command(
    "verify",
    cls=ByExample,
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
@state_options
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
    folder: Path | None,
    agent: Path | None,
    lrps: str | None,
    stores: Sequence[str],
    as_json: bool,
    exit_zero: bool,
) -> int:
    """Hold the rules that a cell really has against those that it should have.

    FILE is what 'iptables -S' or 'iptables-save' prints on the cell, of either backend, with or without counters;
    chains and rules of other people are passed over. With --cells, DIR/NAME, DIR/NAME.rules, DIR/NAME.txt and the
    like are the rules of cell NAME.

    \b
    What is found, each with its rule, its policy and its apps:
      missing          a rule that should be there
      extra            a rule that should not
      wrong-order      a rule at the wrong place
      wrong-mark       a rule with the mark of another app: a tag has moved
      stale-chain      a policy chain that nothing leads to, or the chains of a container that is gone
      two-chains       two policy chains at work, in the middle of a swap
      enforcement-off  a rule that accepts everything

    Exit codes: 0 in sync, 1 drift, 2 wrong usage, or a file that cannot be read, 4 not logged in or
    not allowed, 7 trouble with the server.
    """
    environment: Environment = ctx.obj
    held_by = _held(file, cell, rules_folder, lrps, environment)
    with open_state(Choice(folder, agent, lrps, stores), environment) as state:
        held = held_by(state.cell_names)
        found = _Found(_checked(held, state, whole_cell=whole_cell), state)
        found.notes += _silent(held, state if rules_folder else None)
        names = names_of(state)
        if as_json:
            told = drift_json(found, names, state.read_apps(), found.notes)
        else:
            told = drift_text(found, names, colour=environment.colour())
        out = environment.output(as_file=as_json)
        for piece in told:
            out.write(piece)
        environment.tell_notes(found.notes)
    return Exit.FINDING if found.drift and not exit_zero else Exit.DONE


def _held(
    file: str | None, cell: str | None, rules_folder: str | None, lrps: str | None, environment: Environment
) -> Callable[[Collection[str]], Mapping[str, Held]]:
    """What tells the rules by their cells' names, once it is known which cells there are.

    Raises:
        UsageFault: the options make no sense together.
        InputFault: there are no files.
    """
    if (cell is None) == (rules_folder is None):
        raise UsageFault("verify needs --cell NAME [FILE], or --cells DIR", hint="See 'cfnet verify --help'.")
    if cell is None:
        if file is not None:
            raise UsageFault("--cells takes no FILE beside it")
        files = files_of(Path(str(rules_folder)))
        return lambda names: held_by_cell(files, names)
    stdin_once((file or "-", lrps))
    held = held_in(file, environment)

    def of_one(names: Collection[str]) -> Mapping[str, Held]:
        if cell not in names:
            raise unknown_cell(cell, names)
        return {cell: held}

    return of_one


def _silent(held: Mapping[str, Held], state: State | None) -> list[str]:
    """A note about the cells of which there is no file."""
    silent = [name for name in (state.cell_names if state else ()) if name not in held]
    if not silent:
        return []
    hold = "cell holds" if len(silent) == 1 else "cells hold"
    return [f"Nothing is known of what {len(silent):,} {hold}: {some(silent)}."]


class _Found:
    """Cells that are looked at one after the other; remembers whether there was any drift, and what must be told."""

    def __init__(self, cells: Iterator[Checked], state: State) -> None:
        self._cells = cells
        self._groups_missing = state.settings.enable_asg_syncing and state.read_security_groups() is None
        self.drift = False
        self.notes = list(state.notes)

    def __iter__(self) -> Iterator[Checked]:
        for checked in self._cells:
            self.drift = self.drift or bool(checked.drifts)
            self.notes += [note for note in self._notes(checked) if note not in self.notes]
            yield checked

    def _notes(self, checked: Checked) -> Iterator[str]:
        """What was not looked into."""
        if checked.whole_cell and self._groups_missing:
            yield _NO_GROUPS
        if checked.whole_cell and not all(map(is_whole, checked.planned.netout)):
            yield _NOT_SYNCED


def _checked(held: Mapping[str, Held], state: State, *, whole_cell: bool | None) -> Iterator[Checked]:
    planner = CellPlanner(state)
    known = state.read_security_groups() is not None
    for cell in state.cells(list(held)):
        actual = held[cell.name].rules()
        planned = planner.plan(cell)
        whole = state.settings.whole_cell or has_own_chains(actual) if whole_cell is None else whole_cell
        drifts = cell_drift(planned, actual, whole_cell=whole, security_groups=known)
        yield Checked(cell.name, planned, whole, drifts)
