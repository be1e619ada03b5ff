"""`cfnet` itself: the table of commands, the options that all of them share, and the help that lists them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from cfnet import __version__
from cfnet.cli.command_table import COMMANDS, HEADLINE, OF_CF, SHORT, Audience
from cfnet.cli.error_boundary import guard
from cfnet.cli.parsing.command import CommandGroup
from cfnet.errors import UsageFault
from cfnet.exits import Exit
from cfnet.operations.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.environment import Environment


_LIKE: Final = 0.65
_MOST: Final = 3
"""Commands that are guessed at."""


class RootGroup(CommandGroup):
    """The group of all commands; each is imported when it is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        del ctx
        entry = COMMANDS.get(SHORT.get(cmd_name, cmd_name))
        if entry is None:
            return None
        command: click.Command = import_module(f"cfnet.cli.commands.{entry.module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; `help COMMAND` is `COMMAND --help`.

        Raises:
            UsageFault: there is none; with the names that are near.
        """
        name, *rest = args
        if name == "help":
            asked = [word for word in rest if not word.startswith("-")]  # cf's `help -a` is all there is anyway
            if not asked:
                click.echo(ctx.get_help(), file=ctx.obj.stdout)
                ctx.exit(0)
            name, rest = asked[0], ["--help"]
        command = self.get_command(ctx, name)
        if command is None:
            raise _unknown(name)
        return name, command, rest

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The page of `cfnet --help`."""
        formatter.write(f"cfnet - {HEADLINE}\n\nUSAGE:\n   cfnet [OPTIONS] COMMAND [ARGUMENTS]\n")
        for audience in Audience:
            rows = [(name, entry.summary) for name, entry in COMMANDS.items() if entry.audience is audience]
            _write_section(formatter, audience, rows)
        _write_section(
            formatter,
            "OPTIONS:",
            [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx)) is not None],
        )
        formatter.write("\n'cfnet COMMAND --help' says more of one command; 'cfnet tour' shows them at work.\n")


def _write_section(formatter: click.HelpFormatter, title: str, rows: Sequence[tuple[str, str]]) -> None:
    formatter.write(f"\n{title}\n")
    formatter.write("".join(f"   {name:<25}{summary}\n" for name, summary in rows))


def _unknown(name: str) -> UsageFault:
    from difflib import get_close_matches

    hint = f"'{name}' is a command of cf: use 'cf {name}'."
    if name not in OF_CF:
        close = get_close_matches(name, COMMANDS, n=2, cutoff=_LIKE)
        # Who types half of a name, or what it does, means that.
        half = [each for each in COMMANDS if name in each.split("-")]
        told = [each for each, entry in COMMANDS.items() if entry.summary.split()[0].lower() == name]
        hint = did_you_mean(list(dict.fromkeys((*close, *half, *told)))[:_MOST])
    return UsageFault(f"'{name}' is not a registered command. See 'cfnet help'", hint=hint)


def _show_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted:
        import platform

        click.echo(f"cfnet {__version__} (Python {platform.python_version()})", file=ctx.obj.stdout)
        ctx.exit(0)


@click.group(
    cls=RootGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.option("--sandbox", is_flag=True, help="Work on the embedded foundation (also: CFNET_SANDBOX=1)")
@click.option("-v", "--verbose", is_flag=True, help="Show requests and responses, without their secrets")
@click.option("-q", "--quiet", is_flag=True, help="Print no notes about what is unknown or left out")
@click.option("--no-wait", is_flag=True, help="Fail instead of waiting when a server is busy")
@click.option("--debug", is_flag=True, help="Show a fault of cfnet's own with its traceback")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version"
)
@click.pass_context
def cfnet(ctx: click.Context, *, sandbox: bool, verbose: bool, quiet: bool, debug: bool, no_wait: bool) -> None:
    """Take the options that all commands share."""
    ctx.obj = ctx.obj.adjusted(sandbox=sandbox, verbose=verbose, quiet=quiet, debug=debug, no_wait=no_wait)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), file=ctx.obj.stdout)


def run(words: Sequence[str], environment: Environment) -> int:
    """Run the command line `words` (without the program's name) in `environment`; return the exit code."""
    # Nothing is known of --debug before the words are read, and a fault may come sooner.
    environment = environment.adjusted(debug="--debug" in words)

    def command() -> int:
        # Not click's own main: it has ideas of its own about Ctrl-C and closed pipes.
        try:
            with cfnet.make_context("cfnet", list(words), obj=environment) as ctx:
                ended = cfnet.invoke(ctx)
        except click.exceptions.Exit as asked:
            return asked.exit_code
        return ended if isinstance(ended, int) else Exit.DONE

    return guard(command, environment)
