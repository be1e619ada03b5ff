"""The quota of policies that the server grants each app, by the server's own arithmetic."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from cfnet.policy.limits import POLICIES_PER_SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfnet.policy import Policy


class Exceeded(NamedTuple):
    """An app for whose sake the server would refuse a request.

    Attributes:
        app: its GUID.
        existing: policies that it is the source of already; of those that this user sees.
        added: policies that it is to become the source of.
        limit: how many the server grants.
    """

    app: str
    existing: int
    added: int
    limit: int


def exceeded(add: Sequence[Policy], live: Iterable[Policy], limit: int = POLICIES_PER_SOURCE) -> tuple[Exceeded, ...]:
    """The apps for whose sake the server would refuse to add `add`, sorted; for users without `network.admin`.

    The server (`QuotaGuard` of the policy server) looks at each app of a request, sources and destinations alike:
    the policies there are with it as their source, and those in the request, may not be more than the limit. So an
    app that is over it already, because an admin put it there, cannot even be a destination.

    Requests follow each other, and each counts what the ones before it added: batches make no difference.
    """
    apps = {guid for policy in add for guid in (policy.source, policy.destination)}
    existing = Counter(policy.source for policy in live)
    added = Counter(policy.source for policy in add)
    found = (Exceeded(app, existing[app], added[app], limit) for app in sorted(apps))
    return tuple(each for each in found if each.existing + each.added > limit)
