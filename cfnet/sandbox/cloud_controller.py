"""The Cloud Controller's API v3, as far as `cf` needs it: login, apps, orgs, spaces and security groups.

Read-only requests are handled here; requests that make changes have their own modules.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final
from uuid import uuid4

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from cfnet.sandbox import (
    app_requests,
    callers,
    catalogue,
    jobs,
    listing,
    org_requests,
    resources,
    security_group_requests,
    security_groups,
)
from cfnet.sandbox.api_errors import ApiError, not_found
from cfnet.sandbox.callers import Caller
from cfnet.sandbox.catalogue import APPS, ORGANIZATIONS, PROCESSES, ROLES, SECURITY_GROUPS, SPACES
from cfnet.sandbox.faults import Unusable
from cfnet.sandbox.listing import BadQuery, ResourceList, ResultPage, Row, Viewer
from cfnet.sandbox.request_context import RequestContext, json_response
from cfnet.sandbox.resources import AppRow, InstanceRow, OrgRow, ProcessRow, Resource, SpaceRow
from cfnet.sandbox.security_group_requests import LIFECYCLES
from cfnet.sandbox.security_groups import SecurityGroupRow


def answer(context: RequestContext) -> Response:
    """Handle a request for any path that does not belong to the other two servers."""
    try:
        handler, arguments = ROUTES.bind_to_environ(context.request.environ).match()
        response: Response = handler(context, **arguments)
    except ApiError as error:
        response = error.response()
    except BadQuery as error:
        response = ApiError(400, 10005, "CF-BadQueryParameter", f"The query parameter is invalid: {error}").response()
    except Unusable as error:
        response = ApiError(500, 10001, "UnknownError", error.message).response()
    except HTTPException:
        response = ApiError(404, 10000, "CF-NotFound", "Unknown request").response()
    response.headers["X-Vcap-Request-Id"] = f"{uuid4()}::{uuid4()}"
    return response


def _root(context: RequestContext) -> Response:
    return json_response(resources.root(context.base))


def _v3(context: RequestContext) -> Response:
    names = (
        *("apps", "deployments", "domains", "organization_quotas", "organizations", "packages", "processes", "roles"),
        *("routes", "security_groups", "service_instances", "spaces"),
    )
    links = {"self": {"href": f"{context.base}/v3"}} | {name: {"href": f"{context.base}/v3/{name}"} for name in names}
    return json_response({"links": links})


def _info(context: RequestContext) -> Response:
    return json_response(
        {
            "build": "",
            "cli_version": {"minimum": "", "recommended": ""},
            "custom": {},
            "description": "cfnet's sandbox",
            "name": "sandbox",
            "version": 0,
            "links": {"self": {"href": f"{context.base}/v3/info"}, "support": {"href": ""}},
        }
    )


def _list(asked: ResourceList[Row], context: RequestContext) -> Response:
    with context.store.reading() as db:
        return _listed(db, asked, context, callers.reader(db, context))


def _listed(db: sqlite3.Connection, asked: ResourceList[Row], context: RequestContext, caller: Caller) -> Response:
    page = listing.page_of(db, context, asked, caller.viewer)
    extra = _included(db, context, page.rows, listing.included(context, asked))
    return _page(page, context, _shown(db, asked, context, page.rows), extra)


def _single(asked: ResourceList[Row], context: RequestContext, guid: str) -> Response:
    with context.store.reading() as db:
        row = callers.find(db, asked, callers.reader(db, context), guid)
    return json_response(asked.show(row, context.base))


def _list_of(parent: ResourceList[Row], asked: ResourceList[OrgRow], context: RequestContext, guid: str) -> Response:
    """Handle a request for a list that belongs to another resource."""
    with context.store.reading() as db:
        caller = callers.reader(db, context)
        callers.find(db, parent, caller, guid)
        return _listed(db, asked, context, caller)


def _security_groups(context: RequestContext) -> Response:
    with context.store.reading() as db:
        return _groups(db, SECURITY_GROUPS, context, callers.reader(db, context))


def _security_groups_of_space(lifecycle: str, context: RequestContext, guid: str) -> Response:
    with context.store.reading() as db:
        caller = callers.reader(db, context)
        callers.find(db, SPACES, caller, guid)
        return _groups(db, catalogue.of_space(lifecycle, guid), context, caller)


def _security_group(context: RequestContext, guid: str) -> Response:
    with context.store.reading() as db:
        caller = callers.reader(db, context)
        row = callers.find(db, SECURITY_GROUPS, caller, guid)
        (seen,) = _as_seen(db, [row], caller)
    return json_response(security_groups.show(seen, context.base))


def _groups(
    db: sqlite3.Connection, asked: ResourceList[SecurityGroupRow], context: RequestContext, caller: Caller
) -> Response:
    page = listing.page_of(db, context, asked, caller.viewer)
    seen = _as_seen(db, page.rows, caller)
    return _page(page, context, [security_groups.show(row, context.base) for row in seen], {})


def _as_seen(db: sqlite3.Connection, rows: Sequence[SecurityGroupRow], caller: Caller) -> list[SecurityGroupRow]:
    """Remove the spaces that the caller cannot see from the groups."""
    if caller.viewer.sees_all:
        return list(rows)
    bound = {guid for row in rows for text in (row.running_spaces, row.staging_spaces) for guid in json.loads(text)}
    seen = frozenset(space.guid for space in listing.with_guids(db, SPACES, bound, caller.viewer))
    return [security_groups.only_spaces(row, seen) for row in rows]


def _processes_of_app(context: RequestContext, guid: str) -> Response:
    with context.store.reading() as db:
        caller = callers.reader(db, context)
        callers.find(db, APPS, caller, guid)
        row = callers.find(db, PROCESSES, caller, guid)
        return _page(ResultPage([row], total=1), context, _shown(db, PROCESSES, context, [row]), {})


def _process_of_app(context: RequestContext, guid: str, kind: str) -> Response:
    with context.store.reading() as db:
        row = _web_process(db, context, guid, kind)
    return json_response(resources.process(row, context.base))


def _stats(context: RequestContext, guid: str, kind: str = "web") -> Response:
    with context.store.reading() as db:
        process = _web_process(db, context, guid, kind)
        return json_response({"resources": _instances(db, process, context.now)})


def _droplet(context: RequestContext, guid: str) -> Response:
    with context.store.reading() as db:
        row = callers.find(db, APPS, callers.reader(db, context), guid)
    return json_response(resources.droplet(row, context.base))


def _org_quotas(context: RequestContext) -> Response:
    with context.store.reading() as db:
        caller = callers.reader(db, context)
        orgs = listing.page_of(db, context, catalogue.ORG_QUOTAS, caller.viewer)
        wanted = all(
            value in listing.values(context.request.args[name])
            for name, value in (("names", "default"), ("guids", resources.ORG_QUOTA))
            if name in context.request.args
        )
        shown = [resources.org_quota(_orgs_seen(db, caller), context.base)] if wanted else []
    return _page(orgs._replace(rows=[], total=len(shown)), context, shown, {})


def _org_quota(context: RequestContext, guid: str) -> Response:
    with context.store.reading() as db:
        orgs = _orgs_seen(db, callers.reader(db, context))
    if guid != resources.ORG_QUOTA:
        raise not_found("Organization quota")
    return json_response(resources.org_quota(orgs, context.base))


def _orgs_seen(db: sqlite3.Connection, caller: Caller) -> list[str]:
    every = [str(guid) for (guid,) in db.execute("SELECT guid FROM organizations ORDER BY id")]
    return [org.guid for org in listing.with_guids(db, ORGANIZATIONS, every, caller.viewer)]


def _no_isolation_segment(asked: ResourceList[Row], context: RequestContext, guid: str) -> Response:
    with context.store.reading() as db:
        callers.find(db, asked, callers.reader(db, context), guid)
    return json_response({"data": None, "links": {"self": {"href": f"{context.base}{context.request.path}"}}})


def _web_process(db: sqlite3.Connection, context: RequestContext, guid: str, kind: str) -> ProcessRow:
    """Find the web process with this GUID, which is also the app's GUID; there are no other processes."""
    return callers.find(db, PROCESSES, callers.reader(db, context), guid if kind == "web" else "")


