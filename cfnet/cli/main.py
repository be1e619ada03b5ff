"""`cfnet` itself: the group of all commands and its help."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from cfnet.cli.command_table import COMMANDS, OF_CF, SHORT, SYNONYMS
from cfnet.cli.error_boundary import Misparsed
from cfnet.cli.parsing.cf_command import CfCommand
from cfnet.cli.parsing.command import CommandGroup
from cfnet.cli.parsing.mirrored_command import MirroredCommand
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import UsageFault
from cfnet.exits import Exit
from cfnet.operations.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cfnet.operations.environment import Environment
    from cfnet.show.page import HelpSection


_ID: Final = re.compile("[ELel][0-9]{3}")
_LIKE: Final = 0.65
_MOST: Final = 3
"""Commands that are suggested for an unknown one."""


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
        command: click.Command | CfCommand = import_module(f"cfnet.cli.commands.{entry.module}").command
        return MirroredCommand(command) if isinstance(command, CfCommand) else command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; `help NAME...` is `NAME... --help`.

        `help ID` explains the id of a fault or a lint rule, `help TOPIC` prints a page of the documentation.
        `version` is `--version`.

        Raises:
            UsageFault: there is no such command or id; the hint suggests others.
        """
        name, *rest = args
        if name == "version" or args[:2] == ["help", "version"]:  # as in cf, a command as well as an option
            _show_version(ctx, None, wanted=True)
        if name == "help":
            asked = [word for word in rest if not word.startswith("-")]  # `help -a` of cf is the same as `help` here
            if asked in ([], ["help"]):
                click.echo(ctx.get_help(), file=ctx.obj.stdout)
                ctx.exit(0)
            _explain_id(asked[0], ctx)
            _show_topic(asked[0], ctx)
            name, *rest = asked
            # Words after a command without commands below it are ignored, as in cf.
            rest = [*(rest if isinstance(self.get_command(ctx, name), click.Group) else ()), "--help"]
        command = self.get_command(ctx, name)
        if command is None:
            raise _unknown(name, _topics() if args[0] == "help" else ())
        return name, command, rest

    def page(self, ctx: click.Context) -> Iterator[HelpSection]:
        """The sections of `cfnet --help`."""
        del ctx
        from cfnet.cli.front_page import front_page

        return front_page()


def _explain_id(word: str, ctx: click.Context) -> None:
    """If `word` is an id such as E201 or L301, print its explanation and end.

    Raises:
        UsageFault: there is no such id.
    """
    if not _ID.fullmatch(word):
        return
    from cfnet.show.help_text import help_text
    from cfnet.show.ids import explanation

    found = explanation(word.upper())
    if not found:
        raise UsageFault(f"'{word}' is not the ID of a fault or a lint rule.", hint="'cfnet lint --list' lists rules.")
    ctx.obj.stdout.write(help_text(found, ctx.obj.width))
    ctx.exit(0)


def _show_topic(word: str, ctx: click.Context) -> None:
    """If `word` is a topic, print its page and end.

    Raises:
        UsageFault: cfnet was installed without its documentation.
    """
    from cfnet.show.help_text import help_text
    from cfnet.show.topics import DOCUMENTATION, LIST, TOPICS, list_of_topics, topic_sections

    name = word.lower()
    if name not in {LIST, *TOPICS}:
        return
    try:
        text = help_text(list_of_topics() if name == LIST else topic_sections(name), ctx.obj.width)
    except OSError as error:
        raise UsageFault(
            "This installation of cfnet does not include the documentation.", hint=f"Read it at {DOCUMENTATION}."
        ) from error
    from cfnet.cli.terminal.pager import show_text

    show_text(text, ctx.obj)
    ctx.exit(0)


def help_name(words: Iterable[str]) -> str:
    """The arguments of `cfnet help` for the command line `words`: the command, and the one below it, if any."""
    names = [word for word in words if not word.startswith("-")]
    name = SHORT.get(names[0], names[0]) if names else ""
    if name not in COMMANDS:
        return ""
    command = import_module(f"cfnet.cli.commands.{COMMANDS[name].module}").command
    below = names[1:2] if isinstance(command, click.Group) and names[1:2] and names[1] in command.commands else []
    return " ".join([name, *below])


def _topics() -> Iterable[str]:
    from cfnet.show.topics import TOPICS

    return TOPICS


def _unknown(name: str, topics: Iterable[str]) -> UsageFault:
    from difflib import get_close_matches

    hint = f"'{name}' is a command of cf: use 'cf {name}'."
    if name not in OF_CF:
        synonyms = SYNONYMS.get(name.lower(), ())
        close = [] if synonyms else get_close_matches(name.lower(), (*COMMANDS, *topics), n=2, cutoff=_LIKE)
        partial = [each for each in COMMANDS if name.lower() in each.split("-")]
        hint = did_you_mean(list(dict.fromkeys((*synonyms, *close, *partial)))[:_MOST])
    return UsageFault(f"'{name}' is not a registered command. See 'cfnet help'", hint=hint)


def _show_version(ctx: click.Context, _param: click.Parameter | None, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted:
        from cfnet.cli.front_page import version

        ctx.obj.stdout.write(version())
        ctx.exit(0)


@click.group(cls=RootGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@shared
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version"
)
@click.pass_context
def cfnet(ctx: click.Context) -> None:
    """Show the help if no command is given."""
    if ctx.invoked_subcommand is None:
        if ctx.obj.verbose:  # `cf -v` prints the version
            _show_version(ctx, None, wanted=True)
        click.echo(ctx.get_help(), file=ctx.obj.stdout)


def run_with_click(words: Sequence[str], environment: Environment) -> int:
    """Parse and run the command line `words`; return its exit code.

    Raises:
        Misparsed: click cannot parse it.
        CfnetError: the command fails.
        KeyboardInterrupt: it was interrupted.
    """
    # Not click's main(): it handles Ctrl-C and closed pipes itself.
    try:
        with cfnet.make_context("cfnet", list(words), obj=environment) as ctx:
            ended = cfnet.invoke(ctx)
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        raise misparsed(error, words) from error
    return ended if isinstance(ended, int) else Exit.DONE


def misparsed(error: click.ClickException, words: Sequence[str]) -> Misparsed:
    """Translate an error of click in the command line `words`."""
    context = getattr(error, "ctx", None)
    name = context.command_path.removeprefix("cfnet").strip() if context else help_name(words)
    return Misparsed(error.format_message(), name)
