"""Requests use a connection opened early; if it cannot be used, the result is the same as without it."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cfnet.errors import Unreachable, UsageFault
from cfnet.foundation.http.dialling import Dialling
from cfnet.foundation.http.early_connection import EarlyConnection, open_early
from cfnet.foundation.http.trust import context_of
from cfnet.foundation.http.wire import Wire
from cfnet.sandbox import Foundation, serve
from tests.certificates import certificate
from tests.scripted_server import Reply, scripted, unresponsive
from tests.worlds import config_of


@contextmanager
def tls_server(folder: Path) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """An HTTPS server: its address, the server names of its handshakes, and the variables that trust it."""
    context = certificate(folder, "127.0.0.1")
    handshakes: list[str] = []
    context.sni_callback = lambda _socket, name, _context: handshakes.append(str(name))
    with scripted(lambda _method, _path: Reply(), context) as server:
        yield server.url, handshakes, {"SSL_CERT_FILE": str(folder / "cert.pem")}


def early_to(url: str, variables: dict[str, str]) -> EarlyConnection:
    """A connection to `url`, opened early."""
    begun = open_early(
        url, variables, trusting=lambda: context_of(variables, skip_ssl_validation=False), dial_seconds=5.0
    )
    assert begun is not None
    return begun


def test_requests_use_the_early_connection(tmp_path: Path) -> None:
    """One handshake for three requests."""
    with tls_server(tmp_path) as (url, handshakes, variables):
        early = early_to(url, variables)
        with Wire(variables=variables, early=early) as wire:
            assert [wire.send("GET", f"{url}/{number}").status for number in range(3)] == [200, 200, 200]
    assert len(handshakes) == 1


def test_plain_http_needs_no_handshake() -> None:
    with scripted(lambda _method, _path: Reply()) as server:
        early = early_to(server.url, {})
        with Wire(early=early) as wire:
            assert wire.send("GET", server.url).status == 200
        parts = urlsplit(server.url)
        assert early.take(str(parts.hostname), parts.port or 0) is None  # it was used


def test_it_can_be_used_once_and_only_for_its_server(tmp_path: Path) -> None:
    with tls_server(tmp_path) as (url, _handshakes, variables):
        early, parts = early_to(url, variables), urlsplit(url)
        host, port = str(parts.hostname), parts.port or 0
        assert early.take("localhost", port) is None
        opened = early.take(host, port)
        assert opened is not None
        assert early.take(host, port) is None
        opened.socket.close()


def test_an_untrusted_certificate_is_reported_as_without_it(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    certificate(tmp_path / "other", "127.0.0.1")
    with tls_server(tmp_path) as (url, _handshakes, _variables):
        variables = {"SSL_CERT_FILE": str(tmp_path / "other" / "cert.pem")}
        messages = []
        for early in (None, early_to(url, variables)):
            with Wire(variables=variables, early=early) as wire, pytest.raises(Unreachable) as raised:
                wire.send("GET", url)
            messages.append(str(raised.value))
    assert messages[0] == messages[1]


def test_a_server_that_refuses_connections_is_reported_as_without_it() -> None:
    with scripted(lambda _method, _path: Reply()) as server:
        url = server.url
    with Wire(early=early_to(url, {})) as wire, pytest.raises(Unreachable):
        wire.send("POST", url)


def test_every_address_of_a_host_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Like an address of IPv6 where only IPv4 works: one that cannot be dialled, and one that refuses."""
    with scripted(lambda _method, _path: Reply()) as server, socket.create_server(("127.0.0.1", 0)) as other:
        port, refusing = urlsplit(server.url).port, other.getsockname()
        other.close()
        tcp = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
        places = [("255.255.255.255", 1), refusing, ("127.0.0.1", port)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked: [(*tcp, place) for place in places])
        with Dialling("host", port or 0, 5.0).wait() as connected:
            assert connected.getpeername() == places[-1]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked: [(*tcp, refusing)])
        with pytest.raises(ConnectionRefusedError):
            Dialling("host", port or 0, 5.0).wait()


def test_a_server_that_accepts_nothing_is_waited_for_once() -> None:
    """A second attempt would take a minute."""
    with unresponsive() as place:
        early = open_early(f"http://{place}", {}, trusting=ssl.create_default_context, dial_seconds=0.1)
        with Wire(early=early, dial_seconds=60.0) as wire, pytest.raises(Unreachable):
            wire.send("GET", f"http://{place}")


def test_an_unusable_file_of_certificates_is_reported_as_without_it(tmp_path: Path) -> None:
    variables = {"SSL_CERT_FILE": str(tmp_path / "nowhere")}
    with tls_server(tmp_path) as (url, _handshakes, _variables):
        early = early_to(url, variables)
        with Wire(variables=variables, early=early) as wire, pytest.raises(UsageFault):
            wire.send("GET", url)


@pytest.mark.parametrize(
    ("url", "variables"),
    [
        ("https://api.example.org", {"HTTPS_PROXY": "http://proxy.example.org:3128"}),
        ("https://api.example.org", {"HTTPS_PROXY": "http://[broken"}),
        ("ftp://api.example.org", {}),
        ("https://api.example.org:99999", {}),
        ("https://", {}),
    ],
    ids=["a proxy", "an invalid proxy", "another scheme", "an invalid port", "no host"],
)
def test_nothing_is_opened_early(url: str, variables: dict[str, str]) -> None:
    """The first request takes another route, or reports the error."""
    before = set(threading.enumerate())
    assert open_early(url, variables, trusting=ssl.create_default_context, dial_seconds=1.0) is None
    assert set(threading.enumerate()) <= before


def test_closing_an_unused_connection_closes_it() -> None:
    with scripted(lambda _method, _path: Reply()) as server, Wire(early=early_to(server.url, {})) as wire:
        assert wire.send("GET", server.url.replace("127.0.0.1", "localhost")).status == 200


COMMANDS = [["network-policies"], ["add-network-policy", "appA", "appB"], ["export"]]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_makes_one_handshake(words: list[str], tmp_path: Path) -> None:
    """The connection that its process opens first is the one that all its requests use."""
    context = certificate(tmp_path, "127.0.0.1")
    handshakes: list[str] = []
    context.sni_callback = lambda _socket, name, _context: handshakes.append(str(name))
    with Foundation.open(None) as foundation, serve(foundation, "127.0.0.1", 0, context=context) as server:
        (tmp_path / ".cf").mkdir()
        config = config_of(server.url, foundation.sign_in("admin"))
        (tmp_path / ".cf" / "config.json").write_text(json.dumps(config), encoding="utf-8")
        variables = os.environ | {"CF_HOME": str(tmp_path), "SSL_CERT_FILE": str(tmp_path / "cert.pem")}
        ran = subprocess.run(
            [sys.executable, "-m", "cfnet", *words], env=variables, capture_output=True, text=True, check=False
        )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(handshakes) == 1
