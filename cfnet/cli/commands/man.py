"""`cfnet man`: print manual pages."""

from __future__ import annotations

from pathlib import Path

import click

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.command import CfnetCommand
from cfnet.cli.parsing.one_of import OneOf
from cfnet.cli.parsing.shared_options import shared_without
from cfnet.errors import CommandLineFault, InputFault


@click.command(
    "man",
    cls=CfnetCommand,
    examples=("render > cfnet-render.1", "--into ~/.local/share/man/man1"),
    see_also=("completion",),
)
@click.argument("name", metavar="COMMAND", required=False, type=OneOf(list(COMMANDS)))
@click.option(
    "--into", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Write all pages to this directory"
)
@shared_without("--sandbox", "--verbose")
@click.pass_context
def command(ctx: click.Context, *, name: str | None, folder: Path | None) -> None:
    """Print the manual page of a command.

    Without COMMAND, print the page of cfnet itself. Packages install the pages in share/man/man1 below their prefix.
    'man cfnet-render' finds them if the prefix is /usr or /usr/local, or if MANPATH includes the directory.
    """
    from cfnet.cli.main import cfnet
    from cfnet.cli.parsing.manual_page import pages
    from cfnet.show.roff import roff

    if name and folder:
        raise CommandLineFault("--into cannot be combined with COMMAND")
    if folder is None:
        wanted = f"cfnet-{name}" if name else "cfnet"
        ctx.obj.output(as_file=True).write("".join(roff(page) for page in pages(cfnet) if page.name == wanted))
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for page in pages(cfnet):
            (folder / f"{page.name}.1").write_text(roff(page), encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputFault(f"cannot be written ({error.strerror})", where=str(folder)) from error
