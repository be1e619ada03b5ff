"""Whether the sandbox's cells can run on this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.dataplane.programs import search_path
from cfnet.dataplane.requirements import MachineFacts, gather, obstacle
from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from cfnet.dataplane.requirements import Obstacle
    from cfnet.operations.environment import Environment

_LINUX = "linux"


def require_linux(environment: Environment) -> None:
    """Refuse other systems, before modules are imported that they lack.

    Raises:
        UsageFault: this is not Linux.
    """
    found = obstacle(MachineFacts(environment.platform))
    if found:
        raise UsageFault(found.cause, hint=found.remedy)


def require_cells(environment: Environment, backend: str) -> None:
    """Try out what cells need.

    Raises:
        UsageFault: they cannot run here, and why.
    """
    found = cells_obstacle(environment, backend)
    if found:
        raise UsageFault(found.cause, hint=found.remedy)


def cells_obstacle(environment: Environment, backend: str = "nft") -> Obstacle | None:
    """Return what keeps cells from running here; None if nothing does."""
    if environment.platform != _LINUX:
        return obstacle(MachineFacts(environment.platform))
    variables = environment.variables
    return obstacle(gather(backend, {**variables, "PATH": search_path(variables.get("PATH", ""))}))
