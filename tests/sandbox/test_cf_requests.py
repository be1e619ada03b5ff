"""The requests of `cf` 9 over HTTP, in its order: each field that it reads is present and has its type."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import httpx  # noqa: TID253 - these tests call the API like any client
import pytest

from cfnet.sandbox import Foundation, serve
from cfnet.sandbox.security_groups import faults
from tests.sandbox.shop import BACKEND, FRONTEND, SHOP

Shape = object
"""A type, a literal, a pattern, a dictionary of required fields, or a list whose items have one shape."""

GUID = re.compile(".+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LINK = {"self": {"href": re.compile("http://127.0.0.1:.+")}}
BASIC = {"guid": GUID, "created_at": TIME, "updated_at": TIME, "links": LINK}
METADATA = {"labels": dict, "annotations": dict}
PAGINATION = {"total_results": int, "total_pages": int, "first": dict, "last": dict, "next": None, "previous": None}


def page(*items: Shape) -> dict[str, Shape]:
    """The shape of a list with exactly these items."""
    return {"pagination": PAGINATION | {"total_results": len(items)}, "resources": items}


def to_one(guid: Shape) -> Shape:
    """The shape of a to-one relationship."""
    return {"data": {"guid": guid}}


def an_app(name: Shape = str, state: str = "STARTED", guid: Shape = GUID) -> dict[str, Shape]:
    """The shape of an app."""
    return BASIC | {
        "guid": guid,
        "name": name,
        "state": state,
        "lifecycle": {"type": "buildpack", "data": {"buildpacks": [], "stack": str}},
        "relationships": {"space": to_one(GUID)},
        "metadata": METADATA,
    }


def a_process(instances: int) -> dict[str, Shape]:
    """The shape of a process."""
    check = {"type": str, "data": {"timeout": None, "invocation_timeout": None, "interval": None}}
    return BASIC | {
        "type": "web",
        "instances": instances,
        "command": None,
        "memory_in_mb": int,
        "disk_in_mb": int,
        "log_rate_limit_in_bytes_per_second": int,
        "health_check": check,
        "readiness_health_check": dict,
        "relationships": {"app": to_one(GUID)},
    }


RUNS = {
    "type": "web",
    "index": int,
    "state": "RUNNING",
    "routable": True,
    "host": str,
    "instance_internal_ip": str,
    "uptime": int,
    "mem_quota": int,
    "disk_quota": int,
    "log_rate_limit": int,
    "isolation_segment": None,
    "details": None,
    "usage": {"cpu": float, "cpu_entitlement": float, "mem": int, "disk": int, "log_rate": int, "time": TIME},
}
DOWN = {"type": "web", "index": int, "state": "DOWN", "routable": False, "uptime": 0, "details": None}
ORG = BASIC | {
    "name": str,
    "suspended": False,
    "relationships": {"quota": to_one(GUID)},
    "metadata": METADATA,
}
SPACE = BASIC | {
    "name": str,
    "relationships": {"organization": to_one(GUID), "quota": {"data": None}},
    "metadata": METADATA,
}
QUOTA = BASIC | {
    "name": "default",
    "apps": {
        "total_memory_in_mb": None,
        "per_process_memory_in_mb": None,
        "total_instances": None,
        "per_app_tasks": None,
        "log_rate_limit_in_bytes_per_second": None,
    },
    "services": {"paid_services_allowed": True, "total_service_instances": None, "total_service_keys": None},
    "routes": {"total_routes": None, "total_reserved_ports": None},
    "domains": {"total_domains": None},
    "relationships": {"organizations": {"data": list}},
}
DROPLET = BASIC | {
    "state": "STAGED",
    "error": None,
    "lifecycle": {"type": "buildpack", "data": dict},
    "buildpacks": [],
    "stack": str,
    "image": None,
    "process_types": dict,
}
JOB = BASIC | {"state": "COMPLETE", "operation": str, "errors": [], "warnings": []}
RULES = [{"protocol": "tcp", "destination": "10.0.0.0/24", "ports": "443,8443", "log": True, "description": "x"}]
MORE_RULES = [
    *RULES,
    {"protocol": "icmp", "destination": "10.0.0.1-10.0.0.9", "type": 8, "code": 0},
    {"protocol": "all", "destination": "192.0.2.1"},
]


def a_group(
    *, rules: Shape = (), running: bool = False, staging: bool = False, spaces: tuple[Shape, ...] = ()
) -> dict[str, Shape]:
    """The shape of a security group."""
    return BASIC | {
        "name": "asg",
        "globally_enabled": {"running": running, "staging": staging},
        "rules": rules,
        "relationships": {
            "running_spaces": {"data": tuple({"guid": space} for space in spaces)},
            "staging_spaces": {"data": ()},
        },
    }


class Call(NamedTuple):
    """A request and its response. `{x}` in a path or body is a value that an earlier call stored by `keep`."""

    method: str
    path: str
    status: int
    shape: Shape
    body: object = None
    keep: str = ""


def get(path: str, shape: Shape, status: int = 200, keep: str = "") -> Call:
    """A request that only reads."""
    return Call("GET", path, status, shape, keep=keep)


def job(method: str, path: str) -> tuple[Call, Call]:
    """A request that starts a job, and a request for the job."""
    return Call(method, path, 202, None), get("{Location}", JOB)


FIND_FRONTEND = get("/v3/apps?names=frontend&page=1&per_page=1&space_guids=space-web", page(an_app()))
FIND_WEB = get("/v3/spaces?names=web&organization_guids=org-shop&page=1&per_page=1", page(SPACE))
FIND_SHOP = get("/v3/organizations?names=shop&page=1&per_page=1", page(ORG))
FIND_GROUP = get("/v3/security_groups?names=asg&page=1&per_page=1", page(BASIC), keep="group")
NONE = page()


def app_calls(instances: int, stats: tuple[Shape, ...], state: str = "STARTED") -> tuple[Call, ...]:
    """The requests of `cf app frontend`."""
    find = "/v3/apps?names=frontend&page=1&per_page=1&space_guids=space-web"
    return (
        get(find, page(an_app("frontend", state, FRONTEND))),
        get(f"/v3/apps/{FRONTEND}/processes", page(a_process(instances))),
        get(f"/v3/processes/{FRONTEND}/sidecars", NONE),
        get(f"/v3/processes/{FRONTEND}/stats", {"resources": stats}),
        get(f"/v3/apps/{FRONTEND}/routes", NONE),
        get(f"/v3/apps/{FRONTEND}/droplets/current", DROPLET),
        get(
            f"/v3/deployments?app_guids={FRONTEND}&order_by=-created_at&page=1&per_page=1&status_values=ACTIVE",
            NONE,
        ),
    )


START_CALLS = (
    FIND_FRONTEND._replace(shape=page(an_app(state="STOPPED"))),
    get(f"/v3/packages?app_guids={FRONTEND}&order_by=-created_at&page=1&per_page=1", NONE),
    get(f"/v3/apps/{FRONTEND}/droplets/current", DROPLET),
    Call("POST", f"/v3/apps/{FRONTEND}/actions/start", 200, an_app()),
)
STOP_CALL = Call("POST", f"/v3/apps/{FRONTEND}/actions/stop", 200, an_app(state="STOPPED"))
SCALE_CALL = Call("POST", f"/v3/apps/{FRONTEND}/processes/web/actions/scale", 202, a_process(3), body={"instances": 3})
CREATE_GROUP = Call(
    "POST",
    "/v3/security_groups",
    201,
    a_group(rules=RULES),
    body={"name": "asg", "rules": RULES},
    keep="group",
)


def role(kind: str, where: str, guid: str, status: int = 201, user: str = "dev") -> Call:
    """A role for a user."""
    body = {
        "type": kind,
        "relationships": {
            "user": {"data": {"username": user, "origin": "uaa"}},
            where: {"data": {"guid": guid}},
        },
    }
    shape: Shape = {"guid": GUID, "type": kind, "relationships": {"user": to_one(GUID), where: to_one(GUID)}}
    if status != 201:
        shape = {"errors": ({"code": 10008, "title": "CF-UnprocessableEntity", "detail": str},)}
    return Call("POST", "/v3/roles", status, shape, body=body)


PROCESSES = "/v3/processes?embed=process_instances&space_guids=space-web"
INSTANCE = {"index": int, "state": "RUNNING", "since": int}
COMMANDS = [
    pytest.param(
        (
            get(
                "/v3/apps?order_by=name&per_page=5000&space_guids=space-web",
                page(an_app("Backend, new"), an_app("frontend")),
            ),
            get(
                PROCESSES,
                page(
                    a_process(2) | {"process_instances": (INSTANCE, INSTANCE)},
                    a_process(1) | {"process_instances": (INSTANCE,)},
                ),
            ),
            get(f"/v3/routes?app_guids={FRONTEND}%2C{BACKEND}", NONE),
        ),
        id="apps",
    ),
    pytest.param(app_calls(2, (RUNS, RUNS)), id="app"),
    pytest.param((FIND_FRONTEND, SCALE_CALL, *app_calls(3, (RUNS, RUNS, RUNS))), id="scale"),
    pytest.param((FIND_FRONTEND, STOP_CALL, *app_calls(2, (DOWN, DOWN), "STOPPED")), id="stop"),
    pytest.param((STOP_CALL, *START_CALLS, *app_calls(2, (RUNS, RUNS))), id="stop, start"),
    pytest.param((FIND_FRONTEND, STOP_CALL, *START_CALLS, *app_calls(2, (RUNS, RUNS))), id="restart"),
    pytest.param(
        (
            FIND_FRONTEND,
            *job("DELETE", f"/v3/apps/{FRONTEND}"),
            FIND_FRONTEND._replace(shape=NONE),
        ),
        id="delete",
    ),
    pytest.param(
        (
            FIND_FRONTEND,
            Call("PATCH", f"/v3/apps/{FRONTEND}", 200, an_app("front", guid=FRONTEND), body={"name": "front"}),
        ),
        id="rename",
    ),
    pytest.param(
        (
            Call(
                "POST",
                "/v3/apps",
                201,
                an_app("new", "STOPPED"),
                body={"name": "new", "relationships": {"space": {"data": {"guid": "space-web"}}}},
                keep="app",
            ),
            get("/v3/apps/{app}/processes", page(a_process(1))),
            get("/v3/processes/{app}/stats", {"resources": (DOWN,)}),
            Call("POST", "/v3/apps/{app}/actions/start", 200, an_app("new")),
            get("/v3/processes/{app}/stats", {"resources": (RUNS,)}),
        ),
        id="create-app, start",
    ),
    pytest.param(
        (
            FIND_SHOP,
            get("/v3/organizations/org-shop/domains", NONE),
            get("/v3/organization_quotas", page(QUOTA), keep="quota"),
            get("/v3/organization_quotas/{quota}", QUOTA),
            get("/v3/spaces?order_by=name&organization_guids=org-shop", page(SPACE, SPACE)),
            get("/v3/organizations/org-shop/relationships/default_isolation_segment", {"data": None}),
        ),
        id="org",
    ),
    pytest.param((get("/v3/organizations?order_by=name", page(ORG, ORG)),), id="orgs"),
    pytest.param((get("/v3/spaces?order_by=name&organization_guids=org-shop", page(SPACE, SPACE)),), id="spaces"),
    pytest.param(
        (
            FIND_WEB,
            get("/v3/organizations/org-shop", ORG),
            get("/v3/apps?space_guids=space-web", page(an_app(), an_app())),
            get("/v3/service_instances?space_guids=space-web", NONE),
            get("/v3/spaces/space-web/relationships/isolation_segment", {"data": None}),
            get("/v3/spaces/space-web/running_security_groups", NONE),
            get("/v3/spaces/space-web/staging_security_groups", NONE),
        ),
        id="space",
    ),
    pytest.param(
        (
            Call("POST", "/v3/organizations", 201, ORG, body={"name": "new", "suspended": False}, keep="org"),
            role("organization_manager", "organization", "{org}"),
            Call(
                "POST",
                "/v3/spaces",
                201,
                SPACE,
                body={"name": "s", "relationships": {"organization": {"data": {"guid": "{org}"}}}},
                keep="space",
            ),
            role("organization_user", "organization", "{org}"),
            role("space_manager", "space", "{space}"),
            role("organization_user", "organization", "{org}", status=422),
            role("space_developer", "space", "{space}"),
            *job("DELETE", "/v3/spaces/{space}"),
            *job("DELETE", "/v3/organizations/{org}"),
            get("/v3/organizations?names=new&page=1&per_page=1", NONE),
        ),
        id="create-org, create-space, delete-space, delete-org",
    ),
    pytest.param((get("/v3/security_groups", NONE), CREATE_GROUP), id="security-groups, create-security-group"),
    pytest.param(
        (
            CREATE_GROUP,
            FIND_GROUP,
            Call(
                "PATCH",
                "/v3/security_groups/{group}",
                200,
                a_group(rules=MORE_RULES),
                body={"rules": MORE_RULES},
            ),
            *job("DELETE", "/v3/security_groups/{group}"),
            FIND_GROUP._replace(shape=NONE, keep=""),
        ),
        id="update-security-group, delete-security-group",
    ),
    pytest.param(
        (
            CREATE_GROUP,
            Call(
                "PATCH",
                "/v3/security_groups/{group}",
                200,
                a_group(rules=RULES, running=True),
                body={"globally_enabled": {"running": True}},
            ),
            get("/v3/security_groups?globally_enabled_running=true", page(a_group(rules=RULES, running=True))),
            get("/v3/security_groups?globally_enabled_staging=true", NONE),
            get("/v3/spaces/space-pay/running_security_groups", page(a_group(rules=RULES, running=True))),
            Call(
                "PATCH",
                "/v3/security_groups/{group}",
                200,
                a_group(rules=RULES),
                body={"globally_enabled": {"running": False}},
            ),
        ),
        id="bind-running-security-group, unbind-running-security-group",
    ),
    pytest.param(
        (
            CREATE_GROUP,
            FIND_GROUP,
            FIND_SHOP,
            FIND_WEB,
            Call(
                "POST",
                "/v3/security_groups/{group}/relationships/running_spaces",
                200,
                {"data": ({"guid": "space-web"},), "links": LINK},
                body={"data": [{"guid": "space-web"}]},
            ),
            FIND_GROUP._replace(shape=page(a_group(rules=RULES, spaces=("space-web",)))),
            get(
                "/v3/spaces?guids=space-web&include=organization", page(SPACE) | {"included": {"organizations": [ORG]}}
            ),
            get("/v3/spaces/space-web/running_security_groups", page(BASIC)),
            get("/v3/spaces/space-pay/running_security_groups", NONE),
            get("/v3/security_groups?running_space_guids=space-web", page(BASIC)),
            get("/v3/security_groups?staging_space_guids=space-web", NONE),
            Call("DELETE", "/v3/security_groups/{group}/relationships/running_spaces/space-web", 204, None),
            FIND_GROUP._replace(shape=page(a_group(rules=RULES))),
        ),
        id="bind-security-group, security-group, unbind-security-group",
    ),
]


@pytest.fixture
def base() -> Iterator[str]:
    """The URL of the shop's foundation, served over HTTP."""
    with Foundation.open(None) as foundation:
        foundation.load(SHOP)
        with serve(foundation) as server:
            yield server.url


