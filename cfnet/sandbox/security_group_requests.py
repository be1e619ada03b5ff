"""Handles requests that change security groups: create, update, delete, bind to spaces, unbind."""

import json
import sqlite3
from typing import Final
from uuid import uuid4

from werkzeug.wrappers import Response

from cfnet.sandbox import callers, jobs, json_body, listing, security_groups
from cfnet.sandbox.api_errors import not_authorized, unprocessable
from cfnet.sandbox.catalogue import SECURITY_GROUPS, SPACES
from cfnet.sandbox.deployment import timestamp
from cfnet.sandbox.json_body import Fields
from cfnet.sandbox.request_context import RequestContext, json_response

_GLOBAL: Final = "globally_enabled"
LIFECYCLES: Final = ("running", "staging")


def create(context: RequestContext) -> Response:
    """Create a security group."""
    given = json_body.fields(context, "name", "rules", _GLOBAL, "relationships")
    guid, now = str(uuid4()), timestamp(context.now)
    with context.store.writing() as db:
        caller = callers.admin(db, context)
        name, enabled = _free_name(db, given, but=""), json_body.flags(given, _GLOBAL, *LIFECYCLES)
        db.execute(
            "INSERT INTO security_groups (guid, name, rules, running, staging, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (guid, name, _rules(given), enabled.get("running", False), enabled.get("staging", False), now, now),
        )
        for lifecycle in LIFECYCLES:
            spaces = json_body.related_many(given, f"{lifecycle}_spaces")
            _check_spaces(db, caller, spaces)
            security_groups.bind(db, guid, spaces, lifecycle)
        row = callers.find(db, SECURITY_GROUPS, caller, guid)
    return json_response(security_groups.show(row, context.base), 201)


def update(context: RequestContext, guid: str) -> Response:
    """Change a group's name or rules, or whether it is global."""
    given = json_body.fields(context, "name", "rules", _GLOBAL)
    with context.store.writing() as db:
        caller = callers.reader(db, context)
        row = callers.find(db, SECURITY_GROUPS, caller, guid)
        callers.admin(db, context)
        enabled = json_body.flags(given, _GLOBAL, *LIFECYCLES)
        db.execute(
            "UPDATE security_groups SET name = ?, rules = ?, running = ?, staging = ?, updated_at = ? WHERE guid = ?",
            (
                _free_name(db, given, but=guid) if "name" in given else row.name,
                _rules(given) if "rules" in given else row.rules,
                enabled.get("running", bool(row.running)),
                enabled.get("staging", bool(row.staging)),
                timestamp(context.now),
                guid,
            ),
        )
        row = callers.find(db, SECURITY_GROUPS, caller, guid)
    return json_response(security_groups.show(row, context.base))


def delete(context: RequestContext, guid: str) -> Response:
    """Delete a security group."""
    with context.store.writing() as db:
        callers.find(db, SECURITY_GROUPS, callers.reader(db, context), guid)
        callers.admin(db, context)
        db.execute("DELETE FROM security_groups WHERE guid = ?", (guid,))
        return jobs.done(db, context, "security_group.delete")


def bind(lifecycle: str, context: RequestContext, guid: str) -> Response:
    """Bind a security group to spaces."""
    wanted = json_body.guids(json_body.fields(context, "data"))
    with context.store.writing() as db:
        caller = callers.writer(db, context)
        callers.find(db, SECURITY_GROUPS, caller, guid)
        _check_spaces(db, caller, wanted)
        for space in listing.with_guids(db, SPACES, wanted, caller.viewer):
            if not callers.manages_space(db, caller, space.guid, space.org):
                raise not_authorized()
        security_groups.bind(db, guid, wanted, lifecycle)
        shown = security_groups.show(callers.find(db, SECURITY_GROUPS, caller, guid), context.base)
    relationships = shown["relationships"]
    bound = relationships[f"{lifecycle}_spaces"] if isinstance(relationships, dict) else {}
    link = f"{context.base}/v3/security_groups/{guid}/relationships/{lifecycle}_spaces"
    return json_response({**bound, "links": {"self": {"href": link}}})


def unbind(lifecycle: str, context: RequestContext, guid: str, space: str) -> Response:
    """Unbind a security group from a space."""
    with context.store.writing() as db:
        caller = callers.writer(db, context)
        callers.find(db, SECURITY_GROUPS, caller, guid)
        seen = listing.with_guids(db, SPACES, [space], caller.viewer)
        if seen and not callers.manages_space(db, caller, space, seen[0].org):
            raise not_authorized()
        gone = db.execute(
            "DELETE FROM security_group_spaces WHERE group_guid = ? AND space_guid = ? AND lifecycle = ?",
            (guid, space if seen else "", lifecycle),
        )
        if not gone.rowcount:
            raise unprocessable(
                f"Unable to unbind security group from space with guid '{space}'."
                " Ensure the space is bound to this security group."
            )
    return Response(b"", status=204)


def _free_name(db: sqlite3.Connection, given: Fields, *, but: str) -> str:
    name = json_body.name(given)
    if db.execute("SELECT 1 FROM security_groups WHERE name = ? AND guid <> ?", (name, but)).fetchone():
        raise unprocessable(f"Security group with name '{name}' already exists.")
    return name


def _rules(given: Fields) -> str:
    rules = given.get("rules", [])
    if found := security_groups.faults(rules):
        raise unprocessable(", ".join(found))
    return json.dumps(rules)


def _check_spaces(db: sqlite3.Connection, caller: callers.Caller, spaces: list[str]) -> None:
    seen = {space.guid for space in listing.with_guids(db, SPACES, spaces, caller.viewer)}
    if missing := [space for space in spaces if space not in seen]:
        raise unprocessable(f"Spaces with guids {json.dumps(missing)} do not exist, or you do not have access to them.")
