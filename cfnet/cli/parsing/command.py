"""cfnet's own commands: click commands whose help has the layout of `cf`."""

from __future__ import annotations

import inspect
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click

from cfnet.cli.command_table import COMMANDS, GLOBAL_OPTIONS
from cfnet.errors import CommandLineFault
from cfnet.exits import Exit
from cfnet.operations.suggestions import near
from cfnet.operations.typed_words import require_text
from cfnet.show.page import HelpSection, Lines, Synopsis, Terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cfnet.show.page import Block

OFFLINE_EXITS: Final = {
    Exit.DONE: "Success",
    Exit.USAGE: "Wrong usage, or a file that cannot be read or written",
}
"""The exit codes of a command that needs no foundation, with their meanings."""

SERVER_EXITS: Final = {
    Exit.DENIED: "Not logged in, or not authorized",
    Exit.TROUBLE: "Server or network error",
}
"""The exit codes that requests to a foundation add."""

_GLOBAL: Final = frozenset(name for names, _ in GLOBAL_OPTIONS.values() for name in names) | {"--help"}


class Documented(click.Command):
    """A command whose help is a page in the layout of `cf`, printed to the command's own stdout.

    Attributes:
        examples: arguments for example command lines.
        exits: the command's exit codes, with their meanings.
        see_also: related commands.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - click's own
        examples: Sequence[str] = (),
        exits: Mapping[Exit, str] = OFFLINE_EXITS,
        see_also: Sequence[str] = (),
        **attributes: Any,  # noqa: ANN401 - click's own
    ) -> None:
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)
        self.exits = exits
        self.see_also = tuple(see_also)
        self.short_help = self.short_help or self.summary

    @property
    def summary(self) -> str:
        """One line about the command: the first one of its help."""
        if self.name in COMMANDS:
            return COMMANDS[self.name].summary
        return self._paragraphs()[0].rstrip(".")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option as click creates it, with another stream and text."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
            option.help = "Show this help"
        return option

    def get_help(self, ctx: click.Context) -> str:
        """The help, wrapped for the terminal, without the final newline."""
        from cfnet.show.help_text import help_text

        return help_text(self.page(ctx), ctx.obj.width).rstrip("\n")

    def page(self, ctx: click.Context) -> Iterator[HelpSection]:
        """The sections of the help; those without blocks are not shown."""
        path = ctx.command_path
        yield HelpSection("NAME", [f"{path.removeprefix('cfnet ')} - {self.summary}"])
        yield HelpSection("USAGE", [Synopsis(path, tuple(self._usage(ctx)))])
        yield HelpSection(
            "EXAMPLES", [Lines(tuple(f"{path} {each}".rstrip() for each in self.examples))] * bool(self.examples)
        )
        yield HelpSection("DESCRIPTION", [_block(each) for each in self._paragraphs()[1:]])
        yield from self._below(ctx)
        for title, of_all in (("OPTIONS", False), ("GLOBAL OPTIONS", True)):
            rows = tuple(records(self._shown(ctx, of_all=of_all), ctx))
            yield HelpSection(title, [Terms(rows)] * bool(rows))
        codes = tuple((str(int(code)), text) for code, text in sorted(self.exits.items()))
        yield HelpSection("EXIT CODES", [Terms(codes)] * bool(codes))
        yield HelpSection("SEE ALSO", [", ".join(self.see_also)] * bool(self.see_also))

    def _paragraphs(self) -> list[str]:
        return [each for each in inspect.cleandoc(self.help or "").split("\n\n") if each]

    def _usage(self, ctx: click.Context) -> Iterator[str]:
        """The arguments, then the command's own options, required ones first."""
        yield from (_argument(param) for param in self.get_params(ctx) if isinstance(param, click.Argument))
        for param in sorted(self._shown(ctx, of_all=False), key=lambda each: not each.required):
            yield _usage_of(param)

    def _below(self, ctx: click.Context) -> Iterator[HelpSection]:
        """The sections about subcommands."""
        del ctx
        return iter(())

    def _shown(self, ctx: click.Context, *, of_all: bool) -> list[click.Option]:
        """The options that help shows: those that all commands take, or the command's own."""
        return [
            param
            for param in self.get_params(ctx)
            if isinstance(param, click.Option)
            and not param.hidden
            and any(name in _GLOBAL for name in param.opts) is of_all
        ]


