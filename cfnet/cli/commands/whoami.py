"""`cfnet whoami`: print the user that commands act as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.form_names import TextOrJson
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.exits import Exit
from cfnet.operations.current_user import current_user
from cfnet.show.machine import user_json
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from cfnet.operations.environment import Environment


@click.command(
    "whoami",
    cls=CfnetCommand,
    examples=("", "--json"),
    exits={Exit.DONE: "Success", Exit.USAGE: "Wrong usage, or no API is set", **SERVER_EXITS},
    see_also=("auth", "login", "target"),
)
@output_format(TextOrJson)
@shared
@click.pass_context
def command(ctx: click.Context, *, form: TextOrJson) -> None:
    """Print the user that commands act as.

    For a service account, this is the name of its client. With --json, the output also has the API and the target; use
    'cfnet target' to show these. A stored session is read without sending a request: it may have expired.
    """
    environment: Environment = ctx.obj
    user = current_user(environment)
    out = environment.output(as_file=form is not TextOrJson.TEXT)
    out.write(user_json(user) if form is TextOrJson.JSON else f"{printable(user.name)}\n")
