"""Where policies and containers come from, and how often agents look: given by the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfnet.cell.model.state import State
    from cfnet.dataplane.addressing import CellLease
    from cfnet.dataplane.programs import Backend


class StateSource(Protocol):
    """A foundation as the cells see it. Used by the process that opened it, and no other."""

    def version(self) -> object:
        """Return a value that differs from the last one if anything may have changed; cheap."""

    def state(self) -> State:
        """Return the current state.

        Raises:
            CfnetError: it cannot be read.
        """

    def leases(self) -> Sequence[CellLease]:
        """Return the cells, in display order.

        Raises:
            CfnetError: they cannot be read.
        """


POLICY_SECONDS: Final = 5.0
"""The agent's `policy_poll_interval_seconds`, by default."""
SECURITY_GROUP_SECONDS: Final = 60.0
"""The agent's `asg_poll_interval_seconds`, by default."""


class PlaneSettings(NamedTuple):
    """How to run a data plane.

    Attributes:
        open_source: opens the source of policies and containers; called once in each process.
        backend: the implementation of iptables.
        policy_seconds: how often agents poll policies.
        security_group_seconds: how often agents poll security groups.
    """

    open_source: Callable[[], StateSource]
    backend: Backend
    policy_seconds: float = POLICY_SECONDS
    security_group_seconds: float = SECURITY_GROUP_SECONDS