def _show_help(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), file=ctx.obj.stdout)
        ctx.exit()


def _block(paragraph: str) -> Block:
    """A paragraph; one that begins with a backspace keeps its lines, as with click, or is a list of terms."""
    mark, *lines = paragraph.split("\n")
    if mark != "\b":
        return " ".join(paragraph.split())
    rows = [tuple(each.split("  ", 1)) for each in lines]
    if all(len(row) == 2 for row in rows):  # noqa: PLR2004 - term and description
        return Terms(tuple((term, text.strip()) for term, text in rows))
    return Lines(tuple(lines))


def _argument(param: click.Argument) -> str:
    name = param.metavar or _choices(param) or (param.name or "").upper()
    return name if param.required or name.startswith("[") else f"[{name}]"


def _usage_of(option: click.Option) -> str:
    """The option as shown in USAGE: its long names, in brackets if it is optional."""
    names = " | ".join(each for each in (option.opts[-1], *option.secondary_opts[-1:]) if each)
    usage = f"{names} {_value(option)}".rstrip()
    return (usage if option.required else f"[{usage}]") + ("..." if option.multiple else "")


def records(options: Sequence[click.Option], ctx: click.Context) -> Iterator[tuple[str, str]]:
    """The options as terms, with their descriptions."""
    for option in options:
        names = ", ".join(sorted(option.opts, key=len))
        if option.secondary_opts:
            names += f" | {option.secondary_opts[-1]}"
        default = option.get_default(ctx, call=False) if option.show_default else None
        text = f"{option.help or ''} (Default: {default})" if default is not None else option.help or ""
        yield f"{names} {_value(option)}".rstrip(), text


def _value(option: click.Option) -> str:
    if option.is_flag or option.count:
        return ""
    return _choices(option) or option.metavar or (option.name or "").upper()


def _choices(param: click.Parameter) -> str:
    """The choices, written as in the help of `cf`."""
    return f"({' | '.join(map(str, param.type.choices))})" if isinstance(param.type, click.Choice) else ""


class CommandGroup(Documented, click.Group):
    """A command with subcommands."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names.

        Raises:
            UsageError: there is no such command; the message suggests similar names.
        """
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            question = near(args[0], self.list_commands(ctx))
            ctx.fail(f"No such command '{args[0]}'. {question}".rstrip())
        return super().resolve_command(ctx, args)

    def _usage(self, ctx: click.Context) -> Iterator[str]:
        del ctx
        yield from ("COMMAND", "[ARGUMENTS]", "[OPTIONS]")

    def _below(self, ctx: click.Context) -> Iterator[HelpSection]:
        rows = tuple((name, command.get_short_help_str(200)) for name, command in self._commands(ctx))
        yield HelpSection("COMMANDS", [Terms(rows)])

    def _commands(self, ctx: click.Context) -> Iterator[tuple[str, click.Command]]:
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None:
                yield name, command


class CfnetCommand(Documented):
    """A command without subcommands: it checks its arguments before it runs."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse `args`.

        Raises:
            CommandLineFault: an argument is neither a path nor text, or an option is repeated that takes one value.
        """
        self._refuse_repetition(ctx, args)
        rest = super().parse_args(ctx, args)
        for param in self.params:
            if not isinstance(param.type, click.Path):
                value = ctx.params.get(param.name or "")
                values = value if isinstance(value, tuple) else (value,)
                require_text([each for each in values if isinstance(each, str)])
        return rest

    def _refuse_repetition(self, ctx: click.Context, args: list[str]) -> None:
        """Reject repeated options if click would only keep the last value; repeated flags are harmless."""
        if ctx.resilient_parsing:
            return
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        given = Counter(param for param in order if isinstance(param, click.Option))
        if any("--help" in param.opts for param in given):
            return
        for param, times in given.items():
            if times > 1 and (fault := _repeated(param, times, args)):
                raise CommandLineFault(fault)


def _repeated(param: click.Option, times: int, args: Sequence[str]) -> str:
    """The error for an option that occurs several times in `args`; empty if it is allowed."""
    if param.multiple or param.count:
        return ""
    if not param.is_flag:
        return f"{param.opts[-1]} takes one value, not {times}"
    if set(param.opts).isdisjoint(args) or set(param.secondary_opts).isdisjoint(args):
        return ""
    return f"{param.opts[-1]} and {param.secondary_opts[-1]} cannot be used together"
