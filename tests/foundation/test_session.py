"""The claims of a token, valid or not."""

import base64
import json

import pytest

from cfnet.foundation.session.session import Claims, claims


def token(payload: bytes) -> str:
    """An access token with this payload."""
    return f"bearer eyJ.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.sig"


def test_the_claims_of_a_user() -> None:
    """As the UAA writes them."""
    found = {"user_name": "me", "user_id": "1-2", "exp": 7, "scope": ["network.admin", 3], "client_id": "cf"}
    assert claims(token(json.dumps(found).encode())) == Claims("me", 7, frozenset({"network.admin"}), "1-2")


def test_the_claims_of_a_client() -> None:
    """The client is the user."""
    assert claims(token(b'{"client_id": "ci"}')) == Claims("ci", 0, frozenset(), "ci")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bearer",
        "bearer a.b",
        token(b"{"),
        token(b"[]"),
        token(b"\xff"),
        token(b"[" * 200_000),
        token(b'{"exp": "x"}'),
    ],
    ids=[
        "nothing",
        "no dots",
        "one letter",
        "truncated JSON",
        "a list",
        "not UTF-8",
        "nested too deeply",
        "a text for a time",
    ],
)
def test_an_invalid_token_has_no_claims(text: str) -> None:
    assert claims(text) is None


ENDS = {"1e400": 2**53, "1" + "0" * 400: 2**53, "-1": 1, "-1e400": 1, "1767225600": 1767225600}


@pytest.mark.parametrize(("text", "expires"), ENDS.items(), ids=lambda value: str(value)[:12])
def test_expiry_times_out_of_range(text: str, expires: float) -> None:
    """They can still be compared with a clock."""
    found = claims(token(f'{{"user_name": "me", "exp": {text}}}'.encode()))
    assert found is not None
    assert found.expires == expires
