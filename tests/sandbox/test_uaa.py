"""The UAA: tokens for passwords, secrets and refresh tokens."""

import base64
import json

import httpx  # noqa: TID253 - these tests call the API as any client does
import pytest

from cfnet.sandbox import Foundation, Settings
from tests.sandbox.conftest import BASE, Calls

CF = ("cf", "")
PASSWORD = {"grant_type": "password", "username": "dev", "password": "dev-pass"}


def claims_of(token: str) -> dict[str, object]:
    """What a token says."""
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


def test_prompts(client: Calls) -> None:
    """What a client has to ask its user for."""
    answer = client(None).get("/login").json()
    assert answer["prompts"] == {
        "username": ["text", "Email"],
        "password": ["password", "Password"],
        "passcode": ["password", f"Temporary Authentication Code ( Get one at {BASE}/passcode )"],
    }
    assert answer["links"]["login"] == BASE


def test_password(client: Calls) -> None:
    """The answer has everything that `cf` keeps."""
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
    """A client of its own gets no refresh token, and its token names no user."""
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
        pytest.param(PASSWORD | {"username": "x"}, CF, 401, "unauthorized", "Bad credentials", id="no such user"),
        pytest.param(
            {"grant_type": "password", "passcode": "123"}, CF, 401, "unauthorized", "Invalid passcode", id="a passcode"
        ),
        pytest.param(PASSWORD, ("cf", "x"), 401, "invalid_client", "Bad credentials", id="a wrong secret"),
        pytest.param(PASSWORD, ("x", ""), 401, "invalid_client", "Bad credentials", id="no such client"),
        pytest.param(
            PASSWORD,
            ("ci", "ci-secret"),
            401,
            "invalid_client",
            "Unauthorized grant type: password",
            id="a grant that the client may not ask for",
        ),
        pytest.param({}, CF, 400, "invalid_request", "Missing grant type", id="no grant"),
        pytest.param(
            {"grant_type": "magic"},
            CF,
            400,
            "unsupported_grant_type",
            "Unsupported grant type: magic",
            id="no such grant",
        ),
        pytest.param(
            {"grant_type": "refresh_token", "refresh_token": "x"},
            CF,
            401,
            "invalid_token",
            "The token expired, was revoked, or the token ID is incorrect.",
            id="a refresh token of nobody's",
        ),
    ],
)
def test_refusals(
    client: Calls, *, form: dict[str, str], auth: tuple[str, str], status: int, error: str, description: str
) -> None:
    """Errors in OAuth's form."""
    answer = client(None).post("/oauth/token", data=form, auth=auth)
    assert answer.status_code == status
    assert answer.json() == {"error": error, "error_description": description}


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        pytest.param("GET", "/oauth/token", 405, "method_not_allowed", id="another method"),
        pytest.param("GET", "/oauth/authorize", 404, "not_found", id="another path"),
        pytest.param("DELETE", "/oauth/token/revoke/x", 401, "unauthorized", id="revoking without a token"),
    ],
)
def test_what_is_not_there(client: Calls, method: str, path: str, status: int, error: str) -> None:
    """Everything else is refused as JSON too."""
    answer = client(None).request(method, path)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_refresh(client: Calls) -> None:
    """A refresh token gives new access tokens, again and again, and stays as it is."""
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
    """Where refresh tokens rotate, each is good once."""
    foundation.settings = Settings(rotate_refresh_tokens=True)
    caller = client(None)
    first = log_in(caller)["refresh_token"]
    second = refresh(caller, first).json()["refresh_token"]
    assert second != first
    assert refresh(caller, first).status_code == 401
    assert refresh(caller, second).status_code == 200


def test_a_revoked_refresh_token_is_refused(foundation: Foundation, client: Calls) -> None:
    """An operator can take all refresh tokens of a user away."""
    token = foundation.sign_in("dev").refresh
    foundation.revoke_refresh_tokens("dev")
    assert refresh(client(None), token).status_code == 401


def test_a_refresh_token_expires(client: Calls, foundation: Foundation) -> None:
    """A refresh token is good for a time."""
    foundation.settings = Settings(refresh_seconds=-1)
    assert refresh(client(None), foundation.sign_in("dev").refresh).status_code == 401


def test_logout(client: Calls) -> None:
    """Each token can revoke itself, as `cf logout` does; another's it cannot."""
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


def test_a_refresh_token_opens_no_other_door(foundation: Foundation, client: Calls) -> None:
    """It is not taken for an access token."""
    headers = {"Authorization": f"bearer {foundation.sign_in('root').refresh}"}
    assert client(None).get("/v3/apps", headers=headers).status_code == 401


def test_tokens_of_another_foundation_are_not_good(foundation: Foundation, client: Calls) -> None:
    """Every database has a secret of its own."""
    with Foundation.open(None) as other:
        headers = {"Authorization": f"bearer {other.sign_in('admin').access}"}
    assert client(None).get("/v3/apps", headers=headers).status_code == 401
    assert foundation.cells() == ("cell-1", "cell-2")


def test_time_is_the_foundations(client: Calls) -> None:
    """The clock that a foundation is opened with decides what has expired."""
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
    """After five in a row not even the right one is taken; others are let in."""
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


def test_a_lock_opens_by_itself() -> None:
    """After five minutes; and a right password in between starts the count anew."""
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
    """Given to who logs in with a browser; good once, and for five minutes."""
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
