"""Fills an empty database with a world."""

import secrets
import sqlite3
from collections.abc import Mapping

from cfnet.sandbox import deployment, policies
from cfnet.sandbox.faults import BadValue, NoSuch
from cfnet.sandbox.world import Role, World, guid_of


def found(db: sqlite3.Connection, world: World, now: float) -> None:
    """Insert the world into an empty database.

    Raises:
        SandboxError: the world has a duplicate, or refers to something that it does not contain.
    """
    db.execute("INSERT INTO settings VALUES ('secret', ?)", (secrets.token_hex(32),))
    policies.add_router_group(db)
    apps = [app._replace(guid=app.guid or guid_of("app", f"{app.space}/{app.name}")) for app in world.apps]
    try:
        _places(db, world, now)
        _people(db, world)
        for app in apps:
            deployment.deploy(db, app, now)
    except sqlite3.IntegrityError as error:
        raise BadValue(f"The world has a duplicate or a dangling reference: {error}.") from error
    by_path = {f"{app.space}/{app.name}": app.guid for app in apps}
    policies.create(
        db,
        [
            policy._replace(source=_end(by_path, policy.source), destination=_end(by_path, policy.destination))
            for policy in world.policies
        ],
    )


def _places(db: sqlite3.Connection, world: World, now: float) -> None:
    since = deployment.timestamp(now)
    db.executemany("INSERT INTO cells (name, address, subnet) VALUES (?, ?, ?)", world.cells)
    orgs = {org.name: org.guid or guid_of("org", org.name) for org in world.orgs}
    db.executemany(
        "INSERT INTO organizations (guid, name, key, created_at) VALUES (?, ?, ?, ?)",
        [(orgs[org.name], org.name, org.name.lower(), since) for org in world.orgs],
    )
    for space in world.spaces:
        if space.org not in orgs:
            raise NoSuch(f"The world has no org {space.org!r} for its space {space.name!r}.")
        db.execute(
            "INSERT INTO spaces (guid, name, key, organization_guid, created_at) VALUES (?, ?, ?, ?, ?)",
            (
                space.guid or guid_of("space", f"{space.org}/{space.name}"),
                space.name,
                space.name.lower(),
                orgs[space.org],
                since,
            ),
        )


def _people(db: sqlite3.Connection, world: World) -> None:
    for client in world.clients:
        db.execute(
            "INSERT INTO clients VALUES (?, ?, ?, ?)",
            (client.name, client.secret, " ".join(client.grants), " ".join(client.scopes)),
        )
    for user in world.users:
        guid = user.guid or guid_of("user", user.name)
        db.execute("INSERT INTO users VALUES (?, ?, ?, ?)", (guid, user.name, user.password, " ".join(user.scopes)))
        for role in user.roles:
            db.execute("INSERT INTO roles VALUES (?, ?, ?, ?)", (guid, role.type, *_where(db, role)))


def _where(db: sqlite3.Connection, role: Role) -> tuple[str | None, str | None]:
    if "/" in role.where:
        return None, deployment.space_guid(db, role.where)
    org = db.execute("SELECT guid FROM organizations WHERE key = ?", (role.where.lower(),)).fetchone()
    if org is None:
        raise NoSuch(f"The world has no org {role.where!r}.")
    return str(org[0]), None


def _end(by_path: Mapping[str, str], end: str) -> str:
    if "/" not in end:
        return end
    if end not in by_path:
        raise NoSuch(f"The world has no app {end!r} for its policy.")
    return by_path[end]
