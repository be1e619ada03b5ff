"""Options and arguments of commands that read policy documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Command = TypeVar("Command", bound="Callable[..., Any]")


def documents(metavar: str = "FILE...", *, required: bool = True) -> Callable[[Command], Command]:
    """Let a click command take files and values of variables: `files`, `given` and `value_files`."""

    def decorated(function: Command) -> Command:
        files = click.argument("files", metavar=metavar, nargs=-1, required=required, type=click.Path())
        return files(values(function))

    return decorated


def allow_missing(function: Command) -> Command:
    """Let a click command take `--allow-missing`: `allow_missing`."""
    return click.option(
        "--allow-missing",
        is_flag=True,
        help="Skip policies of apps that do not exist yet, as if all apps were pending: true",
    )(function)


def values(function: Command) -> Command:
    """Let a click command take values of variables: `given` and `value_files`."""
    for option in (
        click.option(
            "--vars-file",
            "value_files",
            metavar="FILE",
            multiple=True,
            type=click.Path(),
            help="YAML of names and values for ((name)); may be repeated, the last value of a name wins",
        ),
        click.option(
            "--var",
            "given",
            metavar="NAME=VALUE",
            multiple=True,
            help="A value for ((NAME)); may be repeated; wins over --vars-file, and that over CFNET_VAR_NAME",
        ),
    ):
        function = option(function)
    return function


def require_documents(files: Sequence[str], given: Sequence[str], value_files: Sequence[str]) -> None:
    """Check that values are given only where there are documents to put them into.

    Raises:
        UsageFault: there are none.
    """
    if (given or value_files) and not files:
        raise UsageFault("--var and --vars-file make no sense without -f")
