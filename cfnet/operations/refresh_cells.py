"""Tells the sandbox's cells on this computer about changes: cheap if they are not up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.dataplane import control

if TYPE_CHECKING:
    from pathlib import Path

    from cfnet.operations.environment import Environment


def cells_folder(environment: Environment) -> Path:
    """Return the directory of the control socket."""
    return control.runtime_folder(environment.variables, environment.data_folder / "sandbox.db")


def refresh_cells(environment: Environment) -> None:
    """Start and stop containers as the sandbox says, if its cells are up, and wait until that is done.

    Raises:
        UsageFault: the cells do not answer.
    """
    if environment.embedded is None and environment.platform == "linux":
        control.request(cells_folder(environment), "refresh")
