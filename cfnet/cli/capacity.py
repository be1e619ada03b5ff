"""`cfnet capacity`: how full a foundation is, and would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cell.capacity import measure
from cfnet.cell.own_chains import OwnChainsPlanner
from cfnet.cell.tag_changes import TagStep
from cfnet.cell.what_if import scaled, with_policies
from cfnet.cli.app_choice import choose_app
from cfnet.cli.by_example import ByExample
from cfnet.cli.options import shared
from cfnet.cli.state_choice import Choice, open_state, state_options
from cfnet.errors import InputFault, UsageFault
from cfnet.policy.limits import POLICIES_PER_SOURCE
from cfnet.show.capacity import Filling, capacity_json, capacity_text, tag_warnings
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cfnet.cell.state import State
    from cfnet.cell.tag_changes import TagChange
    from cfnet.cli.environment import Environment
    from cfnet.document import Fault
    from cfnet.policy import App, Policy


@click.command(
    "capacity",
    cls=ByExample,
    short_help="Show how full tags, quotas and cells are",
    examples=("", "--from snapshot", "--what-if scale=appA:20 --what-if add=policies.yml"),
)
@click.option(
    "--what-if",
    "changes",
    metavar="CHANGE",
    multiple=True,
    help="Also show what it would be after scale=APP:N, add=POLICIES.yml or remove=POLICIES.yml; may be repeated",
)
@click.option(
    "--quota",
    metavar="N",
    type=click.IntRange(min=1),
    default=POLICIES_PER_SOURCE,
    show_default=True,
    help="The policy server's max_policies_per_app_source",
)
@click.option("--whole-cell/--no-whole-cell", default=None, help="Count the containers' own chains, too")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs")
@state_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    folder: Path | None,
    agent: Path | None,
    lrps: str | None,
    stores: Sequence[str],
    changes: Sequence[str],
    quota: int,
    whole_cell: bool | None,
    as_json: bool,
) -> None:
    """Show how full a foundation is, the fullest first.

    That is: tags used of 65,535, each source app's policies of its quota, rules and bytes on each cell.

    Changes come one after the other, as they are given. More instances are counted on the cells with the fewest
    containers, under IPs that stand for those they will get; new apps get tags as the policy server would give them.
    """
    environment: Environment = ctx.obj
    with open_state(Choice(folder, agent, lrps, stores), environment) as state:
        for note in state.notes:
            environment.say(printable(note))
        named = state.read_apps()
        after, tag_change = _after(state, changes, named, environment)
        warnings = tag_warnings(tag_change, named)
        own = None
        if state.settings.whole_cell if whole_cell is None else whole_cell:
            own = OwnChainsPlanner(state.read_security_groups() or [], state.settings)
        filling = Filling(
            measure(state, own), measure(after, own) if changes else None, quota, named, warnings, state.notes
        )
        environment.stdout.write(
            capacity_json(filling) if as_json else capacity_text(filling, colour=environment.colour())
        )
        for warning in warnings:
            environment.say(printable(f"Warning: {warning}"))


def _after(
    state: State, changes: Sequence[str], named: Mapping[str, App], environment: Environment
) -> tuple[State, TagChange]:
    """The state after all changes, and what became of the tags."""
    steps: list[TagStep] = []
    guids = {app for policy in state.policies for app in (policy.source, policy.destination)}
    for change in changes:
        kind, _, value = change.partition("=")
        if kind == "scale":
            app, _, count = value.rpartition(":")
            if not (app and count.isascii() and count.isdigit()):
                raise UsageFault(f"--what-if scale takes APP:N, not '{value}'", hint="As in --what-if scale=web:20")
            state = scaled(state, choose_app(app, named, guids), int(count))
        elif kind in ("add", "remove") and value:
            steps.append(TagStep(_declared(value, named, environment), adds=kind == "add"))
        else:
            raise UsageFault(
                f"--what-if takes scale=APP:N, add=POLICIES.yml or remove=POLICIES.yml, not '{change}'",
                hint="As in --what-if scale=web:20",
            )
    return with_policies(state, steps)


def _declared(file: str, named: Mapping[str, App], environment: Environment) -> list[Policy]:
    """The policies of a document, in its order.

    Raises:
        InputFault: it has faults; the first is told.
    """
    from cfnet.cli.documents import read_documents
    from cfnet.document import resolve

    loaded = read_documents([file], (), (), environment).load()
    _refuse(loaded.faults, file)
    resolved = resolve(loaded, named.values(), {app.space for app in named.values()})
    _refuse(resolved.faults, file)
    return list(resolved.wanted)


def _refuse(faults: Sequence[Fault], file: str) -> None:
    if faults:
        more = f"; {len(faults) - 1:,} more faults" if faults[1:] else ""
        raise InputFault(f"{faults[0]}{more}", hint=f"'cfnet validate {file}' tells all that can be seen offline.")
