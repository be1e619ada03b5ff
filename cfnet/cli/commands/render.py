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
from cfnet.cli.parsing.command import CfnetCommand
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.one_of import OneOf
from cfnet.cli.parsing.shared_options import form_name, shared
from cfnet.errors import UsageFault
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
    short_help="Show the iptables rules that each cell would get",
    examples=("", "--cell cell-1", "--app appA --whole-cell", "--from snapshot --format save"),
)
@inventory_options
@click.option("--cell", "cells", metavar="NAME", multiple=True, help="Only this cell; may be repeated")
@click.option(
    "--app", "apps", metavar="APP", multiple=True, help="Only rules about this app: name, ORG/SPACE/APP or GUID"
)
@click.option("--timestamp", metavar="N", type=int, help="Name the chain vpa--N; without it, vpa--preview")
@click.option(
    "--format",
    "text_format",
    type=OneOf([Format.RULES.value, Format.SAVE.value]),
    help="As 'iptables -S' prints them (rules), or as iptables-restore loads them (save)  [default: rules]",
)
@click.option(
    "--whole-cell/--no-whole-cell", default=None, help="The containers' own chains, too  [default: agent.json's]"
)
@click.option("--json", "as_json", is_flag=True, help="Each rule taken apart, as JSON, for programs")
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
    """Show the policy chain that each Diego cell would get, and with --whole-cell its containers' own chains.

    Each cell's block begins with a # line that names it, and then has what 'iptables -S' prints on that cell. Of a live
    foundation, cells go by their own IPs, or by the names that --lrps or --store has for them.

    \b
    A snapshot is a folder, written by 'cfnet snapshot' or made by hand, with
      policies.json          cf curl /networking/v1/external/policies
      tags.json              cf curl /networking/v1/external/tags (network.admin; else marks are allotted)
      cells/NAME/store.json  each cell's /var/vcap/data/container-metadata/store.json
      agent.json             settings of the policy agent and the CNI wrapper (else their defaults)
      security_groups.json   cf curl "/v3/security_groups?per_page=5000" (for --whole-cell)
      apps.json, spaces.json, organizations.json
                             cf curl "/v3/apps?per_page=5000" and so on, for names (optional)

    Exit codes: 0 done, 2 wrong usage, or a file that cannot be read, 4 not logged in or not allowed,
    7 trouble with the server.
    """
    environment: Environment = ctx.obj
    chosen = Format(form_name(text_format, as_json=as_json) or Format.RULES)
    if apps and chosen is Format.SAVE:
        raise UsageFault("--app cannot be combined with --format save", hint="A part of a chain must not be loaded.")
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
