"""Gives one app the policies of another: for deployments in which a new app takes an old one's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.change.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Collection

    from cfnet.policy import Policy


def copy(live: Collection[Policy], source: str, target: str, *, remove_old: bool = False) -> Plan:
    """What gives the app `target` every policy that the app `source` has, in both directions.

    Args:
        live: the policies there are.
        source: the GUID of the app whose policies they are.
        target: the GUID of the app that gets them. A policy of `source` with itself becomes one of `target` with
            itself.
        remove_old: whether `source` loses its policies afterwards.
    """
    there = frozenset(live)
    # A policy between the two is left as it is: its copy would let the new app call itself.
    old = sorted(policy for policy in there if source in _ends(policy) and target not in _ends(policy))
    new = {_moved(policy, source, target) for policy in old}
    lost = sorted(policy for policy in there if source in _ends(policy)) if remove_old else []
    return Plan(tuple(sorted(new - there)), tuple(lost))


def _ends(policy: Policy) -> tuple[str, str]:
    return policy.source, policy.destination


def _moved(policy: Policy, source: str, target: str) -> Policy:
    return policy._replace(
        source=target if policy.source == source else policy.source,
        destination=target if policy.destination == source else policy.destination,
    )
