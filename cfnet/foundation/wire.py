"""HTTP, and nothing above it: the only importer of httpx.

A wire sends requests over as few connections as run side by side, within time limits, and turns every way in which
that can fail into an error of cfnet's. What the answers mean is for others to say.
"""

from __future__ import annotations

import os
import re
import ssl
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from cfnet import __version__
from cfnet.errors import CfnetError, NotLoggedIn, ServerTrouble, Unreachable, UsageFault
from cfnet.foundation.proxy import Proxy, proxy_for, unusable

# Withheld while httpx is imported: its own command line (and with it rich and pygments), and trio, which it would
# take along wherever that is installed (40 ms).
_WITHHELD: Final = tuple(name for name in ("httpx._main", "trio") if name not in sys.modules)
sys.modules.update(dict.fromkeys(_WITHHELD))  # type: ignore[arg-type]  # None: what the import system reads as "not there"
import httpcore  # noqa: E402, F401 - httpx imports it later, when nothing is withheld any more
import httpx  # noqa: E402, TID253 - after the lines above; this is httpx's one door

for _name in _WITHHELD:
    del sys.modules[_name]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType
    from wsgiref.types import WSGIApplication

    from cfnet.foundation.trace import Trace

USER_AGENT: Final = f"cfnet/v{__version__}"
"""The `v` keeps the Cloud Controller from reading it as an outdated version of `cf`."""

_TRIES: Final = 3
_PASSING: Final = frozenset({500, 502, 503, 504})
_HOSTNAME_MISMATCH: Final = 62
_IP_ADDRESS_MISMATCH: Final = 64
_PROXY_TIP: Final = (
    "TIP: If you are behind a firewall and require an HTTP proxy, verify the https_proxy environment variable is"
    " correctly set. Else, check your network connection."
)
TRUST_TIP: Final = "TIP: Use 'cfnet login --skip-ssl-validation' to continue with an insecure API endpoint"
_NOT_FOR_HEADERS: Final = "the access token has characters that no header may have"
_PLAIN_TIP: Final = "If it speaks plain HTTP, write http:// in front of its address."


