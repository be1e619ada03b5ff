"""What is to be sent: what is missing first, what is too much after that; and the guards that refuse a slip."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cfnet.change.difference import Difference
    from cfnet.policy import Policy

BATCH: Final = 750
"""Policies of a request: each is one transaction on the server, which takes it about 1 ms for each, 3 to remove.

So few that nobody waits long for another's transaction, and so many that 10,000 leave room for what must be read
before them in 20 requests.
"""
BATCH_APPS: Final = 200
"""Apps of a request of a user without `network.admin`: the server puts the GUIDs of all of them into one URL."""

_GUARDED_FROM: Final = 10
_GUARDED_SHARE: Final = 3


class Action(StrEnum):
    """What is done with a policy."""

    ADD = "add"
    REMOVE = "remove"


class Batch(NamedTuple):
    """Policies of one request."""

    action: Action
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent: policies to add, then policies to remove."""

    add: tuple[Policy, ...] = ()
    remove: tuple[Policy, ...] = ()

    def __len__(self) -> int:
        """How many policies it adds and removes."""
        return len(self.add) + len(self.remove)

    def rest(self, live: Collection[Policy]) -> Plan:
        """What of it is not done yet where `live` is there."""
        live = frozenset(live)
        return Plan(
            tuple(policy for policy in self.add if policy not in live),
            tuple(policy for policy in self.remove if policy in live),
        )

    def batches(self, size: int = BATCH, apps: int | None = None) -> Iterator[Batch]:
        """The requests, in the order they are sent: all that adds before the first that removes.

        Each has at most `size` policies, between at most `apps` apps where that is given (at least 2).
        """
        for action, policies in ((Action.ADD, self.add), (Action.REMOVE, self.remove)):
            for part in _parts(policies, size, apps):
                yield Batch(action, part)


def _parts(policies: tuple[Policy, ...], size: int, apps: int | None) -> Iterator[tuple[Policy, ...]]:
    part: list[Policy] = []
    seen: set[str] = set()
    for policy in policies:
        ends = {policy.source, policy.destination}
        if part and (len(part) == size or (apps is not None and len(seen | ends) > apps)):
            yield tuple(part)
            part, seen = [], set()
        part.append(policy)
        seen |= ends
    if part:
        yield tuple(part)


def plan(difference: Difference, *, prune: bool = False, force: bool = False) -> Plan:
    """What to send so that the foundation is as wanted; removals only where `prune` says so.

    Raises:
        Refused: it would remove more than a third of ten or more policies, or everything because nothing is
            declared; not with `force`.
    """
    if not prune:
        return Plan(difference.added)
    reason = "" if force else refusal(difference)
    if reason:
        raise Refused(reason, hint="If that is meant, say so with --force.")
    return Plan(difference.added, difference.removed)


def refusal(difference: Difference) -> str:
    """Why pruning is refused without force, in a sentence; empty where it is not."""
    count = len(difference.removed)
    if not count:
        return ""
    if not (difference.added or difference.kept or difference.unknown):
        why = "and no policy is declared"
    elif difference.owned >= _GUARDED_FROM and count * _GUARDED_SHARE > difference.owned:
        why = "more than a third"
    else:
        return ""
    return f"Pruning would remove {count} of {difference.owned} policies, {why}."
