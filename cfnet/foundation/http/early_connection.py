"""Opens a connection in a thread, so that its round trips pass while httpx is being imported.

Connecting and the TLS handshake take two to three round trips, and importing httpx about as long as one. Whatever goes
wrong here is not reported: the connection is then made again in the usual way, which reports it.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from cfnet.foundation.http.dialling import Dialling, encoded

TYPE_CHECKING = False  # typing takes longer to import than this module
if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Mapping

PORTS = {"https": 443, "http": 80}


class Opened:
    """A connection that is ready for requests; `context` is that of its TLS handshake, None without TLS."""

    def __init__(self, socket: socket.socket, context: ssl.SSLContext | None) -> None:
        self.socket = socket
        self.context = context


class EarlyConnection:
    """A connection to one server, which can be taken once."""

    def __init__(
        self, host: str, port: int, *, trusting: Callable[[], ssl.SSLContext] | None, dial_seconds: float
    ) -> None:
        """Begin to connect.

        Args:
            host: name or address of the server.
            port: its port.
            trusting: makes the TLS context; None for a connection without TLS.
            dial_seconds: the time limit of each step.
        """
        self._host = host
        self._port = port
        self._trusting = trusting
        self._seconds = dial_seconds
        self._opened: Opened | None = None
        self._closed = False
        self._context: ssl.SSLContext | None = None
        self._has_context = threading.Event()
        self._timed_out = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._open, name="early connection", daemon=True)
        self._thread.start()

    def leads_to(self, url: str) -> bool:
        """Return whether the connection is to the server of `url`."""
        return _server_of(url) == (self._host, self._port)

    def take(self, host: str, port: int) -> Opened | None:
        """Wait for the connection and return it; None if it leads elsewhere, failed, or has been taken.

        Raises:
            TimeoutError: the server did not accept the connection in time; raised once.
        """
        if (host, port) != (self._host, self._port):
            return None
        self._thread.join()
        with self._lock:
            opened, self._opened = self._opened, None
            timed_out, self._timed_out = self._timed_out, False
        if timed_out:
            raise TimeoutError
        return opened

    def context(self) -> ssl.SSLContext | None:
        """Wait for the TLS context, which takes time to make; None without TLS, or if it cannot be made."""
        self._has_context.wait()
        return self._context

    def close(self) -> None:
        """Close the connection, unless it has been taken; does not wait for one that is not open yet."""
        with self._lock:
            self._closed = True
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.socket.close()

    def _open(self) -> None:
        # OSError includes TLS errors; UnicodeError is an invalid host name.
        with suppress(OSError, UnicodeError):
            try:
                dialling = Dialling(self._host, self._port, self._seconds)
            finally:
                # While the connection is being made. Requests use the TLS context without it, too.
                has_failed = not self._make_context()
            if has_failed:
                dialling.close()
                return
            try:
                plain = dialling.wait()
            except TimeoutError:
                self._timed_out = True
                raise
            try:
                self._keep(self._handshake(plain))
            except BaseException:
                plain.close()
                raise

    def _make_context(self) -> bool:
        """Make the TLS context, if one is needed; return whether that succeeds."""
        from cfnet.errors import CfnetError  # noqa: PLC0415 - after dialling

        try:
            with suppress(OSError, CfnetError):
                self._context = self._trusting() if self._trusting else None
                return True
        finally:
            self._has_context.set()
        return False

    def _keep(self, opened: Opened) -> None:
        with self._lock:
            if not self._closed:
                self._opened = opened
                return
        opened.socket.close()

    def _handshake(self, plain: socket.socket) -> Opened:
        if self._context is None:
            return Opened(plain, None)
        self._context.set_alpn_protocols(["http/1.1"])
        return Opened(self._context.wrap_socket(plain, server_hostname=encoded(self._host)), self._context)


def open_early(
    url: str,
    variables: Mapping[str, str],
    *,
    trusting: Callable[[], ssl.SSLContext],
    dial_seconds: float,
) -> EarlyConnection | None:
    """Begin to connect to the server of `url`; None if its address is invalid, or a proxy is to be used.

    `variables` set proxies; `trusting` makes the TLS context for https.
    """
    from cfnet.errors import CfnetError  # noqa: PLC0415 - this module must be imported fast
    from cfnet.foundation.http.proxy import proxy_for  # noqa: PLC0415 - the same

    try:
        server = _server_of(url)
        if server is None or proxy_for(url, variables) is not None:
            return None
    except CfnetError:  # the first request will report what is wrong
        return None
    is_https = url.lower().startswith("https:")
    return EarlyConnection(*server, trusting=trusting if is_https else None, dial_seconds=dial_seconds)


def _server_of(url: str) -> tuple[str, int] | None:
    """The host and port of `url`; None if it has none."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - this module must be imported fast

    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError):
        return None
    return (parts.hostname, port) if parts.hostname else None
