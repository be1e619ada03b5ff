"""One request to the sandbox, with what its three servers need to answer it."""

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
"""Any of these sees every org, space and app."""


class Settings(NamedTuple):
    """What an operator could set of a foundation.

    Attributes:
        access_seconds: how long an access token is good; negative makes tokens that have expired already.
        refresh_seconds: how long a refresh token is good.
        rotate_refresh_tokens: whether a refresh gives a new refresh token and takes the old one away.
        policies_per_source: the quota of users without `network.admin`.
        tags: how many tags there are.
        body_bytes: the largest body that the policy server reads.
    """

    access_seconds: int = 600
    refresh_seconds: int = 30 * 24 * 3600
    rotate_refresh_tokens: bool = False
    policies_per_source: int = POLICIES_PER_SOURCE
    tags: int = TAGS
    body_bytes: int = BODY_BYTES


class RequestContext(NamedTuple):
    """A request, the database it is answered from, the settings, and the time (seconds since 1970)."""

    request: Request
    store: Store
    settings: Settings
    now: float

    @property
    def base(self) -> str:
        """The URL that the client calls this host by, without a slash at the end; links begin with it."""
        return self.request.host_url.rstrip("/")


def bearer(db: sqlite3.Connection, context: RequestContext) -> TokenClaims | None:
    """Whose access token the request carries; None where it has expired, was revoked, or is none of ours."""
    claims = presented(db, context)
    return None if claims is None or claims.refreshes else claims


def presented(db: sqlite3.Connection, context: RequestContext) -> TokenClaims | None:
    """As `bearer`, for access and refresh tokens."""
    header = context.request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ").removeprefix("bearer ")
    claims = tokens.verify(token, secret(db), context.now)
    if claims is None or db.execute("SELECT 1 FROM revoked_tokens WHERE jti = ?", (claims.jti,)).fetchone():
        return None
    return claims


def secret(db: sqlite3.Connection) -> str:
    """What this database's tokens are signed with.

    Raises:
        Unusable: the database has lost it.
    """
    found = db.execute("SELECT value FROM settings WHERE name = 'secret'").fetchone()
    if found is None:
        raise Unusable(
            "The sandbox cannot be used: its settings are missing.", hint="Move its file away to start anew."
        )
    return str(found[0])


def json_response(body: object, status: int = 200) -> Response:
    """An answer of JSON."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate cannot be sent; nothing in the database has one, but a query that is quoted back may.
    return Response(text.encode("utf-8", "replace"), status=status, content_type="application/json; charset=utf-8")
