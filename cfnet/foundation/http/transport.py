"""Sends HTTP requests with limits of time and size; the only module that imports httpx.

httpx limits only each wait for bytes, so a server that sends one byte per second would never time out. Here, each
request has a deadline, and each response a maximum size after decompression.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

import httpcore
import httpx  # noqa: TID253 - the only module-level import of httpx
from httpcore._backends.sync import SyncStream  # the only way to a stream of a socket that is open already

from cfnet import __version__
from cfnet.foundation.http.body import read_body
from cfnet.foundation.http.proxy import Proxy, unusable
from cfnet.foundation.http.trust import complete

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from wsgiref.types import WSGIApplication

    from cfnet.foundation.http.early_connection import EarlyConnection

USER_AGENT: Final = f"cfnet/v{__version__}"
"""The `v` keeps the Cloud Controller from treating it as an outdated version of `cf`."""

_HEADERS: Final = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",  # only what read_body can decompress in steps
    "connection": "keep-alive",
    "user-agent": USER_AGENT,
}

_IDLE_SECONDS: Final = 5.0
"""How long an idle connection is kept."""

FAILURES: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
"""The base classes of all httpx exceptions."""


class Received(NamedTuple):
    """A response of any status with its complete body."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


class Limits(NamedTuple):
    """The time limits of a request, in seconds.

    Attributes:
        dial_seconds: for making a connection.
        answer_seconds: for each wait for data from the server.
        whole_seconds: for the whole request, until the last byte of the response.
    """

    dial_seconds: float
    answer_seconds: float
    whole_seconds: float


class Route:
    """Connections that take one route: through a proxy, direct, or to an application in this process."""

    def __init__(
        self,
        context: ssl.SSLContext | None,
        *,
        proxy: Proxy | None,
        embedded: WSGIApplication | None,
        limits: Limits,
        early: EarlyConnection | None = None,
    ) -> None:
        """Set up the connections; they are opened when needed.

        Args:
            context: decides which certificates are trusted; None for connections without TLS.
            proxy: the proxy; None for none.
            embedded: a WSGI application to use instead of the network.
            limits: the time limits.
            early: a connection that may already be open.
        """
        self._clock = _Clock(limits.whole_seconds)
        self._transport = (
            httpx.WSGITransport(app=embedded)
            if embedded is not None
            else _Transport(_pool(context, proxy, _Backend(self._clock, early)))
        )
        answer, dial = limits.answer_seconds, limits.dial_seconds
        self._extensions = {"timeout": {"connect": dial, "read": answer, "write": answer, "pool": None}}

    def request(self, method: str, url: str, headers: httpx.Headers, content: bytes) -> httpx.Request:
        """Build a request with all its headers."""
        # Not by httpx.Client, which would also store cookies and take a password from the address.
        return httpx.Request(
            method, url, headers={**_HEADERS, **headers}, content=content or None, extensions=self._extensions
        )

    def exchange(self, request: httpx.Request, most_bytes: int) -> Received:
        """Send `request` and read the response; the body of a successful one may have up to `most_bytes`.

        Raises:
            httpx.HTTPError, httpx.InvalidURL, httpx.StreamError: there is no complete response.
            TooMuch: the body is larger, or has an encoding that was not requested.
        """
        self._clock.start()
        response = self._transport.handle_request(request)
        try:
            body = read_body(
                response.iter_raw(),
                response.headers.get("content-encoding", ""),
                most_bytes,
                host=request.url.netloc.decode("ascii"),
                cut=not response.is_success,
            )
        finally:
            response.close()
        return Received(response.status_code, response.reason_phrase, response.headers, body)

    @property
    def is_out_of_time(self) -> bool:
        """Whether the deadline of this thread's last request has passed."""
        return self._clock.left() <= 0

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()


def headers_of(headers: Mapping[str, str]) -> httpx.Headers:
    """Convert headers; raises UnicodeError for invalid characters."""
    return httpx.Headers(dict(headers))


class _Clock(threading.local):
    """The deadline of each thread's request."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = 0.0

    def start(self) -> None:
        self._end = time.monotonic() + self._seconds

    def left(self) -> float:
        return self._end - time.monotonic()

    def limited(self, timeout: float | None, error: type[Exception]) -> float:
        """Limit `timeout` to the time left before the deadline; raise `error` if that has passed."""
        left = self.left()
        if left <= 0:
            raise error("out of time")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A connection that waits no longer than until the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, clock: _Clock) -> None:
        self._inner = inner
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._clock.limited(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._clock.limited(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        complete(ssl_context)
        limited = self._clock.limited(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, limited), self._clock)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Handshaken(_Stream):
    """A connection whose TLS handshake has taken place."""

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        del ssl_context, server_hostname, timeout
        return self


class _Backend(httpcore.SyncBackend):
    """Opens connections with a deadline."""

    def __init__(self, clock: _Clock, early: EarlyConnection | None) -> None:
        self._clock = clock
        self._early = early

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            opened = self._early.take(host, port) if self._early else None
        except TimeoutError:
            raise httpcore.ConnectTimeout("timed out") from None
        if opened is not None:
            stream = SyncStream(opened.socket)
            return _Handshaken(stream, self._clock) if opened.context else _Stream(stream, self._clock)
        limited = self._clock.limited(timeout, httpcore.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, limited, local_address, socket_options), self._clock)


class _Body(httpx.SyncByteStream):
    """The body of a response as it is received."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._response.iter_stream()
        except Exception as error:  # noqa: BLE001 - raised again, whatever it is
            _raise_as_httpx(error)

    def close(self) -> None:
        self._response.close()


class _Transport:
    """Sends the requests of httpx over a pool of connections."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        asked = httpcore.Request(
            request.method, target, headers=request.headers.raw, content=request.read(), extensions=request.extensions
        )
        try:
            response = self._pool.handle_request(asked)
        except Exception as error:  # noqa: BLE001 - raised again, whatever it is
            _raise_as_httpx(error)
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        self._pool.close()


def _pool(context: ssl.SSLContext | None, proxy: Proxy | None, backend: _Backend) -> httpcore.ConnectionPool:
    if proxy is None:
        return httpcore.ConnectionPool(context, keepalive_expiry=_IDLE_SECONDS, network_backend=backend)
    try:
        told = httpx.Proxy(proxy.url)
    except (httpx.InvalidURL, ValueError):  # their texts quote the address, possibly with a password
        raise unusable(proxy.variable) from None
    return httpcore.HTTPProxy(
        httpcore.URL(told.url.raw_scheme.decode() + "://" + told.url.netloc.decode() + "/"),
        proxy_auth=told.raw_auth,
        ssl_context=context,
        proxy_ssl_context=context if told.url.scheme == "https" else None,
        keepalive_expiry=_IDLE_SECONDS,
        network_backend=backend,
    )


def _raise_as_httpx(error: Exception) -> NoReturn:
    """Raise the httpx exception with the same name as `error`, if that is an httpcore exception."""
    kind: Callable[[str], Exception] | None = getattr(httpx, type(error).__name__, None)
    if kind is None or type(error).__module__.partition(".")[0] != "httpcore":
        raise error
    raise kind(str(error)) from error
