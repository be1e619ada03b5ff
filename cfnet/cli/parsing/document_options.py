"""Options and arguments of commands that read policy documents."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from cfnet.errors import CommandLineFault
from cfnet.operations.documents import DocumentFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Command = TypeVar("Command", bound="Callable[..., Any]")

_BY_OPTION: Final = "files_by_option"
"""The parameter of `-f`."""


class DocumentArgument(click.Argument):
    """Files as arguments, which may be missing if `-f` is given."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:  # noqa: ANN401 - click's own
        """Return the files.

        Raises:
            MissingParameter: they are required, and there are none, not even by `-f`.
        """
        try:
            return super().process_value(ctx, value)
        except click.MissingParameter:
            # click has processed the options of the command line before.
            if ctx.params.get(_BY_OPTION):
                return ()
            raise


def documents(
    metavar: str = "FILE...", *, required: bool = True, or_changes: bool = False
) -> Callable[[Command], Command]:
    """Add documents, as arguments or by `-f`, and options for variables: parameter `written`, `DocumentFiles`.

    With `or_changes`, other options name documents as well.
    """

    def decorated(function: Command) -> Command:
        function = _values(function, may_have_none=or_changes)
        for option in (
            click.option(
                "-f",
                "--file",
                _BY_OPTION,
                metavar="FILE",
                multiple=True,
                type=click.Path(),
                help="Same as the argument FILE; repeatable",
            ),
            click.argument(
                "files", metavar=metavar, nargs=-1, required=required, type=click.Path(), cls=DocumentArgument
            ),
        ):
            function = option(function)
        return function

    return decorated


def allow_missing(function: Command) -> Command:
    """Add `--allow-missing` to a click command: parameter `allow_missing`."""
    return click.option(
        "--allow-missing",
        is_flag=True,
        help="Skip policies of apps that do not exist yet, as if every app had 'pending: true'",
    )(function)


def _values(function: Command, *, may_have_none: bool) -> Command:
    """Add options for variables to a click command: parameter `written`, `DocumentFiles`.

    Unless it `may_have_none`, values without files are refused.
    """

    @wraps(function)
    def collected(
        *arguments: object,
        given: Sequence[str],
        value_files: Sequence[str],
        files: Sequence[str],
        files_by_option: Sequence[str],
        **options: object,
    ) -> object:
        written = DocumentFiles((*files, *files_by_option), given, value_files)
        if not may_have_none and written.has_values and not written.files:
            raise CommandLineFault("--var and --vars-file require FILE")
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
