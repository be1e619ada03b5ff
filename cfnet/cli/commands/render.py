"""`cfnet render`: show the iptables rules that each cell would get."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, assert_never

import click

from cfnet.cell.planning.chain_text import chain_name
from cfnet.cli.parsing.command import OFFLINE_EXITS, SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault, UsageFault
from cfnet.operations.inventory import InventorySource, open_state
from cfnet.operations.parallel_cells import processes_for, texts_of_cells
from cfnet.operations.render_cells import (
    CellSelection,
    chosen_apps,
    chosen_cells,
    container_chains,
    formatted,
    lines_of_cells,
    rules_of_cells,
)
from cfnet.show.rules import cell_json, cell_listing, cell_save, rules_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cfnet.cell.model.state import Cell, State
    from cfnet.operations.environment import Environment


class Format(StrEnum):
    """The output formats."""

    RULES = "rules"
    SAVE = "save"
    JSON = "json"


@click.command(
    "render",
    cls=CfnetCommand,
    examples=("", "--cell cell-1", "--app appA --whole-cell", "--from snapshot --format save"),
    exits={**OFFLINE_EXITS, **SERVER_EXITS},
    see_also=("diff", "explain", "snapshot", "trace", "verify"),
)
@inventory_options
@click.option("--cell", "cells", metavar="NAME", multiple=True, help="Only this cell; repeatable")
@click.option(
    "--app",
    "apps",
    metavar="APP",
    multiple=True,
    help="Only rules for this app: NAME, ORG/SPACE/APP or GUID; repeatable",
)
@click.option("--timestamp", metavar="N", type=int, help="Name the policy chain vpa--N instead of vpa--preview")
@output_format(
    Format, "that of 'iptables -S' (rules) or of iptables-restore (save), or JSON with the parts of each rule"
)
@click.option(
    "--whole-cell/--no-whole-cell", default=None, help="Include per-container chains (Default: as set in agent.json)"
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Plan cells in this many processes (Default: one for each processor, if there is much to plan)",
)
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    origin: InventorySource,
    cells: Sequence[str],
    apps: Sequence[str],
    timestamp: int | None,
    form: Format,
    whole_cell: bool | None,
    jobs: int | None,
) -> None:
    """Show the iptables rules that each cell would get.

    The output has the policy chain of each Diego cell, and with --whole-cell also its per-container chains. Each block
    begins with a # line that names the cell, followed by what 'iptables -S' prints on that cell. Cells of a live
    foundation are named by their IPs, or by the names in the --lrps or --store files.

    A snapshot is a directory, written by 'cfnet snapshot' or by hand, with these files:

    \b
    policies.json          cf curl /networking/v1/external/policies
    tags.json              cf curl /networking/v1/external/tags (needs network.admin; otherwise tags are assigned)
    cells/NAME/store.json  /var/vcap/data/container-metadata/store.json of each cell
    agent.json             settings of the policy agent and the CNI wrapper (optional)
    security_groups.json   cf curl "/v3/security_groups?per_page=5000" (for --whole-cell)
    apps.json              cf curl "/v3/apps?per_page=5000" (for names; optional)
    spaces.json            cf curl "/v3/spaces?per_page=5000" (for names; optional)
    organizations.json     cf curl "/v3/organizations?per_page=5000" (for names; optional)
    """
    environment: Environment = ctx.obj
    if apps and form is Format.SAVE:
        raise CommandLineFault(
            "--app cannot be combined with --format save", hint="Part of a chain must not be loaded."
        )
    try:
        chain = chain_name(timestamp)
    except ValueError as error:
        raise UsageFault(f"{error}", hint="Use the time in microseconds since 1970: 16 digits.") from error
    with open_state(environment, origin) as known:
        state = known
        names = chosen_cells(cells, state)
        only = chosen_apps(apps, state) if apps else None
        own = None
        if state.settings.whole_cell if whole_cell is None else whole_cell:
            own, more = container_chains(state)
            state = replace(state, notes=[*state.notes, *more])
        chosen = CellSelection(names, only, own)
        write = environment.byte_output()
        empty = True
        for piece in _text(state, chosen, chain, form, jobs, on_terminal=environment.stdout.isatty()):
            write(piece)
            empty = False
        if empty:
            environment.say("No cell has a container of this app, or a rule for it.")
        environment.tell_notes(state.notes)


def _text(
    state: State, chosen: CellSelection, chain: str, form: Format, jobs: int | None, *, on_terminal: bool
) -> Iterator[bytes | bytearray]:
    """Return the output in pieces."""
    processes = processes_for(jobs, state, chosen.cells)

    def pieces(make: Callable[[Cell], bytes]) -> Iterator[bytes | bytearray]:
        return texts_of_cells(state, chosen.cells, make, processes)

    match form:
        case Format.RULES:
            shown = partial(cell_listing, chain=chain, on_terminal=on_terminal)
            return pieces(formatted(lines_of_cells(state, chosen, chain, shared=processes > 1), shown))
        case Format.SAVE:
            shown = partial(cell_save, chain=chain, on_terminal=on_terminal)
            return pieces(formatted(lines_of_cells(state, chosen, chain, shared=processes > 1), shown))
        case Format.JSON:
            apps = state.read_apps()
            of_cells = pieces(formatted(rules_of_cells(state, chosen), lambda cell: cell_json(cell, apps).encode()))
            return map(str.encode, rules_json((piece.decode() for piece in of_cells), chain, state))
        case _:
            assert_never(form)
