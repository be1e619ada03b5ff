"""What the cells of the sandbox's foundation enforce, read in one transaction."""

import json
import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

from cfnet.policy import App, Org, Policy, Space
from cfnet.sandbox import deployment, policies, security_groups
from cfnet.sandbox.cells import SandboxCell
from cfnet.sandbox.security_groups import SecurityGroupRow


class CellInputs(NamedTuple):
    """What agents ask for.

    Attributes:
        cells: the cells, in the order of the world.
        stores: the text of each cell's `store.json`, by the cell's name.
        policies: all policies, oldest first.
        tags: the tags of apps as the policy server writes them, by GUID.
        apps: all apps, oldest first.
        security_groups: the security groups as the Cloud Controller lists them, as a JSON array.
    """

    cells: tuple[SandboxCell, ...]
    stores: Mapping[str, str]
    policies: tuple[Policy, ...]
    tags: Mapping[str, str]
    apps: tuple[App, ...]
    security_groups: str


def read(db: sqlite3.Connection) -> CellInputs:
    """Read everything."""
    cells = deployment.cells(db)
    groups = db.execute(f"SELECT {security_groups.COLUMNS} FROM security_groups ORDER BY id")  # noqa: S608 - constant SQL
    return CellInputs(
        cells,
        {cell.name: deployment.store_json(db, cell.name) for cell in cells},
        tuple(policies.find(db)),
        {tag.guid: tag.text for tag in policies.tags(db)},
        tuple(_apps(db)),
        json.dumps([security_groups.show(SecurityGroupRow(*row), "") for row in groups]),
    )


def _apps(db: sqlite3.Connection) -> list[App]:
    rows = db.execute(
        "SELECT apps.guid, apps.name, spaces.guid, spaces.name, organizations.guid, organizations.name FROM apps"
        " JOIN spaces ON spaces.guid = space_guid JOIN organizations ON organizations.guid = organization_guid"
        " ORDER BY apps.id"
    )
    return [
        App(guid, name, Space(space, space_name, Org(org, org_name)))
        for guid, name, space, space_name, org, org_name in rows
    ]
