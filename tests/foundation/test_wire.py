"""HTTP, and the ways in which it fails."""

import threading

import httpx  # noqa: TID253 - its exceptions are what this is about
import pytest

from cfnet.errors import CfnetError, ServerTrouble, Unreachable, UsageFault
from cfnet.foundation.wire import USER_AGENT, Wire, translated
from tests.scripted import Reply, scripted

REQUEST = httpx.Request("GET", "http://api.example.org/v3/apps")

KINDS: dict[type[Exception], type[CfnetError]] = {
    httpx.CloseError: ServerTrouble,
    httpx.ConnectError: Unreachable,
    httpx.ConnectTimeout: Unreachable,
    httpx.DecodingError: ServerTrouble,
    httpx.HTTPError: ServerTrouble,
    httpx.HTTPStatusError: ServerTrouble,
    httpx.InvalidURL: UsageFault,
    httpx.LocalProtocolError: UsageFault,
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
"""What only a program that reads single cookies can meet."""


def test_every_exception_of_httpx_has_a_meaning() -> None:
    """A new one in a new version of httpx shows up here."""
    exceptions = {each for each in vars(httpx).values() if isinstance(each, type) and issubclass(each, Exception)}
    assert exceptions == KINDS.keys() | NOT_MET


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_exception_of_httpx_is_an_error_with_words(kind: type[Exception]) -> None:
    """Of the right kind, naming the host, in one line and perhaps a hint."""
    made = kind.__new__(kind)
    Exception.__init__(made, "what httpx says")
    error = translated(made, str(REQUEST.url))
    assert type(error) is KINDS[kind]
    assert "api.example.org" in str(error)
    assert "\n" not in str(error) + error.hint


def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    """Each request has an end; a GET is not sent again, for the time is up."""
    done = threading.Event()

    def script(_method: str, _path: str) -> Reply:
        done.wait(20)
        return Reply()

    with scripted(script) as server, Wire(answer_seconds=0.1) as wire:
        with pytest.raises(Unreachable) as caught:
            wire.send("GET", server.url)
        done.set()
        assert str(caught.value) == f"Request error: {server.url.removeprefix('http://')} did not answer in time"
        assert len(server.asked) == 1


def test_the_cloud_controller_does_not_take_it_for_an_old_cf() -> None:
    """`cf/1.2.3 ` anywhere in the User-Agent would bring a warning with each answer about orgs and spaces."""
    assert USER_AGENT.startswith("cfnet/v")
    assert " " not in USER_AGENT


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """And `no_proxy` makes an exception of a host."""
    with scripted(lambda _method, path: Reply(body=path.encode())) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with Wire() as wire:
            assert wire.send("GET", "http://api.example.org/v3").body == b"http://api.example.org/v3"
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with scripted(lambda _method, _path: Reply(body=b"direct")) as server, Wire() as wire:
            assert wire.send("GET", server.url).body == b"direct"
