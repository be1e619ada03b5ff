"""The values of a session of one's own show no secret, whoever prints them."""

import threading
from pathlib import Path

import pytest

from cfnet.foundation.session.accounts import Account
from cfnet.foundation.session.cfnet_session import CfnetSessions
from cfnet.foundation.session.endpoints import Endpoints
from cfnet.foundation.session.session import Client, Tokens

ACCOUNT = Account(Endpoints("https://api.example.org", "3.1.0", "https://uaa.example.org", ""), user="me")


def test_no_secret_in_what_python_shows(tmp_path: Path) -> None:
    """`repr` of tokens, clients, sessions and their keepers."""
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
    """A config folder where somebody is logged in, with the tokens `OLD`."""
    sessions = CfnetSessions(tmp_path / "cfnet", keyring=False, seconds=1, say=lambda _text: None)
    sessions.log_in(ACCOUNT, OLD, keyring=False)
    return sessions


def current(own: CfnetSessions) -> Account:
    """The account that commands mean."""
    account = own.current()
    assert account is not None
    return account


def test_tokens_are_kept_in_the_place_of_those_they_came_of(own: CfnetSessions) -> None:
    """A refresh; another one follows."""
    keeper = own.session(current(own)).keeper
    keeper.keep(NEW, instead_of=OLD)
    keeper.keep(OTHER, instead_of=NEW)
    assert keeper.kept() == own.tokens(current(own)) == OTHER


def test_tokens_are_not_kept_for_who_has_logged_out(own: CfnetSessions) -> None:
    """Another process may log out while this one refreshes."""
    keeper = own.session(current(own)).keeper
    own.log_out(current(own))
    keeper.keep(NEW, instead_of=OLD)
    assert keeper.kept() == Tokens("", "")
    assert not (own.folder / "tokens.json").exists()


def test_tokens_are_not_kept_over_those_of_a_new_login(own: CfnetSessions) -> None:
    """Somebody else may log in to the same foundation meanwhile."""
    keeper = own.session(current(own)).keeper
    own.log_in(current(own), OTHER, keyring=False)
    keeper.keep(NEW, instead_of=OLD)
    assert keeper.kept() == OTHER


def test_a_target_set_meanwhile_is_not_lost(own: CfnetSessions) -> None:
    """A refresh changes the tokens, and nothing else."""
    keeper = own.session(current(own)).keeper
    own.choose(current(own)._replace(skip_ssl_validation=True))
    keeper.keep(NEW, instead_of=OLD)
    assert (current(own).skip_ssl_validation, own.tokens(current(own))) == (True, NEW)


def test_accounts_chosen_at_once_are_all_kept(own: CfnetSessions) -> None:
    """Each change is made to what the one before has left."""
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
