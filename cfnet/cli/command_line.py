"""Runs a command line: what needs no click without it, everything else with it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cfnet.cli.command_table import COMMANDS, SHORT
from cfnet.cli.error_boundary import guard
from cfnet.cli.parsing.cf_command import CfCommand
from cfnet.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.environment import Environment


def run(words: Sequence[str], environment: Environment) -> int:
    """Run the command line `words` (without the program's name) in `environment`; return the exit code."""
    # An error may occur before --debug is parsed.
    environment = environment.adjusted(debug="--debug" in words)

    def help_name() -> str:
        from cfnet.cli import main

        return main.help_name(words)

    return guard(lambda: _run(words, environment), environment, help_name=help_name)


def _run(words: Sequence[str], environment: Environment) -> int:
    if mirrored := _mirrored(words):
        mirrored.run(words[1:], environment)
        return Exit.DONE
    if not words or words[0].startswith("-") or words[0] in {"help", "version"}:
        from cfnet.cli.front_page import page_for

        page = page_for(words, environment.width)
        if page:
            environment.stdout.write(page)
            return Exit.DONE
    from cfnet.cli.main import run_with_click

    return run_with_click(words, environment)


def _mirrored(words: Sequence[str]) -> CfCommand | None:
    """The command that mirrors `cf`, if the first word names one: an option before it needs click."""
    entry = COMMANDS.get(SHORT.get(words[0], words[0])) if words else None
    command = import_module(f"cfnet.cli.commands.{entry.module}").command if entry and entry.mirrors_cf else None
    return command if isinstance(command, CfCommand) else None
