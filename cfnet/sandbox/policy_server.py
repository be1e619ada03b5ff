"""The policy server's external API, version 1 (cf-networking-release, `policy-server/handlers`).

Every body is JSON sent as `text/plain`, and the text of an error is inserted without escaping, as in production.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final
from uuid import uuid4

from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from cfnet.policy import Policy
from cfnet.sandbox import policies, policy_body
from cfnet.sandbox.faults import Unusable
from cfnet.sandbox.policies import NoTagLeft
from cfnet.sandbox.request_context import RequestContext, bearer
from cfnet.sandbox.tokens import TokenClaims
from cfnet.sandbox.world import SPACE_DEVELOPER

ADMIN: Final = "network.admin"
WRITE: Final = "network.write"
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}
_CORS: Final = {"Access-Control-Allow-Methods": "POST,GET,OPTIONS", "Access-Control-Allow-Headers": "authorization"}

Handler = Callable[[RequestContext], Response]


class RefusedRequest(Exception):
    """An error response."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


def answer(context: RequestContext) -> Response:
    """Handle a request for `/health`, or a path below `/networking`."""
    routes = ROUTES.bind_to_environ(context.request.environ)
    allowed = {"Allow": ", ".join(sorted(set(routes.allowed_methods()) - {"HEAD"}))}
    try:
        handler, arguments = routes.match()
    except MethodNotAllowed:
        return _plain("Method Not Allowed\n", 405, **allowed)
    except HTTPException:
        return _plain("404 page not found\n", 404)
    if context.request.method == "HEAD":
        return _plain("Method Not Allowed\n", 405, **allowed)
    if context.request.method == "OPTIONS":
        return _plain("", 200, **_CORS)
    try:
        response: Response = handler(context, **arguments)
    except RefusedRequest as error:
        response = _plain(f'{{"error": "{error.text}"}}', error.status, **error.headers)
    except Unusable:
        response = _plain('{"error": "database read failed"}', 500)
    response.headers["X-Vcap-Request-Id"] = str(uuid4())
    return response


def _index(context: RequestContext) -> Response:
    query = context.request.args
    either, sources, destinations = (
        None if (text := query.get(name)) is None else text.split(",") for name in ("id", "source_id", "dest_id")
    )
    with context.store.reading() as db:
        claims = _allowed(db, context, ADMIN, WRITE)
        found = policies.find(db, either=either, sources=sources, destinations=destinations)
        if ADMIN not in claims.scopes:
            mine = _developed(db, claims)
            found = [policy for policy in found if policy.source in mine and policy.destination in mine]
    return _policies(found)


def _create(context: RequestContext) -> Response:
    claims, wanted = _request(context, "failed reading request body")
    try:
        with context.store.writing() as db:
            if ADMIN not in claims.scopes:
                _check_access(db, claims, wanted)
                _check_quota(db, wanted, context.settings.policies_per_source)
            policies.create(db, wanted, tags=context.settings.tags)
    except (NoTagLeft, Unusable) as error:
        raise RefusedRequest(500, "database create failed") from error
    return _plain("{}", 200)


def _delete(context: RequestContext) -> Response:
    claims, unwanted = _request(context, "invalid request body")
    try:
        with context.store.writing() as db:
            if ADMIN not in claims.scopes:
                _check_access(db, claims, unwanted)
            policies.delete(db, unwanted)
    except Unusable as error:
        raise RefusedRequest(500, "database delete failed") from error
    return _plain("{}", 200)


def _cleanup(context: RequestContext) -> Response:
    with context.store.writing() as db:
        _allowed(db, context, ADMIN)
        gone = policies.stale(db)
        policies.delete(db, gone)
    return _policies(gone)


def _tags(context: RequestContext) -> Response:
    with context.store.reading() as db:
        _allowed(db, context, ADMIN)
        found = policies.tags(db)
    return _json({"tags": [{"id": tag.guid, "tag": tag.text, "type": tag.type} for tag in found]})


def _whoami(context: RequestContext) -> Response:
    with context.store.reading() as db:
        claims = _allowed(db, context, ADMIN)
    return _json({"subject": claims.user_name or claims.subject})


def _uptime(context: RequestContext) -> Response:  # noqa: ARG001 - the signature of handlers
    return _plain("Network policy server, up for 1h0m0s\n", 200)


def _health(context: RequestContext) -> Response:
    with context.store.reading():
        return _plain("", 200)


