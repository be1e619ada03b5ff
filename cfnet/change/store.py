"""What changing policies needs of a foundation; whoever has one brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cfnet.policy import Policy


class PolicyStore(Protocol):
    """Policies somewhere. All three raise kinds of `cfnet.errors.CfnetError`, and nothing else."""

    def policies(self) -> Collection[Policy]:
        """All policies that this user sees."""

    def add(self, policies: Sequence[Policy], /) -> None:
        """Add all of `policies` or, raising, none; a policy that is there already stays as it is."""

    def remove(self, policies: Sequence[Policy], /) -> None:
        """Remove all of `policies` or, raising, none; a policy that is not there is no fault."""
