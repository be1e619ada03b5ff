"""Authenticated requests: when tokens are refreshed, how often, and what runs in parallel."""

import base64
import json
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from cfnet.errors import CfnetError, NotLoggedIn
from cfnet.foundation.http.wire import Wire
from cfnet.foundation.session import cf_session
from cfnet.foundation.session.connection import REFRESH_BEFORE_SECONDS, SIDE_BY_SIDE, Connection
from cfnet.foundation.session.session import Client, NoKeeper, Session, Tokens
from cfnet.policy import Org, Space
from tests.processes import PATIENCE_SECONDS
from tests.scripted_server import Reply, Script, scripted

NOW = 1_000_000.0
REJECTED = Reply(401, b'{"error": "invalid_token", "error_description": "expired"}')
NOT_VERIFIED = Reply(403, b'{"error": "failed to verify token with uaa"}')


def access(name: str, expires: float = NOW + 3600) -> str:
    """An access token."""
    payload = base64.urlsafe_b64encode(json.dumps({"user_name": name, "exp": expires}).encode()).rstrip(b"=")
    return f"bearer eyJ.{payload.decode()}.{name}"


def granted(name: str, refresh: str | None = "new") -> Reply:
    """The UAA's response with new tokens; without a refresh token if the old one stays valid."""
    kind, _, token = access(name).partition(" ")
    answer = {"access_token": token, "token_type": kind} | ({} if refresh is None else {"refresh_token": refresh})
    return Reply(200, json.dumps(answer).encode())


OLD, EXPIRED = Tokens(access("old"), "refresh"), Tokens(access("old", NOW), "refresh")


CF = Client("cf", "")


def session(url: str, tokens: Tokens, client: Client = CF) -> Session:
    """A session whose tokens are not stored."""
    org = Org("o", "demo")
    return Session("a test", url, url, url, org, Space("s", "dev", org), tokens, client, False, NoKeeper())  # noqa: FBT003


def replies(*foundation: Reply, uaa: Reply) -> Script:
    """The foundation's responses in sequence, and the UAA's response."""
    left = list(foundation)
    return lambda _method, path: uaa if path == "/oauth/token" else left.pop(0)


@pytest.mark.parametrize("answer", [REJECTED, NOT_VERIFIED], ids=["401", "403 of an older policy server"])
def test_a_rejected_token_is_refreshed_and_the_request_repeated(answer: Reply) -> None:
    """Once: a second rejection is final."""
    with scripted(replies(answer, Reply(), uaa=granted("new"))) as server, Wire() as wire:
        connection = Connection(session(server.url, OLD), wire, lambda: NOW)
        assert connection.post(f"{server.url}/policies", b"{}").status == 200
        assert server.asked == ["POST /policies", "POST /oauth/token", "POST /policies"]
        assert connection.tokens == Tokens(access("new"), "new")
    with scripted(replies(answer, answer, uaa=granted("new"))) as server, Wire() as wire:
        connection = Connection(session(server.url, OLD), wire, lambda: NOW)
        assert connection.get(f"{server.url}/policies", {}).status == answer.status


def test_a_forbidden_request_is_not_repeated() -> None:
    """Its token is valid."""
    with scripted(replies(Reply(403, b'{"error": "no"}'), uaa=granted("new"))) as server, Wire() as wire:
        connection = Connection(session(server.url, OLD), wire, lambda: NOW)
        assert connection.get(f"{server.url}/policies", {}).status == 403
        assert server.asked == ["GET /policies"]


@pytest.mark.parametrize(
    ("left", "asked"),
    [
        (REFRESH_BEFORE_SECONDS, ["GET /policies"]),
        (REFRESH_BEFORE_SECONDS - 1, ["POST /oauth/token", "GET /policies"]),
    ],
    ids=["in a minute", "in less than a minute"],
)
def test_a_token_that_expires_soon_is_refreshed_before_use(left: float, asked: list[str]) -> None:
    """Like `cf`."""
    with scripted(replies(Reply(), uaa=granted("new"))) as server, Wire() as wire:
        tokens = Tokens(access("old", NOW + left), "refresh")
        Connection(session(server.url, tokens), wire, lambda: NOW).get(f"{server.url}/policies", {})
        assert server.asked == asked


def test_a_refresh_token_that_is_not_rotated_is_kept() -> None:
    """A UAA without rotation may omit it (RFC 6749, section 6)."""
    with scripted(replies(Reply(), uaa=granted("new", None))) as server, Wire() as wire:
        connection = Connection(session(server.url, EXPIRED), wire, lambda: NOW)
        connection.get(server.url, {})
        assert connection.tokens == Tokens(access("new"), "refresh")


@pytest.mark.parametrize("tokens", [Tokens(EXPIRED.access, ""), EXPIRED], ids=["alone", "with a refresh token"])
def test_a_client_with_a_secret_requests_new_tokens_itself(tokens: Tokens) -> None:
    """Without a refresh token, or without using it."""
    asked: list[str] = []
    with scripted(replies(Reply(), uaa=granted("new", None))) as server, Wire() as wire:
        client = Client("ci", "secret", grants_itself=True)
        connection = Connection(session(server.url, tokens, client), wire, lambda: NOW)
        connection.get(server.url, {})
        asked += server.asked
        assert (connection.tokens, asked) == (Tokens(access("new"), ""), ["POST /oauth/token", "GET /"])


