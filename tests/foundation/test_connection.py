"""Requests in the name of a session: when tokens are refreshed, how often, and what runs side by side."""

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
from tests.scripted import Reply, Script, scripted

NOW = 1_000_000.0
REJECTED = Reply(401, b'{"error": "invalid_token", "error_description": "expired"}')
NOT_VERIFIED = Reply(403, b'{"error": "failed to verify token with uaa"}')


def access(name: str, expires: float = NOW + 3600) -> str:
    """An access token."""
    payload = base64.urlsafe_b64encode(json.dumps({"user_name": name, "exp": expires}).encode()).rstrip(b"=")
    return f"bearer eyJ.{payload.decode()}.{name}"


def granted(name: str, refresh: str | None = "new") -> Reply:
    """What the UAA answers with tokens; None: without a refresh token, as where the old one stays good."""
    kind, _, token = access(name).partition(" ")
    answer = {"access_token": token, "token_type": kind} | ({} if refresh is None else {"refresh_token": refresh})
    return Reply(200, json.dumps(answer).encode())


OLD, EXPIRED = Tokens(access("old"), "refresh"), Tokens(access("old", NOW), "refresh")


CF = Client("cf", "")


def session(url: str, tokens: Tokens, client: Client = CF) -> Session:
    """A session whose tokens nobody keeps."""
    org = Org("o", "demo")
    return Session("a test", url, url, url, org, Space("s", "dev", org), tokens, client, False, NoKeeper())  # noqa: FBT003


def replies(*foundation: Reply, uaa: Reply) -> Script:
    """What the foundation answers, one after the other; what the UAA answers."""
    left = list(foundation)
    return lambda _method, path: uaa if path == "/oauth/token" else left.pop(0)


@pytest.mark.parametrize("answer", [REJECTED, NOT_VERIFIED], ids=["401", "403 of an older policy server"])
def test_a_token_that_is_not_taken_is_refreshed_and_the_request_sent_again(answer: Reply) -> None:
    """Once: what is not taken then is what there is."""
    with scripted(replies(answer, Reply(), uaa=granted("new"))) as server, Wire() as wire:
        connection = Connection(session(server.url, OLD), wire, lambda: NOW)
        assert connection.post(f"{server.url}/policies", b"{}").status == 200
        assert server.asked == ["POST /policies", "POST /oauth/token", "POST /policies"]
        assert connection.tokens == Tokens(access("new"), "new")
    with scripted(replies(answer, answer, uaa=granted("new"))) as server, Wire() as wire:
        connection = Connection(session(server.url, OLD), wire, lambda: NOW)
        assert connection.get(f"{server.url}/policies", {}).status == answer.status


def test_what_is_only_forbidden_is_not_asked_again() -> None:
    """The token is good, then."""
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
def test_a_token_that_ends_soon_is_refreshed_before_it_is_used(left: float, asked: list[str]) -> None:
    """As `cf` does."""
    with scripted(replies(Reply(), uaa=granted("new"))) as server, Wire() as wire:
        tokens = Tokens(access("old", NOW + left), "refresh")
        Connection(session(server.url, tokens), wire, lambda: NOW).get(f"{server.url}/policies", {})
        assert server.asked == asked


def test_a_refresh_token_that_is_not_given_anew_stays() -> None:
    """A UAA that does not rotate them may leave it out (RFC 6749, section 6)."""
    with scripted(replies(Reply(), uaa=granted("new", None))) as server, Wire() as wire:
        connection = Connection(session(server.url, EXPIRED), wire, lambda: NOW)
        connection.get(server.url, {})
        assert connection.tokens == Tokens(access("new"), "refresh")


@pytest.mark.parametrize("tokens", [Tokens(EXPIRED.access, ""), EXPIRED], ids=["alone", "beside a refresh token"])
def test_a_client_with_a_secret_grants_itself_new_tokens(tokens: Tokens) -> None:
    """There is no refresh token, or none that is needed."""
    asked: list[str] = []
    with scripted(replies(Reply(), uaa=granted("new", None))) as server, Wire() as wire:
        client = Client("ci", "secret", grants_itself=True)
        connection = Connection(session(server.url, tokens, client), wire, lambda: NOW)
        connection.get(server.url, {})
        asked += server.asked
        assert (connection.tokens, asked) == (Tokens(access("new"), ""), ["POST /oauth/token", "GET /"])


