"""The Cloud Controller's API."""

import json
import re

import pytest

from cfnet.sandbox import Foundation, WorldApp
from tests.sandbox.conftest import BASE, Calls
from tests.sandbox.shop import BACKEND, FRONTEND, PAYMENTS, SHOP, STRANGER


def test_root(client: Calls) -> None:
    """The links to all APIs; no login required."""
    answer = client(None).get("/")
    assert answer.status_code == 200
    assert answer.json() == {
        "links": {
            "self": {"href": BASE},
            "cloud_controller_v3": {"href": f"{BASE}/v3", "meta": {"version": "3.228.0"}},
            "network_policy_v1": {"href": f"{BASE}/networking/v1/external"},
            "login": {"href": BASE},
            "uaa": {"href": BASE},
            "credhub": None,
            "routing": None,
            "logging": None,
            "log_cache": None,
            "log_stream": None,
            "app_ssh": None,
        }
    }


def test_links_of_api_version_3(client: Calls) -> None:
    """Its links, and no support address."""
    caller = client(None)
    links = caller.get("/v3").json()["links"]
    assert {name: link["href"] for name, link in links.items() if name in {"self", "apps"}} == {
        "self": f"{BASE}/v3",
        "apps": f"{BASE}/v3/apps",
    }
    assert caller.get("/v3/info").json()["cli_version"] == {"minimum": "", "recommended": ""}


LISTS = [
    pytest.param("root", "/v3/organizations", ["org-shop", "org-rival"], id="all orgs"),
    pytest.param("root", "/v3/organizations?names=SHOP,rival", ["org-shop", "org-rival"], id="names in any case"),
    pytest.param("root", "/v3/organizations?order_by=name", ["org-rival", "org-shop"], id="by name"),
    pytest.param("root", "/v3/organizations?order_by=-name", ["org-shop", "org-rival"], id="by name, backwards"),
    pytest.param("root", "/v3/organizations?guids=org-rival,x", ["org-rival"], id="orgs by GUID"),
    pytest.param("root", "/v3/organizations?guids=", [], id="an empty filter finds nothing"),
    pytest.param("root", "/v3/spaces", ["space-web", "space-pay", "space-rival"], id="all spaces"),
    pytest.param("root", "/v3/spaces?names=web", ["space-web", "space-rival"], id="a space's name in every org"),
    pytest.param(
        "root", "/v3/spaces?names=WEB&organization_guids=org-rival", ["space-rival"], id="filters must all match"
    ),
    pytest.param("root", "/v3/spaces?guids=space-pay", ["space-pay"], id="spaces by GUID"),
    pytest.param("root", "/v3/apps", [FRONTEND, BACKEND, PAYMENTS, STRANGER], id="all apps"),
    pytest.param("root", "/v3/apps?names=frontend", [FRONTEND, STRANGER], id="an app's name in every space"),
    pytest.param("root", "/v3/apps?names=FrontEnd&space_guids=space-web", [FRONTEND], id="of one space"),
    pytest.param("root", "/v3/apps?names=backend%252C%20new,x", [BACKEND], id="a comma in a name, encoded twice"),
    pytest.param("root", "/v3/apps?names=backend%2C%20new", [], id="a comma that is encoded once separates"),
    pytest.param("root", f"/v3/apps?guids={PAYMENTS}%2C{FRONTEND}", [FRONTEND, PAYMENTS], id="apps by GUID"),
    pytest.param("root", "/v3/apps?organization_guids=org-rival", [STRANGER], id="apps of an org"),
    pytest.param("root", "/v3/apps?page=2&per_page=3", [STRANGER], id="the second page"),
    pytest.param("root", "/v3/apps?page=9", [], id="a page after the last"),
    pytest.param("root", "/v3/apps?per_page=5000&order_by=name", [BACKEND, FRONTEND, STRANGER, PAYMENTS], id="5000"),
    pytest.param("root", "/v3/processes", [FRONTEND, BACKEND, PAYMENTS, STRANGER], id="a web process of each app"),
    pytest.param("root", "/v3/processes?types=web,task&app_guids=app-payments", [PAYMENTS], id="processes of an app"),
    pytest.param("root", "/v3/processes?types=worker", [], id="no other processes"),
    pytest.param("root", "/v3/processes?space_guids=space-web", [FRONTEND, BACKEND], id="processes of a space"),
    pytest.param("root", f"/v3/apps/{FRONTEND}/processes", [FRONTEND], id="the app's own processes"),
    pytest.param("root", "/v3/security_groups?globally_enabled_running=true", [], id="no security groups"),
    pytest.param("root", f"/v3/routes?app_guids={FRONTEND}&per_page=5000", [], id="no routes"),
    pytest.param("root", "/v3/domains", [], id="no domains"),
    pytest.param("root", "/v3/roles?user_guids=nobody&types=space_developer", [], id="no roles"),
    pytest.param("dev", "/v3/organizations", ["org-shop"], id="a developer sees the org of their spaces"),
    pytest.param("dev", "/v3/spaces", ["space-web", "space-pay"], id="a developer sees their spaces"),
    pytest.param("dev", "/v3/apps", [FRONTEND, BACKEND, PAYMENTS], id="a developer sees their apps"),
    pytest.param("dev", "/v3/processes", [FRONTEND, BACKEND, PAYMENTS], id="a developer sees their processes"),
    pytest.param("dev", f"/v3/apps?guids={STRANGER}", [], id="a developer does not see apps of other spaces"),
    pytest.param("auditor", "/v3/apps", [FRONTEND, BACKEND], id="an auditor sees the apps of the space"),
    pytest.param("manager", "/v3/apps", [FRONTEND, BACKEND, PAYMENTS], id="a manager sees the org's apps"),
    pytest.param("manager", "/v3/organizations", ["org-shop"], id="a manager sees the org"),
]


