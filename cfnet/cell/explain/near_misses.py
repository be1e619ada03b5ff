"""Find policies that nearly allow a call: likely typos or misunderstandings."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cfnet.policy import App, Policy


class Miss(StrEnum):
    """How a policy differs from the call, nearest first."""

    PORT = "port"
    PROTOCOL = "protocol"
    DIRECTION = "direction"
    NAMESAKE = "namesake"
    """An app with the same name in another space."""


class NearMiss(NamedTuple):
    """A policy that nearly allows a call."""

    miss: Miss
    policy: Policy


def near_misses(wanted: Policy, policies: Iterable[Policy], apps: Mapping[str, App]) -> list[NearMiss]:
    """Return the `policies` that nearly allow `wanted`, a policy for a single port, nearest first.

    Policies for other ports are sorted by distance; `apps` are the apps with known names, by GUID.
    """
    found: list[tuple[int, int, NearMiss]] = []
    ranks = list(Miss)
    for policy in policies:
        miss = _miss(wanted, policy, apps)
        if miss:
            found.append((ranks.index(miss), _distance(wanted, policy), NearMiss(miss, policy)))
    return [near for _rank, _distance, near in sorted(found)]


def _miss(wanted: Policy, policy: Policy, apps: Mapping[str, App]) -> Miss | None:
    ends = (policy.source, policy.destination)
    covers = _distance(wanted, policy) == 0
    if ends == (wanted.source, wanted.destination):
        if policy.protocol is wanted.protocol:
            return None if covers else Miss.PORT
        return Miss.PROTOCOL if covers else None
    if not covers or policy.protocol is not wanted.protocol:
        return None
    if ends == (wanted.destination, wanted.source):
        return Miss.DIRECTION
    same = [_namesakes(mine, theirs, apps) for mine, theirs in zip(wanted, ends, strict=False)]
    return Miss.NAMESAKE if all(same) else None


def _namesakes(one: object, other: str, apps: Mapping[str, App]) -> bool:
    """Whether both are the same app, or have the same name."""
    if one == other:
        return True
    mine, theirs = apps.get(str(one)), apps.get(other)
    return bool(mine and theirs and mine.name == theirs.name)


def _distance(wanted: Policy, policy: Policy) -> int:
    """Return the distance of a port from the policy's ports; 0 if it is among them."""
    return max(policy.ports.start - wanted.ports.start, wanted.ports.start - policy.ports.end, 0)
