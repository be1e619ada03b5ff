"""What it means that a request got no answer: each exception of httpx as an error with words."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from cfnet.errors import CfnetError, NotLoggedIn, ServerTrouble, Unconfirmed, Unreachable, UsageFault
from cfnet.foundation.http.proxy import host_of, without_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cfnet.foundation.http.proxy import Proxy

_HOSTNAME_MISMATCH: Final = 62
_IP_ADDRESS_MISMATCH: Final = 64
_PROXY_TIP: Final = (
    "TIP: If you are behind a firewall and require an HTTP proxy, verify the https_proxy environment variable is"
    " correctly set. Else, check your network connection."
)
_PLAIN_TIP: Final = "If it speaks plain HTTP, write http:// in front of its address."
_ROUTER_TIP: Final = "Try again; if it stays so, the load balancer or router in front of it may be in trouble."
_MAY_BE_DONE: Final = "It may have been processed; check before retrying."
_WANTS_LOGIN: Final = "407 Proxy Authentication Required"
_HEADERS_TOO_LARGE: Final = "Receive buffer too long"
"""What h11 says of headers that have more than 100 KiB."""


def translated(error: Exception, method: str, url: str, trust_tip: str = "", proxy: Proxy | None = None) -> CfnetError:
    """The error that says what `error`, an exception of httpx, means for a request to `url`.

    Where that went through a `proxy`, it is named.
    """
    import httpx

    host = host_of(url)
    way = f"{host} through {proxy.shown}" if proxy else host
    kinds: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[], CfnetError]], ...] = (
        (httpx.ConnectTimeout, lambda: Unreachable(f"Request error: no connection to {way} in time", hint=_PROXY_TIP)),
        (
            httpx.TimeoutException,
            lambda: _unfinished(method, f"Request error: {host} did not answer in time"),
        ),
        (httpx.ConnectError, lambda: _no_connection(error, host, way, trust_tip)),
        (httpx.ProxyError, lambda: _refused_by_proxy(error, host, proxy)),
        (httpx.LocalProtocolError, lambda: no_header(host)),
        (
            (httpx.UnsupportedProtocol, httpx.InvalidURL),
            lambda: UsageFault(f"'{without_user(url)}' is not an address that cfnet can use: {error}"),
        ),
    )
    for kind, made in kinds:
        if isinstance(error, kind):
            return made()
    if _HEADERS_TOO_LARGE in str(error):
        return (ServerTrouble if method == "GET" else Unconfirmed)(
            f"Request error: {host} sent headers of more than 100 KiB",
            hint="Check the address, and check for a proxy that alters responses.",
        )
    broken = f"Request error: {host} broke off its answer ({_reason(error)})"
    return ServerTrouble(broken, hint=_ROUTER_TIP) if method == "GET" else Unconfirmed(broken, hint=_MAY_BE_DONE)


def out_of_time(method: str, url: str, seconds: float) -> CfnetError:
    """The error for an answer that was begun, perhaps, and not finished at the deadline."""
    return _unfinished(method, f"Request error: {host_of(url)} did not finish its answer within {seconds:g} seconds")


def _unfinished(method: str, told: str) -> CfnetError:
    return Unreachable(told, hint="Try again.") if method == "GET" else Unconfirmed(told, hint=_MAY_BE_DONE)


def no_header(host: str) -> NotLoggedIn:
    """The error for a token that cannot be sent; without the token."""
    return NotLoggedIn("the access token has characters that no header may have", where=host, hint="Log in again.")


def wants_login(host: str, proxy: Proxy | None) -> Unreachable:
    """The error for a proxy that wants a user and a password, the same for `http` and `https`."""
    if proxy is None:
        return Unreachable(
            f"Request error: a proxy in front of {host} refused the request: {_WANTS_LOGIN}",
            hint="Ask whoever runs the network how to get through it.",
        )
    return Unreachable(
        f"Request error: {proxy.shown} refused {host}: {_WANTS_LOGIN}",
        hint=f"Put the proxy's user and password into {proxy.variable}: http://USER:PASSWORD@HOST:PORT.",
    )


def _refused_by_proxy(error: Exception, host: str, proxy: Proxy | None) -> Unreachable:
    if str(error).startswith("407"):
        return wants_login(host, proxy)
    shown = proxy.shown if proxy else "the proxy"
    return Unreachable(f"Request error: {shown} refused {host}: {error}", hint=_PROXY_TIP)


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


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
