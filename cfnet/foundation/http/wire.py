"""Sends HTTP requests to a foundation, retries them where that helps, and translates failures to errors of cfnet.

Interpreting the responses is up to the callers.
"""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from cfnet.errors import ServerTrouble, UsageFault
from cfnet.foundation.http.body import SMALL_BYTES, TooMuch
from cfnet.foundation.http.proxy import Proxy, host_of, proxy_for
from cfnet.foundation.http.retries import RetryPolicy
from cfnet.foundation.http.transport import FAILURES, Limits, Route, headers_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from types import TracebackType
    from wsgiref.types import WSGIApplication

    import httpx

    from cfnet.foundation.http.early_connection import EarlyConnection
    from cfnet.foundation.http.trace import Trace

TRUST_TIP: Final = "TIP: Use 'cfnet login --skip-ssl-validation' to continue with an insecure API endpoint"

_TRIES: Final = 3
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_BUSY: Final = {429: "limits the rate of requests", 503: "is not available"}
"""The statuses that may come with a `Retry-After`, and the text shown while waiting."""


class Answer(NamedTuple):
    """An HTTP response of any status with its complete body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx. Redirections do not count: following them would send the token along."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, section 15.3

    @property
    def is_redirection(self) -> bool:
        """Whether the status is a redirection (3xx)."""
        return 300 <= self.status < 400  # noqa: PLR2004 - RFC 9110, section 15.4

    @property
    def is_server_trouble(self) -> bool:
        """Whether the status is a server error (5xx)."""
        return self.status >= 500  # noqa: PLR2004 - RFC 9110, section 15.6

    @property
    def host(self) -> str:
        """The host (and port) that sent the response."""
        return host_of(self.url)

    @property
    def request_id(self) -> str:
        """The ID by which an operator can find this request in the logs; empty if there is none."""
        return self.headers.get("x-vcap-request-id", "")


class Wire:
    """Sends HTTP requests; thread-safe."""

    def __init__(  # noqa: PLR0913 - all of them are settings
        self,
        *,
        skip_ssl_validation: bool = False,
        dial_seconds: float = 6.0,
        answer_seconds: float = 60.0,
        whole_seconds: float = 120.0,
        embedded: WSGIApplication | None = None,
        trace: Trace | None = None,
        trust_tip: str = TRUST_TIP,
        variables: Mapping[str, str] | None = None,
        patience: RetryPolicy | None = None,
        early: EarlyConnection | None = None,
    ) -> None:
        """Connect to the network, or to the `embedded` application in this process.

        Args:
            skip_ssl_validation: whether to accept any certificate.
            dial_seconds: the time limit for making a connection (`cf`: `CF_DIAL_TIMEOUT`).
            answer_seconds: the time limit for each wait for data.
            whole_seconds: the time limit of a request, until the last byte of its response.
            embedded: a WSGI application to use instead of the network.
            trace: logs every request and response.
            trust_tip: the hint for certificates that are not trusted.
            variables: the environment variables, which set proxies.
            patience: how long to wait before retries, and how to tell the user.
            early: a connection to the foundation that may already be open.
        """
        self.patience = patience or RetryPolicy()
        self._trace = trace
        self._trust_tip = trust_tip
        self._variables = variables or {}
        self._embedded = embedded
        self._limits = Limits(dial_seconds, answer_seconds, whole_seconds)
        self._lines: dict[tuple[Proxy | None, bool], Route] = {}
        self._lock = threading.Lock()
        self._skip_ssl_validation = skip_ssl_validation
        self._early = early

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._lines.values():
            line.close()
        if self._early:
            self._early.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        most_bytes: int = SMALL_BYTES,
    ) -> Answer:
        """Send one request; the body of a successful response may have up to `most_bytes`.

        A server that sends `Retry-After` with 429 or 503 has not processed the request, so any request is retried then,
        for up to `RetryPolicy.longest`. A GET that fails temporarily is sent up to three times. `cf` does this, too,
        and also repeats some other requests, although they may have been processed.

        Raises:
            Unreachable: there is no connection, no trusted certificate, or no response in time.
            ServerTrouble: the response is not HTTP, too large, or incomplete.
            UsageFault: `url`, its proxy, or SSL_CERT_FILE is invalid.
            NotLoggedIn: the token cannot be sent in a header.
        """
        waited, attempt = 0.0, 0
        while True:
            attempt += 1
            may_repeat = method == "GET" and attempt < _TRIES
            try:
                answer = self._send_once(method, url, headers or {}, content, most_bytes)
            except TooMuch:
                raise
            except ServerTrouble:
                if not may_repeat:
                    raise
                self.patience.wait(self.patience.back_off(attempt), f"{host_of(url)} sent an incomplete response")
            else:
                pause = self._pause_after(answer, attempt, waited, may_repeat=may_repeat)
                if pause is None:
                    return answer
                waited += pause
                self.patience.wait(pause, f"{answer.host} {_BUSY.get(answer.status, f'answered {answer.status}')}")

    def _pause_after(self, answer: Answer, attempt: int, waited: float, *, may_repeat: bool) -> float | None:
        """Return how long to wait before a retry; None for no retry."""
        patience = self.patience
        asked = patience.asked(answer.headers) if answer.status in _BUSY else None
        if asked is not None:
            pause = max(asked, patience.back_off(attempt))
            return pause if pause and waited + pause <= patience.longest else None
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS and not patience.longest:
            return None
        return patience.back_off(attempt) if may_repeat and answer.status in _PASSING else None

    def _send_once(self, method: str, url: str, headers: Mapping[str, str], content: bytes, most_bytes: int) -> Answer:
        proxy = proxy_for(url, self._variables) if self._embedded is None else None
        line = self._line(proxy, is_safe=_is_https(url) or (proxy is not None and _is_https(proxy.url)))
        sent = _headers(headers, url)
        try:
            request = line.request(method, url, sent, content)
            if self._trace:
                self._trace.request(method, url, request.headers, content)
            with self.patience.notices.waiting(f"Waiting for {host_of(url)}"):
                received = line.exchange(request, most_bytes)
        except FAILURES as error:
            from cfnet.foundation.http.failures import out_of_time, translated  # noqa: PLC0415 - loaded when something fails

            if line.is_out_of_time:
                raise out_of_time(method, url, self._limits.whole_seconds) from error
            raise translated(error, method, url, self._trust_tip, proxy) from error
        except UnicodeError as error:
            raise UsageFault("not a valid host name", where=host_of(url)) from error
        if self._trace:
            self._trace.response(url, f"{received.status} {received.reason}", received.headers, received.body)
        if received.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            from cfnet.foundation.http.failures import wants_login  # noqa: PLC0415 - as above

            raise wants_login(host_of(url), proxy)
        return Answer(url, received.status, received.headers, received.body)

    def _line(self, proxy: Proxy | None, *, is_safe: bool) -> Route:
        """Return the connections through `proxy`, which httpx itself must not take from the environment.

        Trusted certificates are loaded for the first TLS connection.
        """
        with self._lock:
            line = self._lines.get((proxy, is_safe))
            if line is None:
                context = self._trusting() if is_safe else None
                early = self._early if proxy is None else None
                line = Route(context, proxy=proxy, embedded=self._embedded, limits=self._limits, early=early)
                self._lines[proxy, is_safe] = line
            return line

    def _trusting(self) -> ssl.SSLContext:
        from cfnet.foundation.http.trust import context_of  # noqa: PLC0415 - most sandboxes use plain HTTP

        early = self._early.context() if self._early else None
        return early or context_of(self._variables, skip_ssl_validation=self._skip_ssl_validation)


def _headers(headers: Mapping[str, str], url: str) -> httpx.Headers:
    try:
        return headers_of(headers)
    except UnicodeError:  # its text quotes the token
        from cfnet.foundation.http.failures import no_header  # noqa: PLC0415 - loaded when something fails

        raise no_header(host_of(url)) from None


def _is_https(url: str) -> bool:
    return url.lower().startswith("https:")
