"""Options that every command accepts, before or after its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


GLOBAL_OPTIONS: Final = {
    "--sandbox": (("--sandbox",), "Use the embedded foundation (or set CFNET_SANDBOX=1)"),
    "--quiet": (("-q", "--quiet"), "Suppress notes about unknown or omitted data"),
    "--verbose": (("-v", "--verbose"), "Show requests and responses, with secrets redacted"),
    "--no-wait": (("--no-wait",), "Fail instead of waiting when a server is busy"),
    "--debug": (("--debug",), "Show tracebacks of internal errors"),
}
"""The options that all commands accept: names and help."""


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
