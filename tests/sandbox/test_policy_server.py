"""The policy server's external API."""

import httpx  # noqa: TID253 - these tests call the API as any client does
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
    """What the policy server lists."""
    answer = caller.get(POLICIES + query)
    assert answer.status_code == 200
    return answer.json()


def expected(*wanted: Policy) -> object:
    """How it lists these."""
    return {"total_policies": len(wanted), **body_of(*wanted)}


def test_create_list_delete(client: Calls) -> None:
    """What was created is listed, until it is deleted; both answer with an empty object."""
    root = client("root")
    assert listed(root) == expected()
    answer = create(root, WITHIN, TO_PAY)
    assert (answer.status_code, answer.text) == (200, "{}")
    assert listed(root) == expected(WITHIN, TO_PAY)
    answer = root.post(f"{POLICIES}/delete", json=body_of(WITHIN))
    assert (answer.status_code, answer.text) == (200, "{}")
    assert listed(root) == expected(TO_PAY)


def test_what_is_there_already_is_left_alone(client: Calls) -> None:
    """Creating twice is no error, and neither is deleting what is not there; a part of a range is another policy."""
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
        pytest.param(f"?id={PAYMENTS}&source_id={FRONTEND}", (TO_PAY,), id="id wins"),
        pytest.param(f"?id={PAYMENTS}&id={FRONTEND}", (TO_PAY,), id="the first of two counts"),
        pytest.param(f"?id=x,%20{PAYMENTS}", (), id="blanks are not trimmed"),
        pytest.param(f"?id={PAYMENTS.upper()}", (), id="case counts"),
        pytest.param("?id=", (), id="an empty id is nobody's"),
        pytest.param("?source_id=", (), id="an empty source is nobody's"),
        pytest.param("?bogus=1", (WITHIN, TO_PAY, DANGLING), id="unknown parameters are ignored"),
    ],
)
def test_filters(client: Calls, query: str, found: tuple[Policy, ...]) -> None:
    """All filters of the list."""
    root = client("root")
    create(root, WITHIN, TO_PAY, DANGLING)
    assert listed(root, query) == expected(*found)


def test_a_developer_sees_policies_with_both_ends_in_their_spaces(client: Calls) -> None:
    """Others' and deleted apps' policies are hidden; from auditors, all are."""
    create(client("root"), WITHIN, ACROSS, TO_PAY, DANGLING)
    assert listed(client("dev")) == expected(WITHIN, TO_PAY)
    assert listed(client("auditor")) == expected()


REFUSED = "one or more applications cannot be found or accessed"


@pytest.mark.parametrize(
    ("user", "path", "asked", "status", "text"),
    [
        pytest.param("dev", POLICIES, (WITHIN, TO_PAY), 200, "{}", id="in one's own spaces"),
        pytest.param("dev", POLICIES, (WITHIN, ACROSS), 403, REFUSED, id="to an app of others"),
        pytest.param("dev", POLICIES, (policy("x", "y"),), 200, "{}", id="between apps that are not there"),
        pytest.param("dev", f"{POLICIES}/delete", (ACROSS,), 403, REFUSED, id="deleting one of others"),
        pytest.param("dev", f"{POLICIES}/delete", (WITHIN,), 200, "{}", id="deleting one's own"),
        pytest.param("auditor", POLICIES, (WITHIN,), 403, REFUSED, id="an auditor"),
        pytest.param("root", POLICIES, (ACROSS,), 200, "{}", id="an administrator"),
    ],
)
def test_access(client: Calls, *, user: str, path: str, asked: tuple[Policy, ...], status: int, text: str) -> None:
    """Who may create and delete what; a refused request changes nothing."""
    answer = client(user).post(path, json=body_of(*asked))
    assert answer.status_code == status
    assert answer.text == (text if status == 200 else f'{{"error": "{text}"}}')
    assert listed(client("root")) == expected(*(asked if status == 200 and path == POLICIES else ()))


def test_quota(foundation: Foundation, client: Calls) -> None:
    """A developer's app is the source of so many policies; asking for what is there counts again."""
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


def test_the_quota_is_looked_at_for_destinations_too(foundation: Foundation, client: Calls) -> None:
    """An app that an administrator has put over it cannot even be a destination; others can."""
    foundation.settings = Settings(policies_per_source=1)
    dev, root = client("dev"), client("root")
    assert create(root, *(policy(BACKEND, FRONTEND, str(port)) for port in (1, 2))).status_code == 200
    answer = create(dev, policy(FRONTEND, BACKEND, "3"))
    assert (answer.status_code, answer.text) == (403, '{"error": "policy quota exceeded"}')
    assert create(dev, policy(FRONTEND, FRONTEND, "3")).status_code == 200


def test_the_usual_quota_is_150(client: Calls) -> None:
    """As the policy server's job has it."""
    dev = client("dev")
    many = [policy(FRONTEND, BACKEND, str(port)) for port in range(1, 152)]
    assert create(dev, *many).status_code == 403
    assert create(dev, *many[:150]).status_code == 200


def test_no_tag_left(foundation: Foundation, client: Calls) -> None:
    """The request fails as a whole."""
    foundation.settings = Settings(tags=3)
    root = client("root")
    answer = create(root, WITHIN, TO_PAY)
    assert (answer.status_code, answer.text) == (500, '{"error": "database create failed"}')
    assert listed(root) == expected()


