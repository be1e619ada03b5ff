"""`cfnet diff --rules`: show a change as the rules added and removed on each cell."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.change.rule_changes import rule_changes
from cfnet.errors import CommandLineFault
from cfnet.exits import Exit
from cfnet.show.capacity import tag_warnings
from cfnet.show.expectations import expectations_text
from cfnet.show.rule_changes import RuleChanges, RulesFormat, rule_changes_as

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cfnet.cell.change.rule_changes import CellChange
    from cfnet.cell.model.state import State
    from cfnet.document import Loaded
    from cfnet.operations.documents import Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource
    from cfnet.show.expectations import ExpectationResults


class RuleComparison(NamedTuple):
    """The states to compare.

    Attributes:
        documents: the wanted policies; None between two snapshots.
        base: the documents assumed to be applied before; None: the current state.
        prune: whether owned policies that are not declared are removed.
        origin: the source of the foundation's state.
        to: the snapshot of the state after the change; None: it is computed from documents.
    """

    documents: Documents | None
    base: Documents | None
    prune: bool
    origin: InventorySource
    to: Path | None


def tell_rules(asked: RuleComparison, form: str, environment: Environment) -> Exit:
    """Show the changes of the rules.

    Returns:
        Whether there are changes.

    Raises:
        CfnetError: they cannot be determined.
    """
    if form not in list(RulesFormat):
        raise CommandLineFault(f"--rules cannot be combined with --format {form}")
    chosen = RulesFormat(form)
    with _states(asked, environment) as (before, after, expectations):
        notes = list(dict.fromkeys((*before.notes, *after.notes)))
        changed = False

        def watched() -> Iterator[CellChange]:
            nonlocal changed
            for cell in rule_changes(before, after):
                changed = True
                yield cell

        cells = len({*before.cell_names, *after.cell_names})
        told = RuleChanges(
            watched(), cells, {**before.read_apps(), **after.read_apps()}, notes, before.complete and after.complete
        )
        out = environment.output(as_file=chosen is not RulesFormat.TEXT)
        for piece in rule_changes_as(chosen, told, colour=environment.colour()):
            out.write(piece)
        environment.tell_notes(notes)
    failing = expectations is not None and not expectations.passed
    return Exit.FINDING if changed or failing else Exit.DONE


@contextmanager
def _states(
    asked: RuleComparison, environment: Environment
) -> Iterator[tuple[State, State, ExpectationResults | None]]:
    """A foundation before and after the change, and which expectations hold after it."""
    if asked.documents is None:
        yield *_snapshots(asked, environment), None
        return
    if asked.to is not None:
        raise CommandLineFault("--to cannot be combined with FILE")
    from cfnet.operations.compare import load_sound
    from cfnet.operations.preview import Wanted, open_preview

    def sound(documents: Documents) -> tuple[Documents, Loaded]:
        return documents, load_sound(documents, environment)

    wanted = Wanted(*sound(asked.documents), sound(asked.base) if asked.base else None, asked.prune)
    with open_preview(wanted, asked.origin, environment) as seen:
        environment.tell_notes(f"Warning: {warning}" for warning in tag_warnings(seen.tags, seen.shown.apps))
        expectations = seen.shown.expectations
        if expectations:
            environment.stderr.write(expectations_text(expectations, passed=False))
            environment.say(expectations.summary)
        yield seen.before, seen.after, expectations


def _snapshots(asked: RuleComparison, environment: Environment) -> tuple[State, State]:
    from cfnet.foundation.snapshot.reader import open_snapshot
    from cfnet.operations.placement_files import read_settings

    snapshot, to = asked.origin.snapshot, asked.to
    if snapshot is None or to is None:
        raise CommandLineFault(
            "diff requires a FILE", hint="Or compare two snapshots: 'cfnet diff --rules --from DIR --to DIR'."
        )
    if asked.base is not None or asked.prune or asked.origin.lrps or asked.origin.stores:
        raise CommandLineFault("--base, --prune, --lrps and --store cannot be used to compare two snapshots")
    if environment.sandbox:
        raise CommandLineFault("--from cannot be combined with --sandbox")
    settings = read_settings(asked.origin.agent)
    return open_snapshot(snapshot, settings), open_snapshot(to, settings)


def without_rules(files: Sequence[str], *, to: Path | None, base: Sequence[str], origin: InventorySource) -> None:
    """Refuse options that require `--rules`, and a missing document.

    Raises:
        CommandLineFault: such an option is given, or no document.
    """
    given = {"--to": to, "--base": base, "--agent": origin.agent, "--lrps": origin.lrps, "--store": origin.stores}
    for option, value in given.items():
        if value:
            raise CommandLineFault(f"{option} requires --rules")
    if not files:
        raise CommandLineFault("diff requires a FILE")