def logged_in(base: str, user: str, password: str) -> httpx.Client:
    """A client with a token of this user."""
    form = {"grant_type": "password", "username": user, "password": password}
    token = httpx.post(f"{base}/oauth/token", data=form, auth=("cf", "")).json()["access_token"]
    return httpx.Client(base_url=base, headers={"Authorization": f"bearer {token}"})


def filled(value: object, kept: Mapping[str, str]) -> object:
    """The value with every `{name}` in its texts replaced."""
    if isinstance(value, str):
        for name, guid in kept.items():
            value = value.replace(f"{{{name}}}", guid)
        return value
    if isinstance(value, dict):
        return {key: filled(each, kept) for key, each in value.items()}
    return [filled(each, kept) for each in value] if isinstance(value, list) else value


def differences(value: object, shape: Shape, at: str = "") -> list[str]:
    """Where the value differs from the shape."""
    match shape:
        case dict() if isinstance(value, dict):
            return [each for key, inner in shape.items() for each in field_differences(value, key, inner, at)]
        case tuple() | list() if isinstance(value, list) and len(value) == len(shape):
            pairs = enumerate(zip(value, shape, strict=True))
            return [each for number, (item, inner) in pairs for each in differences(item, inner, f"{at}[{number}]")]
        case re.Pattern():
            good = isinstance(value, str) and shape.fullmatch(value) is not None
        case type():
            good = type(value) is shape
        case _:
            good = value == shape and type(value) is type(shape)
    return [] if good else [f"{at}: {value!r} is not {shape}"]


