"""`cfnet snapshot`: save everything that rendering needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import OFFLINE_EXITS, SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.shared_options import shared
from cfnet.operations.choose_app import choose_app, choose_space
from cfnet.operations.inventory import InventorySource, open_inventory, state_of
from cfnet.operations.provenance import provenance_of
from cfnet.show.plurals import counted
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Selectable


@click.command(
    "snapshot",
    cls=CfnetCommand,
    examples=("today", "today --space demo/dev --replace", "part --from snapshot --app appA"),
    exits={**OFFLINE_EXITS, **SERVER_EXITS},
    see_also=("explain", "render", "trace", "verify"),
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--space",
    "spaces",
    metavar="SPACE",
    multiple=True,
    help="Only apps in this space: NAME (preferably in the targeted org), ORG/SPACE or GUID; repeatable",
)
@click.option(
    "--app", "apps", metavar="APP", multiple=True, help="Only this app: NAME, ORG/SPACE/APP or GUID; repeatable"
)
@click.option("--replace", is_flag=True, help="Replace the existing snapshot in DIR")
@inventory_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    folder: Path,
    spaces: Sequence[str],
    apps: Sequence[str],
    replace: bool,
    origin: InventorySource,
) -> None:
    """Save everything that 'render' needs to a directory.

    DIR gets JSON files with policies, tags, apps, security groups, and the containers of each cell. Afterwards,
    'cfnet render --from DIR' prints what 'cfnet render' prints now.

    A snapshot contains only what you are allowed to see. Anything that could not be read is recorded in snapshot.json,
    and reported whenever the snapshot is used. With --space or --app, the snapshot is limited to these apps and the
    apps they have policies with. With --from, a part of another snapshot is saved, or one with other placement.
    """
    environment: Environment = ctx.obj
    from cfnet.foundation.snapshot.writer import check_room, write_snapshot

    check_room(folder, replace=replace)

    def choose(offer: Selectable) -> Collection[str]:
        chosen = {choose_app(app, offer.apps, offer.guids, offer.target) for app in apps}
        there = {app.space for app in offer.apps.values()}
        for text in spaces:
            space = choose_space(
                text, there, offer.target, unknown="Space '{}' not found, or no apps in it are visible to you."
            )
            chosen |= {guid for guid, app in offer.apps.items() if app.space.guid == space.guid}
        return chosen

    chosen = choose if spaces or apps else None
    with open_inventory(environment, origin) as inventory:
        state = state_of(inventory, chosen)
        # Part of another snapshot is as old as that.
        made = inventory.made or (None if origin.snapshot else provenance_of(inventory, environment))
        containers = write_snapshot(folder, state, replace=replace, made=made)
        environment.tell_notes(state.notes)
        held = (
            counted(len(state.policies), "policy", "policies"),
            counted(len(state.cell_names), "cell"),
            counted(containers, "container"),
        )
        environment.say(f"{printable(str(folder))}: {', '.join(held)}")
