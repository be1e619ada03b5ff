"""The policy quota of each app, counted as the policy server counts it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from cfnet.policy import ends
from cfnet.policy.limits import POLICIES_PER_SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfnet.policy import Policy


class Exceeded(NamedTuple):
    """An app that would exceed its quota, so that the server would reject a request.

    Attributes:
        app: its GUID.
        existing: number of existing policies with this app as source, as far as this user can see them.
        added: number of policies to add with this app as source.
        limit: the quota.
    """

    app: str
    existing: int
    added: int
    limit: int


def exceeded(add: Sequence[Policy], live: Iterable[Policy], limit: int = POLICIES_PER_SOURCE) -> tuple[Exceeded, ...]:
    """Return the apps whose quota adding `add` would exceed, sorted; for users without `network.admin`.

    The server (`QuotaGuard` of the policy server) checks each app of a request, whether source or destination: its
    existing policies as source plus those in the request must not exceed the limit. An app that is already over the
    limit, because an admin added policies, cannot even be a destination.

    Splitting the policies into batches makes no difference: each request counts what earlier ones added.
    """
    apps = set(ends(add))
    existing = Counter(policy.source for policy in live)
    added = Counter(policy.source for policy in add)
    found = (Exceeded(app, existing[app], added[app], limit) for app in sorted(apps))
    return tuple(each for each in found if each.existing + each.added > limit)
