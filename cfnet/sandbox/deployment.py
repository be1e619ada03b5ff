"""Deploys, scales and deletes apps and their containers, and writes each cell's `store.json`."""

import json
import sqlite3
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID, uuid4, uuid5

from cfnet.policy import BadPorts, Ports
from cfnet.sandbox.cells import ContainerPlace, SandboxCell, places
from cfnet.sandbox.faults import AlreadyThere, BadValue, NoSuch
from cfnet.sandbox.world import WorldApp

LONGEST_NAME: Final = 255
HANDLE_LENGTH: Final = 28
"""Diego's rep truncates a UUID to this length to name a container."""

_LARGEST: Final = 2**63 - 1
"""The largest integer in SQLite."""


class NewApp(NamedTuple):
    """A new app: its GUID, name, the GUID of its space, and the ports it listens on."""

    guid: str
    name: str
    space: str
    ports: str


class DeployedInstance(NamedTuple):
    """One instance of an app: the handle of its container, the app's GUID, its number, cell and overlay IP."""

    handle: str
    app: str
    instance: int
    cell: str
    ip: str


def timestamp(now: float) -> str:
    """Format seconds since 1970 as the Cloud Controller does: `2026-01-31T12:00:00Z`."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def space_guid(db: sqlite3.Connection, path: str) -> str:
    """Return the GUID of the space `ORG/SPACE`.

    Raises:
        NoSuch: there is no such space.
        BadValue: the text does not have this form.
    """
    org, slash, space = path.partition("/")
    if not (org and slash and space):
        raise BadValue(f"{path!r} is not a valid space.", hint="Use the form ORG/SPACE.")
    found = db.execute(
        "SELECT spaces.guid FROM spaces JOIN organizations ON organizations.guid = organization_guid"
        " WHERE organizations.key = ? AND spaces.key = ?",
        (org.lower(), space.lower()),
    ).fetchone()
    if found is None:
        raise NoSuch(f"The sandbox has no space {path!r}.")
    return str(found[0])


def app_guid(db: sqlite3.Connection, name: str, space: str) -> str:
    """Return the GUID of an app in the space `ORG/SPACE`.

    Raises:
        NoSuch: there is no such app or no such space.
        BadValue: the space does not have the form ORG/SPACE.
    """
    found = db.execute(
        "SELECT guid FROM apps WHERE space_guid = ? AND key = ?", (space_guid(db, space), name.lower())
    ).fetchone()
    if found is None:
        raise NoSuch(f"There is no app {name!r} in {space}.")
    return str(found[0])


def push(db: sqlite3.Connection, app: WorldApp, now: float) -> tuple[DeployedInstance, ...]:
    """Deploy a new app; it gets a new GUID if it has none.

    Raises:
        AlreadyThere: the space has an app with this name, or the foundation has one with this GUID.
        BadValue: the name, the ports or the number of instances are invalid.
        NoSuch: the space does not exist.
        NoRoom: the cells have no overlay IPs left for the instances.
    """
    if not app.name.strip() or not app.name.isprintable() or len(app.name) > LONGEST_NAME:
        raise BadValue(f"{app.name!r} is not a valid app name: use 1 to {LONGEST_NAME} printable characters.")
    return deploy(db, app._replace(guid=app.guid or str(uuid4())), now)


def deploy(db: sqlite3.Connection, app: WorldApp, now: float) -> tuple[DeployedInstance, ...]:
    """Deploy an app that has a GUID, without checking its name. Raises the same as `push`."""
    space = space_guid(db, app.space)
    try:
        create(db, NewApp(app.guid, app.name, space, app.ports), now)
    except AlreadyThere as error:
        if error.hint:
            raise AlreadyThere(f"{app.space} already has an app {app.name!r}.", hint=error.hint) from error
        raise
    db.execute("UPDATE apps SET state = 'STARTED' WHERE guid = ?", (app.guid,))
    for instance, place in enumerate(app.placed):
        _start(db, app.guid, instance, place, now)
    return scale(db, app.guid, max(app.instances, len(app.placed)) if app.instances >= 0 else app.instances, now)


def create(db: sqlite3.Connection, app: NewApp, now: float) -> None:
    """Create a stopped app with one instance.

    Raises:
        AlreadyThere: the space has an app with this name, or the foundation has one with this GUID.
        BadValue: the ports are invalid.
    """
    _check_free(db, app.space, app.name)
    if db.execute("SELECT 1 FROM apps WHERE guid = ?", (app.guid,)).fetchone():
        raise AlreadyThere(f"The sandbox already has an app with the GUID {app.guid}.")
    since = timestamp(now)
    db.execute(
        "INSERT INTO apps (guid, name, key, space_guid, ports, created_at, updated_at, state, instances)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'STOPPED', 1)",
        (app.guid, app.name, app.name.lower(), app.space, _ports(app.ports), since, since),
    )


def rename(db: sqlite3.Connection, app: str, name: str, now: float) -> None:
    """Rename the app with this GUID.

    Raises:
        AlreadyThere: another app in its space has this name.
    """
    (space,) = db.execute("SELECT space_guid FROM apps WHERE guid = ?", (app,)).fetchone()
    _check_free(db, space, name, but=app)
    db.execute(
        "UPDATE apps SET name = ?, key = ?, updated_at = ? WHERE guid = ?", (name, name.lower(), timestamp(now), app)
    )


def start(db: sqlite3.Connection, app: str, now: float) -> tuple[DeployedInstance, ...]:
    """Start all instances of the app with this GUID.

    Raises:
        NoRoom: the cells have no overlay IPs left for so many.
    """
    _set_state(db, app, "STARTED", now)
    (instances,) = db.execute("SELECT instances FROM apps WHERE guid = ?", (app,)).fetchone()
    return scale(db, app, instances, now)


def stop(db: sqlite3.Connection, app: str, now: float) -> None:
    """Stop the app with this GUID: delete its containers, but keep its number of instances."""
    _set_state(db, app, "STOPPED", now)
    db.execute("DELETE FROM containers WHERE app_guid = ?", (app,))


def scale(db: sqlite3.Connection, app: str, instances: int, now: float) -> tuple[DeployedInstance, ...]:
    """Set the number of instances of the app with this GUID, and run them unless it is stopped.

    The containers with the highest numbers are deleted first.

    Raises:
        BadValue: the number is negative.
        NoRoom: the cells have no overlay IPs left for so many.
    """
    if instances < 0:
        raise BadValue(f"An app cannot have {instances} instances.")
    (state,) = db.execute("SELECT state FROM apps WHERE guid = ?", (app,)).fetchone()
    db.execute("DELETE FROM containers WHERE app_guid = ? AND instance >= ?", (app, min(instances, _LARGEST)))
    running = len(containers(db, app))
    taken = [ContainerPlace(*row) for row in db.execute("SELECT cell, ip FROM containers")]
    found = places(cells(db), taken, instances - running)
    db.execute("UPDATE apps SET instances = ? WHERE guid = ?", (instances, app))
    if state == "STARTED":
        for instance, place in enumerate(found, running):
            _start(db, app, instance, place, now)
    return containers(db, app)


def delete(db: sqlite3.Connection, app: str) -> None:
    """Delete an app and its containers. Its policies stay until the policy server cleans up, as in production."""
    db.execute("DELETE FROM apps WHERE guid = ?", (app,))


def containers(db: sqlite3.Connection, app: str) -> tuple[DeployedInstance, ...]:
    """Return the containers of the app with this GUID, sorted by instance."""
    rows = db.execute(
        "SELECT handle, app_guid, instance, cell, ip FROM containers WHERE app_guid = ? ORDER BY instance", (app,)
    )
    return tuple(DeployedInstance(*row) for row in rows)


def cells(db: sqlite3.Connection) -> tuple[SandboxCell, ...]:
    """Return the Diego cells, in the order of the world."""
    return tuple(SandboxCell(*row) for row in db.execute("SELECT name, address, subnet FROM cells ORDER BY id"))


def store_json(db: sqlite3.Connection, cell: str) -> str:
    """Write the `container-metadata/store.json` of a cell (silk-release, `lib/datastore`): one line of JSON.

    Raises:
        NoSuch: there is no such cell.
    """
    if cell not in {known.name for known in cells(db)}:
        raise NoSuch(f"The sandbox has no cell {cell!r}.")
    rows = db.execute(
        "SELECT handle, ip, instance, apps.guid, apps.name, ports, spaces.guid, spaces.name, organizations.guid,"
        " organizations.name FROM containers JOIN apps ON apps.guid = app_guid JOIN spaces ON spaces.guid = space_guid"
        " JOIN organizations ON organizations.guid = organization_guid WHERE cell = ? ORDER BY handle",
        (cell,),
    )
    kept = {}
    for handle, ip, instance, app, app_name, ports, space, space_name, org, org_name in rows:
        tags = {
            "app_id": app,
            "app_name": app_name,
            "instance_id": str(instance),
            "organization_id": org,
            "organization_name": org_name,
            "process_id": app,
            "process_instance_id": handle,
            "process_type": "web",
            "source_id": app,
            "space_id": space,
            "space_name": space_name,
        }
        log = {"guid": app, "index": instance, "source_name": "CELL", "tags": tags}
        metadata = {
            "app_id": app,
            "container_workload": "app",
            "log_config": json.dumps(log, ensure_ascii=False, separators=(",", ":")),
            "org_id": org,
            "policy_group_id": app,
            "ports": ports,
            "space_id": space,
        }
        kept[handle] = {"handle": handle, "ip": ip, "metadata": metadata}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n"


def _check_free(db: sqlite3.Connection, space: str, name: str, *, but: str = "") -> None:
    query = "SELECT 1 FROM apps WHERE space_guid = ? AND key = ? AND guid <> ?"
    if db.execute(query, (space, name.lower(), but)).fetchone():
        raise AlreadyThere(f"The space already has an app {name!r}.", hint="Scale it, or delete it first.")


def _set_state(db: sqlite3.Connection, app: str, state: str, now: float) -> None:
    db.execute("UPDATE apps SET state = ?, updated_at = ? WHERE guid = ?", (state, timestamp(now), app))


def _start(db: sqlite3.Connection, app: str, instance: int, place: ContainerPlace, now: float) -> None:
    (serial,) = db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'containers'").fetchone()
    handle = str(uuid5(UUID(int=serial), f"{app}/{instance}"))[:HANDLE_LENGTH]
    db.execute(
        "INSERT INTO containers (handle, app_guid, instance, cell, ip, since) VALUES (?, ?, ?, ?, ?, ?)",
        (handle, app, instance, place.cell, place.ip, int(now)),
    )


def _ports(text: str) -> str:
    try:
        ports = {Ports.parse(port) for port in text.split(",") if port}
    except BadPorts as error:
        raise BadValue(f"{text!r} is not a list of ports: {error}.") from error
    if any(ports.start != ports.end for ports in ports):
        raise BadValue(f"{text!r} contains a range; an app listens on single ports.", hint="Use the form 8080,8443.")
    return ",".join(str(port) for port in sorted(ports))
