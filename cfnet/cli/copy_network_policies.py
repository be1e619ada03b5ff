"""`cfnet copy-network-policies`: gives an app the policies of another, in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from cfnet.cli.app_choice import is_guid
from cfnet.cli.by_example import ByExample
from cfnet.cli.options import shared
from cfnet.cli.policy_apps import app_not_found
from cfnet.cli.policy_apps import same_name as _is
from cfnet.errors import UsageFault
from cfnet.exits import Exit
from cfnet.policy.limits import POLICIES_PER_SOURCE

if TYPE_CHECKING:
    from cfnet.cli.environment import Environment
    from cfnet.cli.live import Live
    from cfnet.policy import App

_SLASHES: Final = 2
"""Of ORG/SPACE/APP."""


@click.command(
    "copy-network-policies",
    cls=ByExample,
    short_help="Give an app the policies of another",
    examples=("appB appB-green --dry-run", "appB appB-green", "appB appB-green --remove-old"),
)
@click.argument("source", metavar="FROM_APP")
@click.argument("target", metavar="TO_APP")
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing")
@click.option("--remove-old", is_flag=True, help="Then take the policies away from FROM_APP")
@click.option(
    "--quota",
    metavar="N",
    type=click.IntRange(1),
    default=POLICIES_PER_SOURCE,
    show_default=True,
    help="Policies that the server grants each source, for users without network.admin",
)
@shared
@click.pass_context
def command(ctx: click.Context, *, source: str, target: str, dry_run: bool, remove_old: bool, quota: int) -> int:
    """Give TO_APP every policy that FROM_APP has, as source and as destination: for blue-green deployments.

    Only what is missing is sent, and what is added is added before anything is removed. Policies between the two apps
    are not copied. An app is named as in the targeted space, or by ORG/SPACE/APP, or by its GUID.

    Exit codes: 0 done, 2 wrong usage or no such app, 3 over the quota, 4 not logged in or not allowed, 5 partly
    applied, 7 trouble with the server, 130 interrupted.
    """
    from cfnet.change import copy
    from cfnet.cli.ground import LiveGround, elsewhere
    from cfnet.cli.live import live
    from cfnet.cli.sending import check_quota, send
    from cfnet.show.difference import changes_text
    from cfnet.show.flavour import Flavour

    environment: Environment = ctx.obj
    with live(environment, check=lambda: None, talk=environment.stderr) as foundation:
        org, space = foundation.target.org.name, foundation.target.space.name
        template = "Copying network policies of app {} to app {} in org {} / space {} as {}"
        words = (source, target, org, space, foundation.user)
        environment.stdout.write(Flavour(foundation.colour).line(template, *words))
        known, old, new = _two(foundation, source, target)
        ground = LiveGround(foundation)
        # Of whoever has a quota, everything is asked for: what other apps have is reckoned too.
        policies = foundation.policy_server.about([old, new]) if foundation.sees_all else ground.policies()
        plan = copy(policies, old, new, remove_old=remove_old)
        apps = known | {app.guid: app for app in elsewhere(ground, (*plan.add, *plan.remove), known)}
        foundation.tell_warnings(environment)

        def name(guid: str) -> str:
            return apps[guid].path if guid in apps else guid

        environment.stdout.write(changes_text(plan, name, colour=foundation.colour))
        environment.stdout.flush()
        if not plan:
            environment.stdout.write("There is nothing to copy.\n")
            return Exit.DONE
        if not foundation.sees_all:
            check_quota(plan, policies, quota, name)
        if dry_run:
            environment.stdout.write(f"{len(plan.add)} to add, {len(plan.remove)} to remove. Nothing was sent.\n")
            return Exit.DONE
        return send(plan, foundation.policy_server, environment, quota=None if foundation.sees_all else quota)


def _two(foundation: Live, source: str, target: str) -> tuple[dict[str, App], str, str]:
    """The apps that are known, by GUID; and the GUIDs of the two that are meant.

    The first may be the GUID of an app that is gone: its policies stay until the policy server cleans up.

    Raises:
        UnknownName: there is no such app.
        UsageFault: they are one and the same.
    """
    typed = (source, target)
    guids = [text for text in typed if is_guid(text)]
    paths = [text for text in typed if text.count("/") == _SLASHES]
    bare = [text for text in typed if text not in (*guids, *paths)]
    here = foundation.target.space.guid
    ask = foundation.cloud_controller.apps
    named = {text: app for app in ask(names=dict.fromkeys(bare), spaces=[here]) for text in bare if _is(app.name, text)}
    further = ask(names=dict.fromkeys(text.rpartition("/")[2] for text in paths)) if paths else []
    named |= {text: app for app in further for text in paths if _is(app.path, text)}
    named |= {app.guid: app for app in ask(guids=guids)}
    if source not in named and source not in guids:
        raise app_not_found(source)
    if target not in named:
        raise app_not_found(target)
    old, new = named[source].guid if source in named else source, named[target].guid
    if old == new:
        raise UsageFault("FROM_APP and TO_APP are the same app.")
    return {app.guid: app for app in named.values()}, old, new
