"""Cfnet's own sessions: their values never show a secret, and their tokens are stored safely."""

import threading
from pathlib import Path

import pytest

from cfnet.foundation.session.accounts import Account
from cfnet.foundation.session.cfnet_session import CfnetSessions
from cfnet.foundation.session.endpoints import Endpoints
from cfnet.foundation.session.session import Client, Tokens

ACCOUNT = Account(Endpoints("https://api.example.org", "3.1.0", "https://uaa.example.org", ""), user="me")


def test_repr_shows_no_secret(tmp_path: Path) -> None:
    """Of tokens, clients, sessions and their stores."""
    said: list[str] = []
    own = CfnetSessions(tmp_path / "cfnet", keyring=False, seconds=1, say=said.append)
    tokens = Tokens("bearer SECRET", "SECRET")
    account = own.log_in(ACCOUNT, tokens, keyring=True)
    session = own.session(account)
    assert session.tokens == tokens
    shown = repr((tokens, Client("x", "SECRET"), session, session.keeper, own, account, own.read()))
    assert "SECRET" not in shown
    assert "SECRET" in (tmp_path / "cfnet" / "tokens.json").read_text(encoding="utf-8")
    assert said == []


OLD, NEW, OTHER = Tokens("a", "r"), Tokens("b", "s"), Tokens("c", "t")


@pytest.fixture
def own(tmp_path: Path) -> CfnetSessions:
    """A config directory with a logged-in user and the tokens `OLD`."""
    sessions = CfnetSessions(tmp_path / "cfnet", keyring=False, seconds=1, say=lambda _text: None)
    sessions.log_in(ACCOUNT, OLD, keyring=False)
    return sessions


def current(own: CfnetSessions) -> Account:
    """The account that commands use."""
    account = own.current()
    assert account is not None
    return account


def test_refreshed_tokens_replace_the_tokens_they_came_from(own: CfnetSessions) -> None:
    """And can be replaced again by the next refresh."""
    keeper = own.session(current(own)).keeper
    keeper.keep(NEW, instead_of=OLD)
    keeper.keep(OTHER, instead_of=NEW)
    assert keeper.kept() == own.tokens(current(own)) == OTHER


def test_tokens_are_not_stored_after_a_logout(own: CfnetSessions) -> None:
    """Another process may log out during a refresh."""
    keeper = own.session(current(own)).keeper
    own.log_out(current(own))
    keeper.keep(NEW, instead_of=OLD)
    assert keeper.kept() == Tokens("", "")
    assert not (own.folder / "tokens.json").exists()


def test_tokens_do_not_replace_those_of_a_new_login(own: CfnetSessions) -> None:
    """Another user may log in to the same foundation during a refresh."""
    keeper = own.session(current(own)).keeper
    own.log_in(current(own), OTHER, keyring=False)
    keeper.keep(NEW, instead_of=OLD)
    assert keeper.kept() == OTHER


def test_a_target_set_during_a_refresh_is_not_lost(own: CfnetSessions) -> None:
    """A refresh changes only the tokens."""
    keeper = own.session(current(own)).keeper
    own.choose(current(own)._replace(skip_ssl_validation=True))
    keeper.keep(NEW, instead_of=OLD)
    assert (current(own).skip_ssl_validation, own.tokens(current(own))) == (True, NEW)


def test_concurrent_choices_of_accounts_are_all_stored(own: CfnetSessions) -> None:
    """Each change starts from the result of the previous one."""
    barrier = threading.Barrier(4)

    def choose(number: int) -> None:
        barrier.wait()
        for each in range(10):
            own.choose(ACCOUNT._replace(endpoints=Endpoints(f"https://{number}.{each}", "", "", "")))

    threads = [threading.Thread(target=choose, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(own.read().by_api) == 1 + 4 * 10
