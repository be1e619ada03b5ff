"""Run a program in a cell or a container of the sandbox: what `bosh ssh` and `cf ssh` would give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.dataplane.programs import OWN_PROGRAMS, search_path
from cfnet.operations.find_container import cell_or_container
from cfnet.operations.refresh_cells import cells_folder
from cfnet.operations.sandbox_call import places_of, sandbox_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.operations.environment import Environment

_SHELL: Final = "/bin/sh"


class EnteringProgram(NamedTuple):
    """A program to run: the command line that enters its namespaces, its own one, and its environment variables."""

    entering: Sequence[str]
    command: Sequence[str]
    variables: Mapping[str, str]


def program_inside(name: str, command: Sequence[str], environment: Environment) -> EnteringProgram:
    """Return how to run `command`, or a shell, in the cell or container `name`.

    Raises:
        UsageFault: the cells are not up, or the name is ambiguous.
        UnknownName: there is no such cell, app or container.
    """
    places = places_of(cells_folder(environment))
    process = cell_or_container(name, places, sandbox_state(environment).read_apps())
    variables = environment.variables
    shell = variables.get("SHELL") or _SHELL
    # `iptables` of a cell is the one that its agent uses, whichever is the computer's default.
    path = search_path(variables.get("PATH", ""))
    inside = ["env", f"PATH={OWN_PROGRAMS}:{path}", *(command or [shell])]
    return EnteringProgram(places.entering(process.pid), inside, {**variables, "PATH": path})
