"""What changing policies needs of a foundation; whoever has one brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cfnet.policy import Policy


class PolicyStore(Protocol):
    """Policies somewhere. All three raise kinds of `cfnet.errors.CfnetError`, and nothing else."""

    def list(self) -> Collection[Policy]:
        """All policies that this user sees."""

    def add(self, batch: Sequence[Policy]) -> None:
        """Add all of `batch` or, raising, none; a policy that is there already stays as it is."""

    def remove(self, batch: Sequence[Policy]) -> None:
        """Remove all of `batch` or, raising, none; a policy that is not there is no fault."""