def field_differences(value: Mapping[str, object], key: str, shape: Shape, at: str) -> list[str]:
    """Where a field differs from the shape."""
    return differences(value[key], shape, f"{at}.{key}") if key in value else [f"{at}.{key} is missing"]


@pytest.mark.parametrize("calls", COMMANDS)
def test_every_request_of_a_command(base: str, calls: tuple[Call, ...]) -> None:
    """In the order in which `cf` sends them, as an administrator."""
    kept: dict[str, str] = {}
    with logged_in(base, "root", "root-pass") as client:
        for call in calls:
            path = filled(call.path, kept)
            answer = client.request(call.method, str(path), json=filled(call.body, kept) if call.body else None)
            assert answer.status_code == call.status, (call, answer.text)
            if call.shape is not None:
                assert differences(answer.json(), call.shape) == [], (call.method, path)
            if call.keep:
                found = answer.json()
                kept[call.keep] = found["guid"] if "guid" in found else found["resources"][0]["guid"]
            if "Location" in answer.headers:
                kept["Location"] = answer.headers["Location"]


MAY_NOT = [
    pytest.param("POST", "/v3/organizations", {"name": "x"}, 403, id="create-org"),
    pytest.param("DELETE", "/v3/organizations/org-shop", None, 403, id="delete-org"),
    pytest.param("DELETE", "/v3/organizations/org-rival", None, 404, id="delete-org, without access"),
    pytest.param(
        "POST",
        "/v3/spaces",
        {"name": "x", "relationships": {"organization": {"data": {"guid": "org-shop"}}}},
        403,
        id="create-space",
    ),
    pytest.param(
        "POST",
        "/v3/spaces",
        {"name": "x", "relationships": {"organization": {"data": {"guid": "org-rival"}}}},
        422,
        id="create-space, without access",
    ),
    pytest.param("DELETE", "/v3/spaces/space-web", None, 403, id="delete-space"),
    pytest.param("DELETE", "/v3/spaces/space-rival", None, 404, id="delete-space, without access"),
    pytest.param("POST", "/v3/security_groups", {"name": "x"}, 403, id="create-security-group"),
    pytest.param("PATCH", "/v3/security_groups/x", {"rules": []}, 404, id="update-security-group, unknown"),
    pytest.param("POST", "/v3/apps/app-stranger/actions/stop", None, 404, id="stop, without access"),
    pytest.param("DELETE", "/v3/apps/app-stranger", None, 404, id="delete, without access"),
    pytest.param(
        "POST",
        "/v3/apps",
        {"name": "x", "relationships": {"space": {"data": {"guid": "space-rival"}}}},
        422,
        id="create-app, without access",
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), MAY_NOT)
def test_requests_that_a_developer_may_not_send(
    base: str, *, method: str, path: str, body: object, status: int
) -> None:
    """The errors are those of the Cloud Controller."""
    with logged_in(base, "writer", "writer-pass") as client:
        answer = client.request(method, path, json=body)
    titles = {403: "CF-NotAuthorized", 404: "CF-ResourceNotFound", 422: "CF-UnprocessableEntity"}
    assert (answer.status_code, answer.json()["errors"][0]["title"]) == (status, titles[status])


