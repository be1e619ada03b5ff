"""Questions to a person at a terminal; they are talk, so they go to stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from cfnet.cli.policy_apps import same_name
from cfnet.errors import UsageFault
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
    """The one of `names` that the user picks, by its number or name, whatever its case; empty where they skip.

    `kind` is what they are names of: `Org` or `Space`. Without a terminal nothing is picked.
    """
    if not environment.stdin.isatty():
        return ""
    article = "an" if kind == "Org" else "a"
    numbered = {str(number): name for number, name in enumerate(names, 1)} if len(names) < _LONGEST_MENU else {}
    while True:
        environment.stdout.flush()
        environment.say(f"Select {article} {kind.lower()}:")
        if numbered:
            environment.say("".join(f"{number}. {printable(name)}\n" for number, name in numbered.items()))
        else:
            environment.say("There are too many options to display; please type in the name.\n")
        picked = ask(environment, f"{kind} (enter to skip)")
        environment.say("")
        if not picked or picked in names:
            return picked
        meant = numbered.get(picked) or next((name for name in names if same_name(name, picked)), None)
        if meant is not None:
            return meant
        environment.say(f"{'Organization' if kind == 'Org' else kind} '{printable(picked)}' not found.\n")


def _require_terminal(environment: Environment, label: str) -> None:
    if not environment.stdin.isatty():
        raise UsageFault(
            f"There is no terminal to ask at: {label}",
            hint="Give it as an option; or use 'cfnet auth', which never asks.",
        )
