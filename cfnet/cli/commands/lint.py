"""`cfnet lint`: report allowed traffic that deserves attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import allow_missing, documents
from cfnet.cli.parsing.inventory_options import snapshot_option
from cfnet.cli.parsing.one_of import OneOf
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault
from cfnet.exits import Exit
from cfnet.lint.finding import Severity
from cfnet.show.lint import LintFormat, lint_as, rules_json, rules_text

if TYPE_CHECKING:
    from cfnet.operations.documents import DocumentFiles, Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource
    from cfnet.show.lint import LintResults


@click.command(
    "lint",
    cls=CfnetCommand,
    examples=("policies.yml", "--from snapshot", "policies/ --from snapshot --fail-on warning", "--list"),
    exits={
        Exit.DONE: "No findings as severe as --fail-on",
        Exit.FINDING: "Findings",
        Exit.USAGE: "Wrong usage, or faults in the documents",
        **SERVER_EXITS,
    },
    see_also=("capacity", "test", "validate"),
)
@documents("[FILE...]", required=False)
@allow_missing
@click.option("--live", is_flag=True, help="With FILE: also check the live foundation")
@click.option(
    "--fail-on",
    type=OneOf([each.value for each in Severity]),
    default=Severity.ERROR.value,
    show_default=True,
    help="Exit 1 if there are findings of this severity or above",
)
@output_format(
    LintFormat, "text, JSON, annotations for a GitHub workflow, SARIF 2.1.0, or a GitLab code quality report"
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if there are findings")
@click.option("--list", "show_rules", is_flag=True, help="List the rules; 'cfnet help L301' explains one")
@snapshot_option()
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    written: DocumentFiles,
    allow_missing: bool,
    live: bool,
    fail_on: str,
    form: LintFormat,
    exit_zero: bool,
    show_rules: bool,
    origin: InventorySource,
) -> int:
    """Report allowed traffic that deserves attention.

    Without FILE, the policies, security groups and limits of the foundation are checked, live or in a snapshot. With
    FILE, the policies in the documents are checked offline. With FILE and --from, --sandbox or --live, the foundation
    is checked together with the documents.

    Under 'lint', a document can set limits, and ignore rules for the whole document or for one item.
    """
    environment: Environment = ctx.obj
    out = environment.output(as_file=form is not LintFormat.TEXT)
    if show_rules:
        out.write(_rules(form))
        return Exit.DONE
    read = written.read(environment)._replace(allow_missing=allow_missing)
    results = _linted(read, environment, origin, live=live, as_annotations=form is LintFormat.GITHUB)
    out.write(lint_as(form, results, colour=environment.colour()))
    if form in (LintFormat.GITHUB, LintFormat.SARIF, LintFormat.GITLAB):
        environment.say(results.summary)
    return Exit.FINDING if results.has(Severity(fail_on)) and not exit_zero else Exit.DONE


def _linted(
    read: Documents, environment: Environment, origin: InventorySource, *, live: bool, as_annotations: bool
) -> LintResults:
    from cfnet.operations.compare import load_sound
    from cfnet.operations.inventory import open_inventory
    from cfnet.operations.lint_policies import lint_documents, lint_foundation

    if live and (origin.snapshot or not read.files):
        raise CommandLineFault("--live cannot be combined with --from" if origin.snapshot else "--live requires FILE")
    loaded = load_sound(read, environment, as_annotations=as_annotations)
    # CFNET_SANDBOX alone says which foundation, not that documents are checked together with it.
    if read.files and not (live or origin.snapshot or environment.sandbox):
        return lint_documents(loaded)
    with open_inventory(environment, origin) as inventory:
        results = lint_foundation(read, loaded, inventory, environment, as_annotations=as_annotations)
        environment.tell_notes(inventory.notes)
        return results


def _rules(form: LintFormat) -> str:
    if form not in (LintFormat.TEXT, LintFormat.JSON):
        raise CommandLineFault(f"--list cannot be combined with --format {form}")
    return rules_json() if form is LintFormat.JSON else rules_text()
