"""A tunnelling proxy (`CONNECT`) that connects every host to the same server."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit


class Tunnel(NamedTuple):
    """The proxy's address, and the request heads received."""

    url: str
    asked: list[str]


@contextmanager
def tunnel(to: str) -> Iterator[Tunnel]:
    """Serve a proxy on the loopback interface, whose tunnels lead to the host and port of the URL `to`."""
    end = urlsplit(to)
    asked: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        timeout = 20

        def handle(self) -> None:
            asked.append(b"".join(iter(self.rfile.readline, b"\r\n")).decode())
            with socket.create_connection((str(end.hostname), end.port or 443)) as there:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_copy, args=(there, self.connection), daemon=True)
                back.start()
                _copy(self.connection, there)
                back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Tunnel(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):  # either side may have disconnected
        while chunk := one.recv(65536):
            other.sendall(chunk)
        other.shutdown(socket.SHUT_WR)
