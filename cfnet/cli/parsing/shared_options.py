"""Options that every command accepts, before or after its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from cfnet.cli.command_table import GLOBAL_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


def shared(function: Command) -> Command:
    """Add the global options to a click command: they adjust the environment in `ctx.obj`."""
    return shared_without()(function)


def shared_without(*pointless: str) -> Callable[[Command], Command]:
    """The same for a command without use for the options `pointless`: it accepts them, but its help omits them."""
    # A command that sends no requests has nothing to wait for, and prints no notes.
    hidden = {*pointless, "--no-wait", "--quiet"} if "--sandbox" in pointless else {*pointless}

    def decorated(function: Command) -> Command:
        for name, (names, text) in reversed(GLOBAL_OPTIONS.items()):
            option = click.option(
                *names, is_flag=True, expose_value=False, callback=_adjust, help=text, hidden=name in hidden
            )
            function = option(function)
        return function

    return decorated


def _adjust(ctx: click.Context, param: click.Parameter, given: bool) -> None:  # noqa: FBT001 - click's signature
    if given:
        ctx.obj = ctx.obj.adjusted(**{str(param.name): True})
