"""`cfnet validate`: check policy documents offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import CfnetCommand
from cfnet.cli.parsing.document_options import documents
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared_without
from cfnet.document import Code
from cfnet.exits import Exit
from cfnet.show.faults import FaultFormat, faults_as
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from cfnet.operations.documents import CheckedDocuments, DocumentFiles
    from cfnet.operations.environment import Environment


@click.command(
    "validate",
    cls=CfnetCommand,
    examples=("policies.yml", "policies.yml --format github", "policies/ --together", "example.yml --var dns-port=53"),
    exits={
        Exit.DONE: "No faults",
        Exit.FINDING: "Faults found",
        Exit.USAGE: "Wrong usage, or a file that cannot be read",
    },
    see_also=("apply", "diff", "schema"),
)
@documents()
@output_format(FaultFormat, "text, JSON, annotations for a GitHub workflow, SARIF 2.1.0, or JUnit XML")
@click.option("--together", is_flag=True, help="Check all files as one desired state, as 'diff' and 'apply' do")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if there are faults")
@shared_without("--sandbox", "--verbose")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    written: DocumentFiles,
    form: FaultFormat,
    together: bool,
    exit_zero: bool,
) -> int:
    """Check policy documents offline.

    All faults are reported in one run, each with file, line, column and a stable ID. Each file is checked on its own
    unless --together is given. '-' is a document on stdin; a directory means all *.yml and *.yaml files in it.

    No foundation is contacted: use 'cfnet diff' to check whether the apps exist.
    """
    environment: Environment = ctx.obj
    read = written.read(environment)
    checked = read.check(together=together)
    out = environment.output(as_file=form is not FaultFormat.TEXT)
    out.write(faults_as(form, checked.faults, read.files, read.excerpts(out, environment)))
    environment.say(_summary(len(read.files), checked))
    if any(fault.code is Code.UNREADABLE for fault in checked.faults):
        return Exit.USAGE
    return Exit.FINDING if checked.faults and not exit_zero else Exit.DONE


def _summary(files: int, checked: CheckedDocuments) -> str:
    if checked.faults:
        return f"{counted(len(checked.faults), 'fault')} in {counted(files, 'file')}."
    parts = [counted(files, "file"), counted(checked.policies, "policy", "policies")]
    if checked.expectations:
        parts.append(counted(checked.expectations, "expectation"))
    return f"{', '.join(parts)}, no faults."
