"""`cfnet capacity`: usage of tags, quotas and cells, now and after changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

import click

from cfnet.cell.planning.capacity import measure
from cfnet.cell.planning.container_chains import ContainerChainsPlanner
from cfnet.cli.parsing.command import OFFLINE_EXITS, SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import documents
from cfnet.cli.parsing.form_names import TextOrMetrics
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.operations.capacity_changes import Applied, read_changes, state_after
from cfnet.operations.inventory import InventorySource, open_inventory, state_of
from cfnet.policy.limits import POLICIES_PER_SOURCE
from cfnet.show.capacity import Filling, capacity_json, capacity_text, tag_warnings
from cfnet.show.capacity_metrics import capacity_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.documents import DocumentFiles
    from cfnet.operations.environment import Environment

_ON_A_TERMINAL: Final = 20
"""The cells and apps that are listed on a terminal."""


@click.command(
    "capacity",
    cls=CfnetCommand,
    examples=("", "--from snapshot", "policies.yml --prune", "--what-if scale=appA:20 --what-if add=policies.yml"),
    exits={**OFFLINE_EXITS, **SERVER_EXITS},
    see_also=("graph", "render", "report"),
)
@documents("[FILE...]", required=False, or_changes=True)
@click.option("--prune", is_flag=True, help="With FILE: include what 'apply --prune' would remove")
@click.option(
    "--what-if",
    "changes",
    metavar="CHANGE",
    multiple=True,
    type=click.Path(),
    help="Also show the usage after a change: scale=APP:N, add=POLICIES.yml or remove=POLICIES.yml; repeatable",
)
@click.option(
    "--quota",
    metavar="N",
    type=click.IntRange(min=1),
    default=POLICIES_PER_SOURCE,
    show_default=True,
    help="Quota of policies per source app: max_policies_per_app_source of the policy server",
)
@click.option(
    "--whole-cell/--no-whole-cell", default=None, help="Include per-container chains (Default: as set in agent.json)"
)
@inventory_options
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(min=1),
    help="List at most N cells and N apps (Default: 20 as text on a terminal, otherwise all)",
)
@output_format(TextOrMetrics, "text, JSON, or metrics for Prometheus")
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    origin: InventorySource,
    changes: Sequence[str],
    written: DocumentFiles,
    prune: bool,
    quota: int,
    whole_cell: bool | None,
    top: int | None,
    form: TextOrMetrics,
) -> None:
    """Show the usage of tags, quotas and cells.

    The output lists the rules and their size on each cell, the number of tags in use (of 65,535), and the policies of
    each source app compared with its quota, highest usage first. The ingress router may have one of the tags.

    With FILE, the usage after applying the documents is shown as well, and what changes comes first. Changes given by
    --what-if are applied after that, in order. Additional instances are placed on the cells with the fewest containers
    and get placeholder IPs; new apps get tags the way the policy server assigns them.
    """
    environment: Environment = ctx.obj
    what_if = read_changes(changes, Applied(written, prune), origin, environment)
    with open_inventory(environment, origin) as inventory:
        state = state_of(inventory)
        named = state.read_apps()
        after, tag_change = state_after(state, what_if, inventory, environment)
        warnings = tag_warnings(tag_change, named)
        own = None
        if state.settings.whole_cell if whole_cell is None else whole_cell:
            own = ContainerChainsPlanner(state.read_security_groups() or [], state.settings)
        filling = Filling(
            measure(state, own),
            measure(after, own) if what_if else None,
            quota,
            named,
            warnings,
            after.notes,
            all_tags=not state.tags.allotted and state.read_visible() is None,
            top=top or (_ON_A_TERMINAL if form is TextOrMetrics.TEXT and environment.stdout.isatty() else None),
        )
        environment.output(as_file=form is not TextOrMetrics.TEXT).write(_text(form, filling, environment))
        environment.tell_notes((*after.notes, *(f"Warning: {warning}" for warning in warnings)))


def _text(form: TextOrMetrics, filling: Filling, environment: Environment) -> str:
    match form:
        case TextOrMetrics.TEXT:
            return capacity_text(filling, colour=environment.colour())
        case TextOrMetrics.JSON:
            return capacity_json(filling)
        case TextOrMetrics.OPENMETRICS:
            return "".join(capacity_metrics(filling))
        case _:
            assert_never(form)
