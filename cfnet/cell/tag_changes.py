"""What a change of policies does to the tags, by the policy server's own rules, and where that is dangerous.

An app has a tag as long as it is in a policy; a new one gets the lowest tag that is free (policy-server's store, the
`groups` table). Cells learn of changes when they ask next, 5 seconds later by default: until then they enforce the old
rules, and packets of a tag's new owner pass for its old owner's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.tags import INGRESS_ROUTER, Tags
from cfnet.policy.limits import TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cfnet.policy import Policy


class TagStep(NamedTuple):
    """Policies that one request adds or removes."""

    policies: Sequence[Policy]
    adds: bool


class HandedOn(NamedTuple):
    """A tag that one app loses and another gets."""

    tag: str
    before: str
    now: str


class TagChange(NamedTuple):
    """What steps, one after the other, make of policies and tags.

    Attributes:
        policies: those that are there in the end, in the server's order: the old ones first.
        tags: the tags in the end.
        handed_on: the tags that change their owner.
        without: apps for which there was no tag; in `tags` they have numbers that no server gives.
    """

    policies: Sequence[Policy]
    tags: Tags
    handed_on: Sequence[HandedOn]
    without: Sequence[str]


def change_tags(policies: Iterable[Policy], tags: Tags, steps: Iterable[TagStep]) -> TagChange:
    """Follow the tags through `steps`; adding what is there, and removing what is not, changes nothing."""
    there = dict.fromkeys(policies)
    by_app = dict(tags.by_app)
    owners = {int(tag, 16): app for app, tag in by_app.items()}
    before = dict(owners)
    width = max(map(len, by_app.values()), default=4)
    for step in steps:
        if not step.policies:
            continue
        if step.adds:
            new = [policy for policy in step.policies if policy not in there]
            there |= dict.fromkeys(new)
            missing = dict.fromkeys(app for app in _ends(new) if app not in by_app)
            for app, number in zip(missing, _free(owners), strict=False):
                by_app[app] = f"{number:0{width}X}"
                owners[number] = app
        else:
            for policy in step.policies:
                there.pop(policy, None)
            used = set(_ends(there))
            for app in [app for app in by_app if app not in used and app != INGRESS_ROUTER]:
                del owners[int(by_app.pop(app), 16)]
    handed_on = [
        HandedOn(by_app[now], before[number], now)
        for number, now in owners.items()
        if number in before and before[number] != now
    ]
    without = [app for number, app in owners.items() if number > TAGS]
    return TagChange(list(there), tags._replace(by_app=by_app), handed_on, without)


def _ends(policies: Iterable[Policy]) -> Iterator[str]:
    for policy in policies:
        yield policy.source
        yield policy.destination


def _free(owners: dict[int, str]) -> Iterator[int]:
    number = 0
    while True:
        number += 1
        if number not in owners:
            yield number
