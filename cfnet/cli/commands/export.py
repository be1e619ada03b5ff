"""`cfnet export`: export existing policies as a document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import OFFLINE_EXITS, SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.inventory_options import snapshot_option
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault
from cfnet.operations.export_policies import choose_export, document_of, write_split
from cfnet.operations.inventory import open_inventory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource


@click.command(
    "export",
    cls=CfnetCommand,
    examples=("> policies.yml", "--org demo > demo.yml", "--space demo/dev", "--all --split policies/"),
    exits={**OFFLINE_EXITS, **SERVER_EXITS},
    see_also=("apply", "diff", "network-policies", "validate"),
)
@click.option(
    "--space",
    "typed",
    metavar="SPACE",
    multiple=True,
    help="Export this space: NAME (preferably in the targeted org), ORG/SPACE or GUID; repeatable",
)
@click.option("--org", "orgs", metavar="ORG", multiple=True, help="Export all spaces of this org; repeatable")
@click.option("--all", "everything", is_flag=True, help="Export every space that you can see")
@click.option(
    "--split",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write one document for each space to this directory, as ORG.SPACE.yml",
)
@click.option("--replace", is_flag=True, help="With --split: overwrite existing documents")
@snapshot_option()
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    typed: Sequence[str],
    orgs: Sequence[str],
    everything: bool,
    split: Path | None,
    replace: bool,
    origin: InventorySource,
) -> None:
    """Export existing policies as a document.

    The document has the outgoing policies of the targeted space, unless options select others. 'cfnet diff' finds no
    changes in it. As long as the policies are the same, the document is the same, byte for byte.
    """
    environment: Environment = ctx.obj
    if sum((bool(typed), bool(orgs), everything)) > 1:
        raise CommandLineFault("Only one of --space, --org and --all can be used.")
    if replace and split is None:
        raise CommandLineFault("--replace requires --split")
    with open_inventory(environment, origin) as inventory:
        chosen = choose_export(inventory, typed, orgs, everything=everything)
        if split is None:
            environment.output(as_file=True).write(document_of(chosen, environment))
        else:
            write_split(chosen, split, environment, replace=replace)
        environment.tell_notes(inventory.notes)