def _instances(db: sqlite3.Connection, process: ProcessRow, now: float) -> list[Resource]:
    """List the instances of a process; those of a stopped app are down."""
    rows = db.execute(
        "SELECT instance, handle, address, ip, ports, since FROM containers JOIN cells ON cells.name = cell"
        " JOIN apps ON apps.guid = app_guid WHERE app_guid = ? ORDER BY instance",
        (process.app,),
    ).fetchall()
    running = {row[0]: resources.instance(InstanceRow(*row), now) for row in rows}
    return [running.get(number) or resources.down(number) for number in range(process.instances)]


def _shown(
    db: sqlite3.Connection, asked: ResourceList[Row], context: RequestContext, rows: Sequence[Row]
) -> list[Resource]:
    shown = [asked.show(row, context.base) for row in rows]
    if "process_instances" not in listing.embedded(context, asked):
        return shown
    return [
        {**resource, "process_instances": [resources.brief_instance(each) for each in _instances(db, row, context.now)]}
        for resource, row in zip(shown, rows, strict=True)
        if isinstance(row, ProcessRow)
    ]


def _included(
    db: sqlite3.Connection, context: RequestContext, rows: Sequence[object], wanted: set[str]
) -> dict[str, list[Resource]]:
    """Return the spaces of apps and the orgs of spaces, which are visible if the app or space is."""
    everyone = Viewer("", sees_all=True)
    spaces = [row for row in rows if isinstance(row, SpaceRow)]
    shown: dict[str, list[Resource]] = {}
    if wanted & {"space", "space.organization"}:
        spaces = listing.with_guids(db, SPACES, {row.space for row in rows if isinstance(row, AppRow)}, everyone)
        shown["spaces"] = [resources.space(space, context.base) for space in spaces]
    if wanted & {"organization", "space.organization"}:
        orgs = listing.with_guids(db, ORGANIZATIONS, {space.org for space in spaces}, everyone)
        shown["organizations"] = [resources.organization(org, context.base) for org in orgs]
    return shown