@pytest.mark.parametrize(("user", "path", "expected"), LISTS)
def test_lists(client: Calls, user: str, path: str, expected: list[str]) -> None:
    """Visibility, filters and order."""
    answer = client(user).get(path)
    assert answer.status_code == 200
    assert [resource["guid"] for resource in answer.json()["resources"]] == expected


def test_single_resources(foundation: Foundation, client: Calls) -> None:
    """A resource has the fields that clients read, and is the same alone and in a list."""
    foundation.load(SHOP)
    root = client("root")
    org, space, app = (
        root.get(path).json() for path in ("/v3/organizations/org-shop", "/v3/spaces/space-web", f"/v3/apps/{FRONTEND}")
    )
    process = root.get(f"/v3/processes/{FRONTEND}").json()
    assert (org["guid"], org["name"], org["links"]["self"]["href"]) == (
        "org-shop",
        "shop",
        f"{BASE}/v3/organizations/org-shop",
    )
    assert (space["name"], space["relationships"]["organization"]) == ("web", {"data": {"guid": "org-shop"}})
    assert (app["name"], app["state"], app["relationships"]["space"], app["metadata"]["labels"]) == (
        "frontend",
        "STARTED",
        {"data": {"guid": "space-web"}},
        {},
    )
    assert (process["type"], process["instances"], process["relationships"]["app"], process["links"]["stats"]) == (
        "web",
        2,
        {"data": {"guid": FRONTEND}},
        {"href": f"{BASE}/v3/processes/{FRONTEND}/stats"},
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", app["created_at"])
    for path, resource in (("organizations", org), ("spaces", space), ("apps", app), ("processes", process)):
        assert root.get(f"/v3/{path}").json()["resources"][0] == resource
    assert root.get(f"/v3/apps/{FRONTEND}/processes/web").json() == process


@pytest.mark.parametrize(
    ("path", "spaces", "orgs"),
    [
        pytest.param("/v3/apps?include=space", ["space-web", "space-pay"], None, id="the spaces of apps"),
        pytest.param(
            "/v3/apps?include=space.organization",
            ["space-web", "space-pay"],
            ["org-shop"],
            id="the orgs, with the spaces",
        ),
        pytest.param("/v3/apps?include=space,space.organization&names=x", [], [], id="nothing to include"),
        pytest.param("/v3/spaces?include=organization", None, ["org-shop"], id="the orgs of spaces"),
        pytest.param("/v3/apps", None, None, id="nothing asked for"),
    ],
)
def test_included_resources(client: Calls, path: str, spaces: list[str] | None, orgs: list[str] | None) -> None:
    """Related resources of a page are included once, on request."""
    included = client("dev").get(path).json().get("included", {})
    expected = {kind: guids for kind, guids in (("spaces", spaces), ("organizations", orgs)) if guids is not None}
    assert {kind: [each["guid"] for each in resources] for kind, resources in included.items()} == expected


def test_pagination(client: Calls) -> None:
    """The links keep the filters, with double encoding, and lead through all pages."""
    root = client("root")
    answer = root.get("/v3/apps?names=a%252Cb,frontend,payments&per_page=2&page=1").json()
    link = f"{BASE}/v3/apps?names=a%252Cb%2Cfrontend%2Cpayments&page={{}}&per_page=2"
    assert answer["pagination"] == {
        "total_results": 3,
        "total_pages": 2,
        "first": {"href": link.format(1)},
        "last": {"href": link.format(2)},
        "next": {"href": link.format(2)},
        "previous": None,
    }
    following = root.get(answer["pagination"]["next"]["href"]).json()
    assert following["pagination"]["previous"] == {"href": link.format(1)}
    assert following["pagination"]["next"] is None
    assert [app["guid"] for app in answer["resources"] + following["resources"]] == [FRONTEND, PAYMENTS, STRANGER]


def test_the_default_page_size_is_50(foundation: Foundation, client: Calls) -> None:
    """`cf` relies on it."""
    foundation.load(SHOP._replace(apps=tuple(WorldApp(f"app-{n}", "shop/web", instances=0) for n in range(101))))
    answer = client("root").get("/v3/apps").json()
    assert (len(answer["resources"]), answer["pagination"]["total_pages"]) == (50, 3)


def test_an_empty_list_has_one_page(client: Calls) -> None:
    assert client("root").get("/v3/apps?guids=").json()["pagination"] == {
        "total_results": 0,
        "total_pages": 1,
        "first": {"href": f"{BASE}/v3/apps?guids=&page=1&per_page=50"},
        "last": {"href": f"{BASE}/v3/apps?guids=&page=1&per_page=50"},
        "next": None,
        "previous": None,
    }


def test_stats(foundation: Foundation, client: Calls) -> None:
    """Each instance has its cell's address, its overlay IP and its container's handle."""
    root = client("root")
    by_process = root.get(f"/v3/processes/{FRONTEND}/stats").json()
    assert root.get(f"/v3/apps/{FRONTEND}/processes/web/stats").json() == by_process
    assert list(by_process) == ["resources"]
    assert [
        (each["type"], each["index"], each["state"], each["host"], each["instance_internal_ip"])
        for each in by_process["resources"]
    ] == [
        ("web", 0, "RUNNING", "10.0.16.4", "10.255.77.3"),
        ("web", 1, "RUNNING", "10.0.16.5", "10.255.78.3"),
    ]
    assert by_process["resources"][0]["instance_guid"] in json.loads(foundation.store("cell-1"))
    ports = root.get(f"/v3/processes/{BACKEND}/stats").json()["resources"][0]["instance_ports"]
    assert [port["internal"] for port in ports] == [8080, 8443]
    assert root.get(f"/v3/processes/{PAYMENTS}/stats").json() == {"resources": []}


FAILURES = [
    pytest.param("root", "/v3/apps?bogus=1", 400, 10005, "CF-BadQueryParameter", id="an unknown parameter"),
    pytest.param(
        "root", "/v3/organizations?include=space", 400, 10005, "CF-BadQueryParameter", id="an unsupported include"
    ),
    pytest.param("root", "/v3/apps?include=org", 400, 10005, "CF-BadQueryParameter", id="an unknown include"),
    pytest.param("root", "/v3/apps?per_page=0", 400, 10005, "CF-BadQueryParameter", id="0 per page"),
    pytest.param("root", "/v3/apps?per_page=5001", 400, 10005, "CF-BadQueryParameter", id="5001 per page"),
    pytest.param("root", "/v3/apps?per_page=x", 400, 10005, "CF-BadQueryParameter", id="x per page"),
    pytest.param("root", "/v3/apps?page=0", 400, 10005, "CF-BadQueryParameter", id="page 0"),
    pytest.param("root", "/v3/apps?page=-1", 400, 10005, "CF-BadQueryParameter", id="page -1"),
    pytest.param("root", "/v3/apps?order_by=guid", 400, 10005, "CF-BadQueryParameter", id="an unknown order"),
    pytest.param(
        "root", "/v3/security_groups?x=1", 400, 10005, "CF-BadQueryParameter", id="an error for an empty list, too"
    ),
    pytest.param("root", "/v3/apps/x", 404, 10010, "CF-ResourceNotFound", id="no such app"),
    pytest.param("root", "/v3/spaces/x", 404, 10010, "CF-ResourceNotFound", id="no such space"),
    pytest.param("root", "/v3/organizations/x", 404, 10010, "CF-ResourceNotFound", id="no such org"),
    pytest.param("root", "/v3/processes/x/stats", 404, 10010, "CF-ResourceNotFound", id="stats of an unknown process"),
    pytest.param(
        "root", f"/v3/apps/{FRONTEND}/processes/worker/stats", 404, 10010, "CF-ResourceNotFound", id="no such process"
    ),
    pytest.param("dev", f"/v3/apps/{STRANGER}", 404, 10010, "CF-ResourceNotFound", id="an app without access"),
    pytest.param("dev", "/v3/organizations/org-rival", 404, 10010, "CF-ResourceNotFound", id="an org without access"),
    pytest.param(
        "dev", f"/v3/processes/{STRANGER}/stats", 404, 10010, "CF-ResourceNotFound", id="stats without access"
    ),
    pytest.param("root", "/v3/bogus", 404, 10000, "CF-NotFound", id="an unknown path"),
    pytest.param("root", "/v3/apps/", 404, 10000, "CF-NotFound", id="a trailing slash"),
    pytest.param(None, "/v3/apps", 401, 10002, "CF-NotAuthenticated", id="without a token"),
    pytest.param("guest", "/v3/apps", 403, 10003, "CF-NotAuthorized", id="a token without the scope"),
]


@pytest.mark.parametrize(("user", "path", "status", "code", "title"), FAILURES)
def test_errors(client: Calls, *, user: str | None, path: str, status: int, code: int, title: str) -> None:
    """In the format of version 3, with a request id."""
    answer = client(user).get(f"{BASE}{path}")
    assert answer.status_code == status
    (error,) = answer.json()["errors"]
    assert (error["code"], error["title"]) == (code, title)
    assert re.fullmatch("[0-9a-f-]{36}::[0-9a-f-]{36}", answer.headers["X-Vcap-Request-Id"])


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        pytest.param(
            "/v3/organizations?bogus=1",
            "The query parameter is invalid: Unknown query parameter(s): 'bogus'. Valid parameters are: 'page',"
            " 'per_page', 'order_by', 'names', 'guids'",
            id="an unknown parameter",
        ),
        pytest.param(
            "/v3/apps?include=x",
            "The query parameter is invalid: Invalid included resource: 'x'. Valid included resources are: 'space',"
            " 'space.organization'",
            id="an unknown include",
        ),
        pytest.param(
            "/v3/apps?per_page=0",
            "The query parameter is invalid: Per page must be between 1 and 5000",
            id="a page size",
        ),
        pytest.param(
            "/v3/apps?order_by=x",
            "The query parameter is invalid: Order by can only be: 'created_at', 'updated_at', 'name'",
            id="an order",
        ),
        pytest.param("/v3/spaces/x", "Space not found", id="no such space"),
        pytest.param("/v3/x", "Unknown request", id="an unknown path"),
    ],
)
def test_error_details(client: Calls, path: str, detail: str) -> None:
    """The messages of the Cloud Controller."""
    assert client("root").get(path).json()["errors"][0]["detail"] == detail


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("bearer nonsense", id="nonsense"),
        pytest.param("Basic YTpi", id="a password"),
        pytest.param("", id="empty"),
    ],
)
def test_invalid_tokens_are_refused(client: Calls, authorization: str) -> None:
    """Only a valid access token is accepted."""
    answer = client(None).get("/v3/apps", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.json() == {"errors": [{"code": 1000, "title": "CF-InvalidAuthToken", "detail": "Invalid Auth Token"}]}


def test_an_expired_token(foundation: Foundation, client: Calls) -> None:
    """As `cf` sees it if it does not refresh."""
    token = foundation.sign_in("root", seconds=-1).access
    answer = client(None).get("/v3/apps", headers={"Authorization": f"bearer {token}"})
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (401, "Invalid Auth Token")
