"""Begins to connect to a server, and waits for the connection later: there is other work to do meanwhile."""

from __future__ import annotations

import errno
import selectors
import socket
from contextlib import contextmanager
from os import strerror

TYPE_CHECKING = False  # typing takes longer to import than this module
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_IN_PROGRESS = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK})


def encoded(host: str) -> str | bytes:
    """Return the name of a host as bytes if it is ASCII: encoding other names takes time to import."""
    return host.encode("ascii") if host.isascii() else host


class Dialling:
    """A connection being made to the first address of a host that can be dialled."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        """Look up the host and begin to connect; each attempt may take `seconds`.

        Raises:
            OSError: the host is unknown, or none of its addresses can be dialled.
            UnicodeError: its name is invalid.
        """
        self._seconds = seconds
        self._left = list(reversed(socket.getaddrinfo(encoded(host), port, 0, socket.SOCK_STREAM)))
        self._socket = self._next()

    def close(self) -> None:
        """Give up."""
        self._socket.close()

    def wait(self) -> socket.socket:
        """Return the connection when it is made; if that fails, connect to the other addresses, one after the other.

        Raises:
            OSError: no address can be connected to; a TimeoutError if the last one did not respond in time.
        """
        while True:
            try:
                return _made(self._socket, self._seconds)
            except OSError:
                if not self._left:
                    raise
            self._socket = self._next()

    def _next(self) -> socket.socket:
        """Begin to connect to the next address."""
        while True:
            try:
                return _begun(self._left.pop())
            except OSError:
                if not self._left:
                    raise


def _begun(address: tuple[Any, ...]) -> socket.socket:
    """Return a socket that is being connected."""
    *kind, _, place = address
    begun = socket.socket(*kind)
    with _closed_on_error(begun):
        begun.settimeout(0)
        failed = begun.connect_ex(place)
        if failed not in _IN_PROGRESS:
            raise OSError(failed, strerror(failed))
    return begun


def _made(begun: socket.socket, seconds: float) -> socket.socket:
    """Return the socket when it is connected."""
    with _closed_on_error(begun):
        with selectors.DefaultSelector() as selector:
            selector.register(begun, selectors.EVENT_WRITE)
            if not selector.select(seconds):
                raise TimeoutError
        failed = begun.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed:
            raise OSError(failed, strerror(failed))
        begun.settimeout(seconds)
        begun.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return begun


@contextmanager
def _closed_on_error(opened: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        opened.close()
        raise
