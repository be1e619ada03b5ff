"""Plan the per-container chains of a cell and the jumps to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.cell.planning.asg_chain import AsgPlanner
from cfnet.cell.planning.container_chain import require_usable
from cfnet.cell.planning.input_chain import input_chain
from cfnet.cell.planning.log_chains import log_chain, rate_limit_log_chain
from cfnet.cell.planning.netout_chain import netout_chain
from cfnet.cell.planning.overlay_chain import overlay_chain
from cfnet.errors import InputFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.container import Container
    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.cell.model.state import Cell
    from cfnet.cell.planning.container_chain import ContainerChain


class ContainerChainsPlanner:
    """Plans the per-container chains of cells."""

    def __init__(self, groups: Sequence[SecurityGroup], settings: AgentSettings) -> None:
        """Use the security groups and settings of a foundation."""
        self._settings = settings
        self._security_groups = AsgPlanner(groups, settings)

    def plan(self, cell: Cell) -> list[ContainerChain]:
        """Plan the chains of all containers of `cell`, sorted by handle.

        On a real cell the containers' start order determines the order of the jumps; here the handles do.

        Raises:
            InputFault: a handle cannot be used in chain names, or two handles give the same chain name.
        """
        where = cell.origin or cell.name
        found: dict[str, ContainerChain] = {}
        for container in sorted(cell.containers):
            require_usable(container, where)
            for chain in self._chains(container):
                other = found.setdefault(chain.name, chain)
                if other is not chain:
                    raise InputFault(
                        f"the handles {other.container.handle} and {container.handle} are too similar: "
                        f"both need a chain {chain.name}",
                        where=where,
                        hint="Chain names have at most 28 characters; the second of these containers could not start.",
                    )
        return list(found.values())

    def _chains(self, container: Container) -> Iterator[ContainerChain]:
        settings = self._settings
        groups = self._security_groups.plan(container)
        yield input_chain(container, settings)
        yield netout_chain(container, settings, groups.name if groups else "")
        yield overlay_chain(container, settings)
        yield log_chain(container, settings)
        limited = rate_limit_log_chain(container, settings)
        if limited:
            yield limited
        if groups:
            yield groups
