"""`cfnet verify`: compare the actual rules of cells with the expected ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import click

from cfnet.cell.model.instances import names_of
from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.form_names import TextOrMetrics
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.exits import Exit
from cfnet.operations.inventory import InventorySource, open_state
from cfnet.operations.verify_cells import VerifiedCells, file_or_folder, silent_cells, sorting
from cfnet.show.drift import drift_json, drift_text
from cfnet.show.drift_metrics import drift_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.cell.model.names import Names
    from cfnet.cell.model.state import State
    from cfnet.operations.environment import Environment


@click.command(
    "verify",
    cls=CfnetCommand,
    examples=(
        "--cell cell-1 cell-1.rules",
        "--cells rules",
        "--cells rules --cell cell-1",
    ),
    exits={
        Exit.DONE: "In sync",
        Exit.FINDING: "Drift found",
        Exit.USAGE: "Wrong usage, or rules are missing, incomplete or of another cell; the other cells are verified",
        **SERVER_EXITS,
    },
    see_also=("diff", "explain", "render", "snapshot"),
)
@click.argument("file", metavar="[FILE]", required=False, type=click.Path())
@click.option(
    "--cell",
    "cells",
    metavar="NAME",
    multiple=True,
    help="The cell that FILE comes from (FILE defaults to stdin); repeatable: only these cells of FILE or DIR",
)
@click.option(
    "--cells",
    "rules_folder",
    metavar="DIR",
    type=click.Path(),
    help="Verify several cells: each file in DIR is named after its cell",
)
@click.option(
    "--whole-cell/--no-whole-cell", default=None, help="Include per-container chains (Default: if there are any)"
)
@inventory_options
@output_format(TextOrMetrics, "text, JSON, or metrics for Prometheus")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if there is drift")
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    file: str | None,
    cells: Sequence[str],
    rules_folder: str | None,
    whole_cell: bool | None,
    origin: InventorySource,
    form: TextOrMetrics,
    exit_zero: bool,
) -> int:
    """Compare a cell's actual rules with the expected ones.

    FILE has the output of 'iptables -S' or 'iptables-save' (either backend, with or without counters), run as root on
    the cell. It may be copied from a terminal or from 'bosh ssh -c', and may contain several cells, under headings
    ('# cell-1') or the instance names of 'bosh ssh'. With --cells, DIR/NAME, DIR/NAME.rules or DIR/NAME.txt has the
    rules of cell NAME; a directory as FILE means the same. Chains not managed by Cloud Foundry are ignored unless they
    affect traffic between apps.

    Findings, each with its rule, policy and apps:

    \b
    missing          a rule is missing
    extra            there is an unexpected rule
    wrong-order      a rule is in the wrong place
    wrong-mark       a rule has the mark of another app: its tag has changed
    stale-chain      nothing jumps to a policy chain, or the container of a chain no longer exists
    two-chains       two policy chains are active: the agent is replacing one by the other
    enforcement-off  all traffic between apps, or to one app, is accepted
    bypass           an extra or missing rule allows traffic that no policy allows
    blocked          a rule rejects or drops traffic that policies allow
    unreadable       iptables could not print a rule ("[unsupported revision]"), so it cannot be verified
    """
    environment: Environment = ctx.obj
    file, rules_folder = file_or_folder(file, rules_folder)
    sort = sorting(file, cells, rules_folder, origin, environment)
    with open_state(environment, origin) as state:
        rules = sort(state)
        names = names_of(state)
        found = VerifiedCells(rules, state, names, whole_cell=whole_cell)
        if len(set(cells)) == 1 and rules_folder is None:
            found.require()
        elif not cells:
            found.notes += silent_cells(rules, state, whole=rules_folder is not None)
        out = environment.output(as_file=form is not TextOrMetrics.TEXT)
        for piece in _told(form, found, names, state, environment):
            out.write(piece)
        environment.tell_notes(found.notes)
    if found.faults:
        return Exit.USAGE
    return Exit.FINDING if found.drift and not exit_zero else Exit.DONE


def _told(
    form: TextOrMetrics, found: VerifiedCells, names: Names, state: State, environment: Environment
) -> Iterator[str]:
    known = state.complete and not state.tags.allotted
    match form:
        case TextOrMetrics.TEXT:
            return drift_text(found, names, colour=environment.colour())
        case TextOrMetrics.JSON:
            return drift_json(found, names, state.read_apps(), found.notes, complete=known)
        case TextOrMetrics.OPENMETRICS:
            return drift_metrics(found, complete=state.complete)
        case _:
            assert_never(form)
