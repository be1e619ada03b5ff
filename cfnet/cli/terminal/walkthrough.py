"""A walkthrough: steps that run real commands, show their output, and say what it means."""

from __future__ import annotations

import io
import shlex
import textwrap
from typing import TYPE_CHECKING, Final

import click

from cfnet.exits import Exit
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfnet.operations.environment import Environment

_WIDEST: Final = 100


class Walkthrough:
    """Runs commands in an environment and prints them with their output."""

    def __init__(self, environment: Environment, *, pause: bool) -> None:
        self.environment = environment
        self._pause = pause
        self._colour = environment.colour()
        self._width = min(environment.width, _WIDEST)

    def take(self, steps: Sequence[tuple[str, Callable[[], object]]]) -> None:
        """Take the steps, each with its title, in order."""
        for number, (title, step) in enumerate(steps, 1):
            if number > 1:
                self._wait()
            self._write(styled(f"{number}. {title}", LineStyle.TITLE, colour=self._colour) + "\n\n")
            step()

    def run(self, *words: str, told: bool = True, may_find: bool = False, stdin: str = "", given: str = "") -> str:
        """Run a cfnet command and return its output; print both if `told`.

        Args:
            words: its arguments.
            told: whether to print them.
            may_find: whether a finding is an expected result.
            stdin: the text of its stdin.
            given: how stdin was made: what is printed before the command and a bar.
        """
        from cfnet.cli.command_line import run

        out = io.StringIO()
        if told:
            self._show_command(f"{given}cfnet {shlex.join(words)}")
        environment = self.environment._replace(stdout=out)
        ended = run(words, environment._replace(stdin=io.StringIO(stdin)) if given else environment)
        if told:
            self.show_output(out.getvalue())
        if ended and not (may_find and ended == Exit.FINDING):
            raise click.exceptions.Exit(ended)
        return out.getvalue()

    def show_command(self, *words: str) -> None:
        """Print a command line of cfnet, which has already been run or is about to be."""
        self._show_command(f"cfnet {shlex.join(words)}")

    def show_output(self, text: str) -> None:
        """Print the output of a command."""
        self._write(f"{text.rstrip()}\n\n")

    def say(self, text: str) -> None:
        """Print a paragraph."""
        lines = textwrap.wrap(printable(text), self._width, break_long_words=False, break_on_hyphens=False)
        self._write("\n".join(lines) + "\n\n")

    def _show_command(self, line: str) -> None:
        self._write(styled(f"$ {line}", LineStyle.PLACE, colour=self._colour) + "\n")

    def _wait(self) -> None:
        if self._pause:
            self.environment.stderr.write("Press Enter to continue… ")
            self.environment.stderr.flush()
            self.environment.stdin.readline()

    def _write(self, text: str) -> None:
        self.environment.stdout.write(text)
        self.environment.stdout.flush()
