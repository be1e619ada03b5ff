"""What a foundation lacks of the policies that are wanted, and what it has beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Container

    from cfnet.policy import Policy


@dataclass(frozen=True, slots=True)
class Difference:
    """A foundation compared with what is wanted; each policy of both is in exactly one of the five, in order.

    Attributes:
        added: wanted and not there.
        kept: wanted and there.
        removed: there, not wanted, and owned: what pruning removes.
        left: there, not wanted, and none of our business: not owned, or ignored.
        unknown: wanted, and not visible to this user: it may be there or not.
        owned: how many of those there could be removed by pruning at all, wanted or not.
    """

    added: tuple[Policy, ...]
    kept: tuple[Policy, ...]
    removed: tuple[Policy, ...]
    left: tuple[Policy, ...]
    unknown: tuple[Policy, ...]
    owned: int

    def changes(self, *, prune: bool) -> bool:
        """Whether there is anything to change."""
        return bool(self.added or (prune and self.removed))


def diff(
    wanted: Collection[Policy],
    live: Collection[Policy],
    *,
    owned: Container[str],
    ignored: frozenset[Policy] = frozenset(),
    visible: Container[str] | None = None,
) -> Difference:
    """Compare what is `wanted` with what is there.

    Args:
        wanted: the policies that are to be.
        live: the policies of the foundation that this user sees.
        owned: the GUIDs of the apps whose outgoing policies are all wanted or to be removed.
        ignored: policies of `live` that somebody else keeps.
        visible: the GUIDs of the apps whose policies this user sees, None where that is all of them: the policy
            server shows users without `network.admin` only policies of which they see both ends (its
            `PolicyFilter`).
    """
    wanted, live = frozenset(wanted), frozenset(live)
    lacking = wanted - live
    hidden = frozenset(policy for policy in lacking if not _is_visible(policy, visible))
    beyond = live - wanted
    ours = frozenset(policy for policy in live if policy.source in owned) - ignored
    return Difference(
        added=tuple(sorted(lacking - hidden)),
        kept=tuple(sorted(wanted & live)),
        removed=tuple(sorted(beyond & ours)),
        left=tuple(sorted(beyond - ours)),
        unknown=tuple(sorted(hidden)),
        owned=len(ours),
    )


def _is_visible(policy: Policy, visible: Container[str] | None) -> bool:
    return visible is None or (policy.source in visible and policy.destination in visible)
