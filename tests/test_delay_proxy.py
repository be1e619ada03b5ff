"""The proxy that delays everything changes nothing else."""

import urllib.request

from tests.delay_proxy import delayed
from tests.scripted_server import Reply, scripted


def test_requests_and_responses_pass_through() -> None:
    """Also long ones."""
    body = b"x" * 1_000_000
    with (
        scripted(lambda _method, _path: Reply(200, body)) as server,
        delayed(_port(server.url), 0.001) as port,
        urllib.request.urlopen(f"http://127.0.0.1:{port}/a", data=body) as response,
    ):
        assert response.read() == body
    assert server.asked == ["POST /a"]


def test_it_ends_at_once() -> None:
    """Without waiting for anything."""
    with scripted(lambda _method, _path: Reply(200)) as server, delayed(_port(server.url), 60) as port:
        assert port != _port(server.url)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
