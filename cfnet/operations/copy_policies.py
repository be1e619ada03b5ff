"""Copy the policies of one app to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.errors import CommandLineFault, Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from cfnet.change import Plan
    from cfnet.operations.connect import LiveFoundation
    from cfnet.policy import App, Policy


def ends_of_copy(foundation: LiveFoundation, source: str, target: str) -> tuple[Mapping[str, App], str, str]:
    """Return the apps requested so far, by GUID, and the GUIDs of the two apps; the first may no longer exist.

    Raises:
        UnknownName: the second does not exist.
        UsageFault: both are the same, or a name is ambiguous.
    """
    from cfnet.operations.find_apps import choose_apps
    from cfnet.operations.resolve_policy import app_not_found

    known, (old, new) = choose_apps(foundation, [source, target])
    if new not in known:
        raise app_not_found(target)
    if old == new:
        raise CommandLineFault("FROM_APP and TO_APP are the same app.")
    return known, old, new


def plan_copy(policies: Collection[Policy], old: str, new: str, *, remove_old: bool, deleted: bool) -> Plan:
    """Return the changes to send; policies of a deleted app are only removed."""
    from cfnet.change import Plan, copy

    plan = copy(policies, old, new, remove_old=remove_old)
    return Plan((), plan.remove) if deleted and remove_old else plan


def copy_notes(foundation: LiveFoundation, old: str, *, removes_deleted: bool) -> Iterator[str]:
    """Return notes about policies that may be missing from a copy."""
    from cfnet.operations.inventory import DEVELOPED

    if not foundation.sees_all:
        yield DEVELOPED
    if removes_deleted:
        yield f"{old} no longer exists: its policies are only removed, not copied."


def refuse_unseen(foundation: LiveFoundation, plan: Plan, old: str, *, remove_old: bool, deleted: bool) -> None:
    """Refuse changes that require all policies of the app, and the app itself, to be visible.

    Raises:
        Refused: they may not be visible.
    """
    if not foundation.sees_all and (remove_old or not plan):
        found = "Nothing to copy is visible to you" if not plan else "--remove-old requires a complete view"
        raise Refused(
            f"{found}: without network.admin, {old} may have policies that you cannot see. Nothing was sent.",
            hint="Ask an administrator (network.admin) to run this, or to send you 'cfnet network-policies --all'."
            " Use --force to proceed with what you can see.",
        )
    if deleted and remove_old and not foundation.sees_all_apps:
        raise Refused(
            f"{old} is not visible to you: it may still exist. Nothing was sent.",
            hint="Ask an administrator (cloud_controller.admin) whether it does. Use --force if it was deleted.",
        )
