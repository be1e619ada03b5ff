"""The policy server's external API."""

import httpx  # noqa: TID253 - these tests call the API like any client
import pytest

from cfnet.policy import Policy
from cfnet.sandbox import Foundation, Settings
from tests.policies import policy
from tests.sandbox.conftest import BASE, Calls
from tests.sandbox.shop import BACKEND, FRONTEND, PAYMENTS, STRANGER, body_of

EXTERNAL = "/networking/v1/external"
POLICIES = f"{EXTERNAL}/policies"

WITHIN = policy(FRONTEND, BACKEND)
TO_PAY = policy(BACKEND, PAYMENTS, "5000-5010", "udp")
ACROSS = policy(FRONTEND, STRANGER)
DANGLING = policy(FRONTEND, "deleted")


def create(caller: httpx.Client, *wanted: Policy) -> httpx.Response:
    """Create policies."""
    return caller.post(POLICIES, json=body_of(*wanted))


def listed(caller: httpx.Client, query: str = "") -> object:
    """The policies that the policy server lists."""
    answer = caller.get(POLICIES + query)
    assert answer.status_code == 200
    return answer.json()


def expected(*wanted: Policy) -> object:
    """The expected list for these policies."""
    return {"total_policies": len(wanted), **body_of(*wanted)}


def test_create_list_and_delete(client: Calls) -> None:
    """Created policies are listed until they are deleted; both requests return an empty object."""
    root = client("root")
    assert listed(root) == expected()
    answer = create(root, WITHIN, TO_PAY)
    assert (answer.status_code, answer.text) == (200, "{}")
    assert listed(root) == expected(WITHIN, TO_PAY)
    answer = root.post(f"{POLICIES}/delete", json=body_of(WITHIN))
    assert (answer.status_code, answer.text) == (200, "{}")
    assert listed(root) == expected(TO_PAY)


def test_creating_and_deleting_are_idempotent(client: Calls) -> None:
    """A part of a port range is a different policy."""
    root = client("root")
    for _ in range(2):
        assert create(root, TO_PAY, TO_PAY).status_code == 200
    assert root.post(f"{POLICIES}/delete", json=body_of(policy(BACKEND, PAYMENTS, "5000", "udp"))).text == "{}"
    assert listed(root) == expected(TO_PAY)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", (WITHIN, TO_PAY, DANGLING), id="no filter"),
        pytest.param(f"?id={PAYMENTS},deleted", (TO_PAY, DANGLING), id="either end"),
        pytest.param(f"?id={PAYMENTS}%2Cdeleted", (TO_PAY, DANGLING), id="an encoded comma"),
        pytest.param(f"?source_id={FRONTEND}", (WITHIN, DANGLING), id="source"),
        pytest.param(f"?dest_id={BACKEND},{PAYMENTS}", (WITHIN, TO_PAY), id="destination"),
        pytest.param(f"?source_id={FRONTEND}&dest_id={BACKEND}", (WITHIN,), id="source and destination"),
        pytest.param(f"?id={PAYMENTS}&source_id={FRONTEND}", (TO_PAY,), id="id takes precedence"),
        pytest.param(f"?id={PAYMENTS}&id={FRONTEND}", (TO_PAY,), id="the first of two counts"),
        pytest.param(f"?id=x,%20{PAYMENTS}", (), id="blanks are not trimmed"),
        pytest.param(f"?id={PAYMENTS.upper()}", (), id="case counts"),
        pytest.param("?id=", (), id="an empty id matches nothing"),
        pytest.param("?source_id=", (), id="an empty source matches nothing"),
        pytest.param("?bogus=1", (WITHIN, TO_PAY, DANGLING), id="unknown parameters are ignored"),
    ],
)
def test_filters(client: Calls, query: str, found: tuple[Policy, ...]) -> None:
    root = client("root")
    create(root, WITHIN, TO_PAY, DANGLING)
    assert listed(root, query) == expected(*found)


def test_a_developer_sees_policies_with_both_ends_in_their_spaces(client: Calls) -> None:
    """Policies with other spaces' or deleted apps are hidden; auditors see none."""
    create(client("root"), WITHIN, ACROSS, TO_PAY, DANGLING)
    assert listed(client("dev")) == expected(WITHIN, TO_PAY)
    assert listed(client("auditor")) == expected()


REFUSED = "one or more applications cannot be found or accessed"


