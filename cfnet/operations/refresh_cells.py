"""Tells the sandbox's cells on this computer about changes: cheap if they are not up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfnet.dataplane import control
from cfnet.errors import UsageFault
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cfnet.operations.environment import Environment


def cells_folder(environment: Environment) -> Path:
    """Return the directory of the control socket."""
    return control.runtime_folder(environment.variables, environment.data_folder / "sandbox.db")


def refresh_cells(environment: Environment) -> None:
    """Start and stop containers as the sandbox says, if its cells are up, and wait until that is done.

    The sandbox has been changed already: that its cells cannot be asked is a warning.
    """
    if environment.embedded is not None or environment.platform != "linux":
        return
    try:
        answer = control.request(cells_folder(environment), "refresh")
    except UsageFault as error:
        environment.say(f"Warning: whether cells run is unknown: {printable(error.message)}")
        if error.hint:
            environment.note(error.hint)
        return
    if answer is not None:
        warn_of_failures(environment, answer)


def warn_of_failures(environment: Environment, status: Mapping[str, Any]) -> None:
    """Say what has failed according to an answer to `status` or `refresh`."""
    found = [f"{cell['name']}: {cell['failure']}" for cell in status["cells"] if cell["failure"]]
    if status["failure"]:
        found.insert(0, str(status["failure"]))
    for each in found:
        environment.say(f"Warning: {printable(each)}")
    if found:
        environment.note("The cells try again every few seconds; 'cfnet sandbox status' shows the result.")
