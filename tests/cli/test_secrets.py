"""No token appears on stderr or in a trace, whatever is wrong with a foundation or a session file."""

import json
from pathlib import Path

import pytest

from tests.conftest import Cfnet
from tests.scripted_server import Reply, scripted
from tests.worlds import session_at

LISTING = "Listing network policies in org demo / space dev as admin...\n"
OPAQUE = "b5f0-OPAQUE-r"
"""A refresh token without the format of a token."""


def tokens(**changes: object) -> dict[str, object]:
    """A response with tokens."""
    return {"refresh_token": OPAQUE, "access_token": "eyJhbGciOi.OPAQUE.sig", "token_type": "bearer"} | changes


@pytest.mark.parametrize("end", ["\n", "\x00", " é"], ids=["a newline", "a null", "an accent"])
def test_a_token_that_is_not_a_valid_header(end: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """The error does not have the token, but says what to do."""
    with scripted(lambda _method, _path: Reply()) as server:
        variables = session_at(server.url, tmp_path)
        path = tmp_path / ".cf" / "config.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        session_at(server.url, tmp_path, AccessToken=config["AccessToken"] + end)
        ran = cfnet("network-policies", "-v", variables=variables)
    host = server.url.removeprefix("http://")
    assert ran.stderr == f"{host}: the access token contains invalid characters\nLog in again.\n"
    assert config["AccessToken"].rpartition(".")[2] not in ran.stdout


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({name: value for name, value in tokens().items() if name != "token_type"}).encode(),
        json.dumps(tokens(token_type=7)).encode(),
        json.dumps(tokens()).encode() + b"}",
        json.dumps(tokens()).encode()[:40],
        f"access_token=eyJ.x.y&refresh_token={OPAQUE}".encode(),
        f"<p>{OPAQUE}</p>".encode(),
    ],
    ids=["no type", "a number for a type", "an extra byte", "truncated", "a form", "a page"],
)
def test_an_unreadable_response_with_tokens(body: bytes, cfnet: Cfnet, tmp_path: Path) -> None:
    """It is quoted neither in the error nor in the trace."""
    with scripted(lambda _method, path: Reply(200, body if path == "/oauth/token" else b"{}")) as server:
        variables = session_at(server.url, tmp_path, AccessToken="")
        ran = cfnet("network-policies", "-v", variables=variables)
    assert ran.stderr == (
        f"{server.url.removeprefix('http://')} returned no valid token: it answered 200 with something else.\n"
        "Check that this is the login server of a Cloud Foundry, and check for a proxy that alters responses.\n"
    )
    assert ran.stdout.count("RESPONSE: ") == 1
    assert "OPAQUE" not in ran.stdout


def test_a_token_in_a_response_that_is_not_json(cfnet: Cfnet, tmp_path: Path) -> None:
    """The trace hides it wherever it is, and shows the rest."""
    body = b'{"refresh_token": "r-OP\\"AQUE", "Client_Secret" : "s-OPAQUE", "page": "seen"'
    with scripted(lambda _method, _path: Reply(200, body)) as server:
        ran = cfnet("network-policies", "-v", variables=session_at(server.url, tmp_path))
    assert '{"refresh_token": "[PRIVATE DATA HIDDEN]", "Client_Secret" : "[PRIVATE DATA HIDDEN]", "page": "seen"' in (
        ran.stdout
    )
