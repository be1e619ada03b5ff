"""Endless responses: each request ends in time, and no response uses more memory than allowed."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from cfnet.errors import CfnetError, ServerTrouble, Unconfirmed, Unreachable
from cfnet.foundation.http.body import LIST_BYTES, SMALL_BYTES
from cfnet.foundation.http.wire import Wire
from tests.processes import PATIENCE_SECONDS
from tests.scripted_server import Reply, scripted

Talk = Callable[[socket.socket, threading.Event], None]


@contextmanager
def talker(talk: Talk) -> Iterator[str]:
    """Serve one connection with `talk`, which receives an event that is set at the end."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:

        def serve() -> None:
            with suppress(OSError), server.accept()[0] as connection:
                connection.recv(65536)
                talk(connection, over)

        served = pool.submit(serve)
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
        served.result(PATIENCE_SECONDS)


def trickle(head: bytes, drop: bytes) -> Talk:
    """Send `head`, then `drop` repeatedly, often enough to avoid a read timeout."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(head)
        while not over.wait(0.02):
            connection.sendall(drop)

    return talk


OK = b"HTTP/1.1 200 OK\r\n"
ENDLESS: dict[str, Talk] = {
    "a byte of the status line at a time": trickle(b"", b"H"),
    "a header at a time": trickle(OK, b"X: y\r\n"),
    "a byte of a header at a time": trickle(OK + b"X: ", b"y"),
    "a byte of the body at a time": trickle(OK + b"Content-Length: 1000000\r\n\r\n", b" "),
    "a chunk at a time": trickle(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "compressed nothing at a time": trickle(OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
    "an informational response at a time": trickle(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("talk", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_response_times_out(method: str, talk: Talk) -> None:
    """The error says so, and, for a request that changes something, that it may have been processed."""
    with (
        talker(talk) as host,
        ThreadPoolExecutor(1) as pool,
        Wire(answer_seconds=2 * PATIENCE_SECONDS, whole_seconds=0.3) as wire,
    ):
        error = pool.submit(wire.send, method, f"http://{host}/v3").exception(PATIENCE_SECONDS)
    assert isinstance(error, Unreachable if method == "GET" else Unconfirmed)
    assert str(error) == f"Request error: {host} did not finish its response within 0.3 seconds"
    assert error.hint == ("Try again." if method == "GET" else "It may have been processed; check before retrying.")


def flood(head: bytes, drop: bytes) -> Talk:
    """Send `head`, then `drop` repeatedly, as fast as possible."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(head)
        while not over.is_set():
            connection.sendall(drop)

    return talk


FLOODS: dict[str, tuple[Talk, str]] = {
    "a body": (flood(OK + b"\r\n", b" " * 65536), "HOST sent a response of more than 1 MiB; the rest was not read."),
    "headers": (flood(OK, b"X-Filler: yes\r\n" * 4096), "Request error: HOST sent headers of more than 100 KiB"),
    "one header": (flood(OK + b"X: ", b"y" * 65536), "Request error: HOST sent headers of more than 100 KiB"),
    "a status line": (flood(b"", b"H" * 65536), "Request error: HOST sent headers of more than 100 KiB"),
}


@pytest.mark.parametrize(("talk", "found"), FLOODS.values(), ids=FLOODS)
def test_a_flood_is_cut_off(talk: Talk, found: str) -> None:
    """At the size limit."""
    with talker(talk) as host, Wire() as wire, pytest.raises(ServerTrouble) as caught:
        wire.send("POST", f"http://{host}/v3")
    assert str(caught.value) == found.replace("HOST", host)


@pytest.mark.parametrize(("most", "found"), [(SMALL_BYTES, "1 MiB"), (LIST_BYTES, "64 MiB")])
def test_a_bomb_is_not_requested_again(most: int, found: str) -> None:
    """Neither a small response nor a list exceeds its limit; a retry would not help."""
    bomb = gzip.compress(bytes(LIST_BYTES + 1))
    with scripted(lambda _method, _path: Reply(200, bomb, {"Content-Encoding": "gzip"})) as server, Wire() as wire:
        with pytest.raises(ServerTrouble, match=f"sent a response of more than {found}; the rest was not read"):
            wire.send("GET", server.url, most_bytes=most)
        assert len(server.asked) == 1


def test_a_response_of_the_maximum_size_is_read() -> None:
    """The limit is inclusive."""
    with scripted(lambda _method, _path: Reply(200, bytes(SMALL_BYTES))) as server, Wire() as wire:
        assert wire.send("GET", server.url).body == bytes(SMALL_BYTES)


def test_only_supported_encodings_are_requested() -> None:
    """The size of others could not be limited."""
    with (
        scripted(lambda _method, _path: Reply(200, b"\x1b", {"Content-Encoding": "br"})) as server,
        Wire() as wire,
        pytest.raises(CfnetError, match="sent a response in the encoding 'br', not requested by cfnet"),
    ):
        wire.send("GET", server.url)
