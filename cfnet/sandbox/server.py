"""Serves a foundation over HTTP/1.1, with a thread for each persistent connection, and optional logging."""

import io
import os
import socket
import ssl
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

from cfnet.sandbox import framing
from cfnet.sandbox.faults import Unusable
from cfnet.sandbox.foundation import Foundation
from cfnet.sandbox.framing import BadFraming

LOCAL_HOSTS: Final = frozenset(("localhost", "127.0.0.1", "[::1]"))
"""The host names that a client on this machine may use."""

EVERYWHERE: Final = frozenset(("0.0.0.0", "::"))  # noqa: S104 - compared, not bound
"""Addresses that mean all addresses of this machine."""

IDLE_SECONDS: Final = 120
"""How long an idle connection stays open."""

Log = Callable[[str], None]


class Server:
    """A listening server: call `serve_forever`, or use it as a context manager to serve in a thread.

    Attributes:
        url: its address, without trailing slash.
    """

    def __init__(
        self, foundation: Foundation, listener: socket.socket, asked: str, context: ssl.SSLContext | None, log: Log
    ) -> None:
        host, port, *_ = listener.getsockname()
        self._server = _Server(host, port, foundation.wsgi, _Handler, ssl_context=context, fd=listener.fileno())
        self._server.say = log
        self._server.hosts = LOCAL_HOSTS | {_as_host(asked), _as_host(host)}
        self._server.any_address = host in EVERYWHERE
        self._thread: threading.Thread | None = None
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
        self.url = f"{'https' if context else 'http'}://{_as_host(reachable)}:{port}"

    def serve_forever(self) -> None:
        """Handle requests until `shutdown` is called from another thread, or Ctrl-C is pressed."""
        try:
            self._server.serve_forever(poll_interval=0.05)
        finally:
            self._server.hang_up()

    def shutdown(self) -> None:
        """Stop serving, and close all connections. Call it only while `serve_forever` runs or is about to run."""
        self._server.shutdown()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever, name="cfnet-sandbox", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        if self._thread is not None:
            self._thread.join()


def serve(
    foundation: Foundation,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    context: ssl.SSLContext | None = None,
    log: Log | None = None,
) -> Server:
    """Listen for requests to a foundation.

    Args:
        foundation: the foundation to serve; it is not closed when the server ends.
        host: the address to listen on.
        port: the port; 0 for any free one.
        context: the TLS context for HTTPS, with the certificate loaded.
        log: is called with a line for each request and each error; None for no log.

    Raises:
        Unusable: the server cannot listen on the address.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        try:
            # Allow ports with connections in TIME_WAIT; on Windows the option would let two servers share a port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
            listener.bind((host, port))
            listener.listen(128)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no such port"
            raise Unusable(
                f"Cannot listen on {host} port {port}: {reason}.",
                hint="Choose another port, or 0 for any free one.",
            ) from error
        return Server(foundation, listener, host, context, log or _keep_quiet)


def _as_host(address: str) -> str:
    """Format an address for a URL or a Host header, with IPv6 in brackets."""
    return f"[{address}]".lower() if ":" in address else address.lower()


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _keep_quiet(line: str) -> None:
    """Do not log."""


_BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class _Server(ThreadedWSGIServer):
    say: Log = staticmethod(_keep_quiet)
    hosts: frozenset[str] = LOCAL_HOSTS
    any_address = False

    def __init__(self, *args: object, **named: object) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*args, **named)  # type: ignore[arg-type]  # Werkzeug's arguments, passed through

    def is_ours(self, host: str) -> bool:
        """Return whether a Host header may name this host.

        A page of another site can make a browser call this server under that site's name (DNS rebinding). A server that
        listens on all addresses accepts any IP address, because addresses cannot be rebound.
        """
        return host in self.hosts or (self.any_address and _is_address(host))

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Start a thread for the connection; close it if that fails."""
        try:
            super().process_request(request, client_address)
        except RuntimeError as error:
            self.say(f"A connection was refused: {error}")
            if isinstance(request, socket.socket):
                with suppress(OSError):
                    request.settimeout(0)
                    request.send(_BUSY)
            self.shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - socketserver's
        """Log the error of a connection, instead of printing a traceback to stderr."""
        self.say(f"A connection failed: {sys.exc_info()[1]}")

    def hang_up(self) -> None:
        """Close all persistent connections."""
        for connection in tuple(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client has closed it


class _Handler(WSGIRequestHandler):
    """Keeps connections open, unlike Werkzeug's handler, by reading requests completely."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # Send head and body together: otherwise, each response waits for the client's delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def handle_expect_100(self) -> bool:
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def run_wsgi(self) -> None:
        try:
            self.environ = environ = self.make_environ()
        except ValueError:
            self._refuse(400, "Bad request target")
            return
        try:
            host = framing.host(environ, self.headers)
            body = framing.body(self.headers, self.rfile)
        except BadFraming as error:
            self._refuse(error.status, str(error))
            return
        except OSError:
            self.close_connection = True
            return
        if host is not None and not self.server.is_ours(host):
            self._refuse(403, f"This server is not {host}: use its own address")
            return
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        try:
            response = Response.from_app(self.server.app, environ, buffered=True)
        except Exception:  # noqa: BLE001 - log the bug and continue to serve
            self.server.say(traceback.format_exc())
            response = Response("Internal Server Error\n", status=500)
        self.send_response(response.status_code, response.status.partition(" ")[2])
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.get_data())

    def _refuse(self, status: int, reason: str) -> None:
        self.close_connection = True
        self.send_error(status, explain=reason)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 - http.server's
        self.server.say(f"{self.requestline.encode('unicode_escape').decode()} {code}")

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - Werkzeug's name
        self.server.say(f"{type}: {message % args}")