def test_requests_that_a_developer_may_send(base: str) -> None:
    """Everything with the apps of their spaces."""
    with logged_in(base, "writer", "writer-pass") as client:
        assert client.post(f"/v3/apps/{FRONTEND}/actions/stop").status_code == 200
        assert client.post(f"/v3/apps/{FRONTEND}/actions/restart").status_code == 200
        assert client.post(f"/v3/processes/{FRONTEND}/actions/scale", json={"instances": 0}).status_code == 202
        assert client.patch(f"/v3/apps/{FRONTEND}", json={"name": "x"}).status_code == 200
        assert client.delete(f"/v3/apps/{FRONTEND}").status_code == 202


def test_a_reader_cannot_change_anything(base: str) -> None:
    """Neither with a token without the scope to write, nor as an auditor."""
    for user, password in (("dev", "dev-pass"), ("auditor", "pass")):
        with logged_in(base, user, password) as client:
            assert client.post(f"/v3/apps/{FRONTEND}/actions/stop").status_code == 403


REFUSED = [
    pytest.param("POST", "/v3/apps", b"nonsense", 400, "invalid request body", id="not JSON"),
    pytest.param("POST", "/v3/apps", b"[" * 100_000, 400, "invalid request body", id="nested too deeply"),
    pytest.param("POST", "/v3/apps", b"[]", 400, "invalid request body", id="a list"),
    pytest.param("POST", "/v3/apps", b"{}", 422, "Name must be a string", id="no name"),
    pytest.param("POST", "/v3/apps", b'{"x": 1}', 422, "Unknown field(s): 'x'", id="an unknown field"),
    pytest.param("POST", "/v3/organizations", b'{"name": " "}', 422, "Name can't be blank", id="a blank name"),
    pytest.param(
        "POST",
        "/v3/organizations",
        b'{"name": "\\ud800"}',
        422,
        "Name must not contain characters that cannot be printed",
        id="half a surrogate pair",
    ),
    pytest.param(
        "POST",
        "/v3/organizations",
        b'{"name": "SHOP"}',
        422,
        "Organization 'SHOP' already exists.",
        id="a duplicate org",
    ),
    pytest.param(
        "POST",
        "/v3/spaces",
        b'{"name": "Web", "relationships": {"organization": {"data": {"guid": "org-shop"}}}}',
        422,
        "Name must be unique per organization",
        id="a duplicate space",
    ),
    pytest.param(
        "PATCH",
        f"/v3/apps/{BACKEND}",
        b'{"name": "FRONTEND"}',
        422,
        "App with the name 'FRONTEND' already exists.",
        id="a duplicate app",
    ),
    pytest.param(
        "POST",
        f"/v3/processes/{BACKEND}/actions/scale",
        b'{"instances": -1}',
        422,
        "Instances must be greater than or equal to 0",
        id="a negative number of instances",
    ),
    pytest.param(
        "POST",
        f"/v3/processes/{BACKEND}/actions/scale",
        b'{"instances": 99999999999999999999}',
        422,
        "The 2 cells have overlay IPs for only 500 more containers, not 99999999999999999998."
        " Scale other apps down first.",
        id="too many instances",
    ),
    pytest.param(
        "POST",
        "/v3/security_groups",
        b'{"name": "x", "rules": [{"protocol": "tcp", "destination": "10.0.0.0/8"}]}',
        422,
        "Rules[0]: ports are required for protocols of type TCP and UDP",
        id="a rule without ports",
    ),
    pytest.param(
        "POST",
        "/v3/security_groups",
        b'{"name": "x", "rules": [7, {"protocol": "all", "destination": "x", "a": 1, "ports": "1"}]}',
        422,
        'Rules[0]: must be an object, Rules[1]: unknown field(s): ["a"],'
        " Rules[1]: destination must contain valid CIDR(s), IP address(es), or IP address range(s),"
        " Rules[1]: ports are not allowed for protocols of type all",
        id="rules with many faults",
    ),
    pytest.param(
        "POST",
        "/v3/security_groups",
        b'{"name": "x", "rules": [{"protocol": "icmpv6", "destination": "10.0.0.1", "type": 8, "code": 256}]}',
        422,
        'Rules[0]: for protocol "icmpv6" you can only use IPv6 addresses,'
        " Rules[0]: code must be an integer between -1 and 255 (inclusive)",
        id="a rule for IPv6",
    ),
    pytest.param("POST", "/v3/apps/x/actions/start", b"", 404, "App not found", id="start of an unknown app"),
    pytest.param("GET", "/v3/jobs/x", b"", 404, "Job not found", id="an unknown job"),
    pytest.param(
        "POST", "/v3/buildpacks", b"{}", 404, "Unknown request", id="an endpoint that the sandbox does not have"
    ),
    pytest.param("PUT", "/v3/apps", b"{}", 404, "Unknown request", id="a wrong method"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "detail"), REFUSED)
