"""What a token says of its bearer, whatever stands in its place."""

import base64
import json

import pytest

from cfnet.foundation.session.session import Claims, claims


def token(payload: bytes) -> str:
    """An access token of that payload."""
    return f"bearer eyJ.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.sig"


def test_the_claims_of_a_user() -> None:
    """As the UAA writes them."""
    told = {"user_name": "me", "user_id": "1-2", "exp": 7, "scope": ["network.admin", 3], "client_id": "cf"}
    assert claims(token(json.dumps(told).encode())) == Claims("me", 7, frozenset({"network.admin"}), "1-2")


def test_the_claims_of_a_client() -> None:
    """It is its own user."""
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
        "half JSON",
        "a list",
        "no UTF-8",
        "nested too deeply",
        "a text for a time",
    ],
)
def test_what_is_no_token(text: str) -> None:
    """It says nothing."""
    assert claims(text) is None


ENDS = {"1e400": 2**53, "1" + "0" * 400: 2**53, "-1": 1, "-1e400": 1, "1767225600": 1767225600}


@pytest.mark.parametrize(("text", "expires"), ENDS.items(), ids=lambda value: str(value)[:12])
def test_times_that_no_clock_shows(text: str, expires: float) -> None:
    """They can be compared with a clock all the same."""
    told = claims(token(f'{{"user_name": "me", "exp": {text}}}'.encode()))
    assert told is not None
    assert told.expires == expires
