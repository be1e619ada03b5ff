"""Reads policy documents and the values of their variables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.document import Code, DocumentSource, FaultReport, Loaded, Place, load, variables
from cfnet.document.reader import LARGEST
from cfnet.document.variables import PREFIX, from_file
from cfnet.errors import CommandLineFault, DocumentFault, UsageFault, unreadable
from cfnet.operations.typed_words import is_text, stdin_once
from cfnet.show.excerpts import Excerpts
from cfnet.show.faults import faults_github, faults_text
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

    from cfnet.document import Fault, SpaceName
    from cfnet.operations.environment import Environment


_GUTTER: Final = 8
"""The columns before a line of a document."""

_NARROW: Final = 20
"""The smallest number of columns for a line of a document."""

_WIDE: Final = 160
"""The number of columns for a line of a document in a file."""

_BEFORE_JSON: Final = b" \t\r\n\x0b\x0c\xef\xbb\xbf"
"""What may come before a plan, which is JSON: white space and a byte order mark."""


class GivenValues(NamedTuple):
    """The values of variables, and the faults of the files that contain them."""

    by_name: Mapping[str, str]
    faults: Sequence[Fault]


class CheckedDocuments(NamedTuple):
    """The number of policies declared in documents, and of expectations, and the faults."""

    policies: int
    expectations: int
    faults: Sequence[Fault]


class Documents(NamedTuple):
    """Policy documents as read, and the values of their variables.

    Attributes:
        files: each once, in the given order; a directory is replaced by the files in it.
        sources: the readable ones.
        values: the values of variables.
        faults: faults of reading files and values.
        allow_missing: whether apps and spaces need not exist yet (`--allow-missing`).
    """

    files: Sequence[str]
    sources: Sequence[DocumentSource]
    values: Mapping[str, str]
    faults: Sequence[Fault]
    allow_missing: bool = False

    def load(self, targeted: SpaceName | None = None) -> Loaded:
        """Load them as one desired state; `targeted` is the space of names in documents without a space."""
        return load(self.sources, self.values, targeted=targeted, report=FaultReport(self.files, self.faults))

    def excerpts(self, stream: TextIO, environment: Environment) -> Excerpts:
        """The lines of the documents, to be written to `stream`.

        Files with values of variables are left out: they may have secrets that are of no use here.
        """
        texts = {source.file: source.data for source in self.sources}
        columns = environment.width - _GUTTER if stream.isatty() else _WIDE
        return Excerpts(texts, columns=max(columns, _NARROW), colour=environment.colour(stream=stream))

    def beside(self, files: Sequence[str], environment: Environment) -> Documents:
        """Read other documents with the same values of variables."""
        return read_documents(files, GivenValues(self.values, ()), environment)

    def check(self, *, together: bool) -> CheckedDocuments:
        """Check them as one desired state, or separately: files for different foundations may declare the same."""
        report = FaultReport(self.files, self.faults)
        groups = [self.sources] if together else [[source] for source in self.sources]
        loaded = [load(group, self.values, report=report) for group in groups]
        documents = [document for each in loaded for document in each.documents]
        return CheckedDocuments(
            sum(len(each.declared) for each in loaded),
            sum(len(document.expectations) for document in documents),
            report.faults,
        )


class DocumentFiles(NamedTuple):
    """Policy documents as given on the command line.

    Attributes:
        files: files and directories; `-` is stdin.
        assignments: values of variables, each as `NAME=VALUE`.
        value_files: files with values of variables.
    """

    files: Sequence[str]
    assignments: Sequence[str]
    value_files: Sequence[str]

    @property
    def has_values(self) -> bool:
        """Whether values of variables are given."""
        return bool(self.assignments or self.value_files)

    def read(self, environment: Environment, *beside: str | None, or_plan: bool = False) -> Documents:
        """Read the documents; with `or_plan`, one of the files may be a plan.

        `beside` are other files that the command reads: only one of all files may be stdin.

        Raises:
            UsageFault: stdin is named twice, or a file is a plan and must not be one.
        """
        stdin_once((*dict.fromkeys(self.files), *self.value_files, *beside))
        values = read_values(self.assignments, self.value_files, environment)
        return read_documents(self.files, values, environment, or_plan=or_plan)


def read_values(given: Sequence[str], value_files: Sequence[str], environment: Environment) -> GivenValues:
    """Return the values of variables given by options and the environment.

    Raises:
        UsageFault: a `--var` is not NAME=VALUE, or an environment variable is not text.
    """
    stdin_once(value_files)
    report = FaultReport(value_files)
    values = variables.VariableValues(environment.variables)
    for name, value in values.items():
        if not is_text(value):
            raise UsageFault(f"{PREFIX}{name} is not text in this terminal's encoding.")
    for file in value_files:
        data = _read(file, report, environment)
        if data is not None:
            values.update(from_file(data, file, report))
    for assignment in given:
        name, equals, value = assignment.partition("=")
        if not (name and equals):
            raise CommandLineFault(f"--var requires NAME=VALUE, not '{assignment}'")
        values[name] = value
    return GivenValues(values, report.faults)


def read_documents(
    files: Sequence[str], values: GivenValues, environment: Environment, *, or_plan: bool = False
) -> Documents:
    """Read `files` (`-` is stdin) with `values` of variables; with `or_plan`, one file may be a plan.

    Raises:
        UsageFault: a file is a plan and must not be one, or a directory has no documents.
    """
    files = list(dict.fromkeys(each for file in files for each in _files_at(file)))
    report = FaultReport(files)
    read = [(file, _read(file, report, environment)) for file in files]
    sources = [DocumentSource(file, data) for file, data in read if data is not None]
    if not or_plan and any(source.data.lstrip(_BEFORE_JSON).startswith(b"{") for source in sources):
        from cfnet.operations.plan_files import refuse_plans

        refuse_plans(sources)
    return Documents(files, sources, values.by_name, (*values.faults, *report.faults))


def refuse_faults(
    faults: Sequence[Fault], documents: Documents, environment: Environment, *, as_annotations: bool = False
) -> None:
    """Report `faults` of `documents` on stderr, or on stdout as annotations for a GitHub workflow.

    Raises:
        DocumentFault: there are faults.
    """
    if not faults:
        return
    if as_annotations:
        environment.output(as_file=True).write(faults_github(faults))
    else:
        environment.stderr.write(faults_text(faults, documents.excerpts(environment.stderr, environment)))
    raise DocumentFault(f"{counted(len(faults), 'fault')} in the documents.")


def _files_at(name: str) -> Sequence[str]:
    """Return the file, or the *.yml and *.yaml files of a directory at any depth, sorted, without hidden ones.

    Raises:
        UsageFault: a directory has no such files, or cannot be read.
    """
    if name == "-" or not _is_directory(name):
        return [name]
    from pathlib import Path

    found: list[str] = []
    try:
        for root, folders, files in os.walk(name, onerror=_raise):
            folders[:] = [each for each in folders if not each.startswith(".")]
            found += [str(Path(root, each)) for each in filter(_is_document, files)]
    except OSError as error:
        raise unreadable(error, error.filename) from error
    if not found:
        raise UsageFault("the directory has no *.yml or *.yaml files", where=name)
    return sorted(found)


def _is_document(name: str) -> bool:
    return not name.startswith(".") and name.lower().endswith((".yml", ".yaml"))


def _is_directory(name: str) -> bool:
    return os.path.isdir(name or ".")  # noqa: PTH112 - pathlib takes time to import


def _raise(error: OSError) -> None:
    raise error


def _read(file: str, report: FaultReport, environment: Environment) -> bytes | None:
    """Return the bytes of a file, up to just above the limit; None if it cannot be read.

    Stdin is read completely, because the rest could not be read later: it may be a plan, which may be longer.
    """
    try:
        if file == "-":
            return environment.stdin.buffer.read()
        with open(file or ".", "rb") as stream:  # noqa: PTH123 - pathlib takes time to import
            return stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        report(Code.UNREADABLE, Place(file, 1, 1), reason)
        return None