def test_refused_requests(base: str, *, method: str, path: str, body: bytes, status: int, detail: str) -> None:
    """With the messages of the Cloud Controller, where it has them."""
    with logged_in(base, "root", "root-pass") as client:
        answer = client.request(method, path, content=body)
    assert answer.status_code == status
    assert detail in answer.json()["errors"][0]["detail"]


BAD_DESTINATION = "Rules[0]: destination must contain valid CIDR(s), IP address(es), or IP address range(s)"
BAD_RANGE = "Rules[0]: destination IP address range is invalid"
DESTINATIONS = [
    pytest.param("10.0.0.1", None, id="an address"),
    pytest.param("10.0.0.0/8", None, id="a network"),
    pytest.param("0.0.0.0/0", None, id="everything"),
    pytest.param("10.0.0.1/24", None, id="a network by one of its addresses"),
    pytest.param("10.0.0.1-10.0.0.9", None, id="a range"),
    pytest.param("2001:db8::1", None, id="an address of IPv6"),
    pytest.param("2000::/3", None, id="a network of IPv6"),
    pytest.param("::1-::9", None, id="a range of IPv6"),
    pytest.param("10.0.0.0/8,2000::/3", None, id="a list of both versions"),
    pytest.param("10.0.0.0/8, 2000::/3", "Rules[0]: destination must not contain whitespace", id="a blank"),
    pytest.param(
        "10.0.0.9-10.0.0.1",
        "Rules[0]: beginning of IP address range is numerically greater than the end of its range (range endpoints are"
        " inverted)",
        id="a range that ends before it begins",
    ),
    pytest.param("10.0.0.1-::1", BAD_RANGE, id="a range of two versions"),
    pytest.param("10.0.0.1-x", BAD_RANGE, id="a range without an end"),
    pytest.param("10.0.0.0/33", BAD_DESTINATION, id="a mask that is too long"),
    pytest.param("::/129", BAD_DESTINATION, id="a mask of IPv6 that is too long"),
    pytest.param("10.0.0.0/255.0.0.0", BAD_DESTINATION, id="a mask as an address"),
    pytest.param("10.0.0.0/-1", BAD_RANGE, id="a negative mask"),
    pytest.param("10.0.0", BAD_DESTINATION, id="three bytes"),
    pytest.param("010.0.0.1", BAD_DESTINATION, id="a leading zero"),
    pytest.param("", BAD_DESTINATION, id="empty"),
    pytest.param(1, "Rules[0]: destination must be a string", id="a number"),
    pytest.param(None, BAD_DESTINATION, id="none"),
]


