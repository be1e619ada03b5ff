"""The difference between the wanted policies and those of a foundation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Container

    from cfnet.policy import Policy


@dataclass(frozen=True, slots=True)
class Difference:
    """Wanted policies compared with existing ones; each policy is in exactly one of the five sorted tuples.

    Attributes:
        added: wanted, but missing.
        kept: wanted and existing.
        removed: existing, not wanted, and owned: pruning removes these.
        left: existing, not wanted, and not owned, or ignored: never removed.
        unknown: wanted, but not visible to this user, so they may or may not exist.
        owned: number of existing policies that pruning could remove, wanted or not.
    """

    added: tuple[Policy, ...]
    kept: tuple[Policy, ...]
    removed: tuple[Policy, ...]
    left: tuple[Policy, ...]
    unknown: tuple[Policy, ...]
    owned: int

    def changes(self, *, prune: bool) -> bool:
        """Whether there are changes to apply."""
        return bool(self.added or (prune and self.removed))


def diff(
    wanted: Collection[Policy],
    live: Collection[Policy],
    *,
    owned: Container[str],
    ignored: frozenset[Policy] = frozenset(),
    visible: Container[str] | None = None,
) -> Difference:
    """Compare the `wanted` policies with the existing ones.

    Args:
        wanted: the policies that should exist.
        live: the existing policies that this user can see.
        owned: the GUIDs of apps whose outgoing policies are removed unless they are wanted.
        ignored: policies of `live` that are managed elsewhere.
        visible: the GUIDs of the apps that this user can see, or None for all. The policy server shows users without
            `network.admin` only policies whose two apps they can see (its `PolicyFilter`).
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
