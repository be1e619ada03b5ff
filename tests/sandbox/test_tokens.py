"""Tokens of the UAA."""

import base64
import json

import pytest

from cfnet.sandbox.tokens import TokenClaims, sign, verify

NOW = 1_700_000_000
USER = TokenClaims("id-1", "cf", "guid-1", "dev", ("network.write", "openid"), "password", NOW, NOW + 600)
CLIENT = TokenClaims("id-2", "ci", "", "", ("network.admin",), "client_credentials", NOW, NOW + 600)


@pytest.mark.parametrize("claims", [pytest.param(USER, id="a user's"), pytest.param(CLIENT, id="a client's")])
def test_a_signed_token_reads_back(claims: TokenClaims) -> None:
    """With all the claims it was signed with."""
    assert verify(sign(claims, "secret", "http://uaa"), "secret", NOW) == claims


def test_the_payload_has_the_claims_that_clients_read() -> None:
    """Under the UAA's names."""
    payload = sign(USER, "secret", "http://uaa").split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) == {
        "jti": "id-1",
        "sub": "guid-1",
        "scope": ["network.write", "openid"],
        "client_id": "cf",
        "cid": "cf",
        "azp": "cf",
        "grant_type": "password",
        "user_id": "guid-1",
        "user_name": "dev",
        "email": "dev",
        "origin": "uaa",
        "revocable": True,
        "iat": NOW,
        "exp": NOW + 600,
        "iss": "http://uaa/oauth/token",
        "zid": "uaa",
        "aud": ["cf", "network", "openid"],
    }


@pytest.mark.parametrize(
    ("token", "now"),
    [
        pytest.param(sign(USER, "secret", "u"), NOW + 600, id="just expired"),
        pytest.param(sign(USER, "other", "u"), NOW, id="signed with another secret"),
        pytest.param(sign(USER, "secret", "u")[:-1], NOW, id="truncated"),
        pytest.param("x" + sign(USER, "secret", "u"), NOW, id="tampered with"),
        pytest.param(sign(USER, "secret", "u").rpartition(".")[0] + ".", NOW, id="without its signature"),
        pytest.param("", NOW, id="empty"),
        pytest.param("a.b.c", NOW, id="three words"),
        pytest.param("ä", NOW, id="not ASCII"),
    ],
)
def test_invalid_tokens_are_refused(token: str, now: float) -> None:
    """Only a token signed with the secret that has not expired is accepted."""
    assert verify(token, "secret", now) is None
