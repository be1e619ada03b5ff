"""Policy documents on the command line: the files, and the values of their variables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cfnet.document import Code, Loaded, Place, Report, Source, load
from cfnet.document.reader import LARGEST
from cfnet.document.variables import from_environment, from_file
from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfnet.cli.environment import Environment
    from cfnet.document import SpaceName

Command = TypeVar("Command", bound="Callable[..., Any]")


def documents(function: Command) -> Command:
    """Let a click command take files and values of variables: `files`, `given` and `value_files`."""
    for decorate in (
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
        click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path()),
    ):
        function = decorate(function)
    return function


def load_documents(
    files: Sequence[str],
    given: Sequence[str],
    value_files: Sequence[str],
    environment: Environment,
    *,
    targeted: SpaceName | None = None,
) -> Loaded:
    """Load `files` as one desired state, with the values that options and environment give.

    Raises:
        UsageFault: a `--var` is no NAME=VALUE.
    """
    report = Report(files)
    values = from_environment(environment.variables)
    for file in value_files:
        data = _read(file, report)
        if data is not None:
            values.update(from_file(data, file, report))
    for assignment in given:
        name, equals, value = assignment.partition("=")
        if not (name and equals):
            raise UsageFault(f"--var takes NAME=VALUE, and '{assignment}' is not that")
        values[name] = value
    read = [(file, _read(file, report)) for file in dict.fromkeys(files)]
    sources = [Source(file, data) for file, data in read if data is not None]
    return load(sources, values, targeted=targeted, report=report)


def _read(file: str, report: Report) -> bytes | None:
    """The bytes of a file, no more than it takes to see that they are too many; None where it cannot be read."""
    try:
        with Path(file).open("rb") as stream:
            return stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        report(Code.UNREADABLE, Place(file, 1, 1), reason)
        return None
