"""`cfnet schema`: print the JSON Schema of policy documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import CfnetCommand
from cfnet.cli.parsing.shared_options import shared_without
from cfnet.document import schema

if TYPE_CHECKING:
    from cfnet.operations.environment import Environment


@click.command(
    "schema",
    cls=CfnetCommand,
    examples=("> cfnet.schema.json",),
    see_also=("validate",),
)
@shared_without("--sandbox", "--verbose")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Print the JSON Schema of policy documents for editors.

    The schema conforms to draft-07. Save it as cfnet.schema.json next to a document that begins with this line, and
    editors can complete and check the document:

    \b
    # yaml-language-server: $schema=cfnet.schema.json

    Some rules cannot be expressed in the schema, e.g. that no policy is declared twice: 'cfnet validate' checks them.
    """
    environment: Environment = ctx.obj
    environment.output(as_file=True).write(json.dumps(schema(), indent=2) + "\n")