def test_tags(client: Calls) -> None:
    """Tags by number, the routers' first; a released one is given again."""
    root = client("root")
    create(root, WITHIN, TO_PAY)
    root.post(f"{POLICIES}/delete", json=body_of(WITHIN))
    create(root, policy("new", PAYMENTS))
    answer = root.get(f"{EXTERNAL}/tags")
    assert answer.text == (
        '{"tags":[{"id":"INGRESS_ROUTER","tag":"0001","type":"router"},{"id":"new","tag":"0002","type":"app"},'
        f'{{"id":"{BACKEND}","tag":"0003","type":"app"}},{{"id":"{PAYMENTS}","tag":"0004","type":"app"}}]}}'
    )


def test_deleting_an_app_leaves_its_policies_until_the_clean_up(foundation: Foundation, client: Calls) -> None:
    """As in production; the clean-up answers with what it has removed, and gives tags back."""
    root = client("root")
    create(root, WITHIN, TO_PAY, DANGLING)
    foundation.delete("payments", space="shop/pay")
    assert listed(root) == expected(WITHIN, TO_PAY, DANGLING)
    answer = root.post(f"{POLICIES}/cleanup")
    assert answer.json() == expected(TO_PAY, DANGLING)
    assert listed(root) == expected(WITHIN)
    assert [tag["id"] for tag in root.get(f"{EXTERNAL}/tags").json()["tags"]] == ["INGRESS_ROUTER", FRONTEND, BACKEND]


def test_whoami(client: Calls) -> None:
    """Who the token is of."""
    assert client("root").get(f"{EXTERNAL}/whoami").text == '{"subject":"root"}'


SCOPES = "provided scopes [{}] do not include allowed scopes [{}]"
DEV = "cloud_controller.read network.write"


@pytest.mark.parametrize(
    ("user", "method", "path", "status", "text"),
    [
        pytest.param(None, "GET", POLICIES, 401, "missing authorization header", id="nobody lists"),
        pytest.param(None, "POST", POLICIES, 401, "missing authorization header", id="nobody creates"),
        pytest.param(
            "guest", "GET", POLICIES, 403, SCOPES.format("openid", "network.admin network.write"), id="no scope to list"
        ),
        pytest.param(
            "guest", "POST", POLICIES, 403, SCOPES.format("openid", "network.admin network.write"), id="to create"
        ),
        pytest.param("dev", "GET", f"{EXTERNAL}/tags", 403, SCOPES.format(DEV, "network.admin"), id="to see tags"),
        pytest.param("dev", "POST", f"{POLICIES}/cleanup", 403, SCOPES.format(DEV, "network.admin"), id="to clean up"),
        pytest.param(
            "dev", "GET", f"{EXTERNAL}/whoami", 403, SCOPES.format(DEV, "network.admin"), id="to know oneself"
        ),
        pytest.param(
            None, "GET", "/networking/v2/external/policies", 406, "api version 'v2' not supported", id="version 2"
        ),
        pytest.param(
            "root", "POST", POLICIES, 400, "mapper: unmarshal json: unexpected end of JSON input", id="an empty body"
        ),
    ],
)
def test_refusals(client: Calls, *, user: str | None, method: str, path: str, status: int, text: str) -> None:
    """Errors in the policy server's form."""
    answer = client(user).request(method, path)
    assert answer.status_code == status
    assert answer.text == f'{{"error": "{text}"}}'
    assert answer.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)


def test_an_expired_token(foundation: Foundation, client: Calls) -> None:
    """As the policy server says it."""
    token = foundation.sign_in("root", seconds=-1).access
    answer = client(None).get(POLICIES, headers={"Authorization": f"bearer {token}"})
    assert (answer.status_code, answer.text) == (401, '{"error": "failed to verify token with uaa"}')


@pytest.mark.parametrize(
    ("method", "path", "status", "text", "allow"),
    [
        pytest.param("GET", "/networking", 200, "Network policy server, up for 1h0m0s\n", None, id="is it up?"),
        pytest.param("GET", "/health", 200, "", None, id="is it well?"),
        pytest.param("POST", "/health", 405, "Method Not Allowed\n", "GET", id="a change of its health"),
        pytest.param("GET", f"{EXTERNAL}/bogus", 404, "404 page not found\n", None, id="an unknown path"),
        pytest.param("GET", f"{POLICIES}/", 404, "404 page not found\n", None, id="a slash at the end"),
        pytest.param("DELETE", POLICIES, 405, "Method Not Allowed\n", "GET, OPTIONS, POST", id="DELETE"),
        pytest.param("GET", f"{POLICIES}/delete", 405, "Method Not Allowed\n", "OPTIONS, POST", id="GET to delete"),
        pytest.param("HEAD", POLICIES, 405, "", "GET, OPTIONS, POST", id="HEAD"),
        pytest.param("OPTIONS", POLICIES, 200, "", None, id="OPTIONS"),
    ],
)
def test_around_the_api(client: Calls, *, method: str, path: str, status: int, text: str, allow: str | None) -> None:
    """Plain text where no handler answers; nobody has to be logged in for it."""
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
def test_the_longest_body(client: Calls, path: str, text: str) -> None:
    """10 MiB are read, a byte more is not."""
    root = client("root")
    body = b'{"policies":[]}'.ljust(10 * 1024 * 1024)
    answer = root.post(path, content=body)
    assert answer.text == '{"error": "mapper: validate policies: missing policies"}'
    answer = root.post(path, content=body + b" ")
    assert (answer.status_code, answer.text) == (400, f'{{"error": "{text}"}}')


def test_an_error_may_be_no_json(client: Calls) -> None:
    """Its text is pasted in as it is, quotes too: clients must cope."""
    answer = client("root").get(f"{BASE}/networking/%22/external/policies")
    assert (answer.status_code, answer.text) == (406, '{"error": "api version \'"\' not supported"}')
