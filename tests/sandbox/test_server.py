"""A foundation served over HTTP."""

import http.client
import json
import socket
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx  # noqa: TID253 - these tests call the API as any client does
import pytest

from cfnet.sandbox import Foundation, Server, Unusable, serve
from tests.policies import policy
from tests.sandbox.shop import BACKEND, FRONTEND, body_of

POLICIES = "/networking/v1/external/policies"
BODY = json.dumps(body_of(policy(FRONTEND, BACKEND))).encode()


@pytest.fixture
def server(foundation: Foundation) -> Iterator[Server]:
    """The shop's foundation, served."""
    with serve(foundation) as listening:
        yield listening


@pytest.fixture
def bearer(foundation: Foundation) -> dict[str, str]:
    """An administrator's header."""
    return {"Authorization": f"bearer {foundation.sign_in('root').access}"}


def test_links_are_of_the_address_that_was_called(server: Server) -> None:
    """Whatever name the client calls the server by is the one in its links."""
    with httpx.Client() as client:
        assert client.get(server.url).json()["links"]["self"] == {"href": server.url}
        other = client.get(server.url, headers={"Host": "cf.example.org:81"})
        assert other.json()["links"]["login"] == {"href": "http://cf.example.org:81"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        pytest.param("GET", "/v3/apps", {}, None, 200, id="a list"),
        pytest.param("POST", POLICIES, {}, BODY, 200, id="a body"),
        pytest.param("POST", POLICIES, {}, iter([BODY[:9], BODY[9:]]), 200, id="a body in chunks"),
        pytest.param("POST", POLICIES, {"Expect": "100-continue"}, BODY, 200, id="a body that waits to be let in"),
        pytest.param("POST", POLICIES, {}, b"x" * (10 * 1024 * 1024 + 1), 400, id="a body that is too long"),
        pytest.param("POST", "/v3/apps", {}, BODY, 404, id="a body that nobody reads"),
        pytest.param("PUT", POLICIES, {}, iter([BODY]), 405, id="chunks that nobody reads"),
        pytest.param("HEAD", "/v3/apps", {}, None, 200, id="a head without a body"),
        pytest.param("OPTIONS", POLICIES, {}, None, 200, id="an empty answer"),
    ],
)
def test_connections_are_kept(
    server: Server, bearer: dict[str, str], *, method: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    """After whatever request, the same connection answers the next."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.connect()
    before = connection.sock
    connection.request(method, path, body, bearer | headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == status
    connection.request("GET", "/v3/spaces/space-web", headers=bearer)
    assert json.loads(connection.getresponse().read())["name"] == "web"
    assert connection.sock is before
    connection.close()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", b"400", id="a length that is none"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", b"413", id="a length beyond reason"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400", id="chunks that are none"
        ),
        pytest.param(b"nonsense\r\n\r\n", b"400", id="no request at all"),
    ],
)
def test_what_is_no_request_ends_the_connection(server: Server, request_bytes: bytes, status: bytes) -> None:
    """It is refused, the connection closed, and the server goes on."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as raw, raw.makefile("rb") as answer:
        raw.sendall(request_bytes)
        assert status in answer.read()
    with httpx.Client() as client:
        assert client.get(server.url).status_code == 200


def test_the_log_has_a_line_a_request(foundation: Foundation, bearer: dict[str, str]) -> None:
    """Only where it is asked for; terminal escapes in a request are shown, not obeyed."""
    lines: list[str] = []
    with serve(foundation, log=lines.append) as server, httpx.Client() as client:
        client.get(f"{server.url}/v3/apps?names=x", headers=bearer)
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=30) as raw:
            raw.sendall(b"GET /\x1b[31m HTTP/1.0\r\nHost: x\r\n\r\n")
            raw.makefile("rb").read()
    assert lines == ["GET /v3/apps?names=x HTTP/1.1 200", "GET /\\x1b[31m HTTP/1.0 404"]


def test_nothing_is_printed(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    """No banner, no lines, neither on stdout nor on stderr."""
    with httpx.Client() as client:
        client.get(f"{server.url}/v3/apps")
    assert capfd.readouterr() == ("", "")


def test_a_fault_of_ours_is_a_500_and_told_in_the_log(foundation: Foundation) -> None:
    """The server goes on, and the user is not left with a closed connection."""
    lines: list[str] = []
    with serve(foundation, log=lines.append) as server, httpx.Client() as client:
        foundation.settings = None  # type: ignore[assignment]  # what no caller should do
        answer = client.post(f"{server.url}/oauth/token", data={"grant_type": "password"}, auth=("cf", ""))
        assert (answer.status_code, answer.text) == (500, "Internal Server Error\n")
        assert client.get(server.url).status_code == 200
    assert "Traceback" in lines[0]


@pytest.mark.parametrize(
    ("host", "port", "message"),
    [
        pytest.param("127.0.0.1", None, "Cannot listen at 127.0.0.1 port {port}: ", id="a port that is taken"),
        pytest.param("192.0.2.1", 0, "Cannot listen at 192.0.2.1 port 0: ", id="an address of others"),
        pytest.param("127.0.0.1", 70000, "Cannot listen at 127.0.0.1 port 70000: ", id="a port that is none"),
        pytest.param("no.invalid", 0, "Cannot listen at no.invalid port 0: ", id="a name of nobody's"),
    ],
)
def test_an_address_that_cannot_be_used(
    foundation: Foundation, server: Server, host: str, port: int | None, message: str
) -> None:
    """One sentence, and nothing printed."""
    taken = urlsplit(server.url).port
    wanted = taken if port is None else port
    assert wanted is not None
    with pytest.raises(Unusable) as refused:
        serve(foundation, host, wanted)
    assert str(refused.value).startswith(message.format(port=taken))
    assert refused.value.hint == "Choose another port, or 0 for any that is free."


def test_shutdown_hangs_up(foundation: Foundation) -> None:
    """Connections that clients keep are closed, and the port is free again."""
    # Where any address of 127.0.0.0/8 is one's own, nobody else will have taken the port meanwhile.
    host = "127.0.0.77" if sys.platform == "linux" else "127.0.0.1"
    with serve(foundation, host) as server:
        address = urlsplit(server.url)
        connection = http.client.HTTPConnection(address.netloc, timeout=30)
        connection.request("GET", "/")
        connection.getresponse().read()
    assert connection.sock.recv(1) == b""
    connection.close()
    with serve(foundation, host, address.port or 0) as again:
        assert again.url == server.url
