"""`cfnet copy-network-policies`: copy the policies of an app, in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.shared_options import shared
from cfnet.exits import Exit
from cfnet.operations.copy_policies import copy_notes, ends_of_copy, plan_copy, refuse_unseen
from cfnet.policy.limits import POLICIES_PER_SOURCE

if TYPE_CHECKING:
    from cfnet.operations.environment import Environment


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
    help="Quota of policies per source app for users without network.admin",
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
        org, space = foundation.target.org.name, foundation.target.name
        template = "Copying network policies of app {} to app {} in org {} / space {} as {}"
        words = (source, target, org, space, foundation.user)
        environment.stdout.write(CfMessages(foundation.colour).line(template, *words))
        known, old, new = ends_of_copy(foundation, source, target)
        inventory = LiveInventory(foundation)
        # For users with a quota, everything is requested: the policies of other apps count as well.
        policies = foundation.policy_server.about([old, new]) if foundation.sees_all else inventory.policies()
        deleted = old not in known
        plan = plan_copy(policies, old, new, remove_old=remove_old, deleted=deleted)
        apps = [*known.values(), *elsewhere(inventory, (*plan.add, *plan.remove), known)]
        paths = {app.guid: app.path for app in apps}
        foundation.tell_warnings(environment)

        def name(guid: str) -> str:
            return paths.get(guid, guid)

        environment.stdout.write(changes_text(plan, name, colour=foundation.colour))
        environment.stdout.flush()
        if not force:
            refuse_unseen(foundation, plan, name(old), remove_old=remove_old, deleted=deleted)
        for note in copy_notes(foundation, old, removes_deleted=deleted and remove_old):
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
