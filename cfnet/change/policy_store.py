"""The interface that applying changes requires of a foundation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cfnet.policy import Policy


class PolicyStore(Protocol):
    """A place that stores policies. The methods raise only subclasses of `cfnet.errors.CfnetError`."""

    def policies(self) -> Collection[Policy]:
        """Return all policies that this user can see."""

    def add(self, policies: Sequence[Policy], /) -> None:
        """Add all of `policies`, or none if it raises; existing policies are left alone."""

    def remove(self, policies: Sequence[Policy], /) -> None:
        """Remove all of `policies`, or none if it raises; missing policies are not an error."""
