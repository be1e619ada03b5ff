"""Plans: the policies to add and then to remove, split into requests; guards against accidental mass removal."""

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
"""Policies per request. The server handles a request in one transaction, at about 1 ms per addition and 3 per removal.

Few enough not to block other clients for long; enough for 10,000 policies, with the reads before them, to take no more
than 20 requests.
"""
BATCH_APPS: Final = 200
"""Apps per request for users without `network.admin`: the server puts all their GUIDs into one URL."""

_GUARDED_FROM: Final = 10
_GUARDED_SHARE: Final = 3


class Action(StrEnum):
    """What to do with a policy."""

    ADD = "add"
    REMOVE = "remove"


class Batch(NamedTuple):
    """Policies of one request."""

    action: Action
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The policies to add, then those to remove."""

    add: tuple[Policy, ...] = ()
    remove: tuple[Policy, ...] = ()

    def __len__(self) -> int:
        """The number of policies to add and remove."""
        return len(self.add) + len(self.remove)

    def rest(self, live: Collection[Policy]) -> Plan:
        """Return what remains to be done, given the existing policies `live`."""
        live = frozenset(live)
        return Plan(
            tuple(policy for policy in self.add if policy not in live),
            tuple(policy for policy in self.remove if policy in live),
        )

    def batches(self, size: int = BATCH, apps: int | None = None) -> Iterator[Batch]:
        """Split the plan into requests in the order to send them: all additions before the first removal.

        Each has at most `size` policies and, if `apps` is given (at least 2), involves at most that many apps.
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
    """Plan the changes that make the foundation match; remove policies only with `prune`.

    Raises:
        Refused: without `force`, if it would remove more than a third of ten or more policies, or all of them because
            no policy is declared.
    """
    if not prune:
        return Plan(difference.added)
    reason = "" if force else refusal(difference)
    if reason:
        raise Refused(reason, hint="Use --force if this is intended.")
    return Plan(difference.added, difference.removed)


def refusal(difference: Difference) -> str:
    """Return why pruning is refused without `force`, as a sentence, or an empty string if it is not."""
    count = len(difference.removed)
    if not count:
        return ""
    if not (difference.added or difference.kept or difference.unknown):
        why = "and no policies are declared"
    elif difference.owned >= _GUARDED_FROM and count * _GUARDED_SHARE > difference.owned:
        why = "more than a third"
    else:
        return ""
    return f"Pruning would remove {count} of {difference.owned} policies, {why}."