def _page(
    page: ResultPage[Row], context: RequestContext, shown: Sequence[Resource], extra: Mapping[str, Sequence[Resource]]
) -> Response:
    body: dict[str, object] = {"pagination": listing.pagination(context, page), "resources": shown}
    return json_response(body | ({"included": extra} if extra else {}))


def _rule(method: str, path: str, endpoint: Callable[..., Response]) -> Rule:
    return Rule(f"/v3/{path}", endpoint=endpoint, methods=[method])


ROUTES: Final = Map(
    [
        Rule("/", endpoint=_root, methods=["GET"]),
        Rule("/v3", endpoint=_v3, methods=["GET"]),
        _rule("GET", "info", _info),
        _rule("GET", "jobs/<guid>", jobs.show),
        _rule("GET", "organizations", partial(_list, ORGANIZATIONS)),
        _rule("POST", "organizations", org_requests.create_org),
        _rule("GET", "organizations/<guid>", partial(_single, ORGANIZATIONS)),
        _rule("DELETE", "organizations/<guid>", org_requests.delete_org),
        _rule("GET", "organizations/<guid>/domains", partial(_list_of, ORGANIZATIONS, catalogue.DOMAINS)),
        _rule(
            "GET",
            "organizations/<guid>/relationships/default_isolation_segment",
            partial(_no_isolation_segment, ORGANIZATIONS),
        ),
        _rule("GET", "organization_quotas", _org_quotas),
        _rule("GET", "organization_quotas/<guid>", _org_quota),
        _rule("GET", "spaces", partial(_list, SPACES)),
        _rule("POST", "spaces", org_requests.create_space),
        _rule("GET", "spaces/<guid>", partial(_single, SPACES)),
        _rule("DELETE", "spaces/<guid>", org_requests.delete_space),
        _rule("GET", "spaces/<guid>/relationships/isolation_segment", partial(_no_isolation_segment, SPACES)),
        *(
            _rule("GET", f"spaces/<guid>/{each}_security_groups", partial(_security_groups_of_space, each))
            for each in LIFECYCLES
        ),
        _rule("GET", "roles", partial(_list, ROLES)),
        _rule("POST", "roles", org_requests.create_role),
        _rule("GET", "apps", partial(_list, APPS)),
        _rule("POST", "apps", app_requests.create),
        _rule("GET", "apps/<guid>", partial(_single, APPS)),
        _rule("PATCH", "apps/<guid>", app_requests.update),
        _rule("DELETE", "apps/<guid>", app_requests.delete),
        _rule("POST", "apps/<guid>/actions/start", app_requests.start),
        _rule("POST", "apps/<guid>/actions/stop", app_requests.stop),
        _rule("POST", "apps/<guid>/actions/restart", app_requests.restart),
        _rule("GET", "apps/<guid>/droplets/current", _droplet),
        _rule("GET", "apps/<guid>/routes", partial(_list_of, APPS, catalogue.ROUTES)),
        _rule("GET", "apps/<guid>/processes", _processes_of_app),
        _rule("GET", "apps/<guid>/processes/<kind>", _process_of_app),
        _rule("GET", "apps/<guid>/processes/<kind>/stats", _stats),
        _rule("POST", "apps/<guid>/processes/<kind>/actions/scale", app_requests.scale),
        _rule("GET", "processes", partial(_list, PROCESSES)),
        _rule("GET", "processes/<guid>", partial(_single, PROCESSES)),
        _rule("GET", "processes/<guid>/stats", _stats),
        _rule("GET", "processes/<guid>/sidecars", partial(_list_of, PROCESSES, catalogue.SIDECARS)),
        _rule("POST", "processes/<guid>/actions/scale", app_requests.scale),
        _rule("GET", "security_groups", _security_groups),
        _rule("POST", "security_groups", security_group_requests.create),
        _rule("GET", "security_groups/<guid>", _security_group),
        _rule("PATCH", "security_groups/<guid>", security_group_requests.update),
        _rule("DELETE", "security_groups/<guid>", security_group_requests.delete),
        *(
            _rule(
                "POST",
                f"security_groups/<guid>/relationships/{each}_spaces",
                partial(security_group_requests.bind, each),
            )
            for each in LIFECYCLES
        ),
        *(
            _rule(
                "DELETE",
                f"security_groups/<guid>/relationships/{each}_spaces/<space>",
                partial(security_group_requests.unbind, each),
            )
            for each in LIFECYCLES
        ),
        _rule("GET", "routes", partial(_list, catalogue.ROUTES)),
        _rule("GET", "domains", partial(_list, catalogue.DOMAINS)),
        _rule("GET", "packages", partial(_list, catalogue.PACKAGES)),
        _rule("GET", "deployments", partial(_list, catalogue.DEPLOYMENTS)),
        _rule("GET", "service_instances", partial(_list, catalogue.SERVICE_INSTANCES)),
    ],
    merge_slashes=False,
)
