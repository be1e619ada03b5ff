"""Identifies the callers of the Cloud Controller, and decides what they can see and change."""

import sqlite3
from typing import NamedTuple

from cfnet.sandbox import listing
from cfnet.sandbox.api_errors import ApiError, not_authorized, not_found
from cfnet.sandbox.listing import ResourceList, Row, Viewer
from cfnet.sandbox.request_context import ADMIN_SCOPES, RequestContext, bearer
from cfnet.sandbox.world import ORGANIZATION_MANAGER, SPACE_DEVELOPER, SPACE_MANAGER

ADMIN = "cloud_controller.admin"
READ = "cloud_controller.read"
WRITE = "cloud_controller.write"


class Caller(NamedTuple):
    """The sender of a request.

    Attributes:
        viewer: decides what they can see.
        scopes: the scopes of their token.
    """

    viewer: Viewer
    scopes: frozenset[str]

    @property
    def is_admin(self) -> bool:
        """Whether the caller may change everything."""
        return ADMIN in self.scopes


def reader(db: sqlite3.Connection, context: RequestContext) -> Caller:
    """Return the caller, and check that they may read.

    Raises:
        ApiError: there is no valid token, or it has no scope for reading.
    """
    if "Authorization" not in context.request.headers:
        raise ApiError(401, 10002, "CF-NotAuthenticated", "Authentication error")
    claims = bearer(db, context)
    if claims is None:
        raise ApiError(401, 1000, "CF-InvalidAuthToken", "Invalid Auth Token")
    scopes = frozenset(claims.scopes)
    if not scopes & {READ, *ADMIN_SCOPES}:
        raise not_authorized()
    return Caller(Viewer(claims.subject, sees_all=bool(ADMIN_SCOPES & scopes)), scopes)


def writer(db: sqlite3.Connection, context: RequestContext) -> Caller:
    """Return the caller, and check that their token allows changes.

    Raises:
        ApiError: see `reader`; or the token only allows reading.
    """
    caller = reader(db, context)
    if not caller.scopes & {WRITE, ADMIN}:
        raise not_authorized()
    return caller


def admin(db: sqlite3.Connection, context: RequestContext) -> Caller:
    """Return the caller, and check that they are an administrator.

    Raises:
        ApiError: they are not.
    """
    caller = writer(db, context)
    if not caller.is_admin:
        raise not_authorized()
    return caller


def find(db: sqlite3.Connection, asked: ResourceList[Row], caller: Caller, guid: str) -> Row:
    """Find the resource with this GUID.

    Raises:
        ApiError: it does not exist or is not visible to the caller.
    """
    found = listing.with_guids(db, asked, [guid], caller.viewer)
    if not found:
        raise not_found(asked.kind)
    return found[0]


def may_develop(db: sqlite3.Connection, caller: Caller, space: str) -> bool:
    """Return whether the caller may change apps of the space with this GUID."""
    return caller.is_admin or _has_role(db, caller, "space_guid", space, SPACE_DEVELOPER)


def manages_org(db: sqlite3.Connection, caller: Caller, org: str) -> bool:
    """Return whether the caller may change spaces and roles of the org with this GUID."""
    return caller.is_admin or _has_role(db, caller, "organization_guid", org, ORGANIZATION_MANAGER)


def manages_space(db: sqlite3.Connection, caller: Caller, space: str, org: str) -> bool:
    """Return whether the caller may change roles and security groups of a space in an org."""
    return manages_org(db, caller, org) or _has_role(db, caller, "space_guid", space, SPACE_MANAGER)


def _has_role(db: sqlite3.Connection, caller: Caller, column: str, guid: str, role: str) -> bool:
    found = db.execute(
        f"SELECT 1 FROM roles WHERE user_guid = ? AND type = ? AND {column} = ?",  # noqa: S608 - one of two columns
        (caller.viewer.guid, role, guid),
    ).fetchone()
    return found is not None
