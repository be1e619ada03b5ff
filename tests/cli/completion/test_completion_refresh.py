"""TAB with a session in the keyring: it does not open the keyring, so commands pass it their access token."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cfnet.cli.command_line import run
from cfnet.errors import NotLoggedIn
from tests.cli.completion.tab import Tab
from tests.cli.user_home import UserHome, log_in
from tests.conftest import Served
from tests.processes import modules_of


class User(Tab):
    """A user with tokens in a keyring."""

    user_home: UserHome

    def types(self, *words: str) -> int:
        """Run a command line and return its result."""
        return run(words, self.environment)


@pytest.fixture
def user(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    """A logged-in user without any command so far."""
    user_home = UserHome(tmp_path)
    assert log_in(user_home, served).exit == 0
    monkeypatch.setenv("TEST_KEYRING", str(user_home.ring))
    user = User(user_home.variables())
    user.user_home = user_home
    return user


def test_tab_opens_no_keyring_and_starts_nothing(user: User) -> None:
    """However often it is pressed."""
    assert user("app") == user("app") == []
    assert user.started == []
    assert "keyring" not in modules_of(["__complete", "app"], user.variables)


def test_the_next_command_passes_its_token(user: User) -> None:
    """The refreshing process needs neither the keyring nor the refresh token; TAB then has values."""
    user("app")
    assert user.types("network-policies") == 0
    assert user.started == ["__complete refresh"]
    kept = user.user_home.in_keyring()
    assert user.stdin in {tokens["access"] for tokens in kept.values()}
    user.user_home.ring.unlink()
    assert user("refresh") == []
    assert user("app") == ["appA", "appB"]


def test_a_token_is_passed_only_after_tab_and_not_too_often(user: User) -> None:
    """Without completion no process is started; with it one at a time, followed by a pause."""
    assert user.types("network-policies") == 0
    assert user.started == []
    user("app")
    assert [user.types("network-policies") for _ in range(3)] == [0, 0, 0]
    assert user.started == ["__complete refresh"]
    user("refresh")
    user("app")
    assert user.types("network-policies") == 0
    assert user.started == ["__complete refresh"]
    user.time += user.quiet_seconds
    assert user.types("network-policies") == 0
    assert user.started == ["__complete refresh"] * 2


def test_a_failed_command_passes_no_token(user: User) -> None:
    """The token may be the reason for the failure."""
    user("app")
    assert user.types("add-network-policy", "appA", "no-such-app") == 1
    assert user.started == []


def test_a_refresh_without_a_token_opens_no_keyring(user: User) -> None:
    """It sends no request and stores nothing."""
    user("app")
    with pytest.raises(NotLoggedIn):
        user("refresh")
    assert user("app") == []


def test_commands_succeed_if_no_process_can_be_started(user: User) -> None:
    """The values for TAB then stay old."""

    def start(words: Sequence[str], stdin: str) -> None:
        raise BlockingIOError(words, stdin)

    user("app")
    assert run(["network-policies"], user.environment._replace(start=start)) == 0
