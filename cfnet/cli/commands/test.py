"""`cfnet test`: check the expectations in policy documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import allow_missing, documents
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault
from cfnet.exits import Exit
from cfnet.show.expectations import ExpectationFormat, ExpectationResults, expectations_as

if TYPE_CHECKING:
    from cfnet.operations.documents import DocumentFiles
    from cfnet.operations.environment import Environment
    from cfnet.operations.expectations import CheckOptions
    from cfnet.operations.inventory import InventorySource


@click.command(
    "test",
    cls=CfnetCommand,
    examples=("policies.yml", "platform.yml policies/ --from snapshot", "platform.yml --as-is"),
    exits={
        Exit.DONE: "All expectations passed",
        Exit.FINDING: "Some expectations failed or are unknown",
        Exit.USAGE: "Wrong usage, or faults in the documents",
        **SERVER_EXITS,
    },
    see_also=("apply", "diff", "validate"),
)
@documents()
@allow_missing
@click.option("--as-is", is_flag=True, help="Check the current policies, without those of the documents")
@click.option("--prune", is_flag=True, help="Assume that the documents are applied with --prune")
@click.option("--rules", is_flag=True, help="Also check the expected rules of cells, between all instances")
@click.option("--allow-unknown", is_flag=True, help="Exit 0 even if some expectations are unknown")
@output_format(
    ExpectationFormat,
    "text, JSON, annotations for a GitHub workflow, JUnit XML, SARIF 2.1.0, or Markdown for a pull request comment",
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if expectations fail")
@inventory_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    written: DocumentFiles,
    allow_missing: bool,
    as_is: bool,
    prune: bool,
    rules: bool,
    allow_unknown: bool,
    form: ExpectationFormat,
    exit_zero: bool,
    origin: InventorySource,
) -> int:
    """Check the expectations in policy documents.

    Nothing is sent. The expectations ('expect:') are checked against the policies that the foundation would have after
    applying the documents. The result of each is passed, failed, or unknown: without network.admin, you may not see
    all policies and apps that it depends on.

    With --rules, packets between all instances of the apps are also traced through the expected rules of each cell,
    which takes disabled enforcement and agent settings into account. An expectation must then hold for both.
    """
    from cfnet.change.requirements import RequirementOutcome
    from cfnet.operations.compare import expectations_of, load_sound
    from cfnet.operations.expectations import CheckOptions, check_documents
    from cfnet.operations.inventory import open_inventory

    environment: Environment = ctx.obj
    options = CheckOptions(as_is, prune, allow_unknown, form is ExpectationFormat.GITHUB, rules)
    _refuse_pointless(options, origin, allow_missing=allow_missing)
    read = written.read(environment, origin.lrps)._replace(allow_missing=allow_missing)
    loaded = load_sound(read, environment, as_annotations=options.as_annotations)
    if not expectations_of(loaded):
        _tell(ExpectationResults((), {}, {}), form, environment)
        environment.note("The documents have no expectations (expect).")
        return Exit.DONE
    with open_inventory(environment, origin) as inventory:
        results = check_documents(read, loaded, inventory, environment, options)
        _tell(results, form, environment)
        if results.having(RequirementOutcome.UNKNOWN):
            environment.tell_notes(inventory.notes)
    return Exit.DONE if results.passed or exit_zero else Exit.FINDING


def _refuse_pointless(options: CheckOptions, origin: InventorySource, *, allow_missing: bool) -> None:
    """Refuse options that make no sense without others.

    Raises:
        CommandLineFault: there is one.
    """
    for option, given in {"--prune": options.prune, "--allow-missing": allow_missing}.items():
        if options.as_is and given:
            raise CommandLineFault(f"--as-is cannot be combined with {option}")
    if not options.rules and (origin.agent or origin.lrps or origin.stores):
        raise CommandLineFault("--agent, --lrps and --store require --rules")


def _tell(results: ExpectationResults, form: ExpectationFormat, environment: Environment) -> None:
    out = environment.output(as_file=form is not ExpectationFormat.TEXT)
    out.write(expectations_as(form, results, colour=environment.colour()))
    if form in (ExpectationFormat.GITHUB, ExpectationFormat.JUNIT, ExpectationFormat.SARIF):
        environment.say(results.summary)
    environment.tell_notes(results.notes)