@pytest.mark.parametrize(("destination", "fault"), DESTINATIONS)
def test_destinations_of_rules(destination: object, fault: str | None) -> None:
    """Addresses, networks and ranges, and lists of them."""
    assert faults([{"protocol": "all", "destination": destination}]) == ([fault] if fault else [])


MESSAGES = [
    pytest.param("icmp", "10.0.0.1", None, id="ICMP over IPv4"),
    pytest.param("icmp", "10.0.0.1,::1", 4, id="ICMP over IPv6"),
    pytest.param("icmpv6", "2000::/3", None, id="ICMPv6 over IPv6"),
    pytest.param("icmpv6", "10.0.0.1", 6, id="ICMPv6 over IPv4"),
]


@pytest.mark.parametrize(("protocol", "destination", "only"), MESSAGES)
def test_each_icmp_protocol_has_an_ip_version(protocol: str, destination: str, only: int | None) -> None:
    """A destination of the other version is refused."""
    fault = f'Rules[0]: for protocol "{protocol}" you can only use IPv{only} addresses'
    rule = {"protocol": protocol, "destination": destination, "type": 8, "code": 0}
    assert faults([rule]) == ([fault] if only else [])


@pytest.mark.parametrize(
    ("ports", "good"),
    [
        pytest.param("443", True, id="a port"),
        pytest.param("80,443, 8080", True, id="a list"),
        pytest.param("9000-9200", True, id="a range"),
        pytest.param("9200-9000", False, id="a range that ends before it begins"),
        pytest.param("80,9000-9200", False, id="a list with a range"),
        pytest.param("0", False, id="zero"),
        pytest.param("65536", False, id="too large"),
        pytest.param("", False, id="empty"),
        pytest.param("8_0", False, id="a Python literal"),
        pytest.param(80, False, id="a number"),
    ],
)
def test_ports_of_rules(ports: object, *, good: bool) -> None:
    """One port, a list of ports, or one range."""
    rule = {"protocol": "tcp", "destination": "10.0.0.1", "ports": ports}
    fault = (
        "Rules[0]: ports must be a valid single port, comma separated list of ports, or range or ports, formatted as a"
        " string"
    )
    assert faults([rule]) == ([] if good else [fault])


def test_a_developer_sees_the_groups_of_their_spaces(base: str) -> None:
    """A group shows only those of its spaces that the developer can see."""
    with logged_in(base, "root", "root-pass") as root:
        for name, spaces in (("theirs", ["space-web", "space-rival"]), ("others", ["space-rival"])):
            relationships = {"running_spaces": {"data": [{"guid": space} for space in spaces]}}
            made = root.post("/v3/security_groups", json={"name": name, "relationships": relationships})
            assert made.status_code == 201
        everyone = {"name": "all", "globally_enabled": {"staging": True}}
        assert root.post("/v3/security_groups", json=everyone).status_code == 201
    with logged_in(base, "writer", "writer-pass") as client:
        seen = client.get("/v3/security_groups").json()["resources"]
        unbound = client.delete(f"/v3/security_groups/{seen[0]['guid']}/relationships/running_spaces/space-web")
        hidden = client.delete(f"/v3/security_groups/{seen[0]['guid']}/relationships/running_spaces/space-rival")
    shown = {each["name"]: [s["guid"] for s in each["relationships"]["running_spaces"]["data"]] for each in seen}
    assert shown == {"theirs": ["space-web"], "all": []}
    assert (unbound.status_code, hidden.status_code) == (403, 422)
