"""Commands that mirror `cf`, as click commands: for global options before their name, completion and manual pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cli.parsing.cf_command import CfCommand, Usage
    from cfnet.cli.parsing.go_flags import Flag
    from cfnet.show.page import HelpSection


class MirroredCommand(click.Command):
    """A click command that passes its arguments on as they are."""

    def __init__(self, command: CfCommand) -> None:
        super().__init__(command.name, short_help=command.summary, help=command.summary, add_help_option=False)
        self._command = command
        self.summary = command.summary

    @property
    def usage(self) -> Usage:
        """What its help says."""
        return self._command.usage

    @property
    def flags(self) -> tuple[Flag, ...]:
        """All its flags."""
        return self._command.flags

    def page(self, ctx: click.Context) -> Iterator[HelpSection]:
        """The sections of its help."""
        del ctx
        return self._command.page()

    def get_help(self, ctx: click.Context) -> str:
        """The text of its help."""
        return self._command.help_text(ctx.obj)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave the arguments to the command."""
        ctx.params["words"] = args
        return []

    def invoke(self, ctx: click.Context) -> None:
        """Run the command."""
        self._command.run(ctx.params["words"], ctx.obj)
