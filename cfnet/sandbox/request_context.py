"""A request to the sandbox, and everything that its three servers need to handle it."""

import json
import sqlite3
from typing import Final, NamedTuple

from werkzeug.wrappers import Request, Response

from cfnet.sandbox import tokens
from cfnet.sandbox.settings import Settings, secret
from cfnet.sandbox.store import Store
from cfnet.sandbox.tokens import TokenClaims

ADMIN_SCOPES: Final = frozenset(
    ("cloud_controller.admin", "cloud_controller.admin_read_only", "cloud_controller.global_auditor")
)
"""With any of these scopes, all orgs, spaces and apps are visible."""


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


def json_response(body: object, status: int = 200) -> Response:
    """Make a JSON response."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # Unpaired surrogates cannot be encoded; the database has none, but a quoted query may.
    return Response(text.encode("utf-8", "replace"), status=status, content_type="application/json; charset=utf-8")