@pytest.mark.parametrize(
    ("user", "path", "asked", "status", "text"),
    [
        pytest.param("dev", POLICIES, (WITHIN, TO_PAY), 200, "{}", id="within own spaces"),
        pytest.param("dev", POLICIES, (WITHIN, ACROSS), 403, REFUSED, id="to an app of another space"),
        pytest.param("dev", POLICIES, (policy("x", "y"),), 200, "{}", id="between unknown apps"),
        pytest.param("dev", f"{POLICIES}/delete", (ACROSS,), 403, REFUSED, id="deleting a policy of other spaces"),
        pytest.param("dev", f"{POLICIES}/delete", (WITHIN,), 200, "{}", id="deleting an own policy"),
        pytest.param("auditor", POLICIES, (WITHIN,), 403, REFUSED, id="an auditor"),
        pytest.param("root", POLICIES, (ACROSS,), 200, "{}", id="an administrator"),
    ],
)
def test_access(client: Calls, *, user: str, path: str, asked: tuple[Policy, ...], status: int, text: str) -> None:
    """Who may create and delete which policies; a refused request changes nothing."""
    answer = client(user).post(path, json=body_of(*asked))
    assert answer.status_code == status
    assert answer.text == (text if status == 200 else f'{{"error": "{text}"}}')
    assert listed(client("root")) == expected(*(asked if status == 200 and path == POLICIES else ()))


def test_the_quota_of_policies_per_source(foundation: Foundation, client: Calls) -> None:
    """For developers only; creating an existing policy counts again."""
    foundation.settings = Settings(policies_per_source=3)
    dev, root = client("dev"), client("root")
    mine = [policy(FRONTEND, BACKEND, str(port)) for port in range(1, 6)]
    assert create(dev, *mine[:2]).status_code == 200
    for too_many in (mine[:2], [mine[2], mine[2]], mine[2:4]):
        answer = create(dev, *too_many)
        assert (answer.status_code, answer.text) == (403, '{"error": "policy quota exceeded"}')
    assert create(dev, mine[2], TO_PAY).status_code == 200
    assert listed(root) == expected(*mine[:3], TO_PAY)
    assert create(root, *mine).status_code == 200


def test_the_quota_also_applies_to_destinations(foundation: Foundation, client: Calls) -> None:
    """An app above the quota cannot be a destination either."""
    foundation.settings = Settings(policies_per_source=1)
    dev, root = client("dev"), client("root")
    assert create(root, *(policy(BACKEND, FRONTEND, str(port)) for port in (1, 2))).status_code == 200
    answer = create(dev, policy(FRONTEND, BACKEND, "3"))
    assert (answer.status_code, answer.text) == (403, '{"error": "policy quota exceeded"}')
    assert create(dev, policy(FRONTEND, FRONTEND, "3")).status_code == 200


def test_the_default_quota_is_150(client: Calls) -> None:
    """As in the policy server's job."""
    dev = client("dev")
    many = [policy(FRONTEND, BACKEND, str(port)) for port in range(1, 152)]
    assert create(dev, *many).status_code == 403
    assert create(dev, *many[:150]).status_code == 200


def test_without_free_tags_the_whole_request_fails(foundation: Foundation, client: Calls) -> None:
    foundation.settings = Settings(tags=3)
    root = client("root")
    answer = create(root, WITHIN, TO_PAY)
    assert (answer.status_code, answer.text) == (500, '{"error": "database create failed"}')
    assert listed(root) == expected()


def test_tags(client: Calls) -> None:
    """Sorted by number, the routers' first; a released tag is reused."""
    root = client("root")
    create(root, WITHIN, TO_PAY)
    root.post(f"{POLICIES}/delete", json=body_of(WITHIN))
    create(root, policy("new", PAYMENTS))
    answer = root.get(f"{EXTERNAL}/tags")
    assert answer.text == (
        '{"tags":[{"id":"INGRESS_ROUTER","tag":"0001","type":"router"},{"id":"new","tag":"0002","type":"app"},'
        f'{{"id":"{BACKEND}","tag":"0003","type":"app"}},{{"id":"{PAYMENTS}","tag":"0004","type":"app"}}]}}'
    )


def test_policies_of_a_deleted_app_stay_until_the_clean_up(foundation: Foundation, client: Calls) -> None:
    """As in production; the clean-up returns the policies it removed, and releases tags."""
    root = client("root")
    create(root, WITHIN, TO_PAY, DANGLING)
    foundation.delete("payments", space="shop/pay")
    assert listed(root) == expected(WITHIN, TO_PAY, DANGLING)
    answer = root.post(f"{POLICIES}/cleanup")
    assert answer.json() == expected(TO_PAY, DANGLING)
    assert listed(root) == expected(WITHIN)
    assert [tag["id"] for tag in root.get(f"{EXTERNAL}/tags").json()["tags"]] == ["INGRESS_ROUTER", FRONTEND, BACKEND]


def test_whoami_names_the_user_of_the_token(client: Calls) -> None:
    assert client("root").get(f"{EXTERNAL}/whoami").text == '{"subject":"root"}'


SCOPES = "provided scopes [{}] do not include allowed scopes [{}]"
DEV = "cloud_controller.read network.write"


