"""`cfnet snapshot`: all that rendering needs, as plain files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cfnet.cli.app_choice import choose_app, near
from cfnet.cli.by_example import ByExample
from cfnet.cli.options import shared
from cfnet.cli.state_choice import Choice, open_state, placement_options
from cfnet.errors import UnknownName
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cfnet.cli.environment import Environment
    from cfnet.policy import App, Policy


@click.command(
    "snapshot",
    cls=ByExample,
    short_help="Keep all that rendering needs in a folder",
    examples=("today", "snapshot --space demo/dev --replace"),
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--space", "spaces", metavar="SPACE", multiple=True, help="Only apps of this space: name or ORG/SPACE")
@click.option(
    "--app", "apps", metavar="APP", multiple=True, help="Only this app (name, ORG/SPACE/APP or GUID); may be repeated"
)
@click.option("--replace", is_flag=True, help="In the place of the snapshot that DIR has")
@placement_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    folder: Path,
    spaces: Sequence[str],
    apps: Sequence[str],
    replace: bool,
    agent: Path | None,
    lrps: str | None,
    stores: Sequence[str],
) -> None:
    """Write what the rules follow from to DIR, as JSON files: policies, tags, apps, security groups, cells' containers.

    'cfnet render --from DIR' then shows what 'cfnet render' would show now. Only what you may see is in it; what could
    not be read is told in snapshot.json, and whenever the snapshot is used. With --space or --app it has these apps,
    and those they have policies with.
    """
    environment: Environment = ctx.obj
    from cfnet.foundation.snapshot_writer import check_room, write_snapshot

    check_room(folder, replace=replace)

    def choose(named: Mapping[str, App], policies: Sequence[Policy]) -> Collection[str]:
        guids = {app for policy in policies for app in (policy.source, policy.destination)}
        return {choose_app(app, named, guids) for app in apps}.union(*(_of_space(space, named) for space in spaces))

    chosen = choose if spaces or apps else None
    with open_state(Choice(None, agent, lrps, stores), environment, chosen) as state:
        environment.tell_notes(state.notes)
        containers = write_snapshot(folder, state, replace=replace)
        counted = f"{len(state.policies):,} policies, {len(state.cell_names):,} cells, {containers:,} containers"
        environment.say(f"{printable(str(folder))}: {counted}")


def _of_space(text: str, named: Mapping[str, App]) -> set[str]:
    """The apps of the space that `text` means.

    Raises:
        UnknownName: there is none with apps.
    """
    found = {
        guid
        for guid, app in named.items()
        if text in (app.space.guid, app.space.name, f"{app.space.org.name}/{app.space.name}")
    }
    if not found:
        names = {app.space.name for app in named.values()}
        names |= {f"{app.space.org.name}/{app.space.name}" for app in named.values()}
        raise UnknownName(f"There is no space '{text}' with apps that you can see.", hint=near(text, names))
    return found
