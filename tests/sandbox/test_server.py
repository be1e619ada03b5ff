"""A foundation served over HTTP."""

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx  # noqa: TID253 - these tests call the API like any client
import pytest

from cfnet.sandbox import Foundation, Server, Unusable, serve
from tests.policies import policy
from tests.sandbox.shop import BACKEND, FRONTEND, body_of

POLICIES = "/networking/v1/external/policies"
BODY = json.dumps(body_of(policy(FRONTEND, BACKEND))).encode()


@pytest.fixture
def server(foundation: Foundation) -> Iterator[Server]:
    """The shop's foundation, served over HTTP."""
    with serve(foundation) as listening:
        yield listening


@pytest.fixture
def bearer(foundation: Foundation) -> dict[str, str]:
    """An administrator's Authorization header."""
    return {"Authorization": f"bearer {foundation.sign_in('root').access}"}


def test_links_use_the_host_of_the_request(server: Server) -> None:
    """Whatever name the client uses for the server."""
    with httpx.Client() as client:
        assert client.get(server.url).json()["links"]["self"] == {"href": server.url}
        other = client.get(server.url, headers={"Host": "localhost:81"})
        assert other.json()["links"]["login"] == {"href": "http://localhost:81"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        pytest.param("GET", "/v3/apps", {}, None, 200, id="a list"),
        pytest.param("POST", POLICIES, {}, BODY, 200, id="a body"),
        pytest.param("POST", POLICIES, {}, iter([BODY[:9], BODY[9:]]), 200, id="a body in chunks"),
        pytest.param("POST", POLICIES, {"Expect": "100-continue"}, BODY, 200, id="a body after 100 Continue"),
        pytest.param("POST", POLICIES, {}, b"x" * (10 * 1024 * 1024 + 1), 400, id="a body that is too long"),
        pytest.param("POST", "/v3/processes", {}, BODY, 404, id="an unread body"),
        pytest.param("PUT", POLICIES, {}, iter([BODY]), 405, id="unread chunks"),
        pytest.param("HEAD", "/v3/apps", {}, None, 200, id="a head without a body"),
        pytest.param("OPTIONS", POLICIES, {}, None, 200, id="an empty response"),
    ],
)
def test_connections_are_kept_alive(
    server: Server, bearer: dict[str, str], *, method: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    """After any request, the same connection serves the next one."""
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


def lines(*given: bytes, body: bytes = b"") -> bytes:
    """A request of these lines."""
    return b"\r\n".join((*given, b"", body))


CHUNKED = b"Transfer-Encoding: chunked"
POST = (b"POST / HTTP/1.1", b"Host: localhost")
BAD_FRAMING = [
    pytest.param(lines(*POST, b"Content-Length: x"), b"400", id="a length that is not a number"),
    pytest.param(lines(*POST, b"Content-Length: -1"), b"400", id="a negative length"),
    pytest.param(lines(*POST, b"Content-Length: +1", body=b"x"), b"400", id="a length with a sign"),
    pytest.param(lines(*POST, b"Content-Length: 1_0"), b"400", id="a length as a Python literal"),
    pytest.param(lines(*POST, "Content-Length: \u0661".encode()), b"400", id="a length in non-ASCII digits"),
    pytest.param(lines(*POST, b"Content-Length:"), b"400", id="an empty length"),
    pytest.param(lines(*POST, b"Content-Length: 1, 1", body=b"x"), b"400", id="a list of lengths"),
    pytest.param(lines(*POST, b"Content-Length: 1", b"Content-Length: 2", body=b"x"), b"400", id="two lengths"),
    pytest.param(lines(*POST, b"Content-Length: 99999999999"), b"413", id="a length beyond the limit"),
    pytest.param(lines(*POST, b"Content-Length: " + b"9" * 5000), b"413", id="a length of 5,000 digits"),
    pytest.param(lines(*POST, b"Content-Length: 1", CHUNKED, body=b"0\r\n\r\n"), b"400", id="a length and chunks"),
    pytest.param(lines(*POST, CHUNKED, CHUNKED, body=b"0\r\n\r\n"), b"501", id="chunked twice"),
    pytest.param(
        lines(*POST, b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), b"501", id="an unknown transfer coding"
    ),
    pytest.param(lines(*POST, b"Transfer-Encoding: identity"), b"501", id="no chunks"),
    pytest.param(lines(*POST, CHUNKED, body=b"zz\r\n"), b"400", id="a chunk size that is not a number"),
    pytest.param(lines(*POST, CHUNKED, body=b"-1\r\n"), b"400", id="a negative chunk size"),
    pytest.param(lines(*POST, CHUNKED, body=b"0x1\r\nx\r\n0\r\n\r\n"), b"400", id="a chunk size with a prefix"),
    pytest.param(lines(*POST, CHUNKED, body=b"f" * 40 + b"\r\n"), b"413", id="a huge chunk"),
    pytest.param(lines(*POST, CHUNKED, body=b"1\r\nxy\r\n"), b"400", id="a chunk longer than its size"),
    pytest.param(lines(*POST, CHUNKED, body=b"0" * 5000 + b"\r\n"), b"400", id="an endless chunk size"),
    pytest.param(lines(*POST, CHUNKED, body=b"0\r\n" + b"a: b\r\n" * 70), b"400", id="endless trailers"),
    pytest.param(b"nonsense\r\n\r\n", b"400", id="not a request"),
    pytest.param(lines(b"GET / HTTP/1.1"), b"400", id="no host"),
    pytest.param(lines(b"GET / HTTP/1.1", b"Host: localhost", b"Host: localhost"), b"400", id="two hosts"),
    pytest.param(lines(b"GET http://[ HTTP/1.1", b"Host: localhost"), b"400", id="a target that is not a URL"),
    pytest.param(lines(b"GET / HTTP/1.1", b"Host: a@localhost"), b"400", id="a user in the host"),
]


@pytest.mark.parametrize(("request_bytes", "status"), BAD_FRAMING)
def test_a_malformed_request_ends_the_connection(server: Server, request_bytes: bytes, status: bytes) -> None:
    """It is refused and the connection closed; the server continues."""
    assert status in answered(server, request_bytes)
    with httpx.Client() as client:
        assert client.get(server.url).status_code == 200


def answered(server: Server, request_bytes: bytes) -> bytes:
    """Everything that the server sends until it closes the connection."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as raw, raw.makefile("rb") as answer:
        raw.sendall(request_bytes)
        return answer.read()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("localhost", 200, id="localhost"),
        pytest.param("LOCALHOST:9", 200, id="another port"),
        pytest.param("127.0.0.1:80", 200, id="IPv4"),
        pytest.param("[::1]:80", 200, id="IPv6"),
        pytest.param("127.0.0.77", 200, id="the address it listens on"),
        pytest.param("evil.example", 403, id="a name that could be rebound"),
        pytest.param("localhost.evil.example", 403, id="a name with the same prefix"),
        pytest.param("10.0.0.1", 403, id="another address"),
        pytest.param("127.0.0.2", 403, id="another address of this machine"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no address 127.0.0.77 without set-up")
def test_other_hosts_are_refused(foundation: Foundation, host: str, status: int) -> None:
    """A web page cannot reach the server under the page's own name (DNS rebinding)."""
    with serve(foundation, "127.0.0.77") as server:
        head = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        assert int(answered(server, head.encode()).split()[1]) == status
        target = f"GET http://{host}/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        assert int(answered(server, target.encode()).split()[1]) == status


def test_a_server_on_all_addresses_accepts_any_address(foundation: Foundation) -> None:
    """An address cannot be rebound; a name can."""
    with serve(foundation, "0.0.0.0") as server, httpx.Client() as client:
        assert client.get(server.url, headers={"Host": "192.0.2.7:80"}).status_code == 200
        assert client.get(server.url, headers={"Host": "evil.example"}).status_code == 403


CROWDED = """
import pathlib, resource, socket, sys
from cfnet.sandbox import Foundation, serve
with Foundation.open(None) as foundation:
    server = serve(foundation, log=lambda line: print(line, flush=True))
    used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    with server:
        resource.setrlimit(resource.RLIMIT_AS, (used + 256 * 2**20, -1))
        address = server.url.rpartition("/")[2].split(":")
        clients = []
        for _ in range(200):
            clients.append(socket.create_connection((address[0], int(address[1])), timeout=30))
            clients[-1].sendall(b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
        answers = [client.recv(12) for client in clients]
        for client in clients:
            client.close()
        print(sorted({answer[9:12].decode() for answer in answers if answer}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts its memory by /proc")
def test_connections_without_a_thread_are_closed() -> None:
    """If no thread can be started, the log has one line, the client gets a busy response, and the server continues."""
    ran = subprocess.run([sys.executable, "-c", CROWDED], capture_output=True, text=True, check=False, timeout=120)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "A connection was refused: can't start new thread" in ran.stdout.splitlines()
    assert ran.stdout.splitlines()[-1] == "['200', '503']"


def test_the_log_has_one_line_per_request(foundation: Foundation, bearer: dict[str, str]) -> None:
    """Only on request; terminal escapes in a request are escaped."""
    lines: list[str] = []
    with serve(foundation, log=lines.append) as server, httpx.Client() as client:
        client.get(f"{server.url}/v3/apps?names=x", headers=bearer)
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=30) as raw:
            raw.sendall(b"GET /\x1b[31m HTTP/1.0\r\nHost: localhost\r\n\r\n")
            raw.makefile("rb").read()
    assert lines == ["GET /v3/apps?names=x HTTP/1.1 200", "GET /\\x1b[31m HTTP/1.0 404"]


def test_nothing_is_printed(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither to stdout nor to stderr."""
    with httpx.Client() as client:
        client.get(f"{server.url}/v3/apps")
    assert capfd.readouterr() == ("", "")


def test_an_internal_error_is_a_500_and_logged(foundation: Foundation) -> None:
    """The server continues, and the client gets a response."""
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
        pytest.param("127.0.0.1", None, "Cannot listen on 127.0.0.1 port {port}: ", id="a port in use"),
        pytest.param("192.0.2.1", 0, "Cannot listen on 192.0.2.1 port 0: ", id="an address of another machine"),
        pytest.param("127.0.0.1", 70000, "Cannot listen on 127.0.0.1 port 70000: ", id="an invalid port"),
        pytest.param("no.invalid", 0, "Cannot listen on no.invalid port 0: ", id="an unknown name"),
    ],
)
def test_an_unusable_address(foundation: Foundation, server: Server, host: str, port: int | None, message: str) -> None:
    """The error is one sentence, and nothing is printed."""
    taken = urlsplit(server.url).port
    wanted = taken if port is None else port
    assert wanted is not None
    with pytest.raises(Unusable) as refused:
        serve(foundation, host, wanted)
    assert str(refused.value).startswith(message.format(port=taken))
    assert refused.value.hint == "Choose another port, or 0 for any free one."


def test_shutdown_closes_connections(foundation: Foundation) -> None:
    """Idle connections of clients are closed, and the port is free again."""
    # On Linux all of 127.0.0.0/8 is local, so no other process will have taken the port meanwhile.
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
