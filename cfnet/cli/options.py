"""Options that every command takes, also behind its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


def shared(function: Command) -> Command:
    """Let a click command take `--sandbox`, `-v` and `--debug`: they adjust the environment in `ctx.obj`."""
    for option in (
        click.option("--debug", is_flag=True, expose_value=False, callback=_adjust, hidden=True),
        click.option("-v", "--verbose", is_flag=True, expose_value=False, callback=_adjust, hidden=True),
        click.option(
            "--sandbox", is_flag=True, expose_value=False, callback=_adjust, help="Work on the embedded foundation"
        ),
    ):
        function = option(function)
    return function


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
