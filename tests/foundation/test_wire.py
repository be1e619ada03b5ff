"""HTTP, and its failures."""

import threading
from pathlib import Path

import httpcore
import httpx  # noqa: TID253 - this module tests its exceptions
import pytest

from cfnet.errors import CfnetError, NotLoggedIn, ServerTrouble, Unreachable, UsageFault
from cfnet.foundation.http.failures import translated
from cfnet.foundation.http.trace import Trace
from cfnet.foundation.http.transport import USER_AGENT
from cfnet.foundation.http.wire import Wire
from tests.certificates import certificate
from tests.processes import PATIENCE_SECONDS
from tests.scripted_server import Reply, scripted
from tests.tunnel_proxy import tunnel

REQUEST = httpx.Request("GET", "http://api.example.org/v3/apps")

KINDS: dict[type[Exception], type[CfnetError]] = {
    httpx.CloseError: ServerTrouble,
    httpx.ConnectError: Unreachable,
    httpx.ConnectTimeout: Unreachable,
    httpx.DecodingError: ServerTrouble,
    httpx.HTTPError: ServerTrouble,
    httpx.HTTPStatusError: ServerTrouble,
    httpx.InvalidURL: UsageFault,
    httpx.LocalProtocolError: NotLoggedIn,
    httpx.NetworkError: ServerTrouble,
    httpx.PoolTimeout: Unreachable,
    httpx.ProtocolError: ServerTrouble,
    httpx.ProxyError: Unreachable,
    httpx.ReadError: ServerTrouble,
    httpx.ReadTimeout: Unreachable,
    httpx.RemoteProtocolError: ServerTrouble,
    httpx.RequestError: ServerTrouble,
    httpx.RequestNotRead: ServerTrouble,
    httpx.ResponseNotRead: ServerTrouble,
    httpx.StreamClosed: ServerTrouble,
    httpx.StreamConsumed: ServerTrouble,
    httpx.StreamError: ServerTrouble,
    httpx.TimeoutException: Unreachable,
    httpx.TooManyRedirects: ServerTrouble,
    httpx.TransportError: ServerTrouble,
    httpx.UnsupportedProtocol: UsageFault,
    httpx.WriteError: ServerTrouble,
    httpx.WriteTimeout: Unreachable,
}
NOT_MET = {httpx.CookieConflict}
"""Raised only when reading single cookies, which cfnet does not do."""


def test_every_exception_of_httpcore_exists_in_httpx() -> None:
    """By name, except one that a connection pool handles itself."""
    names = {name for name, each in vars(httpcore).items() if isinstance(each, type) and issubclass(each, Exception)}
    assert {name for name in names if not hasattr(httpx, name)} == {"ConnectionNotAvailable"}


def test_every_exception_of_httpx_is_translated() -> None:
    """A new exception in a new version of httpx fails this test."""
    exceptions = {each for each in vars(httpx).values() if isinstance(each, type) and issubclass(each, Exception)}
    assert exceptions == KINDS.keys() | NOT_MET


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_exception_of_httpx_becomes_one_of_ours(kind: type[Exception]) -> None:
    """Of the right kind, with the host, in one line and with an optional hint."""
    made = kind.__new__(kind)
    Exception.__init__(made, "what httpx says")
    error = translated(made, "GET", str(REQUEST.url))
    assert type(error) is KINDS[kind]
    assert "api.example.org" in str(error)
    assert "\n" not in str(error) + error.hint


def test_a_missing_response_times_out() -> None:
    """Each request has a time limit; a timed-out GET is not retried."""
    done = threading.Event()
    shown: list[str] = []

    def script(_method: str, _path: str) -> Reply:
        done.wait(PATIENCE_SECONDS)
        return Reply()

    with scripted(script) as server, Wire(answer_seconds=0.1, trace=Trace(shown.append)) as wire:
        with pytest.raises(Unreachable) as caught:
            wire.send("GET", server.url)
        done.set()
        assert str(caught.value) == f"Request error: {server.url.removeprefix('http://')} did not answer in time"
        assert caught.value.hint == "Try again."
        assert [text.partition(":")[0] for text in shown] == ["REQUEST"]


def test_the_user_agent_does_not_look_like_an_old_cf() -> None:
    """`cf/1.2.3 ` anywhere in it would add a warning to each response about orgs and spaces."""
    assert USER_AGENT.startswith("cfnet/v")
    assert " " not in USER_AGENT


def test_the_proxy_of_the_environment_is_used() -> None:
    """Of the command's environment, not of the process; loopback is connected directly."""
    with (
        scripted(lambda _method, path: Reply(body=path.encode())) as proxy,
        Wire(variables={"http_proxy": proxy.url}) as wire,
    ):
        assert wire.send("GET", "http://api.example.org/v3").body == b"http://api.example.org/v3"
        assert wire.send("GET", f"{proxy.url}/v3").body == b"/v3"


