"""Options and arguments of commands that read policy documents."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from cfnet.errors import CommandLineFault
from cfnet.operations.documents import DocumentFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Command = TypeVar("Command", bound="Callable[..., Any]")


def documents(metavar: str = "FILE...", *, required: bool = True) -> Callable[[Command], Command]:
    """Add file arguments and options for variables to a click command: parameter `written`, `DocumentFiles`."""

    def decorated(function: Command) -> Command:
        files = click.argument("files", metavar=metavar, nargs=-1, required=required, type=click.Path())
        return files(values(function))

    return decorated


def document_option(summary: str) -> Callable[[Command], Command]:
    """Add `-f` and options for variables to a click command: parameter `written`, `DocumentFiles`."""

    def decorated(function: Command) -> Command:
        files = click.option("-f", "--file", "files", metavar="FILE", multiple=True, type=click.Path(), help=summary)
        return files(values(function, require_files="-f"))

    return decorated


def allow_missing(function: Command) -> Command:
    """Add `--allow-missing` to a click command: parameter `allow_missing`."""
    return click.option(
        "--allow-missing",
        is_flag=True,
        help="Skip policies of apps that do not exist yet, as if every app had 'pending: true'",
    )(function)


def values(function: Command, *, require_files: str = "") -> Command:
    """Add options for variables to a click command: parameter `written`, `DocumentFiles`.

    With `require_files`, variables without files are refused: they require that option.
    """

    @wraps(function)
    def collected(
        *arguments: object,
        given: Sequence[str],
        value_files: Sequence[str],
        files: Sequence[str] = (),
        **options: object,
    ) -> object:
        written = DocumentFiles(files, given, value_files)
        if require_files and written.has_values and not files:
            raise CommandLineFault(f"--var and --vars-file require {require_files}")
        return function(*arguments, written=written, **options)

    decorated = cast("Command", collected)
    for option in (
        click.option(
            "--vars-file",
            "value_files",
            metavar="FILE",
            multiple=True,
            type=click.Path(),
            help="YAML file with values of variables; repeatable, the last value wins",
        ),
        click.option(
            "--var",
            "given",
            metavar="NAME=VALUE",
            multiple=True,
            help="Value of the variable ((NAME)); repeatable; overrides --vars-file and CFNET_VAR_NAME",
        ),
    ):
        decorated = option(decorated)
    return decorated
