"""The Cloud Controller's client, against the sandbox over HTTP."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from cfnet.errors import ServerTrouble
from cfnet.foundation.api.cloud_controller import CloudController
from cfnet.foundation.http.wire import Wire
from cfnet.foundation.session.connection import Connection
from cfnet.operations.environment_session import log_in
from cfnet.sandbox import DEFAULT, Role, WorldApp, WorldSpace
from tests.conftest import Served
from tests.foundation.test_policy_server import session_at
from tests.scripted_server import Reply, scripted


@contextmanager
def cloud_controller(served: Served, user: str = "admin") -> Iterator[CloudController]:
    """The client of a user of the sandbox; login requests are not counted."""
    with Wire() as wire:
        connection = Connection(log_in(served.ci(user), wire), wire)
        served.foundation.requests.clear()
        yield CloudController(connection)


def test_a_list_of_several_pages_is_complete_and_in_order(served: Served) -> None:
    """The first page has the number of pages; the others are requested in parallel."""
    names = [f"app{number}" for number in range(10_001)]
    served.foundation.load(DEFAULT._replace(apps=tuple(WorldApp(name, "demo/dev", instances=0) for name in names)))
    with cloud_controller(served) as client:
        assert [app.name for app in client.apps()] == names
    assert len(served.asked) == 3


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"names": ["APPA"]}, ["appA"]),
        ({"names": ["appA", "appB", "nope"]}, ["appA", "appB"]),
        ({"names": ["with,comma"]}, ["with,comma"]),
        ({"names": ["a b&c=d"]}, ["a b&c=d"]),
        ({"guids": ["2f978b7f-b3d2-4f50-b08f-776634a6e411"]}, ["appA"]),
        ({"names": ["appA"], "guids": ["c7de6123-d906-4c65-9717-c5d040568c76"]}, []),
    ],
    ids=["a name in capitals", "several names", "a name with a comma", "a name that must be quoted", "a GUID", "both"],
)
def test_filters_find_the_named_resources(filters: dict[str, list[str]], found: list[str], served: Served) -> None:
    """The values of one filter are alternatives; all filters must match."""
    odd = tuple(WorldApp(name, "demo/dev", instances=0) for name in ("with", "comma", "with,comma", "a b&c=d"))
    served.foundation.load(DEFAULT._replace(apps=(*DEFAULT.apps, *odd)))
    with cloud_controller(served) as client:
        assert [app.name for app in client.apps(**filters)] == found


@pytest.mark.parametrize("filters", [{"names": []}, {"names": [""]}, {"names": ["x" * 300]}, {"guids": []}])
def test_impossible_filters_send_no_request(filters: dict[str, list[str]], served: Served) -> None:
    """No names, an empty name, a name longer than allowed; no GUIDs."""
    with cloud_controller(served) as client:
        assert client.apps(**filters) == []
    assert served.asked == []


def test_an_app_comes_with_its_space_and_org(served: Served) -> None:
    """One request yields all three names."""
    with cloud_controller(served) as client:
        assert [app.path for app in client.apps(names=["appA"])] == ["demo/dev/appA"]
    assert len(served.asked) == 1


def test_the_spaces_in_which_a_user_is_a_developer(served: Served) -> None:
    """For a developer, an auditor, and a user with neither role."""
    users = (
        DEFAULT.users[1]._replace(
            roles=(Role("space_developer", "demo/dev"), Role("space_auditor", "demo/ops"), Role("org_user", "demo")),
            guid="user-dev",
        ),
    )
    spaces = (*DEFAULT.spaces, WorldSpace("ops", "demo"))
    served.foundation.load(DEFAULT._replace(users=users, spaces=spaces))
    with cloud_controller(served, "dev") as client:
        assert client.developed_spaces("user-dev") == ["49dae64f-8231-4294-9882-1490c120f839"]
        assert client.developed_spaces("nobody") == []
    assert served.asked[0] == "GET /v3/roles?per_page=5000&types=space_developer&user_guids=user-dev"


def paged(total: object, *, next_until: int) -> Callable[[str, str], Reply]:
    """A list of apps, one per page; every page before page `next_until` links to a next one."""

    def script(_method: str, path: str) -> Reply:
        page = int(parse_qs(urlsplit(path).query).get("page", ["1"])[0])
        pagination = {"total_pages": total, "next": {"href": "/v3/organizations"} if page < next_until else None}
        listed = [{"guid": f"o{page}", "name": f"org{page}"}]
        return Reply(200, json.dumps({"pagination": pagination, "resources": listed}).encode())

    return script


def listed_from(script: Callable[[str, str], Reply]) -> tuple[list[str], int]:
    """The orgs of such a list, and the number of requests."""
    with scripted(script) as server, Wire() as wire:
        client = CloudController(Connection(session_at(server.url), wire))
        try:
            return [org.name for org in client.orgs()], len(server.asked)
        except ServerTrouble as error:
            return [str(error).replace(server.url.removeprefix("http://"), "HOST")], len(server.asked)


def test_a_list_that_grows_while_it_is_read_is_complete() -> None:
    """The last announced page links to another one; or no number of pages is announced."""
    assert listed_from(paged(2, next_until=4)) == (["org1", "org2", "org3", "org4"], 4)
    assert listed_from(paged(None, next_until=3)) == (["org1", "org2", "org3"], 3)
    assert listed_from(paged(0, next_until=0)) == (["org1"], 1)


@pytest.mark.parametrize("total", [1_001, 10**12, -1, None], ids=str)
def test_an_endless_list_is_refused(total: int | None) -> None:
    """An implausible number of pages is not requested; an endless chain of pages is given up."""
    most = 1_000
    result = f"{total if total and total > most else most + 1:,}"
    assert listed_from(paged(total, next_until=10**12)) == (
        [f"HOST reports a list of {result} pages or more; cfnet reads at most 1,000."],
        1 if total and total > most else most,
    )