class Answer(NamedTuple):
    """What came back: an HTTP answer of any status, its body whole."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status says so (2xx). Redirections do not: to follow them would take the token along."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, section 15.3

    @property
    def is_server_trouble(self) -> bool:
        """Whether the other end blames itself (5xx)."""
        return self.status >= 500  # noqa: PLR2004 - RFC 9110, section 15.6

    @property
    def host(self) -> str:
        """The host (and port) that answered."""
        return _host(self.url)

    @property
    def request_id(self) -> str:
        """The id by which an operator finds this request in the logs, empty where there is none."""
        return self.headers.get("x-vcap-request-id", "")


class Wire:
    """Sends HTTP requests; safe to use from several threads."""

    def __init__(  # noqa: PLR0913 - a setting each
        self,
        *,
        skip_ssl_validation: bool = False,
        dial_seconds: float = 6.0,
        answer_seconds: float = 60.0,
        embedded: WSGIApplication | None = None,
        trace: Trace | None = None,
        trust_tip: str = TRUST_TIP,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """A wire to the network, or to the `embedded` application in this process.

        Args:
            skip_ssl_validation: believe any certificate.
            dial_seconds: how long making a connection may take (`cf`: `CF_DIAL_TIMEOUT`).
            answer_seconds: how long an answer may keep silent.
            embedded: a WSGI application that answers instead of the network.
            trace: is shown every request and response.
            trust_tip: what the user can do about a certificate that is not believed.
            variables: of the environment, which name proxies.
        """
        self._trace = trace
        self._trust_tip = trust_tip
        self._variables = variables or {}
        self._embedded = embedded
        self._timeout = httpx.Timeout(answer_seconds, connect=dial_seconds, pool=None)
        self._clients: dict[Proxy | None, httpx.Client] = {}
        self._lock = threading.Lock()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._knows_whom_to_trust = skip_ssl_validation
        if skip_ssl_validation:
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            client.close()

    def send(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes = b"") -> Answer:
        """Send one request; a GET that meets a passing trouble is sent up to three times.

        `cf` does the same, and repeats some other requests too, which may have been carried out.

        Raises:
            Unreachable: no connection, no trust, no answer in time.
            ServerTrouble: an answer that is not HTTP, or ends too soon.
            UsageFault: `url` or the proxy for it is no address that can be used.
            NotLoggedIn: what the user is known by cannot stand in a header.
        """
        tries = _TRIES if method == "GET" else 1
        for left in reversed(range(tries)):
            try:
                answer = self._send_once(method, url, headers or {}, content)
            except ServerTrouble:
                if not left:
                    raise
            else:
                if not left or answer.status not in _PASSING:
                    return answer
        raise AssertionError("unreachable")

    def _send_once(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        proxy = proxy_for(url, self._variables) if self._embedded is None else None
        if not self._knows_whom_to_trust and (_is_https(url) or (proxy is not None and _is_https(proxy.url))):
            _load_trust(self._context)
            self._knows_whom_to_trust = True
        client = self._client(proxy)
        try:
            told = httpx.Headers(dict(headers))
        except UnicodeError:  # its text would quote the token
            raise NotLoggedIn(_NOT_FOR_HEADERS, where=_host(url), hint="Log in again.") from None
        try:
            request = client.build_request(method, url, headers=told, content=content or None)
            if self._trace:
                self._trace.request(method, url, request.headers, content)
            response = client.send(request)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise translated(error, url, self._trust_tip, proxy) from error
        except UnicodeError as error:
            raise UsageFault("this is no address of a host", where=_host(url)) from error
        if self._trace:
            status_line = f"{response.status_code} {response.reason_phrase}"
            self._trace.response(url, status_line, response.headers, response.content)
        return Answer(url, response.status_code, response.headers, response.content)

    def _client(self, proxy: Proxy | None) -> httpx.Client:
        """The one that sends through `proxy`; httpx itself does not look at the environment."""
        with self._lock:
            if proxy not in self._clients:
                self._clients[proxy] = httpx.Client(
                    transport=httpx.WSGITransport(app=self._embedded) if self._embedded is not None else None,
                    proxy=_as_httpx_has_it(proxy, self._context) if proxy else None,
                    verify=self._context,
                    timeout=self._timeout,
                    headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
                    trust_env=False,
                )
            return self._clients[proxy]


def _as_httpx_has_it(proxy: Proxy, context: ssl.SSLContext) -> httpx.Proxy:
    try:
        return httpx.Proxy(proxy.url, ssl_context=context if _is_https(proxy.url) else None)
    except (httpx.InvalidURL, ValueError):  # their texts quote it, perhaps with a password
        raise unusable(proxy.variable) from None


def translated(error: Exception, url: str, trust_tip: str = TRUST_TIP, proxy: Proxy | None = None) -> CfnetError:
    """The error of cfnet's that says what `error`, an exception of httpx, means for a request to `url`.

    Where that went through a `proxy`, it is named.
    """
    host = _host(url)
    way = f"{host} through {proxy.shown}" if proxy else host
    kinds: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[], CfnetError]], ...] = (
        (httpx.ConnectTimeout, lambda: Unreachable(f"Request error: no connection to {way} in time", hint=_PROXY_TIP)),
        (
            httpx.TimeoutException,
            lambda: Unreachable(
                f"Request error: {host} did not answer in time",
                hint="Nothing is known of what it did; look before you try again.",
            ),
        ),
        (httpx.ConnectError, lambda: _no_connection(error, host, way, trust_tip)),
        (
            httpx.ProxyError,
            lambda: Unreachable(
                f"Request error: {proxy.shown if proxy else 'the proxy'} refused {host}: {error}", hint=_PROXY_TIP
            ),
        ),
        (httpx.LocalProtocolError, lambda: NotLoggedIn(_NOT_FOR_HEADERS, where=host, hint="Log in again.")),
        (
            (httpx.UnsupportedProtocol, httpx.InvalidURL),
            lambda: UsageFault(f"'{_without_user(url)}' is no address that cfnet can use: {error}"),
        ),
    )
    for kind, made in kinds:
        if isinstance(error, kind):
            return made()
    return ServerTrouble(
        f"Request error: {host} broke off its answer ({_reason(error)})",
        hint="Try again; if it stays so, the load balancer or router in front of it may be in trouble.",
    )


def _no_connection(error: Exception, host: str, way: str, trust_tip: str) -> Unreachable:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            if cause.verify_code in (_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH):
                return Unreachable(f"SSL Certificate Error {host}: {cause.verify_message}", hint=trust_tip)
            return Unreachable(f"Invalid SSL Cert for {host}: {cause.verify_message}", hint=trust_tip)
        if isinstance(cause, ssl.SSLError):
            reason = (cause.reason or str(cause)).replace("_", " ").lower()
            return Unreachable(f"Request error: no TLS with {way}: {reason}", hint=_tls_tip(reason))
    return Unreachable(f"Request error: cannot connect to {way}: {_reason(error)}", hint=_PROXY_TIP)


def _tls_tip(reason: str) -> str:
    return _PLAIN_TIP if reason in ("wrong version number", "record layer failure", "http request") else _PROXY_TIP


def _reason(error: Exception) -> str:
    """The innermost reason, in the operating system's words where it has any."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return str(error) or type(error).__name__


def _is_https(url: str) -> bool:
    return url.lower().startswith("https:")


def _host(url: str) -> str:
    """Host and port of an address, as far as it has any; never the password before them."""
    return re.split("[/?#]", _without_user(url).partition("://")[2])[0]


def _without_user(url: str) -> str:
    """An address without user and password, which may be of any form."""
    return re.sub(r"(?<=://)[^/?#]*@", "", url)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _load_trust(context: ssl.SSLContext) -> None:
    """Let `context` trust whom the system trusts, or whom SSL_CERT_FILE and SSL_CERT_DIR name instead.

    A folder of hashed certificates is looked into when one is needed, a bundle is read whole (some 20 ms): the folder
    is taken where nobody asks for a file.
    """
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    if paths.openssl_cafile_env not in os.environ and folder and next(folder.glob("*.0"), None):
        context.load_verify_locations(capath=folder)
    elif paths.cafile or paths.capath or sys.platform == "win32":
        context.load_default_certs()
    else:  # some builds of Python for macOS know of none: the roots that come with httpx
        import certifi  # noqa: PLC0415 - only where there is no trust store

        context.load_verify_locations(certifi.where())
