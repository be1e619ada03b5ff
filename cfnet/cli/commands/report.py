"""`cfnet report`: write a report of a planned change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import OFFLINE_EXITS, SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import documents
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.exits import Exit
from cfnet.operations.report_change import change_report
from cfnet.policy.limits import POLICIES_PER_SOURCE
from cfnet.show.report import ReportFormat, report_as

if TYPE_CHECKING:
    from cfnet.operations.documents import DocumentFiles
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource


@click.command(
    "report",
    cls=CfnetCommand,
    examples=(
        "policies.yml > report.html",
        "policies.yml --prune --format markdown",
    ),
    exits={**OFFLINE_EXITS, **SERVER_EXITS},
    see_also=("apply", "diff", "graph"),
)
@documents()
@click.option("--prune", is_flag=True, help="Include what 'apply --prune' would remove")
@output_format(ReportFormat, "a web page, or Markdown")
@click.option(
    "--quota",
    metavar="N",
    type=click.IntRange(min=1),
    default=POLICIES_PER_SOURCE,
    show_default=True,
    help="Quota of policies per source app: max_policies_per_app_source of the policy server",
)
@inventory_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    written: DocumentFiles,
    prune: bool,
    form: ReportFormat,
    quota: int,
    origin: InventorySource,
) -> Exit:
    """Write a report of a planned change.

    Nothing is sent. The report, e.g. for a change ticket, is a single file with a summary, the policies, the rules that
    are added and removed on each cell, a graph, and notes about quotas and tags. The HTML report works offline and can
    be printed.
    """
    from cfnet.operations.compare import load_sound
    from cfnet.operations.preview import Wanted, open_preview

    environment: Environment = ctx.obj
    read = written.read(environment, origin.lrps)
    wanted = Wanted(read, load_sound(read, environment), prune=prune)
    with open_preview(wanted, origin, environment) as seen:
        text = report_as(form, change_report(seen, written.files, origin, quota))
        environment.output(as_file=True).write(text)
        environment.tell_notes(seen.before.notes)
    return Exit.DONE