def test_parallel_requests_refresh_a_stale_token_once() -> None:
    """All are sent before the first is rejected; no store of tokens could coordinate them."""
    all_there = threading.Barrier(SIDE_BY_SIDE)
    first = iter(range(SIDE_BY_SIDE))

    def script(_method: str, path: str) -> Reply:
        if path == "/oauth/token":
            return granted("new")
        if next(first, None) is None:
            return Reply()
        all_there.wait(PATIENCE_SECONDS)
        return REJECTED

    with scripted(script) as server, Wire() as wire:
        connection = Connection(session(server.url, OLD), wire, lambda: NOW)
        calls = [lambda: connection.get(f"{server.url}/policies", {}).status] * SIDE_BY_SIDE
        assert connection.together(calls) == [200] * SIDE_BY_SIDE
        assert server.asked.count("POST /oauth/token") == 1
        assert len(server.asked) == 2 * SIDE_BY_SIDE + 1


def test_an_expired_session_is_detected_once() -> None:
    """Before requests run in parallel: a UAA counts failed attempts."""
    with scripted(replies(uaa=REJECTED)) as server, Wire() as wire:
        connection = Connection(session(server.url, EXPIRED), wire, lambda: NOW)
        with pytest.raises(NotLoggedIn):
            connection.together([lambda: connection.get(server.url, {})] * 3)
        assert server.asked == ["POST /oauth/token"]


def test_at_most_four_requests_run_in_parallel() -> None:
    """A fifth would reach the barrier in time."""
    four, five = threading.Barrier(4), threading.Barrier(5)

    def call() -> bool:
        try:
            five.wait(0.5)
        except threading.BrokenBarrierError:
            return False
        return True

    with Wire() as wire:
        connection = Connection(session("http://127.0.0.1", OLD), wire, lambda: NOW)
        assert connection.together([lambda: four.wait(PATIENCE_SECONDS) >= 0] * 4) == [True] * 4
        assert connection.together([call] * 5) == [False] * 5


def test_results_come_in_order_and_the_first_failure_is_raised() -> None:
    """However long each takes; progress is reported for each result."""
    found: list[int] = []

    def fail() -> int:
        raise CfnetError("the third")

    with Wire() as wire:
        connection = Connection(session("http://127.0.0.1", OLD), wire, lambda: NOW)
        calls = [lambda number=number: number for number in range(9)]
        assert connection.together(calls, lambda: found.append(1)) == list(range(9))
        assert len(found) == 9
        with pytest.raises(CfnetError, match=r"^the third$"):
            connection.together([*calls[:2], fail, *calls[3:]])


class Home:
    """A session file of `cf`, which `cf` may rewrite at any moment."""

    def __init__(self, folder: Path, url: str, changes: Mapping[str, object]) -> None:
        self._path = folder / "config.json"
        uaa = {"AuthorizationEndpoint": url, "UaaEndpoint": url}
        tokens = {"AccessToken": EXPIRED.access, "RefreshToken": EXPIRED.refresh}
        self.write({"ConfigVersion": 4, "Target": url, **uaa, **tokens, **changes})

    def write(self, config: Mapping[str, object]) -> None:
        """Replace the file."""
        self._path.write_text(json.dumps(config), encoding="utf-8")

    def change(self, **changes: object) -> None:
        """Change fields of the file."""
        self.write(json.loads(self._path.read_text(encoding="utf-8")) | changes)

    def connection(self, wire: Wire) -> Connection:
        """A connection with this session."""
        return Connection(cf_session.read(self._path, lambda _text: None), wire, lambda: NOW)


def test_tokens_that_cf_refreshed_meanwhile_are_used(tmp_path: Path) -> None:
    """`cf` takes no lock: if it refreshed first, the UAA rejects the old refresh token."""

    def script(_method: str, path: str) -> Reply:
        if path != "/oauth/token":
            return Reply()
        home.change(AccessToken=access("of cf"), RefreshToken="of cf")
        return REJECTED

    with scripted(script) as server, Wire() as wire:
        home = Home(tmp_path, server.url, {})
        connection = home.connection(wire)
        assert connection.get(server.url, {}).status == 200
        assert connection.tokens == Tokens(access("of cf"), "of cf")
        assert server.asked == ["POST /oauth/token", "GET /"]


def test_tokens_that_another_process_refreshed_are_used(tmp_path: Path) -> None:
    """It stored them after this process read the file."""
    with scripted(replies(Reply(), uaa=REJECTED)) as server, Wire() as wire:
        home = Home(tmp_path, server.url, {})
        connection = home.connection(wire)
        home.change(AccessToken=access("of another"), RefreshToken="of another")
        connection.get(server.url, {})
        assert connection.tokens == Tokens(access("of another"), "of another")
        assert server.asked == ["GET /"]


def test_stored_tokens_that_have_expired_too_are_not_used(tmp_path: Path) -> None:
    """This process refreshes its own."""
    with scripted(replies(Reply(), uaa=granted("new"))) as server, Wire() as wire:
        home = Home(tmp_path, server.url, {})
        connection = home.connection(wire)
        home.change(AccessToken=access("of another", NOW + 1))
        connection.get(server.url, {})
        assert connection.tokens == Tokens(access("new"), "new")


@pytest.mark.parametrize(
    "changes",
    [
        {"AuthorizationEndpoint": ""},
        {"UAAGrantType": "client_credentials", "UAAOAuthClient": "ci", "UAAOAuthClientSecret": "s", "RefreshToken": ""},
    ],
    ids=["a UAA under another name", "a service account whose secret is kept"],
)
def test_less_common_sessions_of_cf(changes: dict[str, str], tmp_path: Path) -> None:
    """Their tokens are refreshed, too."""
    with scripted(replies(Reply(), uaa=granted("new"))) as server, Wire() as wire:
        connection = Home(tmp_path, server.url, changes).connection(wire)
        assert connection.get(server.url, {}).status == 200
        assert server.asked == ["POST /oauth/token", "GET /"]
