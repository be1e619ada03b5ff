"""`cfnet schema`: the JSON Schema of policy documents."""

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
    short_help="Print the JSON Schema of policy documents, for editors",
    examples=("> cfnet.schema.json",),
)
@shared_without("--sandbox", "--verbose")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Print the JSON Schema (draft-07) of policy documents.

    Kept as cfnet.schema.json beside a document that begins with the line

    \b
        # yaml-language-server: $schema=cfnet.schema.json

    it lets an editor complete and check it. What the schema cannot say, that no policy stands there twice for example,
    'cfnet validate' checks.
    """
    environment: Environment = ctx.obj
    environment.output(as_file=True).write(json.dumps(schema(), indent=2) + "\n")
