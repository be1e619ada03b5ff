"""The app that runs in a container: a small HTTP server that says who it is and calls others on request.

It is like the example app of the walkthrough: `GET /proxy/HOST:PORT[/PATH]` calls onwards and returns the answer. There
may be a hundred of them, so they are forked from the supervisor, import nothing that it has not, and sleep when idle.
"""

from __future__ import annotations

import select
import socket
import threading
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.dataplane.http_call import CallResult, CallTarget, call

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PROXY: Final = "/proxy/"
_LARGEST_REQUEST: Final = 16_384
_PATIENCE: Final = 10.0
"""Seconds that a client may take to send its request."""

_AT_ONCE: Final = 32
"""Requests answered at the same time; others wait in the kernel's queue."""

_REASONS: Final = {200: "OK", 400: "Bad Request", 405: "Method Not Allowed", 502: "Bad Gateway"}


class AppIdentity(NamedTuple):
    """Who an app instance is: its app's name, its number, its cell and its overlay IP."""

    name: str
    instance: int
    cell: str
    ip: str

    def greeting(self) -> str:
        """What it answers."""
        return f"Hello from {self.name}, instance {self.instance} on {self.cell} ({self.ip})\n"


class AppAnswer(NamedTuple):
    """An HTTP answer: its status and its body."""

    status: int
    body: bytes


def serve_app(name: str, instance: int, cell: str, ip: str, ports: Iterable[int]) -> None:
    """Listen on the ports, in the network namespace that this thread is in, and answer until the process ends.

    A port that cannot be listened on is left out: the others still work.
    """
    serve_on(AppIdentity(name, instance, cell, ip), [ear for port in ports if (ear := listening_on(port))])


def listening_on(port: int) -> socket.socket | None:
    """Listen on a port of all addresses of this namespace; None if that is impossible."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind(("0.0.0.0", port))  # noqa: S104 - all addresses of a container are its overlay IP and loopback
        ear.listen(128)
    except OSError:
        ear.close()
        return None
    return ear


def serve_on(identity: AppIdentity, ears: Sequence[socket.socket]) -> None:
    """Answer on these sockets until the process ends."""
    free = threading.BoundedSemaphore(_AT_ONCE)
    waiting = select.poll()
    by_number = {ear.fileno(): ear for ear in ears}
    for ear in ears:
        ear.settimeout(0)
        waiting.register(ear, select.POLLIN)
    while True:
        for number, _ in waiting.poll():
            try:
                wire, _ = by_number[number].accept()
            except OSError:
                continue  # the client has gone again
            free.acquire()
            threading.Thread(target=_serve, args=(identity, wire, free), daemon=True).start()


def _serve(identity: AppIdentity, wire: socket.socket, free: threading.BoundedSemaphore) -> None:
    try:
        with wire:
            wire.settimeout(_PATIENCE)
            request = _received(wire)
            if request:
                wire.sendall(_encoded(respond(identity, request)))
    except OSError:
        pass  # the client has gone
    finally:
        free.release()


def _received(wire: socket.socket) -> bytes:
    """Read the head of a request; empty if the client sends none."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < _LARGEST_REQUEST:
        data = wire.recv(4096)
        if not data:
            return received
        received += data
    return received


def respond(identity: AppIdentity, request: bytes) -> AppAnswer:
    """Answer a request: who this is, or the answer of another app that this one was asked to call."""
    words = request.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/"):  # noqa: PLR2004 - method, path and version
        return AppAnswer(400, b"This is not an HTTP request.\n")
    method, path, _ = words
    if method not in ("GET", "HEAD"):
        return AppAnswer(405, b"Only GET is answered here.\n")
    hello = AppAnswer(200, identity.greeting().encode())
    found = _proxied(path.removeprefix(_PROXY)) if path.startswith(_PROXY) else hello
    return found._replace(body=b"") if method == "HEAD" else found


def _proxied(text: str) -> AppAnswer:
    try:
        target = CallTarget.parse(text)
    except ValueError:
        return AppAnswer(400, b"Use /proxy/HOST:PORT or /proxy/HOST:PORT/PATH.\n")
    outcome = call(target)
    if outcome.result is CallResult.ANSWERED:
        return AppAnswer(outcome.status, outcome.body)
    return AppAnswer(502, f"{target.host}:{target.port}: {outcome.result.value} ({outcome.detail})\n".encode())


def _encoded(answer: AppAnswer) -> bytes:
    reason = _REASONS.get(answer.status, "Proxied")
    head = (
        f"HTTP/1.1 {answer.status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(answer.body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + answer.body
