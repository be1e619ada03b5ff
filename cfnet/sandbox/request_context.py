"""A request to the sandbox, and everything that its three servers need to handle it."""

import json
import sqlite3
from typing import Final, NamedTuple

from werkzeug.wrappers import Request, Response

from cfnet.policy.limits import BODY_BYTES, POLICIES_PER_SOURCE, TAGS
from cfnet.sandbox import tokens
from cfnet.sandbox.faults import Unusable
from cfnet.sandbox.store import Store
from cfnet.sandbox.tokens import TokenClaims

ADMIN_SCOPES: Final = frozenset(
    ("cloud_controller.admin", "cloud_controller.admin_read_only", "cloud_controller.global_auditor")
)
"""With any of these scopes, all orgs, spaces and apps are visible."""


class Settings(NamedTuple):
    """The settings of a foundation that an operator could change.

    Attributes:
        access_seconds: the lifetime of an access token; negative for expired tokens.
        refresh_seconds: the lifetime of a refresh token.
        rotate_refresh_tokens: whether a refresh replaces the refresh token and revokes the old one.
        policies_per_source: the quota of users without `network.admin`.
        tags: the number of tags.
        body_bytes: the largest body that the policy server accepts.
    """

    access_seconds: int = 600
    refresh_seconds: int = 30 * 24 * 3600
    rotate_refresh_tokens: bool = False
    policies_per_source: int = POLICIES_PER_SOURCE
    tags: int = TAGS
    body_bytes: int = BODY_BYTES


class RequestContext(NamedTuple):
    """A request, the database, the settings, and the time in seconds since 1970."""

    request: Request
    store: Store
    settings: Settings
    now: float

    @property
    def base(self) -> str:
        """The URL by which the client addresses this host, without trailing slash; links begin with it."""
        return self.request.host_url.rstrip("/")


def bearer(db: sqlite3.Connection, context: RequestContext) -> TokenClaims | None:
    """Return the claims of the request's access token; None if it has expired, was revoked, or is invalid."""
    claims = presented(db, context)
    return None if claims is None or claims.refreshes else claims


def presented(db: sqlite3.Connection, context: RequestContext) -> TokenClaims | None:
    """Return the claims of the request's access or refresh token; see `bearer`."""
    header = context.request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ").removeprefix("bearer ")
    claims = tokens.verify(token, secret(db), context.now)
    if claims is None or db.execute("SELECT 1 FROM revoked_tokens WHERE jti = ?", (claims.jti,)).fetchone():
        return None
    return claims


def secret(db: sqlite3.Connection) -> str:
    """Return the key that signs the tokens of this database.

    Raises:
        Unusable: the key is missing.
    """
    found = db.execute("SELECT value FROM settings WHERE name = 'secret'").fetchone()
    if found is None:
        raise Unusable(
            "The sandbox cannot be used: its settings are missing.", hint="Move its file away to start over."
        )
    return str(found[0])


def json_response(body: object, status: int = 200) -> Response:
    """Make a JSON response."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # Unpaired surrogates cannot be encoded; the database has none, but a quoted query may.
    return Response(text.encode("utf-8", "replace"), status=status, content_type="application/json; charset=utf-8")
