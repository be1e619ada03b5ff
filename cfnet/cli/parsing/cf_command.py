"""The commands that mirror `cf`: its parser, its help, its way to fail; a click command towards everyone else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cfnet.cli.error_boundary import Failed, Misuse
from cfnet.cli.parsing.go_flags import Flag, HelpWanted, Misread, Read, read, require
from cfnet.errors import CfnetError, UsageFault
from cfnet.operations.typed_words import require_text

if TYPE_CHECKING:
    from collections.abc import Callable

_GLOBAL = (
    Flag("--sandbox", "Work on the embedded foundation", takes_value=False),
    Flag("--no-wait", "Fail instead of waiting when a server is busy", takes_value=False),
    Flag("--debug", "", takes_value=False),
    Flag("-q", "", takes_value=False),
    Flag("--quiet", "", takes_value=False),
    Flag("-v", "Show requests and responses, without their secrets", takes_value=False),
)


class Usage(NamedTuple):
    """What the help of a mirrored command says, in the order and words of `cf`.

    Attributes:
        arguments: names of the arguments that are required.
        synopsis: the lines under USAGE, without the program's name.
        examples: the lines under EXAMPLES, without the program's name.
        flags: the flags that `cf` has.
        beyond: the flags that only cfnet has.
        see_also: related commands.
        optional: names of the arguments that may follow.
        sections: more to read between USAGE and EXAMPLES: a title and its lines.
        sandbox: whether the command has something to do with the embedded foundation.
    """

    arguments: tuple[str, ...]
    synopsis: str
    examples: tuple[str, ...]
    flags: tuple[Flag, ...]
    beyond: tuple[Flag, ...]
    see_also: tuple[str, ...]
    optional: tuple[str, ...] = ()
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sandbox: bool = True


class CfCommand(click.Command):
    """A command whose words, streams and exit codes are `cf`'s."""

    def __init__(self, name: str, summary: str, usage: Usage, callback: Callable[[click.Context, Read], None]) -> None:
        super().__init__(name, callback=callback, short_help=summary, help=summary, add_help_option=False)
        self.summary = summary
        self.usage = usage
        self._carry_out = callback

    @property
    def flags(self) -> tuple[Flag, ...]:
        """All flags it takes: those of `cf`, those that only cfnet has, and those of every command."""
        shared = _GLOBAL if self.usage.sandbox else _GLOBAL[1:]
        return (*self.usage.flags, *self.usage.beyond, *shared)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `args` as `cf` would.

        Raises:
            Misuse: for what `cf` would call an incorrect usage.
            Failed: a word is no text.
        """
        try:
            require_text(args)
        except UsageFault as fault:
            raise Failed(fault) from fault
        flags = list(self.flags)
        try:
            found = read(args, flags)
            require(found, flags, self.usage.arguments)
        except HelpWanted:
            click.echo(self.get_help(ctx), nl=False, file=ctx.obj.stdout)
            ctx.exit(0)
        except Misread as fault:
            raise Misuse(str(fault), help_text=self.get_help(ctx), failed=False) from fault
        extra = found.arguments[len(self.usage.arguments) + len(self.usage.optional) :]
        if extra:
            raise self.misuse(ctx, f'unexpected argument "{" ".join(extra)}"')
        ctx.params["found"] = found
        ctx.obj = ctx.obj.adjusted(
            sandbox="--sandbox" in found.flags,
            verbose="-v" in found.flags,
            debug="--debug" in found.flags,
            quiet="-q" in found.flags or "--quiet" in found.flags,
            no_wait="--no-wait" in found.flags,
        )
        return []

    def misuse(self, ctx: click.Context, message: str, *, bare: bool = False) -> Misuse:
        """The fault of a command line that `cf` parses, and then refuses; `bare` without "Incorrect Usage"."""
        return Misuse(message, help_text=self.get_help(ctx), failed=True, bare=bare)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Carry the command out.

        Raises:
            Failed: in place of any error that the user can do something about.
        """
        try:
            return self._carry_out(ctx, ctx.params["found"])
        except CfnetError as error:
            raise Failed(error) from error

    def get_help(self, ctx: click.Context) -> str:
        """The help in the layout of `cf`; what only cfnet has follows in the same column."""
        del ctx
        usage = self.usage
        shown = [flag for flag in self.flags if flag.summary]
        # cf's own column, as wide as its own flags want it, unless one of ours is wider still.
        room = max(max(len(flag.name) for flag in usage.flags or shown) + 6, *(len(flag.name) + 1 for flag in shown))
        sections = {
            "NAME": [f"{self.name} - {self.summary}"],
            "USAGE": [f"cfnet {self.name} {line}".rstrip() for line in usage.synopsis.split("\n")],
            **dict(usage.sections),
            "EXAMPLES": [f"cfnet {self.name} {example}" for example in usage.examples],
            "OPTIONS": [flag.name.ljust(room) + flag.summary for flag in shown],
            "SEE ALSO": [", ".join(usage.see_also)],
        }
        return "\n".join(
            f"{title}:\n" + "".join(f"   {line}\n" for line in lines) for title, lines in sections.items() if lines
        )