def test_https_uses_a_tunnel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy sees the host and the credentials in its URL; the certificate is the foundation's."""
    context = certificate(tmp_path, "api.example.org")
    with scripted(lambda _method, path: Reply(body=path.encode()), context) as server, tunnel(server.url) as proxy:
        variables = {"https_proxy": proxy.url.replace("://", "://me:secret@")}
        with Wire(variables=variables) as wire, pytest.raises(Unreachable, match=r"^Invalid SSL Cert for api\.example"):
            wire.send("GET", "https://api.example.org/v3")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        with Wire(variables=variables) as wire:
            assert wire.send("GET", "https://api.example.org/v3").body == b"/v3"
            assert wire.send("GET", "HTTPS://api.example.org/v3/apps").body == b"/v3/apps"
    assert [head.partition("\r\n")[0] for head in proxy.asked] == ["CONNECT api.example.org:443 HTTP/1.1"] * 2
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in proxy.asked[0]


def test_the_environment_of_the_process_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Httpx would need another package for its `ALL_PROXY`, and would send a password from `~/.netrc`."""
    netrc = Path.home() / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    shown: list[str] = []
    with scripted(lambda _method, _path: Reply()) as server, Wire(trace=Trace(shown.append)) as wire:
        assert wire.send("GET", server.url).status == 200
    assert "Authorization" not in shown[0]


def test_an_unreachable_proxy_is_named(closed_port: str) -> None:
    """Without the password in its URL."""
    with (
        Wire(variables={"HTTPS_PROXY": f"http://me:secret@{closed_port}"}) as wire,
        pytest.raises(Unreachable) as caught,
    ):
        wire.send("GET", "https://api.example.org")
    assert str(caught.value) == (
        f"Request error: cannot connect to api.example.org through the proxy {closed_port} (HTTPS_PROXY):"
        " Connection refused"
    )


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_requires_authentication_is_named(scheme: str) -> None:
    """With the same message for a plain request and a tunnel."""
    with (
        scripted(lambda _method, _path: Reply(407, b"<html>secret</html>")) as proxy,
        Wire(variables={f"{scheme}_proxy": proxy.url.replace("://", "://me:secret@")}) as wire,
        pytest.raises(Unreachable) as caught,
    ):
        wire.send("GET", f"{scheme}://api.example.org")
    host = proxy.url.removeprefix("http://")
    assert (str(caught.value), caught.value.hint) == (
        f"Request error: the proxy {host} ({scheme}_proxy) refused api.example.org: 407 Proxy Authentication Required",
        f"Add the proxy's user and password to {scheme}_proxy: http://USER:PASSWORD@HOST:PORT.",
    )


def test_a_transparent_proxy_that_requires_authentication() -> None:
    """One that intercepts all requests, without being configured."""
    with scripted(lambda _method, _path: Reply(407)) as proxy, Wire() as wire, pytest.raises(Unreachable) as caught:
        wire.send("GET", proxy.url)
    host = proxy.url.removeprefix("http://")
    assert str(caught.value) == (
        f"Request error: a proxy in front of {host} refused the request: 407 Proxy Authentication Required"
    )


def test_a_proxy_that_refuses_is_named() -> None:
    """With its message."""
    with (
        scripted(lambda _method, _path: Reply(403)) as proxy,
        Wire(variables={"https_proxy": proxy.url}) as wire,
        pytest.raises(Unreachable) as caught,
    ):
        wire.send("GET", "https://api.example.org")
    host = proxy.url.removeprefix("http://")
    assert str(caught.value) == (
        f"Request error: the proxy {host} (https_proxy) refused api.example.org: 403 Forbidden"
    )


def test_a_proxy_url_that_httpx_rejects() -> None:
    """The error does not quote it."""
    with Wire(variables={"http_proxy": "http://me:secret@a\x7fb"}) as wire, pytest.raises(UsageFault) as caught:
        wire.send("GET", "http://api.example.org")
    assert str(caught.value) == "http_proxy: not a valid proxy address."


@pytest.mark.parametrize(
    "token", ["bearer SECRET\n", "bearer S\x00ECRET", "bearer SECRET-é"], ids=["a newline", "a null", "an accent"]
)
def test_a_token_that_is_not_a_valid_header(token: str) -> None:
    """The error does not quote it; nothing is sent."""
    with scripted(lambda _method, _path: Reply()) as server, Wire() as wire:
        with pytest.raises(NotLoggedIn) as caught:
            wire.send("GET", server.url, headers={"Authorization": token})
        host = server.url.removeprefix("http://")
        assert str(caught.value) == f"{host}: the access token contains invalid characters"
        assert (caught.value.hint, server.asked) == ("Log in again.", [])


@pytest.mark.parametrize(
    "url",
    ["http://me:SECRET@127.0.0.1:1/v3", "ftp://me:SECRET@x/v3", "http://me:SECRET@[::1/v3", "http://me:SECRET@x:99999"],
)
def test_a_password_in_a_url_is_not_shown(url: str) -> None:
    """Whatever is wrong with the URL."""
    with Wire() as wire, pytest.raises(CfnetError) as caught:
        wire.send("GET", url)
    assert "SECRET" not in str(caught.value) + caught.value.hint
