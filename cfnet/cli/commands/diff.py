"""`cfnet diff`: show what applying policy documents would change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import allow_missing, documents
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault
from cfnet.exits import Exit
from cfnet.operations.plan_files import check_place, write_plan
from cfnet.show.difference import DifferenceFormat, Shown, difference_as
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.compare import Compared
    from cfnet.operations.documents import DocumentFiles, Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory, InventorySource
    from cfnet.operations.proposal import Pruning
    from cfnet.show.expectations import ExpectationResults


@click.command(
    "diff",
    cls=CfnetCommand,
    examples=(
        "policies.yml",
        "policies.yml --prune",
        "policies.yml --prune --format markdown > comment.md",
        "policies.yml --prune --out plan.json",
        "policies.yml --rules",
    ),
    exits={
        Exit.DONE: "No changes",
        Exit.FINDING: "Changes found, or expectations fail",
        Exit.USAGE: "Wrong usage, or faults in the documents",
        Exit.REFUSED: "The plan removes too much, or expectations fail; it is not saved",
        **SERVER_EXITS,
    },
    see_also=("apply", "report", "validate", "verify"),
)
@documents("[FILE...]", required=False)
@allow_missing
@click.option("--rules", is_flag=True, help="Show the rules that are added and removed on each cell")
@click.option("--prune", is_flag=True, help="Include what 'apply --prune' would remove")
@output_format(
    DifferenceFormat,
    "text, JSON, Markdown for a pull request comment, or annotations for a GitHub workflow",
)
@click.option(
    "--out", metavar="PLAN", type=click.Path(path_type=Path), help="Save the plan to this file, for 'cfnet apply PLAN'"
)
@click.option(
    "--force", is_flag=True, help="With --out: save the plan even if it removes too much, or expectations fail"
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if there are changes")
@click.option(
    "--base",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="With --rules: compare with this document instead of the live policies; repeatable",
)
@click.option(
    "--to", metavar="DIR", type=click.Path(path_type=Path), help="With --rules and --from: compare with this snapshot"
)
@inventory_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    written: DocumentFiles,
    allow_missing: bool,
    prune: bool,
    form: DifferenceFormat,
    out: Path | None,
    force: bool,
    exit_zero: bool,
    rules: bool,
    base: Sequence[str],
    to: Path | None,
    origin: InventorySource,
) -> int:
    """Show what applying policy documents would change.

    Nothing is sent. '-' is a document on stdin. Each policy is marked:

    \b
    +  is added
    -  is removed (with --prune)
    .  stays, but is not declared (listed with --prune or -v, otherwise counted)
    ?  is not visible to this user, and so cannot be changed
    ~  is pending: waits for an app that does not exist yet

    With --rules, changes are shown as iptables rules per cell. This can also compare two documents
    (--base OLD.yml NEW.yml) or two snapshots (--from DIR --to DIR).
    """
    from cfnet.operations.compare_rules import RuleComparison, tell_rules, without_rules

    environment: Environment = ctx.obj
    if force and out is None:
        raise CommandLineFault("--force requires --out")
    if not rules:
        without_rules(written.files, to=to, base=base, origin=origin)
    if out is not None:
        _check_out(out, (*written.files, *written.value_files), rules=rules, from_snapshot=origin.snapshot is not None)
    read = written.read(environment, *base, origin.lrps)._replace(allow_missing=allow_missing)
    if rules:
        read_base = read.beside(base, environment) if base else None
        code = tell_rules(
            RuleComparison(read if written.files else None, read_base, prune, origin, to), form, environment
        )
    else:
        code = _tell_policies(read, origin, form, environment, prune=prune, out=out, force=force)
    return Exit.DONE if exit_zero else code


def _check_out(out: Path, files: Sequence[str], *, rules: bool, from_snapshot: bool) -> None:
    """Check that a plan can be made and saved.

    Raises:
        UsageFault: it cannot.
    """
    if from_snapshot:
        raise CommandLineFault(
            "--out cannot be combined with --from", hint="A plan is for a foundation, not for a snapshot."
        )
    if rules:
        raise CommandLineFault("--rules cannot be combined with --out")
    check_place(out, files)


def _tell_policies(
    read: Documents,
    origin: InventorySource,
    form: DifferenceFormat,
    environment: Environment,
    *,
    prune: bool,
    out: Path | None,
    force: bool,
) -> Exit:
    """Show the policies that would change.

    Returns:
        Whether there are changes.

    Raises:
        CfnetError: reading the foundation or saving the plan failed.
    """
    from cfnet.operations.compare import load_sound
    from cfnet.operations.expectations import CheckOptions, compare_and_check
    from cfnet.operations.inventory import open_inventory
    from cfnet.operations.proposal import Pruning

    options = CheckOptions(prune=prune, allow_unknown=True, as_annotations=form is DifferenceFormat.GITHUB)
    loaded = load_sound(read, environment, as_annotations=options.as_annotations)
    with open_inventory(environment, origin) as inventory:
        compared, results = compare_and_check(read, loaded, inventory, environment, options)
        reason = compared.refusal() if prune and not force else ""
        shown = Shown(
            compared.difference,
            prune,
            compared.apps,
            compared.places,
            environment.verbose,
            reason,
            inventory.complete,
            compared.pending,
            results,
        )
        out_stream = environment.output(as_file=form is not DifferenceFormat.TEXT)
        out_stream.write(difference_as(form, shown, colour=environment.colour()))
        if options.as_annotations:
            _say_summaries(shown, environment)
        # Without --prune, policies that are not visible on a live foundation are listed one by one.
        environment.tell_notes([*compared.notes, *(inventory.notes if origin.snapshot is not None or prune else ())])
        if out is not None:
            _keep(out, compared, inventory, environment, results, pruning=Pruning(prune, force))
            does = "applies exactly these changes, or nothing if the foundation has changed by then."
            environment.say(printable(f"'cfnet apply {out}' {does}"))
    return Exit.FINDING if shown.has_finding else Exit.DONE


def _say_summaries(shown: Shown, environment: Environment) -> None:
    environment.say(shown.summary)
    if shown.expectations:
        environment.say(shown.expectations.summary)


def _keep(
    out: Path,
    compared: Compared,
    inventory: Inventory,
    environment: Environment,
    results: ExpectationResults | None,
    *,
    pruning: Pruning,
) -> None:
    """Save the plan.

    Raises:
        Refused: it would remove too much, or expectations would fail.
        InputFault: the file cannot be written.
    """
    from cfnet.change import PlanFile, plan
    from cfnet.operations.compare import refuse_pruning
    from cfnet.operations.expectations import refuse_failures
    from cfnet.operations.provenance import provenance_of

    prune, force = pruning
    if not force:
        refuse_failures(results)
    if prune and not force:
        refuse_pruning(compared)
    file = PlanFile.of(
        plan(compared.difference, prune=prune, force=force),
        compared.live,
        foundation=inventory.api,
        names={guid: app.path for guid, app in compared.apps.items()},
        scope=compared.scope,
    )
    write_plan(out, replace(file, made=provenance_of(inventory, environment)))
