"""The UAA: tokens for passwords, secrets and refresh tokens."""

import base64
import json

import httpx  # noqa: TID253 - these tests call the API like any client
import pytest

from cfnet.sandbox import Foundation, Settings
from tests.sandbox.conftest import BASE, Calls

CF = ("cf", "")
PASSWORD = {"grant_type": "password", "username": "dev", "password": "dev-pass"}


def claims_of(token: str) -> dict[str, object]:
    """The claims of a token."""
    payload = token.split(".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def log_in(caller: httpx.Client) -> dict[str, str]:
    """The tokens of the developer."""
    answer = caller.post("/oauth/token", data=PASSWORD, auth=CF)
    assert answer.status_code == 200
    tokens: dict[str, str] = answer.json()
    return tokens


def refresh(caller: httpx.Client, token: str) -> httpx.Response:
    """Ask for new tokens."""
    return caller.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token}, auth=CF)


def test_login_prompts(client: Calls) -> None:
    """What a client must ask its user for."""
    answer = client(None).get("/login").json()
    assert answer["prompts"] == {
        "username": ["text", "Email"],
        "password": ["password", "Password"],
        "passcode": ["password", f"Temporary Authentication Code ( Get one at {BASE}/passcode )"],
    }
    assert answer["links"]["login"] == BASE


def test_password_grant(client: Calls) -> None:
    """The response has everything that `cf` stores."""
    tokens: dict[str, object] = client(None).post("/oauth/token", data=PASSWORD, auth=CF).json()
    assert list(tokens) == ["access_token", "token_type", "refresh_token", "expires_in", "scope", "jti"]
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == (
        "bearer",
        599,
        "cloud_controller.read network.write",
    )
    claims = claims_of(str(tokens["access_token"]))
    assert (claims["user_name"], claims["user_id"], claims["client_id"]) == ("dev", "user-dev", "cf")
    assert claims["scope"] == ["cloud_controller.read", "network.write"]


@pytest.mark.parametrize("in_body", [pytest.param(True, id="secret in the body"), pytest.param(False, id="Basic")])
def test_client_credentials(client: Calls, *, in_body: bool) -> None:
    """A client without a user gets no refresh token, and its token names no user."""
    form = {"grant_type": "client_credentials"}
    secret = {"client_id": "ci", "client_secret": "ci-secret"}
    caller = client(None)
    if in_body:
        answer = caller.post("/oauth/token", data=form | secret)
    else:
        answer = caller.post("/oauth/token", data=form, auth=("ci", "ci-secret"))
    tokens = answer.json()
    assert list(tokens) == ["access_token", "token_type", "expires_in", "scope", "jti"]
    claims = claims_of(tokens["access_token"])
    assert "user_name" not in claims
    assert (claims["client_id"], claims["scope"]) == ("ci", ["cloud_controller.admin_read_only", "network.admin"])
    names = caller.get("/v3/organizations", headers={"Authorization": f"bearer {tokens['access_token']}"}).json()
    assert [org["name"] for org in names["resources"]] == ["shop", "Rival"]


