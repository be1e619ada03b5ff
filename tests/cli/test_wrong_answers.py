"""Invalid responses of a foundation: one or two clear lines, with what an operator needs to know."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.hostile_apps import APPS, LISTING
from tests.conftest import Cfnet, Ran
from tests.scripted_server import Reply, scripted
from tests.worlds import session_at

ROUTER_PAGE = b"<html><head><title>502 Bad Gateway:\n Registered endpoint failed</title></head><body>x</body></html>"


NOT_FOLLOWED = (
    "Redirections are not followed, because your token would be sent along. Check the address of the API, and check for"
    " a proxy that requires a login.\n"
)


def cf_error(code: int, title: str, *details: str) -> bytes:
    """The body of an error of the Cloud Controller."""
    return json.dumps({"errors": [{"code": code, "title": title, "detail": detail} for detail in details]}).encode()


class Answered(NamedTuple):
    """A server's first response, and cfnet's stderr; HOST is the server's."""

    title: str
    reply: Reply | None
    stderr: str


ID = {"X-Vcap-Request-Id": "rid"}
OF_THE_CLOUD_CONTROLLER = [
    Answered(
        "a router's page",
        Reply(502, ROUTER_PAGE),
        'HOST answered 502 with something other than JSON: "502 Bad Gateway: Registered endpoint failed"\n'
        "Try again; if it keeps failing, contact the operator.\n",
    ),
    Answered(
        "a page instead of JSON",
        Reply(200, b"<p>Please  log in</p>"),
        'HOST answered 200 with something other than JSON: "Please log in"\n'
        "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses.\n",
    ),
    Answered(
        "a truncated response",
        Reply(200, APPS[:100]),
        f'HOST answered 200 with something other than JSON: "{APPS[:100].decode()}"\n'
        "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses.\n",
    ),
    Answered(
        "nothing",
        Reply(200, b""),
        "HOST answered 200 with something other than JSON: (empty)\n"
        "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses.\n",
    ),
    Answered(
        "a response shorter than its length",
        Reply(200, APPS, cut=5),
        "Request error: HOST sent an incomplete response (peer closed connection without sending complete message body"
        f" (received {len(APPS) - 5} bytes, expected {len(APPS)}))\n"
        "Try again; if it keeps failing, check the load balancer or router in front of it.\n",
    ),
    Answered(
        "a closed connection",
        None,
        "Request error: HOST sent an incomplete response (Server disconnected without sending a response.)\n"
        "Try again; if it keeps failing, check the load balancer or router in front of it.\n",
    ),
    Answered(
        "JSON of another kind",
        Reply(200, b'{"resources": [{"guid": 1}]}'),
        "HOST sent a response that cfnet cannot read: resources[0].guid: expected a GUID, found 1\n"
        "Check for a proxy that alters responses. Otherwise report this, with the versions of cfnet and the"
        " foundation.\n",
    ),
    Answered(
        "a redirection",
        Reply(302, b"", {"Location": "http://me:SECRET@elsewhere.example.org/login?back=SECRET#SECRET"}),
        f"HOST answered 302, a redirection to http://elsewhere.example.org/login\n{NOT_FOLLOWED}",
    ),
    Answered(
        "a redirection to the same host",
        Reply(307, b"{}", {"Location": "/login"}),
        f"HOST answered 307, a redirection to http://HOST/login\n{NOT_FOLLOWED}",
    ),
    Answered(
        "a redirection without a location",
        Reply(301, b"<p>moved</p>"),
        f"HOST answered 301, a redirection without a location\n{NOT_FOLLOWED}",
    ),
    Answered(
        "too many requests, in plain text",
        Reply(429, b"slow down", {"Retry-After": "200"}),
        'HOST answered 429 with something other than JSON: "slow down"\nTry again in 200 seconds.\n',
    ),
    Answered(
        "a maintenance page",
        Reply(503, b"<h1>Maintenance</h1>", {"Retry-After": "3600"}),
        'HOST answered 503 with something other than JSON: "Maintenance"\nTry again in 3600 seconds.\n',
    ),
    Answered(
        "not allowed",
        Reply(403, cf_error(10003, "CF-NotAuthorized", "You are not authorized")),
        "You are not authorized\n",
    ),
    Answered(
        "several errors",
        Reply(422, cf_error(10008, "CF-UnprocessableEntity", "first", "second")),
        "Multiple errors occurred:\n- first\n- second\n",
    ),
    Answered(
        "too many requests",
        Reply(429, cf_error(10013, "CF-RateLimitExceeded", "Rate Limit Exceeded"), {**ID, "Retry-After": "7"}),
        "Unexpected Response\nResponse Code: 429\nRequest ID:    rid\n"
        "Code: 10013, Title: CF-RateLimitExceeded, Detail: Rate Limit Exceeded\nTry again in 7 seconds.\n",
    ),
    Answered(
        "a server error",
        Reply(500, cf_error(10001, "UnknownError", "oops"), ID),
        "Unexpected Response\nResponse Code: 500\nRequest ID:    rid\n"
        'Code: 0, Title: , Detail: {"errors": [{"code": 10001, "title": "UnknownError", "detail": "oops"}]}\n',
    ),
    Answered(
        "a server error, over several lines",
        Reply(500, b'{\n  "errors": [],\n  "trace": "\x1b[2J"\n}\n', ID),
        "Unexpected Response\nResponse Code: 500\nRequest ID:    rid\n"
        'Code: 0, Title: , Detail: {\n  "errors": [],\n  "trace": "\\x1b[2J"\n}\n',
    ),
    Answered(
        "a server error that is not JSON",
        Reply(503, b"503 Service Unavailable: Requested instance does not exist.\n"),
        "Unexpected Response\nResponse Code: 503\n"
        "Code: 0, Title: , Detail: 503 Service Unavailable: Requested instance does not exist.\n",
    ),
    Answered(
        "a long server error",
        Reply(500, b"x" * 3000),
        f"Unexpected Response\nResponse Code: 500\nCode: 0, Title: , Detail: {'x' * 2000}…\n",
    ),
    Answered(
        "a server error without a body",
        Reply(504, b"", ID),
        "HOST answered 504 with something other than JSON (request ID rid): (empty)\n"
        "Try again; if it keeps failing, contact the operator.\n",
    ),
    Answered(
        "a router's page with a request ID",
        Reply(502, ROUTER_PAGE, ID),
        "HOST answered 502 with something other than JSON (request ID rid):"
        ' "502 Bad Gateway: Registered endpoint failed"\nTry again; if it keeps failing, contact the operator.\n',
    ),
    Answered(
        "a text that is not one of its errors",
        Reply(404, b"404 Not Found: Requested route ('api.x') does not exist.\n", ID),
        "HOST answered 404 with something other than JSON (request ID rid):"
        " \"404 Not Found: Requested route ('api.x') does not exist.\"\n"
        "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses.\n",
    ),
    Answered(
        "only a detail",
        Reply(400, b'{"errors": [{"detail": "only this"}]}'),
        "only this\n",
    ),
    Answered(
        "an error in version 2 format",
        Reply(400, b'{"code": 1000, "description": "x"}'),
        'HOST answered 400 with unexpected JSON: "{"code": 1000, "description": "x"}"\n'
        "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses.\n",
    ),
    Answered(
        "an error without errors",
        Reply(418, b'{"errors": []}', ID),
        "HOST answered 418 with unexpected JSON (request ID rid):"
        ' "{"errors": []}"\n'
        "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses.\n",
    ),
]

