"""`cfnet render`: the chains that each cell would get."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

import click

from cfnet.cell.planning.asg_chain import ip6tables_note, not_usable
from cfnet.cell.planning.chain_text import chain_name
from cfnet.cell.planning.container_chains import ContainerChainsPlanner
from cfnet.cell.planning.policy_chain import Planner
from cfnet.cli.parsing.command import OFFLINE_EXITS, SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.one_of import OneOf
from cfnet.cli.parsing.shared_options import form_name, shared
from cfnet.errors import CommandLineFault, UsageFault
from cfnet.operations.choose_app import choose_app, unknown_cell
from cfnet.operations.inventory import InventorySource, open_state
from cfnet.policy import ends
from cfnet.show.rules import CellRules, listings, rules_json, saves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.planning.container_chain import ContainerChain
    from cfnet.cell.planning.policy_chain import PlannedRule
    from cfnet.operations.environment import Environment

_NOT_SYNCED: Final = (
    "enable_asg_syncing is off: containers keep the security groups that they were started with. Those are not known,"
    " and the netout-- chains lack their rules."
)


class Format(StrEnum):
    """The text that comes out."""

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
@click.option(
    "--format",
    "text_format",
    type=OneOf([Format.RULES.value, Format.SAVE.value]),
    help="Output format: that of 'iptables -S' (rules) or of iptables-restore (save) (Default: rules)",
)
@click.option(
    "--whole-cell/--no-whole-cell", default=None, help="Include per-container chains (Default: as set in agent.json)"
)
@click.option("--json", "as_json", is_flag=True, help="Print the rules and their parts as JSON")
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    origin: InventorySource,
    cells: Sequence[str],
    apps: Sequence[str],
    timestamp: int | None,
    text_format: str | None,
    whole_cell: bool | None,
    as_json: bool,
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
    chosen = Format(form_name(text_format, as_json=as_json) or Format.RULES)
    if apps and chosen is Format.SAVE:
        raise CommandLineFault(
            "--app cannot be combined with --format save", hint="A part of a chain must not be loaded."
        )
    try:
        chain = chain_name(timestamp)
    except ValueError as error:
        raise UsageFault(f"{error}", hint="It is the time in microseconds since 1970: 16 digits.") from error
    with open_state(environment, origin) as known:
        state = known
        names = _cells(cells, state)
        only = _apps(apps, state) if apps else None
        own = None
        if state.settings.whole_cell if whole_cell is None else whole_cell:
            own, more = _own_chains(state)
            state = replace(state, notes=[*state.notes, *more])
        out = environment.output(as_file=True, raw=True)
        empty = True
        for piece in _text(_planned(state, names, only, own), chain, chosen, state, out):
            out.write(piece)
            empty = False
        if empty:
            environment.say("No cell has a container of that app, or a rule about it.")
        environment.tell_notes(state.notes)


def _cells(wanted: Sequence[str], state: State) -> Sequence[str]:
    if not wanted:
        return state.cell_names
    for name in wanted:
        if name not in state.cell_names:
            raise unknown_cell(name, state.cell_names)
    return list(dict.fromkeys(wanted))


def _apps(wanted: Sequence[str], state: State) -> frozenset[str]:
    named = state.read_apps()
    guids = set(ends(state.policies))
    return frozenset(choose_app(text, named, guids, state.target) for text in wanted)


def _own_chains(state: State) -> tuple[ContainerChainsPlanner, list[str]]:
    """What plans the containers' own chains, and what must be known of the result."""
    groups = state.read_security_groups()
    if not state.settings.enable_asg_syncing:
        return ContainerChainsPlanner(groups or [], state.settings), [_NOT_SYNCED]
    notes = [
        f"The agent fails at the security group {each}. Containers it is for get no asg- chain."
        for each in not_usable(groups or [], state.settings.silk)
    ]
    if groups is None:
        notes.append("There is no security_groups.json: the asg- chains let nothing out.")
    notes += filter(None, [ip6tables_note(groups or [], state.settings)])
    return ContainerChainsPlanner(groups or [], state.settings), notes


def _planned(
    state: State, names: Sequence[str], only: frozenset[str] | None, own: ContainerChainsPlanner | None
) -> Iterator[CellRules]:
    """What is to be shown of each cell; with `only`, what is about these apps, and no cell that has nothing of it."""
    planner = Planner.of(state)
    for cell in state.cells(names):
        rules = planner.plan(cell)
        chains = own.plan(cell) if own else None
        if only is None:
            yield CellRules(cell.name, rules, range(1, len(rules) + 1), chains)
        elif part := _about(only, cell, rules, chains):
            yield part


def _about(
    apps: frozenset[str], cell: Cell, rules: Sequence[PlannedRule], chains: Sequence[ContainerChain] | None
) -> CellRules | None:
    """What is about `apps` of the rules of a cell; None where nothing is, and the cell has no container of them."""
    places = [at for at, rule in enumerate(rules, 1) if any(map(rule.concerns, apps))]
    if not places and apps.isdisjoint(container.app for container in cell.containers):
        return None
    if chains is not None:
        chains = [chain for chain in chains if chain.container.app in apps]
    return CellRules(cell.name, [rules[at - 1] for at in places], places, chains)


def _text(cells: Iterator[CellRules], chain: str, chosen: Format, state: State, out: TextIO) -> Iterator[str]:
    match chosen:
        case Format.RULES:
            return listings(cells, chain, on_terminal=out.isatty())
        case Format.SAVE:
            return saves(cells, chain, on_terminal=out.isatty())
        case Format.JSON:
            return rules_json(cells, chain, state)
        case _:
            assert_never(chosen)
