"""`cfnet advise`: propose policies that refused calls need, and report policies that no call used."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cfnet.cell.calls.advice import AdviceChoices, advise
from cfnet.cell.calls.needed_policies import needed_policies
from cfnet.cli.parsing.command import OFFLINE_EXITS, SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.duration import Duration
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault
from cfnet.operations.call_logs import call_context, empty_log, read_logs
from cfnet.operations.follow_logs import follow_logs
from cfnet.operations.inventory import open_inventory
from cfnet.operations.log_files import log_files
from cfnet.operations.rule_counters import CountersByCell, counters_in
from cfnet.show.advice import AdviceFormat, advice_as, needed_line
from cfnet.show.advice_tables import SHOWN
from cfnet.show.printable import printable_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.cell.calls.advice import Advice, CallContext
    from cfnet.cell.calls.call_log import CallLog
    from cfnet.operations.amend_document import AmendedFile
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory, InventorySource
    from cfnet.policy import Policy


@click.command(
    "advise",
    cls=CfnetCommand,
    examples=(
        "kern.log --from snapshot",
        "kern.log kern.log.1.gz --from snapshot --min-count 10",
        "kern.log --from snapshot --unused-after 30d --into policies.yml",
    ),
    exits={**OFFLINE_EXITS, **SERVER_EXITS},
    see_also=("explain", "lint", "verify"),
)
@click.argument("logs", metavar="[LOG...]", nargs=-1, required=False, type=click.Path())
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
@click.option(
    "--counters",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Outputs of 'iptables-save -c', taken twice on each cell, as more evidence of unused policies",
)
@click.option("--calls", "every_call", is_flag=True, help=f"List all calls, not only the {SHOWN} most frequent ones")
@output_format(AdviceFormat, "text, JSON, Markdown, or the needed policies as entries of a document in YAML")
@click.option(
    "--into",
    metavar="FILE",
    type=click.Path(),
    help="Add the needed policies to this policy document, and comment out the unused ones",
)
@click.option(
    "--follow", is_flag=True, help="Keep reading LOG as it grows, and print each policy as soon as it is needed"
)
@inventory_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    logs: Sequence[str],
    min_count: int,
    unused_after: float,
    counters: Path | None,
    every_call: bool,
    form: AdviceFormat,
    into: str | None,
    follow: bool,
    origin: InventorySource,
) -> None:
    """Propose policies from logged calls and find unused ones.

    Refused calls show which policies are needed, and accepted ones which are in use. LOG has lines of Cloud Foundry
    (OK_…, DENY_…) as printed by dmesg, journalctl, syslog, 'bosh ssh' or iptables-logger, of one cell or several; it
    may be compressed with gzip. '-' is stdin.

    With --into, a policy document is edited: the needed policies of apps that it owns are added at the end of its list,
    unless it expects their calls to be denied, and entries of which no policy was used are commented out. Everything
    else in it stays as it is.

    With --follow, a needed policy is printed as soon as enough calls were refused. When stdin ends, or when you press
    Ctrl-C, the advice follows.

    With --counters, policies are also judged by the packets that their rules counted between two outputs of
    'iptables-save -c' on a cell. Files are named after their cells, or are in directories that are.

    Cells log refused calls between apps if iptables_c2c_logging is on, and accepted ones if iptables_logging is on.
    """
    environment: Environment = ctx.obj
    if not logs and counters is None:
        raise CommandLineFault("advise requires a LOG, or --counters", hint="Example: dmesg | cfnet advise -")
    if follow:
        _require_text(form, into)
    choices = AdviceChoices(min_count, unused_after)
    files = [] if follow else log_files(logs, environment)
    with open_inventory(environment, origin) as inventory:
        context = call_context(inventory)
        counted = counters_in(counters, context.cells) if counters else CountersByCell({}, ())
        log = empty_log(context)
        if follow:
            _follow(logs, log, context, choices, environment)
        read_logs(files, log, environment)
        advice = advise(log, context, choices, counted.by_cell)
        amended = _amended(into, advice, inventory, environment) if into else None
    out = environment.output(as_file=form is not AdviceFormat.TEXT)
    out.write(advice_as(form, advice, every_call=every_call, colour=environment.colour()))
    environment.tell_notes(counted.notes)
    if amended:
        amended.write()
        environment.say(printable_lines("\n".join(amended.notes)))


def _require_text(form: AdviceFormat, into: str | None) -> None:
    if into or form is not AdviceFormat.TEXT:
        raise CommandLineFault("--follow cannot be combined with --into, --json or --format")


def _follow(
    logs: Sequence[str], log: CallLog, context: CallContext, choices: AdviceChoices, environment: Environment
) -> None:
    """Print needed policies until the logs end or the user interrupts."""
    told: set[Policy] = set()
    with suppress(KeyboardInterrupt):
        for _ in follow_logs(logs, log, environment):
            for each in needed_policies(log.refused, context.policies, choices.min_count).proposed:
                if each.policy not in told:
                    environment.stdout.write(needed_line(each, context.apps))
                    told.add(each.policy)
            environment.stdout.flush()


def _amended(into: str, advice: Advice, inventory: Inventory, environment: Environment) -> AmendedFile:
    from cfnet.operations.amend_document import amend_document

    return amend_document(into, advice, inventory, environment)
