"""Policy documents on the command line: the files, and the values of their variables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from cfnet.document import Code, Loaded, Place, Report, Source, load
from cfnet.document.reader import LARGEST
from cfnet.document.variables import from_environment, from_file
from cfnet.errors import DocumentFault, UsageFault
from cfnet.show.faults import FaultFormat, faults_as

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cfnet.cli.environment import Environment
    from cfnet.document import Fault, SpaceName

Command = TypeVar("Command", bound="Callable[..., Any]")


def documents(metavar: str = "FILE...") -> Callable[[Command], Command]:
    """Let a click command take files and values of variables: `files`, `given` and `value_files`."""

    def decorated(function: Command) -> Command:
        for decorate in _parameters(metavar):
            function = decorate(function)
        return function

    return decorated


def _parameters(metavar: str) -> Sequence[Callable[[Command], Command]]:
    return (
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
        click.argument("files", metavar=metavar, nargs=-1, required=True, type=click.Path()),
    )


class Documents(NamedTuple):
    """What stands in files, and the values of the variables in it.

    Attributes:
        files: as they were given.
        sources: those that could be read.
        values: of the variables.
        faults: of reading files and values.
    """

    files: Sequence[str]
    sources: Sequence[Source]
    values: Mapping[str, str]
    faults: Sequence[Fault]

    def load(self, targeted: SpaceName | None = None) -> Loaded:
        """Load them as one desired state; `targeted` is the space that names mean where a document says none."""
        return load(self.sources, self.values, targeted=targeted, report=Report(self.files, self.faults))


def read_documents(
    files: Sequence[str], given: Sequence[str], value_files: Sequence[str], environment: Environment
) -> Documents:
    """Read `files` (`-` is stdin), and the values that options and environment give.

    Raises:
        UsageFault: a `--var` is no NAME=VALUE.
    """
    report = Report(files)
    values = from_environment(environment.variables)
    for file in value_files:
        data = _read(file, report, environment)
        if data is not None:
            values.update(from_file(data, file, report))
    for assignment in given:
        name, equals, value = assignment.partition("=")
        if not (name and equals):
            raise UsageFault(f"--var takes NAME=VALUE, and '{assignment}' is not that")
        values[name] = value
    read = [(file, _read(file, report, environment)) for file in dict.fromkeys(files)]
    return Documents(files, [Source(file, data) for file, data in read if data is not None], values, report.faults)


def refuse_faults(faults: Sequence[Fault], environment: Environment, *, as_annotations: bool = False) -> None:
    """Tell `faults` on stderr; or on stdout, as annotations of a GitHub workflow.

    Raises:
        DocumentFault: there are some.
    """
    if not faults:
        return
    if as_annotations:
        environment.stdout.write(faults_as(FaultFormat.GITHUB, faults, ()))
    else:
        environment.stderr.write(faults_as(FaultFormat.TEXT, faults, ()))
    count = "1 fault" if len(faults) == 1 else f"{len(faults):,} faults"
    raise DocumentFault(f"{count} in the documents. Nothing was sent.")


def _read(file: str, report: Report, environment: Environment) -> bytes | None:
    """The bytes of a file, no more than it takes to see that they are too many; None where it cannot be read.

    Of stdin all are read, for nobody could read the rest later: it may be a plan, and these may be longer.
    """
    try:
        if file == "-":
            return environment.stdin.buffer.read()
        with Path(file).open("rb") as stream:
            return stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        report(Code.UNREADABLE, Place(file, 1, 1), reason)
        return None
