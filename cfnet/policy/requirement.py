"""A requirement on a foundation: calls between apps that must be allowed, or must not be."""

from enum import StrEnum
from typing import Final, NamedTuple

from cfnet.policy.policy import Protocol
from cfnet.policy.ports import HIGHEST, Ports

EVERY_PORT: Final = Ports(0, HIGHEST)
"""All ports of a protocol, including 0, which policy documents cannot use but some API clients can."""


class RequirementKind(StrEnum):
    """Whether calls must be allowed or denied."""

    ALLOWED = "allowed"
    DENIED = "denied"


class Requirement(NamedTuple):
    """Calls from each of `sources` to each of `destinations`, on all of `ports` of all of `protocols`.

    `ALLOWED` requires that all of these calls are allowed, `DENIED` that none of them is.

    Attributes:
        kind: what is required.
        sources: GUIDs of apps.
        destinations: GUIDs of apps.
        protocols: one or both.
        ports: sorted and disjoint.
        possible_sources: GUIDs of apps with unknown names that may be among the sources, if calls must be denied.
        possible_destinations: likewise.
        unseen: reasons why `sources` and `destinations` may be incomplete, as clauses; empty if they are complete.
    """

    kind: RequirementKind
    sources: frozenset[str]
    destinations: frozenset[str]
    protocols: tuple[Protocol, ...]
    ports: tuple[Ports, ...]
    unseen: tuple[str, ...] = ()
    possible_sources: frozenset[str] = frozenset()
    possible_destinations: frozenset[str] = frozenset()


def merge_ports(ports: list[Ports]) -> tuple[Ports, ...]:
    """Sort ranges and join those that overlap or are adjacent."""
    merged: list[Ports] = []
    for each in sorted(ports):
        if merged and each.start <= merged[-1].end + 1:
            merged[-1] = Ports(merged[-1].start, max(merged[-1].end, each.end))
        else:
            merged.append(each)
    return tuple(merged)


def common_ports(these: tuple[Ports, ...], those: tuple[Ports, ...]) -> tuple[Ports, ...]:
    """Return the ports in both; each is sorted and disjoint."""
    return tuple(
        Ports(max(one.start, two.start), min(one.end, two.end))
        for one in these
        for two in those
        if one.start <= two.end and two.start <= one.end
    )


def ports_without(wanted: tuple[Ports, ...], found: tuple[Ports, ...]) -> tuple[Ports, ...]:
    """Return the ports of `wanted` that are not in `found`; both are sorted and disjoint."""
    left: list[Ports] = []
    for start, end in wanted:
        at = start
        for other in found:
            if other.end < at:
                continue
            if other.start > end:
                break
            if other.start > at:
                left.append(Ports(at, other.start - 1))
            at = other.end + 1
        if at <= end:
            left.append(Ports(at, end))
    return tuple(left)