def _request(context: RequestContext, too_large: str) -> tuple[TokenClaims, list[Policy]]:
    with context.store.reading() as db:
        claims = _allowed(db, context, ADMIN, WRITE)
    limit = context.settings.body_bytes
    context.request.max_content_length = limit + 1
    try:
        body = context.request.get_data()
    except RequestEntityTooLarge as error:
        raise RefusedRequest(400, too_large) from error
    if len(body) > limit:
        raise RefusedRequest(400, too_large)
    try:
        return claims, policy_body.read(body)
    except policy_body.Malformed as error:
        raise RefusedRequest(400, str(error)) from error


def _allowed(db: sqlite3.Connection, context: RequestContext, *scopes: str) -> TokenClaims:
    if "Authorization" not in context.request.headers:
        raise RefusedRequest(401, "missing authorization header", **_CHALLENGE)
    claims = bearer(db, context)
    if claims is None:
        raise RefusedRequest(401, "failed to verify token with uaa", **_CHALLENGE)
    if not set(scopes) & set(claims.scopes):
        raise RefusedRequest(
            403, f"provided scopes [{' '.join(claims.scopes)}] do not include allowed scopes [{' '.join(scopes)}]"
        )
    return claims


def _developed(db: sqlite3.Connection, claims: TokenClaims) -> set[str]:
    rows = db.execute(
        "SELECT apps.guid FROM apps JOIN roles USING (space_guid) WHERE user_guid = ? AND type = ?",
        (claims.user_guid, SPACE_DEVELOPER),
    )
    return {str(guid) for (guid,) in rows}


def _check_access(db: sqlite3.Connection, claims: TokenClaims, asked: Iterable[Policy]) -> None:
    """Reject apps of other users. GUIDs of missing apps are accepted, as in production."""
    known = {str(guid) for (guid,) in db.execute("SELECT guid FROM apps")}
    ends = {end for policy in asked for end in (policy.source, policy.destination)}
    if ends & known - _developed(db, claims):
        raise RefusedRequest(403, "one or more applications cannot be found or accessed")


def _check_quota(db: sqlite3.Connection, wanted: list[Policy], limit: int) -> None:
    """Check the number of existing and requested policies for each source app in the request, and each destination.

    Policies that exist and are requested count twice, as in production (`QuotaGuard`).
    """
    counts = policies.count_by_source(db, {end for policy in wanted for end in (policy.source, policy.destination)})
    for policy in wanted:
        counts[policy.source] = counts.get(policy.source, 0) + 1
    if any(count > limit for count in counts.values()):
        raise RefusedRequest(403, "policy quota exceeded")


def _policies(found: list[Policy]) -> Response:
    shown = [
        {
            "source": {"id": policy.source},
            "destination": {
                "id": policy.destination,
                "protocol": policy.protocol.value,
                "ports": {"start": policy.ports.start, "end": policy.ports.end},
            },
        }
        for policy in found
    ]
    return _json({"total_policies": len(shown), "policies": shown})


def _json(body: object) -> Response:
    return _plain(json.dumps(body, ensure_ascii=False, separators=(",", ":")), 200)


def _plain(text: str, status: int, **headers: str) -> Response:
    always = {
        "X-Content-Type-Options": "nosniff",
        "X-Xss-Protection": "1; mode=block",
        "X-Frame-Options": "deny",
        "Content-Security-Policy": "frame-ancestors 'none'",
    }
    # An error may quote characters from the request that cannot be encoded.
    body = text.encode("utf-8", "replace")
    return Response(body, status=status, headers=always | headers, content_type="text/plain; charset=utf-8")


def _v1(handler: Handler, context: RequestContext, version: str) -> Response:
    if version != "v1":
        raise RefusedRequest(406, f"api version '{version}' not supported")
    return handler(context)


def _external(path: str, method: str, handler: Handler) -> Rule:
    return Rule(f"/networking/<version>/external/{path}", endpoint=partial(_v1, handler), methods=[method, "OPTIONS"])


ROUTES: Final = Map(
    [
        Rule("/networking", endpoint=_uptime, methods=["GET"]),
        Rule("/health", endpoint=_health, methods=["GET"]),
        _external("policies", "GET", _index),
        _external("policies", "POST", _create),
        _external("policies/delete", "POST", _delete),
        _external("policies/cleanup", "POST", _cleanup),
        _external("tags", "GET", _tags),
        _external("whoami", "GET", _whoami),
    ],
    merge_slashes=False,
)
