"""What a trace shows of requests and responses, and what it hides."""

import json
import re
from collections.abc import Mapping

import pytest

from cfnet.foundation.http.trace import HIDDEN, Trace

URL = "https://api.example.org/v3/apps"
JWT = "eyJhbGciOi.JPQ_UE-x.s_i-g"
OPAQUE = "b5f0-OPAQUE-r"
JSON = {"content-type": "application/json"}


def request(headers: Mapping[str, str], body: bytes = b"", url: str = URL) -> str:
    """A request in a trace, without the time."""
    shown: list[str] = []
    Trace(shown.append).request("POST", url, headers, body)
    return _timeless(shown)


def response(headers: Mapping[str, str], body: bytes, url: str = URL) -> str:
    """A response in a trace, without the time."""
    shown: list[str] = []
    Trace(shown.append).response(url, "200 OK", headers, body)
    return _timeless(shown)


def _timeless(shown: list[str]) -> str:
    (message,) = shown
    text, times = re.subn(r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d\]", "[TIME]", message)
    assert times == 1
    return text


def test_a_request() -> None:
    """In the layout of `cf`: request line, sorted headers, body, blank line."""
    headers = {"host": "api.example.org", "accept": "*/*", "content-type": "application/json"}
    assert request(headers, b'{"b":[1,"\xc3\xa9"],"a":null}', f"{URL}?names=a%2Cb") == (
        "REQUEST: [TIME]\n"
        "POST /v3/apps?names=a%2Cb HTTP/1.1\n"
        "Accept: */*\n"
        "Content-Type: application/json\n"
        "Host: api.example.org\n"
        "{\n"
        '  "b": [\n'
        "    1,\n"
        '    "é"\n'
        "  ],\n"
        '  "a": null\n'
        "}\n"
        "\n"
    )


def test_a_response() -> None:
    """Likewise; non-JSON verbatim in any encoding; nothing for an empty body."""
    assert response({"server": "x"}, b"<p>\xff</p>\n") == (
        "RESPONSE: [TIME]\nHTTP/1.1 200 OK\nServer: x\n<p>\N{REPLACEMENT CHARACTER}</p>\n\n"
    )
    assert response({}, b"") == "RESPONSE: [TIME]\nHTTP/1.1 200 OK\n\n"


@pytest.mark.parametrize(
    "name", ["Authorization", "Cookie", "Set-Cookie", "Proxy-Authorization", "X-Auth-Token", "AUTHORIZATION"]
)
def test_secret_headers_are_hidden(name: str) -> None:
    """In any capitalisation; other headers are shown."""
    headers = {name: f"Basic {OPAQUE}", "x-vcap-request-id": "rid"}
    expected = sorted([f"{name.title()}: {HIDDEN}", "X-Vcap-Request-Id: rid"])
    assert request(headers) == "\n".join(["REQUEST: [TIME]", "POST /v3/apps HTTP/1.1", *expected]) + "\n\n"
    assert response(headers, b"") == "\n".join(["RESPONSE: [TIME]", "HTTP/1.1 200 OK", *expected]) + "\n\n"


SECRET_KEYS = (
    *("access_token", "refresh_token", "id_token", "accessToken", "password", "old_password", "PASSWORD"),
    *("client_secret", "secret", "clientSecret", "passcode", "assertion", "client_assertion"),
)
OPEN_KEYS = ("token_type", "token_endpoint", "name", "guid", "expires_in", "scope", "tokens")


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_secret_keys_are_hidden(key: str) -> None:
    """At any depth, and in invalid JSON; the whole value, with its quotes."""
    result = {"seen": 1, "inner": [[{key: f'{OPAQUE}"\n'}]], key: OPAQUE}
    hidden = {"seen": 1, "inner": [[{key: HIDDEN}]], key: HIDDEN}
    shown = response(JSON, json.dumps(result).encode())
    assert shown == (
        f"RESPONSE: [TIME]\nHTTP/1.1 200 OK\nContent-Type: application/json\n{json.dumps(hidden, indent=2)}\n\n"
    )
    half = json.dumps(result).encode()[:-1]
    assert response({}, half).endswith(f"OK\n{json.dumps(hidden)[:-1]}\n\n")
    assert request(JSON, json.dumps(result).encode()).endswith(f"\n{json.dumps(hidden, indent=2)}\n\n")


@pytest.mark.parametrize("key", OPEN_KEYS)
def test_other_keys_are_shown(key: str) -> None:
    """They are the purpose of a trace."""
    body = json.dumps({key: "value"}, indent=2)
    assert response({}, body.encode()).endswith(f"OK\n{body}\n\n")


TOKENS = {
    "in an address": (
        request({}, url=f"{URL}?token={JWT}&x=1"),
        f"REQUEST: [TIME]\nPOST /v3/apps?token={HIDDEN}&x=1 HTTP/1.1\n\n",
    ),
    "in a path": (
        request({}, url=f"https://uaa.example.org/oauth/token/revoke/{JWT}"),
        f"REQUEST: [TIME]\nPOST /oauth/token/revoke/{HIDDEN} HTTP/1.1\n\n",
    ),
    "in an unknown header": (
        response({"location": f"/x#{JWT}"}, b""),
        f"RESPONSE: [TIME]\nHTTP/1.1 200 OK\nLocation: /x#{HIDDEN}\n\n",
    ),
    "in a text": (
        response({}, f"no: bearer {JWT}!".encode()),
        f"RESPONSE: [TIME]\nHTTP/1.1 200 OK\nno: bearer {HIDDEN}!\n\n",
    ),
    "in JSON under any key": (
        response({}, json.dumps({"detail": f"bad {JWT}"}).encode()),
        f'RESPONSE: [TIME]\nHTTP/1.1 200 OK\n{{\n  "detail": "bad {HIDDEN}"\n}}\n\n',
    ),
    "without a signature": (
        response({}, b"eyJhbGciOi.JPQUE."),
        f"RESPONSE: [TIME]\nHTTP/1.1 200 OK\n{HIDDEN}\n\n",
    ),
}


@pytest.mark.parametrize(("shown", "expected"), TOKENS.values(), ids=TOKENS)
def test_tokens_are_hidden_anywhere(shown: str, expected: str) -> None:
    """JSON Web Tokens have a recognizable format (RFC 7519); the text around them is shown."""
    assert shown == expected


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded;charset=x"])
def test_a_form_is_hidden_completely(kind: str) -> None:
    """It contains passwords; nothing else is sent as a form."""
    assert request({"content-type": kind}, f"password={OPAQUE}".encode()) == (
        f"REQUEST: [TIME]\nPOST /v3/apps HTTP/1.1\nContent-Type: {kind}\n{HIDDEN}\n\n"
    )


def test_an_invalid_response_with_tokens_is_hidden_completely() -> None:
    """It may contain part of a token; an empty one is shown as empty."""
    url = "https://uaa.example.org/oauth/token?login_hint=x"
    assert response({}, OPAQUE.encode(), url) == f"RESPONSE: [TIME]\nHTTP/1.1 200 OK\n{HIDDEN}\n\n"
    assert response({}, b"", url) == "RESPONSE: [TIME]\nHTTP/1.1 200 OK\n\n"
