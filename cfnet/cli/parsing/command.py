"""The commands that only cfnet has: their help begins with examples, and ends with what all commands take."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click

from cfnet.errors import UsageFault
from cfnet.operations.suggestions import near
from cfnet.operations.typed_words import require_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_OF_ALL: Final = frozenset({"--sandbox", "--verbose", "--quiet", "--no-wait", "--debug", "--help"})
"""The options that every command takes."""


class HelpAsOutput(click.Command):
    """A command whose help goes where its output goes."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option, as click makes it but for the stream."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option


def _show_help(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), file=ctx.obj.stdout)
        ctx.exit()


class WithExamples(HelpAsOutput):
    """A command whose help shows examples before it explains.

    Attributes:
        examples: what may be typed behind the command's path, each a line.
    """

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attributes: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage, and examples right below it."""
        super().format_usage(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{ctx.command_path} {example}".rstrip() + "\n")


class CommandGroup(WithExamples, click.Group):
    """A command with commands below it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names.

        Raises:
            UsageError: there is none; with those that are near.
        """
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            question = near(args[0], self.list_commands(ctx))
            ctx.fail(f"No such command '{args[0]}'. {question}".rstrip())
        return super().resolve_command(ctx, args)


class CfnetCommand(WithExamples):
    """A command without others below it: its own options are told apart from those of all commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `args`.

        Raises:
            UsageFault: one of them is neither a path nor text, or an option that takes one value has several.
        """
        self._refuse_repetition(ctx, args)
        rest = super().parse_args(ctx, args)
        for param in self.params:
            if not isinstance(param.type, click.Path):
                value = ctx.params.get(param.name or "")
                require_text([value] if isinstance(value, str) else value if isinstance(value, tuple) else [])
        return rest

    def _refuse_repetition(self, ctx: click.Context, args: list[str]) -> None:
        """Refuse options of which click would keep only the last value: to repeat a flag is harmless."""
        if ctx.resilient_parsing:
            return
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        given = Counter(param for param in order if isinstance(param, click.Option))
        if any("--help" in param.opts for param in given):
            return
        for param, times in given.items():
            if times > 1 and (fault := _repeated(param, times, args)):
                raise UsageFault(fault)

    def records(self, ctx: click.Context, *, of_all: bool) -> list[tuple[str, str]]:
        """The options, with what help says of them: those `of_all` commands, or the command's own."""
        return [
            record
            for param in self.get_params(ctx)
            if isinstance(param, click.Option) and any(name in _OF_ALL for name in param.opts) is of_all
            if (record := param.get_help_record(ctx)) is not None
        ]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options: first its own."""
        for title, of_all in (("Options", False), ("As with every command", True)):
            records = self.records(ctx, of_all=of_all)
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def _repeated(param: click.Option, times: int, args: Sequence[str]) -> str:
    """What is wrong with an option that `args` have several times; empty where nothing is."""
    if param.multiple or param.count:
        return ""
    if not param.is_flag:
        return f"{param.opts[-1]} takes one value, not {times}"
    if set(param.opts).isdisjoint(args) or set(param.secondary_opts).isdisjoint(args):
        return ""
    return f"{param.opts[-1]} and {param.secondary_opts[-1]} cannot be used together"
