"""Translates httpx exceptions to errors that explain why a request failed."""

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
_PLAIN_TIP: Final = "If it uses plain HTTP, start its address with http://."
_ROUTER_TIP: Final = "Try again; if it keeps failing, check the load balancer or router in front of it."
_MAY_BE_DONE: Final = "It may have been processed; check before retrying."
_WANTS_LOGIN: Final = "407 Proxy Authentication Required"
_HEADERS_TOO_LARGE: Final = "Receive buffer too long"
"""The error of h11 for headers of more than 100 KiB."""


def translated(error: Exception, method: str, url: str, trust_tip: str = "", proxy: Proxy | None = None) -> CfnetError:
    """Translate `error`, an httpx exception raised by a request to `url`, possibly through `proxy`."""
    import httpx

    host = host_of(url)
    way = f"{host} through {proxy.shown}" if proxy else host
    kinds: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[], CfnetError]], ...] = (
        (httpx.ConnectTimeout, lambda: Unreachable(f"Request error: connecting to {way} timed out", hint=_PROXY_TIP)),
        (
            httpx.TimeoutException,
            lambda: _unfinished(method, f"Request error: {host} did not answer in time"),
        ),
        (httpx.ConnectError, lambda: _no_connection(error, host, way, trust_tip)),
        (httpx.ProxyError, lambda: _refused_by_proxy(error, host, proxy)),
        (httpx.LocalProtocolError, lambda: no_header(host)),
        (
            (httpx.UnsupportedProtocol, httpx.InvalidURL),
            lambda: UsageFault(f"'{without_user(url)}' is not a valid address: {error}"),
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
    broken = f"Request error: {host} sent an incomplete response ({_reason(error)})"
    return ServerTrouble(broken, hint=_ROUTER_TIP) if method == "GET" else Unconfirmed(broken, hint=_MAY_BE_DONE)


def out_of_time(method: str, url: str, seconds: float) -> CfnetError:
    """Make the error for a response that was not complete at the deadline."""
    return _unfinished(method, f"Request error: {host_of(url)} did not finish its response within {seconds:g} seconds")


def _unfinished(method: str, told: str) -> CfnetError:
    return Unreachable(told, hint="Try again.") if method == "GET" else Unconfirmed(told, hint=_MAY_BE_DONE)


def no_header(host: str) -> NotLoggedIn:
    """Make the error for a token that cannot be sent, without quoting the token."""
    return NotLoggedIn("the access token contains invalid characters", where=host, hint="Log in again.")


def wants_login(host: str, proxy: Proxy | None) -> Unreachable:
    """Make the error for a proxy that requires a user and a password."""
    if proxy is None:
        return Unreachable(
            f"Request error: a proxy in front of {host} refused the request: {_WANTS_LOGIN}",
            hint="Ask your network administrator how to authenticate to it.",
        )
    return Unreachable(
        f"Request error: {proxy.shown} refused {host}: {_WANTS_LOGIN}",
        hint=f"Add the proxy's user and password to {proxy.variable}: http://USER:PASSWORD@HOST:PORT.",
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
            return Unreachable(f"Request error: TLS handshake with {way} failed: {reason}", hint=_tls_tip(reason))
    return Unreachable(f"Request error: cannot connect to {way}: {_reason(error)}", hint=_PROXY_TIP)


def _tls_tip(reason: str) -> str:
    return _PLAIN_TIP if reason in ("wrong version number", "record layer failure", "http request") else _PROXY_TIP


def _reason(error: Exception) -> str:
    """Return the operating system's message for the innermost cause, or else the text of the exception."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return str(error) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
