"""`cfnet apply`: makes a foundation as policy documents say, or as a plan does that was kept."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import click

from cfnet.change import PlanFile
from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import allow_missing, documents
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault, DocumentFault, Refused
from cfnet.exits import Exit
from cfnet.operations.plan_files import read_plan
from cfnet.policy.limits import POLICIES_PER_SOURCE
from cfnet.show.difference import Shown, changes_text
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cfnet.change import Plan
    from cfnet.document import DocumentSource, Loaded
    from cfnet.operations.connect import LiveFoundation
    from cfnet.operations.documents import DocumentFiles, Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory
    from cfnet.policy import Policy


class Proposal(NamedTuple):
    """What is about to be sent.

    Attributes:
        plan: the policies.
        names: of their apps, as far as they are known, by GUID.
        summary: what to say of everything, in a sentence.
        unknown: policies of which nobody knows whether they are there: they are not sent.
    """

    plan: Plan
    names: Mapping[str, str]
    summary: str
    unknown: Sequence[Policy] = ()
    notes: Sequence[str] = ()

    def name(self, guid: str) -> str:
        """`ORG/SPACE/APP`, or the GUID."""
        return self.names.get(guid, guid)


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
@click.option("--force", is_flag=True, help="Allow --prune to remove more than a third of the policies, or all")
@click.option(
    "--quota",
    metavar="N",
    type=click.IntRange(1),
    default=POLICIES_PER_SOURCE,
    show_default=True,
    help="Policies per source app that the server allows users without network.admin",
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
    from cfnet.operations.connect import connect
    from cfnet.operations.live_inventory import LiveInventory
    from cfnet.operations.send import check_quota, send_to

    environment: Environment = ctx.obj
    if force and not prune:
        raise CommandLineFault("--force requires --prune")
    read = written.read(environment, or_plan=True)._replace(allow_missing=allow_missing)
    asked = _plan_or_documents(read, environment, prune=prune, valued=written.has_values)
    with connect(environment, targeted=False) as foundation:
        inventory = LiveInventory(foundation)
        if isinstance(asked, PlanFile):
            proposal = _of_plan(asked, inventory)
        else:
            proposal = _of_documents(read, asked, inventory, environment, prune=prune, force=force)
        foundation.tell_warnings(environment)
        text = changes_text(proposal.plan, proposal.name, unknown=proposal.unknown, colour=foundation.colour)
        environment.stdout.write(f"{text}{proposal.summary}\n")
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


def _plan_or_documents(read: Documents, environment: Environment, *, prune: bool, valued: bool) -> PlanFile | Loaded:
    """What is to be applied: the plan, where a file is one, or the documents.

    Raises:
        UsageFault: a plan with other files, or with options that it cannot have.
        DocumentFault: the documents have faults.
    """
    from cfnet.change import is_plan_file
    from cfnet.operations.compare import load_sound

    for source in read.sources:
        if is_plan_file(source.data):
            return _kept_plan(source, read, prune=prune, valued=valued)
    with _sending_nothing():
        return load_sound(read, environment)


def _kept_plan(plan: DocumentSource, read: Documents, *, prune: bool, valued: bool) -> PlanFile:
    """The plan that is to be applied.

    Raises:
        UsageFault: it is not alone, or options say more of it.
        InputFault: it is no plan after all.
    """
    if len(read.files) > 1:
        raise CommandLineFault(f"{plan.file} is a plan: it cannot be combined with other files.")
    if prune:
        raise CommandLineFault(f"{plan.file} is a plan: it already lists what to remove.", hint="Omit --prune.")
    if valued:
        raise CommandLineFault(f"{plan.file} is a plan: it has no variables.", hint="Omit --var and --vars-file.")
    return read_plan(plan)


def _of_documents(
    read: Documents, loaded: Loaded, inventory: Inventory, environment: Environment, *, prune: bool, force: bool
) -> Proposal:
    from cfnet.change import plan
    from cfnet.operations.compare import compare, refuse_pruning

    with _sending_nothing():
        compared = compare(read, loaded, inventory, environment)
        shown = Shown(compared.difference, prune, compared.apps, compared.places, pending=compared.pending)
        names = {guid: app.path for guid, app in compared.apps.items()}
        try:
            if prune and not force:
                refuse_pruning(compared)
            planned = plan(compared.difference, prune=prune, force=force)
        except Refused:
            environment.stdout.write(f"{shown.summary}\n")
            raise
    return Proposal(planned, names, shown.summary, shown.ordered(compared.difference.unknown), compared.notes)


@contextmanager
def _sending_nothing() -> Iterator[None]:
    """Say of what is wrong, or refused, that nothing was sent: other commands, which share the words, never send."""
    try:
        yield
    except (DocumentFault, Refused) as error:
        raise type(error)(f"{error.message} Nothing was sent.", where=error.where, hint=error.hint) from error


def _of_plan(kept: PlanFile, inventory: Inventory) -> Proposal:
    live = inventory.policies(frozenset(kept.scope))
    apps = inventory.apps(sorted(kept.names))
    left = kept.still_to_do(live, foundation=inventory.api, names={app.guid: app.path for app in apps})
    done = len(kept.plan) - len(left)
    summary = f"{len(left.add):,} to add, {len(left.remove):,} to remove"
    return Proposal(left, kept.names, f"{summary}, {done:,} already done." if done else f"{summary}.")


def _ask(proposal: Proposal, foundation: LiveFoundation, environment: Environment) -> None:
    """Ask whether it is to be done.

    Raises:
        Refused: it is not, or there is nobody to ask.
    """
    if not (environment.stdin.isatty() and environment.stderr.isatty()):
        raise Refused(
            "There is no terminal to ask at. Nothing was sent.", hint="Say --yes to apply without a question."
        )
    count = "this change" if len(proposal.plan) == 1 else f"these {len(proposal.plan):,} changes"
    where = printable(f"{foundation.connection.session.api} as {foundation.user}")
    environment.stderr.write(f"Apply {count} to {where}? [y/N] ")
    environment.stderr.flush()
    if environment.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Refused("Nothing was sent.")