@pytest.mark.parametrize(
    ("form", "auth", "status", "error", "description"),
    [
        pytest.param(PASSWORD | {"password": "x"}, CF, 401, "unauthorized", "Bad credentials", id="a wrong password"),
        pytest.param(PASSWORD | {"username": "x"}, CF, 401, "unauthorized", "Bad credentials", id="an unknown user"),
        pytest.param(
            {"grant_type": "password", "passcode": "123"}, CF, 401, "unauthorized", "Invalid passcode", id="a passcode"
        ),
        pytest.param(PASSWORD, ("cf", "x"), 401, "invalid_client", "Bad credentials", id="a wrong secret"),
        pytest.param(PASSWORD, ("x", ""), 401, "invalid_client", "Bad credentials", id="an unknown client"),
        pytest.param(
            PASSWORD,
            ("ci", "ci-secret"),
            401,
            "invalid_client",
            "Unauthorized grant type: password",
            id="a grant that the client may not use",
        ),
        pytest.param({}, CF, 400, "invalid_request", "Missing grant type", id="a missing grant"),
        pytest.param(
            {"grant_type": "magic"},
            CF,
            400,
            "unsupported_grant_type",
            "Unsupported grant type: magic",
            id="an unknown grant",
        ),
        pytest.param(
            {"grant_type": "refresh_token", "refresh_token": "x"},
            CF,
            401,
            "invalid_token",
            "The token expired, was revoked, or the token ID is incorrect.",
            id="an unknown refresh token",
        ),
    ],
)
def test_errors(
    client: Calls, *, form: dict[str, str], auth: tuple[str, str], status: int, error: str, description: str
) -> None:
    """In OAuth's format."""
    answer = client(None).post("/oauth/token", data=form, auth=auth)
    assert answer.status_code == status
    assert answer.json() == {"error": error, "error_description": description}


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        pytest.param("GET", "/oauth/token", 405, "method_not_allowed", id="a wrong method"),
        pytest.param("GET", "/oauth/authorize", 404, "not_found", id="an unknown path"),
        pytest.param("DELETE", "/oauth/token/revoke/x", 401, "unauthorized", id="revoking without a token"),
    ],
)
def test_unknown_requests(client: Calls, method: str, path: str, status: int, error: str) -> None:
    """They are refused in JSON, too."""
    answer = client(None).request(method, path)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_refresh(client: Calls) -> None:
    """A refresh token yields new access tokens repeatedly, and stays valid."""
    caller = client(None)
    first = log_in(caller)
    for _ in range(2):
        answer = refresh(caller, first["refresh_token"])
        assert answer.status_code == 200
        assert answer.json()["refresh_token"] == first["refresh_token"]
        assert answer.json()["access_token"] != first["access_token"]
        bearer = {"Authorization": f"bearer {answer.json()['access_token']}"}
        assert caller.get("/v3/apps", headers=bearer).status_code == 200


def test_refresh_with_rotation(foundation: Foundation, client: Calls) -> None:
    """With rotation, each refresh token is valid once."""
    foundation.settings = Settings(rotate_refresh_tokens=True)
    caller = client(None)
    first = log_in(caller)["refresh_token"]
    second = refresh(caller, first).json()["refresh_token"]
    assert second != first
    assert refresh(caller, first).status_code == 401
    assert refresh(caller, second).status_code == 200


def test_a_revoked_refresh_token_is_refused(foundation: Foundation, client: Calls) -> None:
    """An operator can revoke all refresh tokens of a user."""
    token = foundation.sign_in("dev").refresh
    foundation.revoke_refresh_tokens("dev")
    assert refresh(client(None), token).status_code == 401


def test_a_refresh_token_expires(client: Calls, foundation: Foundation) -> None:
    foundation.settings = Settings(refresh_seconds=-1)
    assert refresh(client(None), foundation.sign_in("dev").refresh).status_code == 401


def test_logout(client: Calls) -> None:
    """A token can revoke itself, as `cf logout` does, but no other token."""
    caller = client(None)
    mine, other = log_in(caller), log_in(client(None))

    def revoke(jti: object, token: str) -> int:
        return caller.delete(f"/oauth/token/revoke/{jti}", headers={"Authorization": f"Bearer {token}"}).status_code

    assert revoke(claims_of(other["access_token"])["jti"], mine["access_token"]) == 404
    assert revoke(claims_of(mine["refresh_token"])["jti"], mine["refresh_token"]) == 200
    assert revoke(claims_of(mine["access_token"])["jti"], mine["access_token"]) == 200
    assert refresh(caller, mine["refresh_token"]).status_code == 401
    for token, status in ((mine, 401), (other, 200)):
        headers = {"Authorization": f"bearer {token['access_token']}"}
        assert caller.get("/v3/apps", headers=headers).status_code == status


def test_a_refresh_token_is_not_an_access_token(foundation: Foundation, client: Calls) -> None:
    headers = {"Authorization": f"bearer {foundation.sign_in('root').refresh}"}
    assert client(None).get("/v3/apps", headers=headers).status_code == 401


