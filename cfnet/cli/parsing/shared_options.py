"""Options that every command takes, also behind its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


_SHARED: Final = {
    "--debug": ("--debug", "Show a fault of cfnet's own with its traceback"),
    "--no-wait": ("--no-wait", "Fail instead of waiting when a server is busy"),
    "--verbose": ("-v", "--verbose", "Show requests and responses, without their secrets"),
    "--quiet": ("-q", "--quiet", "Print no notes about what is unknown or left out"),
    "--sandbox": ("--sandbox", "Work on the embedded foundation"),
}
"""The options that all commands take, the last one first: their names, and what help says of them."""


def shared(function: Command) -> Command:
    """Let a click command take `--sandbox`, `-q`, `-v` and `--debug`: they adjust the environment in `ctx.obj`."""
    return shared_without()(function)


def shared_without(*pointless: str) -> Callable[[Command], Command]:
    """The same, for a command to which the options `pointless` mean nothing: it takes them, and does not say so."""
    # What asks no foundation has nothing to wait for, and no notes.
    hidden = {*pointless, "--no-wait", "--quiet"} if "--sandbox" in pointless else {*pointless}

    def decorated(function: Command) -> Command:
        for name, (*names, told) in _SHARED.items():
            option = click.option(
                *names, is_flag=True, expose_value=False, callback=_adjust, help=told, hidden=name in hidden
            )
            function = option(function)
        return function

    return decorated


def form_name(text_format: str | None, *, as_json: bool) -> str | None:
    """The form that `--format` names, or `--json`; None where neither is given.

    Raises:
        UsageFault: they name two.
    """
    if as_json and text_format not in (None, "json"):
        raise UsageFault(f"--json cannot be combined with --format {text_format}")
    return "json" if as_json else text_format


def _adjust(ctx: click.Context, param: click.Parameter, given: bool) -> None:  # noqa: FBT001 - click's signature
    if given:
        ctx.obj = ctx.obj.adjusted(**{str(param.name): True})