@pytest.mark.parametrize(
    ("user", "method", "path", "status", "text"),
    [
        pytest.param(None, "GET", POLICIES, 401, "missing authorization header", id="list without a token"),
        pytest.param(None, "POST", POLICIES, 401, "missing authorization header", id="create without a token"),
        pytest.param(
            "guest",
            "GET",
            POLICIES,
            403,
            SCOPES.format("openid", "network.admin network.write"),
            id="list without the scope",
        ),
        pytest.param(
            "guest",
            "POST",
            POLICIES,
            403,
            SCOPES.format("openid", "network.admin network.write"),
            id="create without the scope",
        ),
        pytest.param(
            "dev", "GET", f"{EXTERNAL}/tags", 403, SCOPES.format(DEV, "network.admin"), id="tags without the scope"
        ),
        pytest.param(
            "dev",
            "POST",
            f"{POLICIES}/cleanup",
            403,
            SCOPES.format(DEV, "network.admin"),
            id="clean-up without the scope",
        ),
        pytest.param(
            "dev", "GET", f"{EXTERNAL}/whoami", 403, SCOPES.format(DEV, "network.admin"), id="whoami without the scope"
        ),
        pytest.param(
            None, "GET", "/networking/v2/external/policies", 406, "api version 'v2' not supported", id="version 2"
        ),
        pytest.param(
            "root", "POST", POLICIES, 400, "mapper: unmarshal json: unexpected end of JSON input", id="an empty body"
        ),
    ],
)
def test_errors(client: Calls, *, user: str | None, method: str, path: str, status: int, text: str) -> None:
    """In the policy server's format."""
    answer = client(user).request(method, path)
    assert answer.status_code == status
    assert answer.text == f'{{"error": "{text}"}}'
    assert answer.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)


def test_an_expired_token(foundation: Foundation, client: Calls) -> None:
    """With the policy server's message."""
    token = foundation.sign_in("root", seconds=-1).access
    answer = client(None).get(POLICIES, headers={"Authorization": f"bearer {token}"})
    assert (answer.status_code, answer.text) == (401, '{"error": "failed to verify token with uaa"}')


@pytest.mark.parametrize(
    ("method", "path", "status", "text", "allow"),
    [
        pytest.param("GET", "/networking", 200, "Network policy server, up for 1h0m0s\n", None, id="uptime"),
        pytest.param("GET", "/health", 200, "", None, id="health"),
        pytest.param("POST", "/health", 405, "Method Not Allowed\n", "GET", id="a POST to health"),
        pytest.param("GET", f"{EXTERNAL}/bogus", 404, "404 page not found\n", None, id="an unknown path"),
        pytest.param("GET", f"{POLICIES}/", 404, "404 page not found\n", None, id="a trailing slash"),
        pytest.param("DELETE", POLICIES, 405, "Method Not Allowed\n", "GET, OPTIONS, POST", id="DELETE"),
        pytest.param("GET", f"{POLICIES}/delete", 405, "Method Not Allowed\n", "OPTIONS, POST", id="GET of delete"),
        pytest.param("HEAD", POLICIES, 405, "", "GET, OPTIONS, POST", id="HEAD"),
        pytest.param("OPTIONS", POLICIES, 200, "", None, id="OPTIONS"),
    ],
)
def test_paths_outside_the_api(
    client: Calls, *, method: str, path: str, status: int, text: str, allow: str | None
) -> None:
    """Plain text; no login required."""
    answer = client(None).request(method, path)
    assert (answer.status_code, answer.text, answer.headers.get("Allow")) == (status, text, allow)


def test_headers(client: Calls) -> None:
    """JSON is sent as plain text, with the headers of production."""
    answer = client("root").get(POLICIES)
    identity = answer.headers.pop("X-Vcap-Request-Id")
    assert len(identity) == 36
    assert dict(answer.headers) == {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(answer.content)),
        "x-content-type-options": "nosniff",
        "x-xss-protection": "1; mode=block",
        "x-frame-options": "deny",
        "content-security-policy": "frame-ancestors 'none'",
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(POLICIES, "failed reading request body", id="create"),
        pytest.param(f"{POLICIES}/delete", "invalid request body", id="delete"),
    ],
)
def test_the_maximum_length_of_a_body(client: Calls, path: str, text: str) -> None:
    """10 MiB are accepted, one byte more is not."""
    root = client("root")
    body = b'{"policies":[]}'.ljust(10 * 1024 * 1024)
    answer = root.post(path, content=body)
    assert answer.text == '{"error": "mapper: validate policies: missing policies"}'
    answer = root.post(path, content=body + b" ")
    assert (answer.status_code, answer.text) == (400, f'{{"error": "{text}"}}')


def test_an_error_may_be_invalid_json(client: Calls) -> None:
    """Texts are inserted without escaping quotes: clients must handle this."""
    answer = client("root").get(f"{BASE}/networking/%22/external/policies")
    assert (answer.status_code, answer.text) == (406, '{"error": "api version \'"\' not supported"}')