def test_requests_that_find_a_token_stale_at_once_refresh_it_once() -> None:
    """All are under way before the first is refused; there is no keeper that could help out."""
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


def test_a_session_that_is_over_is_found_out_once() -> None:
    """Before anything runs side by side: a UAA counts attempts."""
    with scripted(replies(uaa=REJECTED)) as server, Wire() as wire:
        connection = Connection(session(server.url, EXPIRED), wire, lambda: NOW)
        with pytest.raises(NotLoggedIn):
            connection.together([lambda: connection.get(server.url, {})] * 3)
        assert server.asked == ["POST /oauth/token"]


def test_four_run_side_by_side_and_no_more() -> None:
    """A fifth would meet the four in time."""
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


def test_results_come_in_order_and_the_first_that_fails_fails_all() -> None:
    """However long each takes; whoever shows progress is told of each result that is there."""
    told: list[int] = []

    def fail() -> int:
        raise CfnetError("the third")

    with Wire() as wire:
        connection = Connection(session("http://127.0.0.1", OLD), wire, lambda: NOW)
        calls = [lambda number=number: number for number in range(9)]
        assert connection.together(calls, lambda: told.append(1)) == list(range(9))
        assert len(told) == 9
        with pytest.raises(CfnetError, match=r"^the third$"):
            connection.together([*calls[:2], fail, *calls[3:]])


class Home:
    """A session file of `cf`'s, which `cf` may write at any moment."""

    def __init__(self, folder: Path, url: str, changes: Mapping[str, object]) -> None:
        self._path = folder / "config.json"
        uaa = {"AuthorizationEndpoint": url, "UaaEndpoint": url}
        tokens = {"AccessToken": EXPIRED.access, "RefreshToken": EXPIRED.refresh}
        self.write({"ConfigVersion": 4, "Target": url, **uaa, **tokens, **changes})

    def write(self, config: Mapping[str, object]) -> None:
        """Replace it."""
        self._path.write_text(json.dumps(config), encoding="utf-8")

    def change(self, **changes: object) -> None:
        """Change fields of it."""
        self.write(json.loads(self._path.read_text(encoding="utf-8")) | changes)

    def connection(self, wire: Wire) -> Connection:
        """A connection in its name."""
        return Connection(cf_session.read(self._path, lambda _text: None), wire, lambda: NOW)


def test_tokens_that_cf_has_refreshed_meanwhile_are_taken(tmp_path: Path) -> None:
    """It takes no lock: where it was a moment faster, the UAA takes the old refresh token no more."""

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


def test_tokens_that_are_kept_already_are_not_asked_for(tmp_path: Path) -> None:
    """Another process has refreshed them since this one read the file."""
    with scripted(replies(Reply(), uaa=REJECTED)) as server, Wire() as wire:
        home = Home(tmp_path, server.url, {})
        connection = home.connection(wire)
        home.change(AccessToken=access("of another"), RefreshToken="of another")
        connection.get(server.url, {})
        assert connection.tokens == Tokens(access("of another"), "of another")
        assert server.asked == ["GET /"]


def test_tokens_that_are_kept_and_have_ended_too_are_of_no_use(tmp_path: Path) -> None:
    """They are refreshed from what this process has."""
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
def test_sessions_that_cf_writes_less_often(changes: dict[str, str], tmp_path: Path) -> None:
    """Their tokens are refreshed, too."""
    with scripted(replies(Reply(), uaa=granted("new"))) as server, Wire() as wire:
        connection = Home(tmp_path, server.url, changes).connection(wire)
        assert connection.get(server.url, {}).status == 200
        assert server.asked == ["POST /oauth/token", "GET /"]
