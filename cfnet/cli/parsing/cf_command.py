"""Commands that mirror `cf`, with its parser, help and errors. They do not need click, which takes time to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cli.command_table import GLOBAL_OPTIONS
from cfnet.cli.error_boundary import Failed, Misuse
from cfnet.cli.parsing.go_flags import Flag, HelpWanted, Misread, Read, parse
from cfnet.errors import CfnetError
from cfnet.exits import Exit
from cfnet.operations.typed_words import require_text
from cfnet.show.page import HelpSection, Lines, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cfnet.operations.environment import Environment

_GLOBAL: Final = tuple(Flag(name, text, takes_value=False) for names, text in GLOBAL_OPTIONS.values() for name in names)
_EXITS: Final = Terms(((str(int(Exit.DONE)), "Success"), (str(int(Exit.FINDING)), "Failure")))


APPS_OF_CF: Final = "('apps' is a command of cf)"
"""A line under SEE ALSO, below that of `cf`, which lists this command."""


class Usage(NamedTuple):
    """The help of a mirrored command, in the order and words of `cf`.

    Attributes:
        arguments: names of the required arguments.
        synopsis: the lines under USAGE, without the program's name: those of `cf`, then those with our own flags;
            a line that begins with a space continues the one before.
        examples: the lines under EXAMPLES, without the program's name.
        flags: the flags that `cf` has.
        beyond: the flags that only cfnet has.
        see_also: the lines under SEE ALSO: that of `cf`, then one with commands that only cfnet has.
        optional: names of the arguments that may follow.
        sections: further sections between USAGE and EXAMPLES: a title and its lines.
        sandbox: whether the command can use the embedded foundation.
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


class CfCommand(NamedTuple):
    """A command with the wording, streams and exit codes of `cf`; `carry_out` runs it."""

    name: str
    summary: str
    usage: Usage
    carry_out: Callable[[Environment, Read], None]

    @property
    def flags(self) -> tuple[Flag, ...]:
        """All flags of the command: those of `cf`, those that only cfnet has, and the global ones."""
        shared = [flag for flag in _GLOBAL if flag.name != "--sandbox" or self.usage.sandbox]
        return (*self.usage.flags, *self.usage.beyond, *shared)

    def run(self, words: Sequence[str], environment: Environment) -> None:
        """Run the command with the arguments `words`.

        Raises:
            Misuse: `cf` would report incorrect usage.
            Failed: instead of any error that the user can fix.
        """
        try:
            require_text(words)
            found = self._read(words, environment)
            if found is None:
                environment.stdout.write(self.help_text(environment))
                return
            environment = environment.adjusted(
                sandbox="--sandbox" in found.flags,
                verbose="-v" in found.flags or "--verbose" in found.flags,
                debug="--debug" in found.flags,
                quiet="-q" in found.flags or "--quiet" in found.flags,
                no_wait="--no-wait" in found.flags,
            )
            self.carry_out(environment, found)
        except CfnetError as error:
            raise Failed(error) from error

    def misuse(self, environment: Environment, message: str, *, bare: bool = False) -> Misuse:
        """Return the error for a command line that `cf` parses but refuses; `bare`: without "Incorrect Usage"."""
        return Misuse(message, help_text=self.help_text(environment), failed=True, bare=bare)

    def help_text(self, environment: Environment) -> str:
        """The help in the layout of `cf`; its own lines are never wrapped."""
        from cfnet.show.help_text import help_text

        return help_text(self.page(), environment.width)

    def _read(self, words: Sequence[str], environment: Environment) -> Read | None:
        """Read `words` as `cf` would; None if help is wanted.

        Raises:
            Misuse: `cf` would report incorrect usage.
        """
        try:
            found = parse(list(words), list(self.flags), self.usage.arguments, self.usage.optional)
        except HelpWanted:
            return None
        except Misread as fault:
            raise Misuse(str(fault), help_text=self.help_text(environment), failed=False) from fault
        extra = found.arguments[len(self.usage.arguments) + len(self.usage.optional) :]
        if extra:
            raise self.misuse(environment, f'unexpected argument "{" ".join(extra)}"')
        return found

    def page(self) -> Iterator[HelpSection]:
        """The sections of the help; those without blocks are not shown."""
        usage = self.usage
        path = f"cfnet {self.name}"
        # cf's own column, as wide as its own flags need it, unless one of ours is wider.
        own = (*usage.flags, *usage.beyond)
        column = max(
            max((len(flag.name) for flag in usage.flags), default=0) + 6, *(len(flag.name) + 1 for flag in own), 0
        )
        yield HelpSection("NAME", [Lines((f"{self.name} - {self.summary}",))])
        lines = (each if each.startswith(" ") else f"{path} {each}".rstrip() for each in usage.synopsis.split("\n"))
        yield HelpSection("USAGE", [Lines(tuple(lines))])
        yield from (HelpSection(title, [Lines(lines)]) for title, lines in usage.sections)
        yield HelpSection(
            "EXAMPLES", [Lines(tuple(f"{path} {each}".rstrip() for each in usage.examples))] * bool(usage.examples)
        )
        yield HelpSection(
            "OPTIONS", [Terms(tuple((flag.name, flag.summary) for flag in own), column, wrap=False)] * bool(own)
        )
        yield HelpSection("GLOBAL OPTIONS", [Terms(tuple(self._global_rows()))])
        yield HelpSection("EXIT CODES", [_EXITS])
        yield HelpSection("SEE ALSO", [Lines(usage.see_also)])

    def _global_rows(self) -> Iterator[tuple[str, str]]:
        for name, (names, text) in GLOBAL_OPTIONS.items():
            if name != "--sandbox" or self.usage.sandbox:
                yield ", ".join(names), text
        yield "-h, --help", "Show this help"
