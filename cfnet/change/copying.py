"""Plan to copy the policies of one app to another, for deployments that replace an app with a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.change.planning import Plan

if TYPE_CHECKING:
    from collections.abc import Collection

    from cfnet.policy import Policy


def copy(live: Collection[Policy], source: str, target: str, *, remove_old: bool = False) -> Plan:
    """Plan to give the app `target` every policy of the app `source`, in both directions.

    Args:
        live: all existing policies.
        source: the GUID of the app to copy from.
        target: the GUID of the app to copy to. A policy from `source` to itself becomes one from `target` to itself.
        remove_old: whether to remove the policies of `source` afterwards.
    """
    there = frozenset(live)
    # Do not copy policies between the two apps: the copy would let the new app call itself.
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