def test_tokens_of_another_foundation_are_refused(foundation: Foundation, client: Calls) -> None:
    """Every database has its own secret."""
    with Foundation.open(None) as other:
        headers = {"Authorization": f"bearer {other.sign_in('admin').access}"}
    assert client(None).get("/v3/apps", headers=headers).status_code == 401
    assert foundation.cells() == ("cell-1", "cell-2")


def test_expiry_follows_the_foundations_clock(client: Calls) -> None:
    """The clock with which the foundation was opened."""
    del client
    now = [1_000.0]
    with (
        Foundation.open(None, settings=Settings(access_seconds=60), clock=lambda: now[0]) as foundation,
        httpx.Client(transport=httpx.WSGITransport(app=foundation.wsgi), base_url=BASE) as caller,
    ):
        headers = {"Authorization": f"bearer {foundation.sign_in('admin').access}"}
        statuses = []
        for now[0] in (1_000.0, 1_059.9, 1_060.0):
            statuses.append(caller.get("/v3/apps", headers=headers).status_code)
    assert statuses == [200, 200, 401]


def test_wrong_passwords_lock_the_account(client: Calls) -> None:
    """After five in a row even the right one is refused; other accounts are not affected."""
    caller = client(None)
    for _ in range(5):
        assert caller.post("/oauth/token", data=PASSWORD | {"password": "x"}, auth=CF).status_code == 401
    answer = caller.post("/oauth/token", data=PASSWORD, auth=CF)
    assert (answer.status_code, answer.json()) == (
        401,
        {
            "error": "unauthorized",
            "error_description": "Your account has been locked because of too many failed attempts to login.",
        },
    )
    other = {"grant_type": "password", "username": "root", "password": "root-pass"}
    assert caller.post("/oauth/token", data=other, auth=CF).status_code == 200


def test_a_lock_expires() -> None:
    """After five minutes; a successful login resets the count."""
    now = [1_000.0]
    wrong = PASSWORD | {"username": "admin", "password": "x"}
    right = PASSWORD | {"username": "admin", "password": "admin"}
    with (
        Foundation.open(None, clock=lambda: now[0]) as foundation,
        httpx.Client(transport=httpx.WSGITransport(app=foundation.wsgi), base_url=BASE) as caller,
    ):
        statuses = [
            caller.post("/oauth/token", data=form, auth=CF).status_code
            for form in (*[wrong] * 4, right, *[wrong] * 4, right, *[wrong] * 5, right)
        ]
        now[0] += 300
        statuses.append(caller.post("/oauth/token", data=right, auth=CF).status_code)
    assert [number for number, status in enumerate(statuses) if status == 200] == [4, 9, 16]


def test_a_passcode(client: Calls) -> None:
    """Issued to a user who logs in with a browser; valid once, for five minutes."""
    caller = client(None)
    assert caller.get("/passcode").headers["WWW-Authenticate"].startswith("Basic ")
    assert caller.get("/passcode", auth=("dev", "wrong")).status_code == 401
    code = (
        caller.get("/passcode", auth=("dev", "dev-pass")).text.removeprefix("Temporary Authentication Code: ").strip()
    )
    form = {"grant_type": "password", "passcode": code}
    first, second = (caller.post("/oauth/token", data=form, auth=CF) for _ in range(2))
    assert claims_of(first.json()["access_token"])["user_name"] == "dev"
    assert second.status_code == 401


@pytest.mark.parametrize(
    ("hint", "status"),
    [('{"origin":"uaa"}', 200), ('{"origin":"ldap"}', 401), ("{}", 401), ("[]", 401), ("ldap", 401)],
)
def test_a_login_hint(client: Calls, hint: str, status: int) -> None:
    """The UAA itself is the only identity provider."""
    answer = client(None).post("/oauth/token", params={"login_hint": hint}, data=PASSWORD, auth=CF)
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["error_description"] == "The origin provided in the login hint is invalid."
