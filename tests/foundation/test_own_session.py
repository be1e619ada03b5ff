"""The values of a session of one's own show no secret, whoever prints them."""

from pathlib import Path

from cfnet.foundation.accounts import Account
from cfnet.foundation.endpoints import Endpoints
from cfnet.foundation.own_session import OwnSessions
from cfnet.foundation.session import Client, Tokens

ACCOUNT = Account(Endpoints("https://api.example.org", "3.1.0", "https://uaa.example.org", ""), user="me")


def test_no_secret_in_what_python_shows(tmp_path: Path) -> None:
    """`repr` of tokens, clients, sessions and their keepers."""
    said: list[str] = []
    own = OwnSessions(tmp_path / "cfnet", keyring=False, seconds=1, say=said.append)
    tokens = Tokens("bearer SECRET", "SECRET")
    account = own.log_in(ACCOUNT, tokens, keyring=True)
    session = own.session(account)
    assert session.tokens == tokens
    shown = repr((tokens, Client("x", "SECRET"), session, session.keeper, own, account, own.read()))
    assert "SECRET" not in shown
    assert "SECRET" in (tmp_path / "cfnet" / "tokens.json").read_text(encoding="utf-8")
    assert said == []


def test_tokens_are_not_kept_for_who_has_logged_out(tmp_path: Path) -> None:
    """Another process may log out while this one refreshes."""
    own = OwnSessions(tmp_path / "cfnet", keyring=False, seconds=1, say=lambda _text: None)
    account = own.log_in(ACCOUNT, Tokens("a", "r"), keyring=False)
    keeper = own.session(account).keeper
    own.log_out(account)
    keeper.keep(Tokens("b", "s"))
    assert keeper.kept() == Tokens("", "")
    assert not (tmp_path / "cfnet" / "tokens.json").exists()


def test_a_target_set_meanwhile_is_not_lost(tmp_path: Path) -> None:
    """A refresh changes the tokens, and nothing else."""
    own = OwnSessions(tmp_path / "cfnet", keyring=False, seconds=1, say=lambda _text: None)
    account = own.log_in(ACCOUNT, Tokens("a", "r"), keyring=False)
    keeper = own.session(account).keeper
    own.choose(account._replace(skip_ssl_validation=True))
    keeper.keep(Tokens("b", "s"))
    now = own.current()
    assert now is not None
    assert (now.skip_ssl_validation, own.tokens(now)) == (True, Tokens("b", "s"))
