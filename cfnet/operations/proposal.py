"""The changes that `apply` will send: those of documents, or of a saved plan."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from cfnet.change import PlanFile
from cfnet.errors import CommandLineFault, DocumentFault, Refused
from cfnet.operations.plan_files import read_plan
from cfnet.show.difference import Shown
from cfnet.show.expectations import expectations_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cfnet.change import Plan
    from cfnet.document import DocumentSource, Loaded
    from cfnet.operations.documents import Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory
    from cfnet.policy import Policy
    from cfnet.show.expectations import ExpectationResults


class Proposal(NamedTuple):
    """What will be sent.

    Attributes:
        plan: the changes.
        names: the known names of apps, by GUID.
        summary: the changes in a sentence.
        unknown: policies that may or may not exist: they are not sent.
        notes: notes for the user.
        expectations: which expectations hold after the change; None if there are none.
    """

    plan: Plan
    names: Mapping[str, str]
    summary: str
    unknown: Sequence[Policy] = ()
    notes: Sequence[str] = ()
    expectations: ExpectationResults | None = None

    def name(self, guid: str) -> str:
        """`ORG/SPACE/APP`, or the GUID."""
        return self.names.get(guid, guid)


def plan_or_documents(read: Documents, environment: Environment, *, prune: bool, valued: bool) -> PlanFile | Loaded:
    """Return the plan, if a file is one, or the documents.

    Raises:
        UsageFault: a plan is combined with other files, or with options that do not apply to plans.
        DocumentFault: the documents have faults.
    """
    from cfnet.change import is_plan_file
    from cfnet.operations.compare import load_sound

    for source in read.sources:
        if is_plan_file(source.data):
            return _kept_plan(source, read, prune=prune, valued=valued)
    with _sending_nothing():
        return load_sound(read, environment)


class Pruning(NamedTuple):
    """Whether undeclared policies are removed, and whether safety checks are disabled."""

    prune: bool
    force: bool


def propose(
    read: Documents, asked: PlanFile | Loaded, inventory: Inventory, environment: Environment, *, pruning: Pruning
) -> Proposal:
    """Determine what applying a plan, or the documents `read`, would send.

    Raises:
        CfnetError: the foundation cannot be read, or a safety check refuses the change.
    """
    if isinstance(asked, PlanFile):
        return _of_plan(asked, inventory)
    return _of_documents(read, asked, inventory, environment, pruning)


def _kept_plan(plan: DocumentSource, read: Documents, *, prune: bool, valued: bool) -> PlanFile:
    """Return the plan to apply.

    Raises:
        UsageFault: it is combined with other files or options.
        InputFault: it is not a valid plan.
    """
    if len(read.files) > 1:
        raise CommandLineFault(f"{plan.file} is a plan: it cannot be combined with other files.")
    if prune:
        raise CommandLineFault(f"{plan.file} is a plan: it already lists what to remove.", hint="Omit --prune.")
    if valued:
        raise CommandLineFault(f"{plan.file} is a plan: it has no variables.", hint="Omit --var and --vars-file.")
    return read_plan(plan)


def _of_documents(
    read: Documents, loaded: Loaded, inventory: Inventory, environment: Environment, pruning: Pruning
) -> Proposal:
    from cfnet.change import plan
    from cfnet.operations.compare import refuse_pruning
    from cfnet.operations.expectations import CheckOptions, compare_and_check, refuse_failures

    with _sending_nothing():
        options = CheckOptions(prune=pruning.prune, allow_unknown=True)
        compared, results = compare_and_check(read, loaded, inventory, environment, options)
        shown = Shown(compared.difference, pruning.prune, compared.apps, compared.places, pending=compared.pending)
        names = {guid: app.path for guid, app in compared.apps.items()}
        try:
            if pruning.prune and not pruning.force:
                refuse_pruning(compared)
            planned = plan(compared.difference, prune=pruning.prune, force=pruning.force)
            if not pruning.force:
                refuse_failures(results)
        except Refused:
            told = expectations_text(results, colour=environment.colour(), passed=False) if results else ""
            environment.stdout.write(f"{shown.summary}\n{told}")
            raise
    return Proposal(planned, names, shown.summary, shown.ordered(compared.difference.unknown), compared.notes, results)


@contextmanager
def _sending_nothing() -> Iterator[None]:
    """Add to errors that nothing was sent: other commands that raise the same errors never send anything."""
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
