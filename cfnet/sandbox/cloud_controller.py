"""The Cloud Controller's API v3, as far as `cf` needs it to log in, target, list apps and set network policies."""

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import uuid4

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from cfnet.sandbox import catalogue, listing, resources
from cfnet.sandbox.catalogue import APPS, ORGANIZATIONS, PROCESSES, ROLES, SPACES
from cfnet.sandbox.faults import Unusable
from cfnet.sandbox.listing import BadQuery, Listing, Page, Row, Viewer
from cfnet.sandbox.resources import AppRow, InstanceRow, ProcessRow, Resource, SpaceRow
from cfnet.sandbox.visit import ADMIN_SCOPES, Visit, bearer, json_response


class ApiError(Exception):
    """An answer that is an error of version 3: HTTP status, the error's own code, its title, and words."""

    def __init__(self, status: int, code: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail


def answer(visit: Visit) -> Response:
    """Answer a request for any path that is not of the other two servers."""
    try:
        handler, arguments = ROUTES.bind_to_environ(visit.request.environ).match()
        response: Response = handler(visit, **arguments)
    except ApiError as error:
        response = _failure(error)
    except BadQuery as error:
        response = _failure(ApiError(400, 10005, "CF-BadQueryParameter", f"The query parameter is invalid: {error}"))
    except Unusable as error:
        response = _failure(ApiError(500, 10001, "UnknownError", error.message))
    except HTTPException:
        response = _failure(ApiError(404, 10000, "CF-NotFound", "Unknown request"))
    response.headers["X-Vcap-Request-Id"] = f"{uuid4()}::{uuid4()}"
    return response


def _failure(error: ApiError) -> Response:
    body = {"errors": [{"code": error.code, "title": error.title, "detail": error.detail}]}
    return json_response(body, error.status)


def _root(visit: Visit) -> Response:
    return json_response(resources.root(visit.base))


def _v3(visit: Visit) -> Response:
    names = ("apps", "domains", "organizations", "processes", "roles", "routes", "security_groups", "spaces")
    links = {"self": {"href": f"{visit.base}/v3"}} | {name: {"href": f"{visit.base}/v3/{name}"} for name in names}
    return json_response({"links": links})


def _info(visit: Visit) -> Response:
    return json_response(
        {
            "build": "",
            "cli_version": {"minimum": "", "recommended": ""},
            "custom": {},
            "description": "cfnet's sandbox",
            "name": "sandbox",
            "version": 0,
            "links": {"self": {"href": f"{visit.base}/v3/info"}, "support": {"href": ""}},
        }
    )


def _list(asked: Listing[Row], visit: Visit) -> Response:
    with visit.store.reading() as db:
        viewer = _viewer(db, visit)
        page = listing.page_of(db, visit, asked, viewer)
        extra = _included(db, visit, page.rows, listing.included(visit, asked))
    return _page(asked, visit, page, extra)


def _single(asked: Listing[Row], visit: Visit, guid: str) -> Response:
    with visit.store.reading() as db:
        row = _find(asked, db, visit, guid)
    return json_response(asked.show(row, visit.base))


def _processes_of_app(visit: Visit, guid: str) -> Response:
    with visit.store.reading() as db:
        _find(APPS, db, visit, guid)
        row = _find(PROCESSES, db, visit, guid)
    return _page(PROCESSES, visit, Page([row], total=1), {})


def _process_of_app(visit: Visit, guid: str, kind: str) -> Response:
    with visit.store.reading() as db:
        row = _web_process(db, visit, guid, kind)
    return json_response(resources.process(row, visit.base))


def _stats(visit: Visit, guid: str, kind: str = "web") -> Response:
    with visit.store.reading() as db:
        process = _web_process(db, visit, guid, kind)
        rows = db.execute(
            "SELECT instance, handle, address, ip, ports, since FROM containers JOIN cells ON cells.name = cell"
            " JOIN apps ON apps.guid = app_guid WHERE app_guid = ? ORDER BY instance",
            (process.app,),
        ).fetchall()
    return json_response({"resources": [resources.instance(InstanceRow(*row), visit.now) for row in rows]})


def _viewer(db: sqlite3.Connection, visit: Visit) -> Viewer:
    if "Authorization" not in visit.request.headers:
        raise ApiError(401, 10002, "CF-NotAuthenticated", "Authentication error")
    claims = bearer(db, visit)
    if claims is None:
        raise ApiError(401, 1000, "CF-InvalidAuthToken", "Invalid Auth Token")
    if not {"cloud_controller.read", *ADMIN_SCOPES} & set(claims.scopes):
        raise ApiError(403, 10003, "CF-NotAuthorized", "You are not authorized to perform the requested action")
    return Viewer(claims.subject, bool(ADMIN_SCOPES & set(claims.scopes)))


def _find(asked: Listing[Row], db: sqlite3.Connection, visit: Visit, guid: str) -> Row:
    found = listing.with_guids(db, asked, [guid], _viewer(db, visit))
    if not found:
        raise ApiError(404, 10010, "CF-ResourceNotFound", f"{asked.kind} not found")
    return found[0]


def _web_process(db: sqlite3.Connection, visit: Visit, guid: str, kind: str) -> ProcessRow:
    """The web process of that GUID, which is the app's; the sandbox's apps have no others."""
    return _find(PROCESSES, db, visit, guid if kind == "web" else "")


def _included(
    db: sqlite3.Connection, visit: Visit, rows: Sequence[object], wanted: set[str]
) -> dict[str, list[Resource]]:
    """The spaces of apps, and the orgs of spaces: of what the viewer sees, they see these too."""
    if not wanted:
        return {}
    everyone = Viewer("", sees_all=True)
    apps = [row for row in rows if isinstance(row, AppRow)]
    spaces = [row for row in rows if isinstance(row, SpaceRow)]
    shown: dict[str, list[Resource]] = {}
    if wanted & {"space", "space.organization"}:
        spaces = listing.with_guids(db, SPACES, {app.space for app in apps}, everyone)
        shown["spaces"] = [resources.space(space, visit.base) for space in spaces]
    if wanted & {"organization", "space.organization"}:
        orgs = listing.with_guids(db, ORGANIZATIONS, {space.org for space in spaces}, everyone)
        shown["organizations"] = [resources.organization(org, visit.base) for org in orgs]
    return shown


def _page(asked: Listing[Row], visit: Visit, page: Page[Row], extra: dict[str, list[Resource]]) -> Response:
    body: dict[str, object] = {
        "pagination": listing.pagination(visit, page),
        "resources": [asked.show(row, visit.base) for row in page.rows],
    }
    return json_response(body | ({"included": extra} if extra else {}))


ROUTES: Final = Map(
    [
        Rule("/", endpoint=_root, methods=["GET"]),
        Rule("/v3", endpoint=_v3, methods=["GET"]),
        Rule("/v3/info", endpoint=_info, methods=["GET"]),
        Rule("/v3/organizations", endpoint=partial(_list, ORGANIZATIONS), methods=["GET"]),
        Rule("/v3/organizations/<guid>", endpoint=partial(_single, ORGANIZATIONS), methods=["GET"]),
        Rule("/v3/spaces", endpoint=partial(_list, SPACES), methods=["GET"]),
        Rule("/v3/spaces/<guid>", endpoint=partial(_single, SPACES), methods=["GET"]),
        Rule("/v3/apps", endpoint=partial(_list, APPS), methods=["GET"]),
        Rule("/v3/apps/<guid>", endpoint=partial(_single, APPS), methods=["GET"]),
        Rule("/v3/apps/<guid>/processes", endpoint=_processes_of_app, methods=["GET"]),
        Rule("/v3/apps/<guid>/processes/<kind>", endpoint=_process_of_app, methods=["GET"]),
        Rule("/v3/apps/<guid>/processes/<kind>/stats", endpoint=_stats, methods=["GET"]),
        Rule("/v3/processes", endpoint=partial(_list, PROCESSES), methods=["GET"]),
        Rule("/v3/processes/<guid>", endpoint=partial(_single, PROCESSES), methods=["GET"]),
        Rule("/v3/processes/<guid>/stats", endpoint=_stats, methods=["GET"]),
        Rule("/v3/roles", endpoint=partial(_list, ROLES), methods=["GET"]),
        Rule("/v3/security_groups", endpoint=partial(_list, catalogue.SECURITY_GROUPS), methods=["GET"]),
        Rule("/v3/routes", endpoint=partial(_list, catalogue.ROUTES), methods=["GET"]),
        Rule("/v3/domains", endpoint=partial(_list, catalogue.DOMAINS), methods=["GET"]),
    ],
    merge_slashes=False,
)
