"""`cfnet copy-network-policies`: gives an app the policies of another, in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault, Refused
from cfnet.exits import Exit
from cfnet.policy.limits import POLICIES_PER_SOURCE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from cfnet.change import Plan
    from cfnet.operations.connect import LiveFoundation
    from cfnet.operations.environment import Environment
    from cfnet.policy import App, Policy


@click.command(
    "copy-network-policies",
    cls=CfnetCommand,
    examples=("appB appB-green --dry-run", "appB appB-green", "appB appB-green --remove-old"),
    exits={
        Exit.DONE: "Success",
        Exit.USAGE: "Wrong usage, or app not found",
        Exit.REFUSED: "Quota exceeded, or --force required; nothing was sent",
        Exit.PARTIAL: "Partly applied; run the same command again to finish",
        Exit.INTERRUPTED: "Interrupted",
        **SERVER_EXITS,
    },
    see_also=("add-network-policy", "network-policies", "remove-network-policy"),
)
@click.argument("source", metavar="FROM_APP")
@click.argument("target", metavar="TO_APP")
@click.option("--dry-run", is_flag=True, help="Show the changes without sending them")
@click.option("--remove-old", is_flag=True, help="Remove the policies of FROM_APP afterwards")
@click.option("--force", is_flag=True, help="Proceed even if you cannot see all policies of FROM_APP")
@click.option(
    "--quota",
    metavar="N",
    type=click.IntRange(1),
    default=POLICIES_PER_SOURCE,
    show_default=True,
    help="Policies per source app that the server allows users without network.admin",
)
@shared
@click.pass_context
def command(
    ctx: click.Context, *, source: str, target: str, dry_run: bool, remove_old: bool, force: bool, quota: int
) -> int:
    """Copy the policies of one app to another.

    This is useful for blue-green deployments: TO_APP gets every policy that FROM_APP has, as source and as destination,
    except policies between the two apps. Only missing policies are added, and they are added before any are removed.
    Apps are named by NAME (in the targeted space), ORG/SPACE/APP or GUID.

    Without network.admin, you can only see and copy policies between apps in spaces where you are a developer. In this
    case, --remove-old requires --force, and so does copying if there is nothing to copy. If FROM_APP no longer exists,
    name it by its GUID: --remove-old then removes its policies and copies none.
    """
    from cfnet.operations.connect import connect
    from cfnet.operations.inventory import elsewhere
    from cfnet.operations.live_inventory import LiveInventory
    from cfnet.operations.send import check_quota, send_to
    from cfnet.show.cf_messages import CfMessages
    from cfnet.show.difference import changes_text

    environment: Environment = ctx.obj
    with connect(environment) as foundation:
        org, space = foundation.target.org.name, foundation.target.space.name
        template = "Copying network policies of app {} to app {} in org {} / space {} as {}"
        words = (source, target, org, space, foundation.user)
        environment.stdout.write(CfMessages(foundation.colour).line(template, *words))
        known, old, new = _ends(foundation, source, target)
        inventory = LiveInventory(foundation)
        # For users with a quota, everything is requested: the policies of other apps count as well.
        policies = foundation.policy_server.about([old, new]) if foundation.sees_all else inventory.policies()
        deleted = old not in known
        plan = _planned(policies, old, new, remove_old=remove_old, deleted=deleted)
        apps = [*known.values(), *elsewhere(inventory, (*plan.add, *plan.remove), known)]
        paths = {app.guid: app.path for app in apps}
        foundation.tell_warnings(environment)

        def name(guid: str) -> str:
            return paths.get(guid, guid)

        environment.stdout.write(changes_text(plan, name, colour=foundation.colour))
        environment.stdout.flush()
        if not force:
            _refuse_unseen(foundation, plan, name(old), remove_old=remove_old, deleted=deleted)
        for note in _notes(foundation, old, removes_deleted=deleted and remove_old):
            environment.note(note)
        if not plan:
            environment.stdout.write("There is nothing to copy.\n")
            return Exit.DONE
        if not foundation.sees_all:
            check_quota(plan, policies, quota, name)
        if dry_run:
            environment.stdout.write(f"{len(plan.add)} to add, {len(plan.remove)} to remove. Nothing was sent.\n")
            return Exit.DONE
        return send_to(foundation, plan, environment, quota=quota)


def _ends(live: LiveFoundation, source: str, target: str) -> tuple[Mapping[str, App], str, str]:
    """The apps that are known by now, by GUID, and the GUIDs of the two apps; the first may no longer exist.

    Raises:
        UnknownName: the second does not exist.
        UsageFault: both are the same, or a name could mean several apps.
    """
    from cfnet.operations.find_apps import choose_apps
    from cfnet.operations.resolve_policy import app_not_found

    known, (old, new) = choose_apps(live, [source, target])
    if new not in known:
        raise app_not_found(target)
    if old == new:
        raise CommandLineFault("FROM_APP and TO_APP are the same app.")
    return known, old, new


def _planned(policies: Collection[Policy], old: str, new: str, *, remove_old: bool, deleted: bool) -> Plan:
    """What copying sends; what is left of a deleted app is only removed."""
    from cfnet.change import Plan, copy

    plan = copy(policies, old, new, remove_old=remove_old)
    return Plan((), plan.remove) if deleted and remove_old else plan


def _notes(live: LiveFoundation, old: str, *, removes_deleted: bool) -> Iterator[str]:
    from cfnet.operations.inventory import DEVELOPED

    if not live.sees_all:
        yield DEVELOPED
    if removes_deleted:
        yield f"{old} no longer exists: its policies are only removed, not copied."


def _refuse_unseen(live: LiveFoundation, plan: Plan, old: str, *, remove_old: bool, deleted: bool) -> None:
    """Refuse what only makes sense if all policies of the app, and the app itself, are visible.

    Raises:
        Refused: they may not be.
    """
    if not live.sees_all and (remove_old or not plan):
        found = "Nothing to copy is visible to you" if not plan else "--remove-old needs a complete view"
        raise Refused(
            f"{found}: without network.admin, {old} may have policies that you cannot see. Nothing was sent.",
            hint="Ask an administrator (network.admin) to run this, or to send you 'cfnet network-policies --all'."
            " Use --force to go by what you see.",
        )
    if deleted and remove_old and not live.sees_all_apps:
        raise Refused(
            f"{old} is not visible to you: it may still exist. Nothing was sent.",
            hint="Ask an administrator (cloud_controller.admin) whether it does. Use --force if it was deleted.",
        )
