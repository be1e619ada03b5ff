"""Compute how changes to policies affect tags, following the policy server's rules, and find tags that are reused.

An app has a tag while it is in a policy; a new app gets the lowest free tag (policy-server's store, the `groups`
table). Cells poll for changes, every 5 seconds by default. Until then they enforce the old rules, and packets of a
tag's new owner are treated as those of its old owner.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.model.tags import INGRESS_ROUTER, Tags
from cfnet.policy import ends
from cfnet.policy.limits import TAGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cfnet.policy import Policy


class TagStep(NamedTuple):
    """The policies that one request adds or removes."""

    policies: Sequence[Policy]
    adds: bool


class HandedOn(NamedTuple):
    """A tag that one app loses and another gets."""

    tag: str
    before: str
    now: str


class TagChange(NamedTuple):
    """The result of a sequence of steps.

    Attributes:
        policies: the resulting policies, in the server's order: old ones first.
        tags: the resulting tags.
        handed_on: the tags that change owners.
        without: apps for which there was no tag left; in `tags` they have numbers that a server would not assign.
    """

    policies: Sequence[Policy]
    tags: Tags
    handed_on: Sequence[HandedOn]
    without: Sequence[str]


def change_tags(policies: Iterable[Policy], tags: Tags, steps: Iterable[TagStep]) -> TagChange:
    """Apply `steps` to policies and tags; adding existing and removing missing policies has no effect."""
    present = list(policies)
    groups = _Groups(tags)
    before = dict(groups.owners)
    for step in steps:
        if step.adds:
            new = _missing(step.policies, present)
            present += new
            groups.give(ends(new))
        elif step.policies:
            gone = frozenset(step.policies)
            present = [policy for policy in present if policy not in gone]
            groups.keep_only(set(ends(present)))
    without = [app for number, app in groups.owners.items() if number > TAGS]
    return TagChange(present, tags._replace(by_app=groups.by_app), groups.handed_on(before), without)


def _missing(policies: Iterable[Policy], present: Iterable[Policy]) -> list[Policy]:
    """Return `policies` without those that are `present`, each once."""
    wanted = dict.fromkeys(policies)
    # Half a million may be present: hashing all of them would take longer.
    sources = {policy.source for policy in wanted}
    for policy in [policy for policy in present if policy.source in sources] if sources else ():
        wanted.pop(policy, None)
    return list(wanted)


class _Groups:
    """The `groups` table of the policy server, which assigns tags to apps."""

    def __init__(self, tags: Tags) -> None:
        self.by_app = dict(tags.by_app)
        self.owners = {int(tag, 16): app for app, tag in self.by_app.items()}
        self._digits = max(map(len, self.by_app.values()), default=4)

    def give(self, apps: Iterable[str]) -> None:
        """Assign the lowest free tags to the `apps` without one."""
        missing = dict.fromkeys(app for app in apps if app not in self.by_app)
        for app, number in zip(missing, self._free(), strict=False):
            self.by_app[app] = f"{number:0{self._digits}X}"
            self.owners[number] = app

    def keep_only(self, apps: Collection[str]) -> None:
        """Release the tags of all other apps; the routers keep theirs without a policy."""
        for app in [app for app in self.by_app if app not in apps and app != INGRESS_ROUTER]:
            del self.owners[int(self.by_app.pop(app), 16)]

    def handed_on(self, before: Mapping[int, str]) -> list[HandedOn]:
        """Return the tags that had other owners `before`."""
        return [
            HandedOn(self.by_app[now], before[number], now)
            for number, now in self.owners.items()
            if before.get(number, now) != now
        ]

    def _free(self) -> Iterator[int]:
        return (number for number in count(1) if number not in self.owners)