OF_THE_POLICY_SERVER = [
    Answered(
        "not allowed",
        Reply(403, b'{"error": "provided scopes [a] do not include allowed scopes [network.admin]"}'),
        "provided scopes [a] do not include allowed scopes [network.admin]\n"
        "Your user lacks the scope network.admin. Ask the operators of HOST to add it to your user"
        " (uaac member add network.admin USER), then log in again.\n",
    ),
    Answered(
        "not allowed to list",
        Reply(403, b'{"error": "provided scopes [] do not include allowed scopes [network.admin network.write]"}'),
        "provided scopes [] do not include allowed scopes [network.admin network.write]\n"
        "Your user lacks the scope network.admin or network.write. Ask the operators of HOST to add it to your user"
        " (uaac member add network.write USER), then log in again.\n",
    ),
    Answered(
        "a redirection",
        Reply(302, b"", {"Location": "https://sso.example.org/"}),
        f"HOST answered 302, a redirection to https://sso.example.org/\n{NOT_FOLLOWED}",
    ),
    Answered(
        "invalid JSON because of quotes",
        Reply(400, b'{"error": "mapper: invalid character \'"\' after key"}'),
        "mapper: invalid character '\"' after key\n",
    ),
    Answered(
        "a server error",
        Reply(500, b'{"error": "database read failed"}', ID),
        "Unexpected Response\nResponse code: 500\nRequest ID:    rid\nDescription:   database read failed\n",
    ),
    Answered(
        "a router's page",
        Reply(404, ROUTER_PAGE),
        'HOST answered 404 with something other than JSON: "502 Bad Gateway: Registered endpoint failed"\n'
        "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses.\n",
    ),
    Answered(
        "JSON of another kind",
        Reply(403, b'{"errors": [{"detail": "x"}]}', ID),
        "HOST answered 403 with unexpected JSON (request ID rid):"
        ' "{"errors": [{"detail": "x"}]}"\n'
        "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses.\n",
    ),
    Answered(
        "a policy without a destination",
        Reply(200, b'{"policies": [{"source": {"id": "a"}}]}'),
        "HOST sent a response that cfnet cannot read: policies[0].destination: expected an object, found nothing\n"
        "Check for a proxy that alters responses. Otherwise report this, with the versions of cfnet and the"
        " foundation.\n",
    ),
]


@pytest.mark.parametrize("case", OF_THE_CLOUD_CONTROLLER, ids=lambda case: case.title)
def test_an_invalid_response_of_the_cloud_controller(case: Answered, cfnet: Cfnet, tmp_path: Path) -> None:
    """One or two lines for each."""
    with scripted(lambda _method, _path: case.reply) as server:
        ran = cfnet("network-policies", variables=session_at(server.url, tmp_path))
        assert ran == Ran(1, f"{LISTING}FAILED\n", case.stderr.replace("HOST", server.url.removeprefix("http://")))


@pytest.mark.parametrize("case", OF_THE_POLICY_SERVER, ids=lambda case: case.title)
def test_an_invalid_response_of_the_policy_server(case: Answered, cfnet: Cfnet, tmp_path: Path) -> None:
    """One or two lines for each."""
    with scripted(lambda _method, path: Reply(200, APPS) if path.startswith("/v3/") else case.reply) as server:
        ran = cfnet("network-policies", variables=session_at(server.url, tmp_path))
        assert ran == Ran(1, f"{LISTING}FAILED\n", case.stderr.replace("HOST", server.url.removeprefix("http://")))
