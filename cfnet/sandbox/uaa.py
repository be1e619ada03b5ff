"""The UAA: issues tokens for passwords, passcodes, client secrets and refresh tokens (UAA API, `/oauth/token`)."""

import sqlite3
from typing import Final, NamedTuple
from uuid import uuid4

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from cfnet.sandbox import authentication, tokens
from cfnet.sandbox.authentication import NotAdmitted
from cfnet.sandbox.faults import NoSuch, ReadOnly, Unusable
from cfnet.sandbox.request_context import RequestContext, json_response, presented
from cfnet.sandbox.settings import Settings, secret
from cfnet.sandbox.tokens import REFRESH_SUFFIX, TokenClaims

VERSION: Final = "77.20.0"
"""The version that `cf` requires to send a login hint."""

_EXPIRED: Final = "The token expired, was revoked, or the token ID is incorrect."


class OAuthError(Exception):
    """An OAuth error response (RFC 6749, section 5.2)."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


class IssuedTokens(NamedTuple):
    """The tokens issued by a login; `refresh` is empty if the client is the user."""

    access: str
    refresh: str
    claims: TokenClaims


def answer(context: RequestContext) -> Response:
    """Handle a request for a path of the UAA."""
    try:
        handler, arguments = ROUTES.bind_to_environ(context.request.environ).match()
        response: Response = handler(context, **arguments)
    except NotAdmitted as error:
        response = json_response({"error": "unauthorized", "error_description": str(error)}, 401)
    except OAuthError as error:
        response = json_response({"error": error.error, "error_description": error.description}, error.status)
    except Unusable as error:
        response = json_response({"error": "server_error", "error_description": error.message}, 500)
    except HTTPException as error:
        body = {"error": error.name.lower().replace(" ", "_"), "error_description": error.name}
        response = json_response(body, error.code or 500)
    response.headers["Cache-Control"] = "no-store"
    return response


def issue(
    db: sqlite3.Connection, claims: TokenClaims, settings: Settings, issuer: str, *, remember: bool = True
) -> IssuedTokens:
    """Issue new tokens; there is no refresh token if the client is the user or if it cannot be stored."""
    key = secret(db)
    access = tokens.sign(claims, key, issuer)
    if not (claims.user_guid and remember):
        return IssuedTokens(access, "", claims)
    refresh = claims._replace(jti=claims.jti + REFRESH_SUFFIX, expires=claims.issued + settings.refresh_seconds)
    db.execute("INSERT INTO refresh_tokens VALUES (?, ?)", (refresh.jti, refresh.user_guid))
    return IssuedTokens(access, tokens.sign(refresh, key, issuer), claims)


def claims_of_user(db: sqlite3.Connection, name: str, client: str, issued: float, seconds: int) -> TokenClaims:
    """Make the claims of a token for a user.

    Raises:
        NoSuch: there is no such user.
    """
    user = db.execute("SELECT guid, name, scopes FROM users WHERE name = ?", (name,)).fetchone()
    if user is None:
        raise NoSuch(f"The sandbox has no user {name!r}.")
    guid, name, scopes = user
    return TokenClaims(
        uuid4().hex, client, guid, name, (*scopes.split(),), "password", int(issued), int(issued) + seconds
    )


def _prompts(context: RequestContext) -> Response:
    base = context.base
    return json_response(
        {
            "app": {"version": VERSION},
            "links": {"uaa": base, "login": base, "passwd": "/forgot_password", "register": "/create_account"},
            "zone_name": "uaa",
            "entityID": base.partition("://")[2],
            "commit_id": "sandbox",
            "idpDefinitions": {},
            "prompts": {
                "username": ["text", "Email"],
                "password": ["password", "Password"],
                "passcode": ["password", f"Temporary Authentication Code ( Get one at {base}/passcode )"],
            },
            "timestamp": "2026-01-01T00:00:00+0000",
        }
    )


def _token(context: RequestContext) -> Response:
    form = context.request.form
    grant = form.get("grant_type", "")
    if not grant:
        raise OAuthError(400, "invalid_request", "Missing grant type")
    if grant not in {"password", "client_credentials", "refresh_token", tokens.JWT_BEARER}:
        raise OAuthError(400, "unsupported_grant_type", f"Unsupported grant type: {grant}")
    seconds = context.settings.access_seconds
    user = ""
    if grant == "password":
        with context.store.reading() as db:
            _client(db, context, grant)
        user = authentication.admitted(context)
    try:
        with context.store.writing() as db:
            given = _given(db, context, grant, user)
    except ReadOnly:
        with context.store.reading() as db:
            given = _given(db, context, grant, user, remember=False)
    body: dict[str, object] = {"access_token": given.access, "token_type": "bearer"}
    if given.refresh:
        body["refresh_token"] = given.refresh
    body |= {"expires_in": seconds - 1, "scope": " ".join(given.claims.scopes), "jti": given.claims.jti}
    return json_response(body)


def _given(
    db: sqlite3.Connection, context: RequestContext, grant: str, user: str, *, remember: bool = True
) -> IssuedTokens:
    seconds = context.settings.access_seconds
    client, scopes = _client(db, context, grant)
    match grant:
        case "password":
            claims = claims_of_user(db, user, client, context.now, seconds)
            return issue(db, claims, context.settings, context.base, remember=remember)
        case "client_credentials":
            issued = int(context.now)
            claims = TokenClaims(uuid4().hex, client, "", "", scopes, grant, issued, issued + seconds)
            return issue(db, claims, context.settings, context.base)
        case tokens.JWT_BEARER:
            asserted = _asserted(db, context, "assertion")
            if not asserted.user_name:
                raise OAuthError(401, "invalid_token", _EXPIRED)
            claims = claims_of_user(db, asserted.user_name, client, context.now, seconds)
            return issue(db, claims, context.settings, context.base, remember=remember)
        case _:
            return _refresh(db, context, client, context.request.form.get("refresh_token", ""))


def _client(db: sqlite3.Connection, context: RequestContext, grant: str) -> tuple[str, tuple[str, ...]]:
    basic = context.request.authorization
    if basic is not None and basic.type == "basic":
        name, given = basic.username or "", basic.password or ""
    else:
        name, given = context.request.form.get("client_id", ""), context.request.form.get("client_secret", "")
    client = db.execute("SELECT secret, grants, scopes FROM clients WHERE name = ?", (name,)).fetchone()
    if client is None or not _proves(db, context, name, given, client[0]):
        raise OAuthError(401, "invalid_client", "Bad credentials")
    if grant not in client[1].split():
        raise OAuthError(401, "invalid_client", f"Unauthorized grant type: {grant}")
    return name, (*client[2].split(),)


def _proves(db: sqlite3.Connection, context: RequestContext, name: str, given: str, kept: str) -> bool:
    """Return whether the request authenticates the client `name`, by an assertion or else by its secret."""
    if "client_assertion" not in context.request.form:
        return authentication.same(given, kept)
    asserted = _asserted(db, context, "client_assertion")
    return not asserted.user_name and asserted.client == name


def _asserted(db: sqlite3.Connection, context: RequestContext, field: str) -> TokenClaims:
    """Return the claims of the token in a form field; the sandbox trusts tokens that it issued."""
    claims = tokens.verify(context.request.form.get(field, ""), secret(db), context.now)
    if claims is None or claims.refreshes:
        raise OAuthError(401, "invalid_token", _EXPIRED)
    return claims


def _refresh(db: sqlite3.Connection, context: RequestContext, client: str, token: str) -> IssuedTokens:
    old = tokens.verify(token, secret(db), context.now)
    if (
        old is None
        or old.client != client
        or not db.execute("SELECT 1 FROM refresh_tokens WHERE jti = ?", (old.jti,)).fetchone()
    ):
        raise OAuthError(401, "invalid_token", _EXPIRED)
    claims = claims_of_user(db, old.user_name, client, context.now, context.settings.access_seconds)
    if not context.settings.rotate_refresh_tokens:
        return IssuedTokens(tokens.sign(claims, secret(db), context.base), token, claims)
    db.execute("DELETE FROM refresh_tokens WHERE jti = ?", (old.jti,))
    return issue(db, claims, context.settings, context.base)


def _revoke(context: RequestContext, jti: str) -> Response:
    with context.store.writing() as db:
        claims = presented(db, context)
        if claims is None:
            raise OAuthError(401, "unauthorized", "Full authentication is required to access this resource")
        mine = db.execute("DELETE FROM refresh_tokens WHERE jti = ? AND user_guid = ?", (jti, claims.user_guid))
        if jti == claims.jti and not claims.refreshes:
            db.execute("INSERT OR IGNORE INTO revoked_tokens VALUES (?)", (jti,))
        elif not mine.rowcount:
            raise OAuthError(404, "not_found", "Token not found")
    return json_response({})


def _passcode(context: RequestContext) -> Response:
    """Show a one-time passcode to a user who logs in with a browser."""
    basic = context.request.authorization
    if basic is None or basic.type != "basic":
        response = Response("Log in to get a passcode.\n", 401)
        response.headers["WWW-Authenticate"] = 'Basic realm="UAA", charset="UTF-8"'
        return response
    name = authentication.admitted_by_password(context, basic.username or "", basic.password or "")
    return Response(f"Temporary Authentication Code: {authentication.passcode(context, name)}\n")


ROUTES: Final = Map(
    [
        Rule("/login", endpoint=_prompts, methods=["GET"]),
        Rule("/passcode", endpoint=_passcode, methods=["GET"]),
        Rule("/oauth/token", endpoint=_token, methods=["POST"]),
        Rule("/oauth/token/revoke/<jti>", endpoint=_revoke, methods=["DELETE"]),
    ],
    merge_slashes=False,
)
