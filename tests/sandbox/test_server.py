"""A foundation served over HTTP."""

import http.client
import json
import socket
import subprocess
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
        other = client.get(server.url, headers={"Host": "localhost:81"})
        assert other.json()["links"]["login"] == {"href": "http://localhost:81"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        pytest.param("GET", "/v3/apps", {}, None, 200, id="a list"),
        pytest.param("POST", POLICIES, {}, BODY, 200, id="a body"),
        pytest.param("POST", POLICIES, {}, iter([BODY[:9], BODY[9:]]), 200, id="a body in chunks"),
        pytest.param("POST", POLICIES, {"Expect": "100-continue"}, BODY, 200, id="a body that waits to be let in"),
        pytest.param("POST", POLICIES, {}, b"x" * (10 * 1024 * 1024 + 1), 400, id="a body that is too long"),
        pytest.param("POST", "/v3/processes", {}, BODY, 404, id="a body that nobody reads"),
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


def lines(*given: bytes, body: bytes = b"") -> bytes:
    """A request of those lines."""
    return b"\r\n".join((*given, b"", body))


CHUNKED = b"Transfer-Encoding: chunked"
POST = (b"POST / HTTP/1.1", b"Host: localhost")
BAD_FRAMING = [
    pytest.param(lines(*POST, b"Content-Length: x"), b"400", id="a length that is no number"),
    pytest.param(lines(*POST, b"Content-Length: -1"), b"400", id="a negative length"),
    pytest.param(lines(*POST, b"Content-Length: +1", body=b"x"), b"400", id="a length with a sign"),
    pytest.param(lines(*POST, b"Content-Length: 1_0"), b"400", id="a length as Python writes it"),
    pytest.param(lines(*POST, "Content-Length: \u0661".encode()), b"400", id="a length in other digits"),
    pytest.param(lines(*POST, b"Content-Length:"), b"400", id="an empty length"),
    pytest.param(lines(*POST, b"Content-Length: 1, 1", body=b"x"), b"400", id="a list of lengths"),
    pytest.param(lines(*POST, b"Content-Length: 1", b"Content-Length: 2", body=b"x"), b"400", id="two lengths"),
    pytest.param(lines(*POST, b"Content-Length: 99999999999"), b"413", id="a length beyond the limit"),
    pytest.param(lines(*POST, b"Content-Length: " + b"9" * 5000), b"413", id="a length of 5,000 digits"),
    pytest.param(lines(*POST, b"Content-Length: 1", CHUNKED, body=b"0\r\n\r\n"), b"400", id="a length and chunks"),
    pytest.param(lines(*POST, CHUNKED, CHUNKED, body=b"0\r\n\r\n"), b"501", id="chunked twice"),
    pytest.param(lines(*POST, b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), b"501", id="another coding"),
    pytest.param(lines(*POST, b"Transfer-Encoding: identity"), b"501", id="no chunks"),
    pytest.param(lines(*POST, CHUNKED, body=b"zz\r\n"), b"400", id="a chunk size that is no number"),
    pytest.param(lines(*POST, CHUNKED, body=b"-1\r\n"), b"400", id="a negative chunk size"),
    pytest.param(lines(*POST, CHUNKED, body=b"0x1\r\nx\r\n0\r\n\r\n"), b"400", id="a chunk size with a prefix"),
    pytest.param(lines(*POST, CHUNKED, body=b"f" * 40 + b"\r\n"), b"413", id="a huge chunk"),
    pytest.param(lines(*POST, CHUNKED, body=b"1\r\nxy\r\n"), b"400", id="a chunk that is longer than it says"),
    pytest.param(lines(*POST, CHUNKED, body=b"0" * 5000 + b"\r\n"), b"400", id="a chunk size without an end"),
    pytest.param(lines(*POST, CHUNKED, body=b"0\r\n" + b"a: b\r\n" * 70), b"400", id="trailers without an end"),
    pytest.param(b"nonsense\r\n\r\n", b"400", id="no request at all"),
    pytest.param(lines(b"GET / HTTP/1.1"), b"400", id="no host"),
    pytest.param(lines(b"GET / HTTP/1.1", b"Host: localhost", b"Host: localhost"), b"400", id="two hosts"),
    pytest.param(lines(b"GET http://[ HTTP/1.1", b"Host: localhost"), b"400", id="a target that is no URL"),
    pytest.param(lines(b"GET / HTTP/1.1", b"Host: a@localhost"), b"400", id="a user in the host"),
]


@pytest.mark.parametrize(("request_bytes", "status"), BAD_FRAMING)
def test_what_is_no_request_ends_the_connection(server: Server, request_bytes: bytes, status: bytes) -> None:
    """It is refused, the connection closed, and the server goes on."""
    assert status in answered(server, request_bytes)
    with httpx.Client() as client:
        assert client.get(server.url).status_code == 200


def answered(server: Server, request_bytes: bytes) -> bytes:
    """Everything that the server answers until it closes the connection."""
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
        pytest.param("127.0.0.77", 200, id="the address it listens at"),
        pytest.param("evil.example", 403, id="a name that may be rebound"),
        pytest.param("localhost.evil.example", 403, id="a name that begins like ours"),
        pytest.param("10.0.0.1", 403, id="another address"),
        pytest.param("127.0.0.2", 403, id="another address of this machine"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no address 127.0.0.77 without set-up")
def test_only_its_own_host_is_answered(foundation: Foundation, host: str, status: int) -> None:
    """A page in a browser cannot reach it under a name of the page's own (DNS rebinding)."""
    with serve(foundation, "127.0.0.77") as server:
        head = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        assert int(answered(server, head.encode()).split()[1]) == status
        target = f"GET http://{host}/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        assert int(answered(server, target.encode()).split()[1]) == status


def test_a_server_at_every_address_is_called_by_any(foundation: Foundation) -> None:
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
    """No traceback when threads run out: a line in the log, an answer that says busy, and the server goes on."""
    ran = subprocess.run([sys.executable, "-c", CROWDED], capture_output=True, text=True, check=False, timeout=120)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "A connection is refused: can't start new thread" in ran.stdout.splitlines()
    assert ran.stdout.splitlines()[-1] == "['200', '503']"


def test_the_log_has_a_line_a_request(foundation: Foundation, bearer: dict[str, str]) -> None:
    """Only where it is asked for; terminal escapes in a request are shown, not obeyed."""
    lines: list[str] = []
    with serve(foundation, log=lines.append) as server, httpx.Client() as client:
        client.get(f"{server.url}/v3/apps?names=x", headers=bearer)
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=30) as raw:
            raw.sendall(b"GET /\x1b[31m HTTP/1.0\r\nHost: localhost\r\n\r\n")
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
