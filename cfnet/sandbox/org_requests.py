"""Handles requests that change orgs, spaces and roles."""

import sqlite3
from typing import Final
from uuid import uuid4

from werkzeug.wrappers import Response

from cfnet.sandbox import callers, jobs, json_body, listing, resources
from cfnet.sandbox.api_errors import not_authorized, unprocessable
from cfnet.sandbox.catalogue import ORGANIZATIONS, SPACES
from cfnet.sandbox.deployment import timestamp
from cfnet.sandbox.json_body import Fields
from cfnet.sandbox.request_context import RequestContext, json_response
from cfnet.sandbox.resources import RoleRow

_ORG_ROLES: Final = (
    "organization_user",
    "organization_auditor",
    "organization_manager",
    "organization_billing_manager",
)
_SPACE_ROLES: Final = ("space_auditor", "space_developer", "space_manager", "space_supporter")


def create_org(context: RequestContext) -> Response:
    """Create an org."""
    given = json_body.fields(context, "name", "suspended")
    name, guid, suspended = json_body.name(given), str(uuid4()), given.get("suspended", False)
    if not isinstance(suspended, bool):
        raise unprocessable("Suspended must be a boolean")
    with context.store.writing() as db:
        caller = callers.admin(db, context)
        if db.execute("SELECT 1 FROM organizations WHERE key = ?", (name.lower(),)).fetchone():
            raise unprocessable(f"Organization '{name}' already exists.")
        db.execute(
            "INSERT INTO organizations (guid, name, key, created_at, suspended) VALUES (?, ?, ?, ?, ?)",
            (guid, name, name.lower(), timestamp(context.now), suspended),
        )
        row = callers.find(db, ORGANIZATIONS, caller, guid)
    return json_response(resources.organization(row, context.base), 201)


def delete_org(context: RequestContext, guid: str) -> Response:
    """Delete an org with its spaces and their apps."""
    with context.store.writing() as db:
        callers.find(db, ORGANIZATIONS, callers.reader(db, context), guid)
        callers.admin(db, context)
        for (space,) in db.execute("SELECT guid FROM spaces WHERE organization_guid = ?", (guid,)).fetchall():
            _delete_space(db, space)
        db.execute("DELETE FROM roles WHERE organization_guid = ?", (guid,))
        db.execute("DELETE FROM organizations WHERE guid = ?", (guid,))
        return jobs.done(db, context, "organization.delete")


def create_space(context: RequestContext) -> Response:
    """Create a space."""
    given = json_body.fields(context, "name", "relationships")
    name, org, guid = json_body.name(given), json_body.related(given, "organization"), str(uuid4())
    with context.store.writing() as db:
        caller = callers.writer(db, context)
        if not listing.with_guids(db, ORGANIZATIONS, [org], caller.viewer):
            raise unprocessable("Invalid organization. Ensure the organization exists and you have access to it.")
        if not callers.manages_org(db, caller, org):
            raise not_authorized()
        if db.execute("SELECT 1 FROM spaces WHERE organization_guid = ? AND key = ?", (org, name.lower())).fetchone():
            raise unprocessable("Name must be unique per organization")
        db.execute(
            "INSERT INTO spaces (guid, name, key, organization_guid, created_at) VALUES (?, ?, ?, ?, ?)",
            (guid, name, name.lower(), org, timestamp(context.now)),
        )
        row = callers.find(db, SPACES, caller, guid)
    return json_response(resources.space(row, context.base), 201)


def delete_space(context: RequestContext, guid: str) -> Response:
    """Delete a space with its apps."""
    with context.store.writing() as db:
        caller = callers.reader(db, context)
        space = callers.find(db, SPACES, caller, guid)
        if not callers.manages_org(db, callers.writer(db, context), space.org):
            raise not_authorized()
        _delete_space(db, guid)
        return jobs.done(db, context, "space.delete")


def create_role(context: RequestContext) -> Response:
    """Give a user a role in an org or in a space."""
    given = json_body.fields(context, "type", "relationships")
    kind = given.get("type")
    if kind not in (*_ORG_ROLES, *_SPACE_ROLES):
        raise unprocessable(f"Type must be one of the allowed types {[*_ORG_ROLES, *_SPACE_ROLES]}")
    with context.store.writing() as db:
        caller = callers.writer(db, context)
        if kind in _ORG_ROLES:
            place, org, space = _org(db, caller, given), json_body.related(given, "organization"), None
        else:
            place, org, space = _space(db, caller, given), None, json_body.related(given, "space")
        user, name = _user(db, given)
        if space and not _is_in_org_of(db, user, space):
            raise unprocessable(
                "Users cannot be assigned roles in a space if they do not have a role in that space's organization."
            )
        role = RoleRow(user, str(kind), org, space)
        if db.execute(
            "SELECT 1 FROM roles WHERE user_guid = ? AND type = ? AND coalesce(organization_guid, space_guid) = ?",
            (user, kind, org or space),
        ).fetchone():
            raise unprocessable(f"User '{name}' already has '{kind}' role in {place}.")
        db.execute("INSERT INTO roles VALUES (?, ?, ?, ?)", role)
    return json_response(resources.role(role, context.base), 201)


def _delete_space(db: sqlite3.Connection, guid: str) -> None:
    db.execute("DELETE FROM apps WHERE space_guid = ?", (guid,))
    db.execute("DELETE FROM roles WHERE space_guid = ?", (guid,))
    db.execute("DELETE FROM spaces WHERE guid = ?", (guid,))


def _org(db: sqlite3.Connection, caller: callers.Caller, given: Fields) -> str:
    """Describe the org of a new role, and check that the caller may add one."""
    org = json_body.related(given, "organization")
    found = listing.with_guids(db, ORGANIZATIONS, [org], caller.viewer)
    if not found:
        raise unprocessable("Invalid organization. Ensure that the organization exists and you have access to it.")
    if not callers.manages_org(db, caller, org):
        raise not_authorized()
    return f"organization '{found[0].name}'"


def _space(db: sqlite3.Connection, caller: callers.Caller, given: Fields) -> str:
    """Describe the space of a new role, and check that the caller may add one."""
    space = json_body.related(given, "space")
    found = listing.with_guids(db, SPACES, [space], caller.viewer)
    if not found:
        raise unprocessable("Invalid space. Ensure that the space exists and you have access to it.")
    if not callers.manages_space(db, caller, space, found[0].org):
        raise not_authorized()
    return f"space '{found[0].name}'"


def _user(db: sqlite3.Connection, given: Fields) -> tuple[str, str]:
    """Return the GUID and the name of the user of a new role."""
    wanted = json_body.related_object(given, "user")
    name, origin, guid = wanted.get("username"), wanted.get("origin", "uaa"), wanted.get("guid")
    if isinstance(name, str) and name.isprintable():
        found = db.execute("SELECT guid, name FROM users WHERE name = ?", (name,)).fetchone()
        if found is None or origin != "uaa":
            raise unprocessable(f"No user exists with the username '{name}' and origin '{origin}'.")
    elif isinstance(guid, str) and guid.isprintable():
        found = db.execute("SELECT guid, name FROM users WHERE guid = ?", (guid,)).fetchone()
    else:
        found = None
    if found is None:
        raise unprocessable("Invalid user. Ensure that the user exists and you have access to it.")
    return str(found[0]), str(found[1])


def _is_in_org_of(db: sqlite3.Connection, user: str, space: str) -> bool:
    found = db.execute(
        "SELECT 1 FROM roles JOIN spaces USING (organization_guid) WHERE user_guid = ? AND spaces.guid = ?",
        (user, space),
    ).fetchone()
    return found is not None
