"""The sandbox as its cells see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.dataplane.addressing import CellLease
from cfnet.errors import InputFault
from cfnet.foundation.api.security_groups import security_groups
from cfnet.foundation.json_values import parse
from cfnet.foundation.snapshot import cell_files
from cfnet.policy import by_guid
from cfnet.sandbox import Foundation, SandboxError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_NO_CONTAINERS: Final = "{}"
"""The store of a cell that the sandbox no longer has."""
_REPLACED: Final = (
    "The sandbox's file has been moved away or replaced: run 'cfnet sandbox down', then 'cfnet sandbox up'."
)


class SandboxSource:
    """The sandbox as its cells see it: see `StateSource`."""

    def __init__(self, foundation: Foundation, path: Path | None = None) -> None:
        """Read `foundation`, which only this process uses, from its file if it has a `path`."""
        self._foundation = foundation
        self._path = path
        self._file = _identity(path)

    @classmethod
    def open(cls, path: Path) -> SandboxSource:
        """Open the sandbox in the file at `path`.

        Raises:
            InputFault: it cannot be used.
        """
        try:
            return cls(Foundation.open(path), path)
        except SandboxError as error:
            raise InputFault(error.message, hint=error.hint) from error

    def version(self) -> object:
        """Return a number that changes with the database.

        Raises:
            InputFault: it cannot be read, or another file has taken its place.
        """
        if _identity(self._path) != self._file:
            raise InputFault(_REPLACED)
        try:
            return self._foundation.changes()
        except SandboxError as error:
            raise InputFault(error.message, hint=error.hint) from error

    def leases(self) -> Sequence[CellLease]:
        """Return the cells.

        Raises:
            InputFault: they cannot be read.
        """
        try:
            return [CellLease(*cell) for cell in self._foundation.cell_inputs().cells]
        except SandboxError as error:
            raise InputFault(error.message, hint=error.hint) from error

    def state(self) -> State:
        """Return the state of the sandbox.

        Raises:
            InputFault: it cannot be read.
        """
        try:
            inputs = self._foundation.cell_inputs()
        except SandboxError as error:
            raise InputFault(error.message, hint=error.hint) from error
        return State(
            policies=inputs.policies,
            tags=Tags(inputs.tags),
            settings=cell_files.agent(parse(self._foundation.agent().encode())),
            cell_names=[cell.name for cell in inputs.cells],
            read_cell=lambda name: _cell(name, inputs.stores.get(name, _NO_CONTAINERS)),
            read_apps=lambda: by_guid(inputs.apps),
            read_security_groups=lambda: security_groups(parse(inputs.security_groups.encode()).nodes()),
        )


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Tell one file from another at the same path; None if there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None


def _cell(name: str, store: str) -> Cell:
    return Cell(name, cell_files.store(parse(store.encode())), name)
