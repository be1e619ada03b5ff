"""`cfnet advise`: propose policies that refused calls need, and report policies that no call used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cell.calls.advice import AdviceChoices, advise
from cfnet.cli.parsing.command import OFFLINE_EXITS, SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.duration import Duration
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.operations.call_logs import call_context, read_logs
from cfnet.operations.log_files import log_files
from cfnet.show.advice import AdviceFormat, advice_as
from cfnet.show.advice_tables import SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource


@click.command(
    "advise",
    cls=CfnetCommand,
    examples=("kern.log --from snapshot", "kern.log kern.log.1.gz --from snapshot --min-count 10"),
    exits={**OFFLINE_EXITS, **SERVER_EXITS},
    see_also=("explain", "lint", "verify"),
)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path())
@click.option(
    "--min-count",
    metavar="N",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="List ports with fewer refused calls apart, as they may be scans",
)
@click.option(
    "--unused-after",
    metavar="PERIOD",
    type=Duration(),
    default="0s",
    help="Only report policies as unused if the logs cover at least this period, such as 30d or 12h",
)
@click.option("--calls", "every_call", is_flag=True, help=f"List all calls, not only the {SHOWN} most frequent ones")
@output_format(AdviceFormat, "text, JSON, Markdown, or the needed policies as entries of a document in YAML")
@inventory_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    logs: Sequence[str],
    min_count: int,
    unused_after: float,
    every_call: bool,
    form: AdviceFormat,
    origin: InventorySource,
) -> None:
    """Propose policies that refused calls need, and report policies that no call used.

    LOG has lines of Cloud Foundry (OK_…, DENY_…) as printed by dmesg, journalctl, syslog, 'bosh ssh' or
    iptables-logger, of one cell or several; it may be compressed with gzip. '-' is stdin.

    Cells log refused calls between apps if iptables_c2c_logging is on, and accepted ones if iptables_logging is on.
    """
    environment: Environment = ctx.obj
    files = log_files(logs, environment)
    with call_context(environment, origin) as context:
        log = read_logs(files, context, environment)
        advice = advise(log, context, AdviceChoices(min_count, unused_after))
    out = environment.output(as_file=form is not AdviceFormat.TEXT)
    out.write(advice_as(form, advice, every_call=every_call, colour=environment.colour()))
