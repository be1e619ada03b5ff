"""Questions to a person at a terminal; they are talk, so they go to stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from cfnet.errors import UnknownName, UsageFault
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.cli.environment import Environment

_LONGEST_MENU: Final = 50


def ask(environment: Environment, label: str) -> str:
    """What the user types after `label`, without spaces around it.

    Raises:
        UsageFault: there is no terminal.
        Abort: the user ends the input (Ctrl-D).
    """
    _require_terminal(environment, label)
    environment.stdout.flush()
    environment.stderr.write(f"{printable(label)}: ")
    environment.stderr.flush()
    line = environment.stdin.readline()
    if not line:
        raise click.Abort
    return line.strip()


def ask_unseen(environment: Environment, label: str) -> str:
    """As `ask`, for what nobody shall see on the screen."""
    _require_terminal(environment, label)
    import getpass

    environment.stdout.flush()
    try:
        return getpass.getpass(f"{printable(label)}: ", environment.stderr)
    except EOFError as error:
        raise click.Abort from error


def choose(environment: Environment, kind: str, names: Sequence[str]) -> str:
    """The one of `names` that the user picks, by its number or as it is written; empty where they skip.

    `kind` is what they are names of: `Org` or `Space`. Without a terminal nothing is picked.

    Raises:
        UnknownName: the user names something else.
    """
    if not environment.stdin.isatty():
        return ""
    article = "an" if kind == "Org" else "a"
    while True:
        environment.stdout.flush()
        environment.say(f"Select {article} {kind.lower()}:")
        if len(names) < _LONGEST_MENU:
            environment.say("".join(f"{number}. {printable(name)}\n" for number, name in enumerate(names, 1)))
        else:
            environment.say("There are too many options to display; please type in the name.\n")
        picked = ask(environment, f"{kind} (enter to skip)")
        environment.say("")
        if not picked or picked in names:
            return picked
        if not picked.isdecimal() or len(names) >= _LONGEST_MENU:
            what = "Organization" if kind == "Org" else kind
            raise UnknownName(f"{what} '{picked}' not found.")
        if 1 <= int(picked) <= len(names):
            return names[int(picked) - 1]


def _require_terminal(environment: Environment, label: str) -> None:
    if not environment.stdin.isatty():
        raise UsageFault(
            f"There is no terminal to ask at: {label}",
            hint="Give it as an option; or use 'cfnet auth', which never asks.",
        )
