"""TAB and a session in the keyring: nobody opens that behind the user's back, so commands hand their token on."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cfnet.cli.main import run
from cfnet.errors import NotLoggedIn
from tests.cli.desk import Desk, log_in
from tests.cli.shells.tab import Tab
from tests.conftest import Served
from tests.processes import modules_of


class User(Tab):
    """Somebody whose tokens are in a keyring."""

    desk: Desk

    def types(self, *words: str) -> int:
        """Run a command line; how it ends."""
        return run(words, self.environment)


@pytest.fixture
def user(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    """Logged in, and nothing else done yet."""
    desk = Desk(tmp_path)
    assert log_in(desk, served).exit == 0
    monkeypatch.setenv("TEST_KEYRING", str(desk.ring))
    user = User(desk.variables())
    user.desk = desk
    return user


def test_tab_opens_no_keyring_and_starts_nothing(user: User) -> None:
    """However often it is pressed."""
    assert user("app") == user("app") == []
    assert user.started == []
    assert "keyring" not in modules_of(["__complete", "app"], user.variables)


def test_the_next_command_hands_its_token_on(user: User) -> None:
    """The process that asks needs neither the keyring nor the refresh token, and TAB knows."""
    user("app")
    assert user.types("network-policies") == 0
    assert user.started == ["__complete refresh"]
    kept = user.desk.in_keyring()
    assert user.told in {tokens["access"] for tokens in kept.values()}
    user.desk.ring.unlink()
    assert user("refresh") == []
    assert user("app") == ["appA", "appB"]


def test_not_before_tab_was_pressed_and_not_too_often(user: User) -> None:
    """Who does not use completion has no processes; who does has one at a time, and then quiet for a while."""
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


def test_a_command_that_fails_hands_nothing_on(user: User) -> None:
    """The token may be what it failed by."""
    user("app")
    assert user.types("add-network-policy", "appA", "no-such-app") == 1
    assert user.started == []


def test_a_refresh_without_a_token_opens_no_keyring(user: User) -> None:
    """It knows nothing, and asks nobody."""
    user("app")
    with pytest.raises(NotLoggedIn):
        user("refresh")
    assert user("app") == []


def test_a_machine_that_can_start_no_process_is_no_trouble_of_the_commands(user: User) -> None:
    """What is known for TAB may be old."""

    def start(words: Sequence[str], told: str) -> None:
        raise BlockingIOError(words, told)

    user("app")
    assert run(["network-policies"], user.environment._replace(start=start)) == 0
