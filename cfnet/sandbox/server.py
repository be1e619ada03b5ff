"""Serves a foundation over HTTP/1.1: a thread for each connection, connections kept, nothing printed unless asked."""

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
"""Names that a client on this machine calls it by."""

EVERYWHERE: Final = frozenset(("0.0.0.0", "::"))  # noqa: S104 - compared, not bound
"""Addresses that stand for all of this machine's."""

IDLE_SECONDS: Final = 120
"""How long a connection stays open with nothing on it."""

Log = Callable[[str], None]


class Server:
    """A server that listens. `serve_forever` answers until `shutdown`; as a context manager, a thread does.

    Attributes:
        url: where it is, without a slash at the end.
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
        """Answer requests until `shutdown` is called from another thread, or Ctrl-C."""
        try:
            self._server.serve_forever(poll_interval=0.05)
        finally:
            self._server.hang_up()

    def shutdown(self) -> None:
        """Stop answering, and close what is open. Only while `serve_forever` runs, or is about to."""
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
        foundation: what answers; it stays open when the server ends.
        host: the address to listen at.
        port: the port; 0 takes a free one.
        context: for HTTPS, with the certificate loaded.
        log: given a line for each request, and what went wrong; None keeps quiet.

    Raises:
        Unusable: the address cannot be listened at.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        try:
            # A port whose last connections are still winding down may be listened at again; on Windows the option
            # would let two servers share one.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
            listener.bind((host, port))
            listener.listen(128)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no such port"
            raise Unusable(
                f"Cannot listen at {host} port {port}: {reason}.",
                hint="Choose another port, or 0 for any that is free.",
            ) from error
        return Server(foundation, listener, host, context, log or _keep_quiet)


def _as_host(address: str) -> str:
    """An address as a URL and a Host header have it: IPv6 in brackets."""
    return f"[{address}]".lower() if ":" in address else address.lower()


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _keep_quiet(line: str) -> None:
    """Print nothing."""


_BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class _Server(ThreadedWSGIServer):
    say: Log = staticmethod(_keep_quiet)
    hosts: frozenset[str] = LOCAL_HOSTS
    any_address = False

    def __init__(self, *args: object, **named: object) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*args, **named)  # type: ignore[arg-type]  # Werkzeug's own arguments, passed through

    def is_ours(self, host: str) -> bool:
        """Whether a Host header may name this host.

        A page of another site can make a browser call this server under that site's name (DNS rebinding). A server
        that listens at every address is called by any of them: an address cannot be rebound.
        """
        return host in self.hosts or (self.any_address and _is_address(host))

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Give the connection a thread; where there is none left, close it."""
        try:
            super().process_request(request, client_address)
        except RuntimeError as error:
            self.say(f"A connection is refused: {error}")
            if isinstance(request, socket.socket):
                with suppress(OSError):
                    request.settimeout(0)
                    request.send(_BUSY)
            self.shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - socketserver's
        """Log what a connection failed with, instead of a traceback on stderr."""
        self.say(f"A connection failed: {sys.exc_info()[1]}")

    def hang_up(self) -> None:
        """Close the connections that clients keep."""
        for connection in tuple(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was first


class _Handler(WSGIRequestHandler):
    """Werkzeug's handler closes each connection; this one reads requests whole, so that it can keep them."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # Head and body leave in one piece: in two, each answer on a kept connection waits for the other side's delayed ACK.
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
            self._refuse(403, f"This server is not {host}: call it by its own address")
            return
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        try:
            response = Response.from_app(self.server.app, environ, buffered=True)
        except Exception:  # noqa: BLE001 - a fault of ours is told in the log, and the server goes on
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
