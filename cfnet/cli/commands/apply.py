"""`cfnet apply`: apply policy documents, or a saved plan, to a foundation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import allow_missing, documents
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault, Refused
from cfnet.exits import Exit
from cfnet.operations.proposal import Proposal, Pruning, plan_or_documents, propose
from cfnet.policy.limits import POLICIES_PER_SOURCE
from cfnet.show.difference import changes_text
from cfnet.show.expectations import expectations_text
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from cfnet.operations.connect import LiveFoundation
    from cfnet.operations.documents import DocumentFiles
    from cfnet.operations.environment import Environment


@click.command(
    "apply",
    cls=CfnetCommand,
    examples=("policies.yml", "policies.yml --prune --dry-run", "policies.yml --prune --yes", "plan.json"),
    exits={
        Exit.DONE: "Success",
        Exit.USAGE: "Wrong usage, or faults in the documents",
        Exit.REFUSED: "Refused by a safety check, stale plan, or not confirmed; nothing was sent",
        Exit.PARTIAL: "Partly applied; run the same command again to finish",
        Exit.INTERRUPTED: "Interrupted",
        **SERVER_EXITS,
    },
    see_also=("diff", "export", "report", "validate"),
)
@documents("FILE|PLAN...")
@allow_missing
@click.option("-y", "--yes", is_flag=True, help="Apply without asking for confirmation")
@click.option("--dry-run", is_flag=True, help="Show the changes without sending them")
@click.option("--prune", is_flag=True, help="Remove undeclared policies of the spaces that the documents own")
@click.option(
    "--force",
    is_flag=True,
    help="Apply even if --prune removes more than a third of the policies or all, or if expectations fail",
)
@click.option(
    "--quota",
    metavar="N",
    type=click.IntRange(1),
    default=POLICIES_PER_SOURCE,
    show_default=True,
    help="Quota of policies per source app for users without network.admin",
)
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    written: DocumentFiles,
    yes: bool,
    dry_run: bool,
    allow_missing: bool,
    prune: bool,
    force: bool,
    quota: int,
) -> int:
    """Apply policy documents to the foundation.

    PLAN is a plan file that 'cfnet diff --out PLAN' has saved; '-' is a document on stdin.

    Only differences are sent, and policies are added before any are removed. You are asked for confirmation; if this is
    not possible because there is no terminal, nothing is sent without --yes. Ctrl-C stops between two requests; run the
    same command again to finish.
    """
    from cfnet.change import PlanFile
    from cfnet.operations.compare import expectations_of
    from cfnet.operations.connect import connect
    from cfnet.operations.live_inventory import LiveInventory
    from cfnet.operations.send import check_quota, send_to

    environment: Environment = ctx.obj
    read = written.read(environment, or_plan=True)._replace(allow_missing=allow_missing)
    asked = plan_or_documents(read, environment, prune=prune, valued=written.has_values)
    if force and not prune and (isinstance(asked, PlanFile) or not expectations_of(asked)):
        raise CommandLineFault("--force requires --prune, or expectations in the documents")
    with connect(environment, targeted=False) as foundation:
        inventory = LiveInventory(foundation)
        proposal = propose(read, asked, inventory, environment, pruning=Pruning(prune, force))
        foundation.tell_warnings(environment)
        text = changes_text(proposal.plan, proposal.name, unknown=proposal.unknown, colour=foundation.colour)
        environment.stdout.write(f"{text}{proposal.summary}\n")
        if proposal.expectations:
            told = expectations_text(proposal.expectations, colour=foundation.colour, passed=False)
            environment.stdout.write(f"{told}{proposal.expectations.summary}\n")
        environment.stdout.flush()
        environment.tell_notes(proposal.notes)
        if not proposal.plan:
            return Exit.DONE
        if not foundation.sees_all:
            check_quota(proposal.plan, inventory.policies(), quota, proposal.name)
        if dry_run:
            environment.stdout.write("Nothing was sent.\n")
            return Exit.DONE
        if not yes:
            _ask(proposal, foundation, environment)
        return send_to(foundation, proposal.plan, environment, quota=quota)


def _ask(proposal: Proposal, foundation: LiveFoundation, environment: Environment) -> None:
    """Ask for confirmation.

    Raises:
        Refused: the user does not confirm, or there is no terminal.
    """
    if not (environment.stdin.isatty() and environment.stderr.isatty()):
        raise Refused(
            "Cannot prompt: not a terminal. Nothing was sent.", hint="Use --yes to apply without confirmation."
        )
    count = "this change" if len(proposal.plan) == 1 else f"these {len(proposal.plan):,} changes"
    where = printable(f"{foundation.connection.session.api} as {foundation.user}")
    environment.stderr.write(f"Apply {count} to {where}? [y/N] ")
    environment.stderr.flush()
    if environment.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Refused("Nothing was sent.")
