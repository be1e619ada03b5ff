"""Errors name their source: a proxy, a gateway, a busy server. What was sent is never quoted."""

import json
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from tests.conftest import Cfnet
from tests.scripted_server import Reply, scripted
from tests.worlds import in_ci

NO_LOGIN = (
    "This request requires no login: a proxy or firewall in front of the API may be rejecting it. Ask its operator.\n"
)
NOT_A_FOUNDATION = " is not a Cloud Foundry API.\n"

ROOTS: dict[str, tuple[Reply, str]] = {
    "401": (Reply(401, b"<title>Sign in</title>"), f'HOST answered 401: "Sign in"\n{NO_LOGIN}'),
    "403": (Reply(403, b""), f"HOST answered 403: (empty)\n{NO_LOGIN}"),
    "403 in JSON": (
        Reply(403, b'{"message": "blocked"}'),
        f'HOST answered 403: "{{"message": "blocked"}}"\n{NO_LOGIN}',
    ),
    "429": (
        Reply(429, b"slow down", {"Retry-After": "900"}),
        'HOST answered 429 with something other than JSON: "slow down"\nTry again in 900 seconds.\n',
    ),
    "429 in JSON": (
        Reply(429, b'{"errors": [{"code": 10014, "title": "T", "detail": "D"}]}', {"Retry-After": "900"}),
        "Unexpected Response\nResponse Code: 429\nCode: 10014, Title: T, Detail: D\nTry again in 900 seconds.\n",
    ),
    "503": (
        Reply(503, b"<h1>down</h1>", {"Retry-After": "900"}),
        'HOST answered 503 with something other than JSON: "down"\nTry again in 900 seconds.\n',
    ),
    "503 in JSON": (Reply(503, b"{}"), "Unexpected Response\nResponse Code: 503\nCode: 0, Title: , Detail: {}\n"),
}


@pytest.mark.parametrize(("reply", "stderr"), ROOTS.values(), ids=ROOTS)
@pytest.mark.parametrize(
    "words", [["api", "URL"], ["login", "-a", "URL", "-u", "a", "-p", "b"], ["export"]], ids=" ".join
)
def test_a_root_that_refuses_may_still_be_a_cloud_foundry(
    words: list[str], reply: Reply, stderr: str, cfnet: Cfnet
) -> None:
    """The error does not claim that it is something else."""
    with scripted(lambda _method, _path: reply) as server:
        variables = in_ci(server.url) if words == ["export"] else {}
        ran = cfnet(*(server.url if word == "URL" else word for word in words), variables=variables)
    assert ran.exit != 0
    assert NOT_A_FOUNDATION not in ran.stderr
    assert ran.stderr.endswith(stderr.replace("HOST", server.url.removeprefix("http://")))


@pytest.mark.parametrize("reply", [Reply(404, b"<p>no</p>"), Reply(200, b"hello"), Reply(200, b"{}")])
def test_a_root_that_is_not_a_cloud_foundry(reply: Reply, cfnet: Cfnet) -> None:
    """It answers, but not like an API."""
    with scripted(lambda _method, _path: reply) as server:
        assert NOT_A_FOUNDATION in cfnet("api", server.url).stderr


def test_a_root_that_redirects(cfnet: Cfnet) -> None:
    """The error has the location."""
    with scripted(lambda _method, _path: Reply(302, b"", {"Location": "https://api.example.org/"})) as server:
        ran = cfnet("api", server.url)
    assert "answered 302, a redirection to https://api.example.org/\n" in ran.stderr


PASSWORD = 'p@ss"w&rd <x> ü'
ECHOES = ["{raw}", "<html><title>{raw}</title></html>", "<p>{form}</p>", '{{"error": "{form}"}}', '"{form}"']
ECHOES += ['{{"error": "unauthorized", "error_description": "{form}"}}', '{{"error": "x", "echo": ["{form}"]}}']


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("status", [200, 201, 302, 400, 401, 403, 404, 429, 500, 502, 503])
def test_what_was_sent_to_the_uaa_is_never_quoted(status: int, echo: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Neither in an error nor in a trace, even if a proxy echoes it."""
    form = f"grant_type=password&password={quote_plus(PASSWORD)}&username=me"
    body = echo.format(raw=PASSWORD, form=form).encode()

    def script(method: str, path: str) -> Reply:
        if method == "POST":
            return Reply(status, body, {"Location": f"/login?{form}"})
        if path == "/login":
            return Reply(200, b'{"prompts": {"username": ["text", "Email"], "password": ["password", "Password"]}}')
        return Reply(200, json.dumps({"links": {"login": {"href": server.url}}}).encode())

    trace = tmp_path / "trace"
    with scripted(script) as server:
        ran = cfnet(
            "login", "-a", server.url, "-u", "me", "-p", PASSWORD, "--no-wait", variables={"CF_TRACE": str(trace)}
        )
    assert ran.exit == 1
    output = ran.stdout + ran.stderr + trace.read_text(encoding="utf-8")
    assert not any(secret in output for secret in (PASSWORD, quote_plus(PASSWORD), "w&rd"))
