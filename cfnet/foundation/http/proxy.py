"""Selects the proxy for a request as `cf` does, by the rules of Go (golang.org/x/net/http/httpproxy)."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLES: Final = {"https": ("HTTPS_PROXY", "https_proxy"), "http": ("HTTP_PROXY", "http_proxy")}
_EXCEPTIONS: Final = ("NO_PROXY", "no_proxy")
_PORTS: Final = {"https": 443, "http": 80}
_SOCKS: Final = re.compile(r"socks\w*://", re.IGNORECASE)
_LOOKS_LIKE: Final = "Use an address such as http://proxy.example.org:3128; NO_PROXY lists hosts to reach directly."

_Ip = IPv4Address | IPv6Address


class Proxy(NamedTuple):
    """A proxy and the environment variable that sets it."""

    url: str
    variable: str

    @property
    def shown(self) -> str:
        """A description without the password that the address may contain."""
        return f"the proxy {urlsplit(self.url).netloc.rpartition('@')[2]} ({self.variable})"

    def __repr__(self) -> str:
        """Represent the proxy without its password."""
        return f"Proxy({self.shown})"


def proxy_for(url: str, variables: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that the environment `variables` set for a request to `url`; None for a direct connection.

    As in Go, `ALL_PROXY` is ignored, and requests to the local host never use a proxy.

    Raises:
        UsageFault: the variable is not a valid proxy address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # not a valid address: sending the request will report that
        return None
    variable = _first(_VARIABLES.get(parts.scheme, ()), variables)
    if not variable or not host:
        return None
    host, address = _ascii(host), _ip(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return None
    exceptions = variables.get(_first(_EXCEPTIONS, variables), "")
    port = port or _PORTS[parts.scheme]
    if any(_excepts(each.strip().lower(), host, address, port) for each in exceptions.split(",")):
        return None
    return Proxy(_usable(variables[variable], variable), variable)


def _first(names: tuple[str, ...], variables: Mapping[str, str]) -> str:
    return next((name for name in names if variables.get(name)), "")


def _usable(value: str, variable: str) -> str:
    """Check the address of a proxy, and add `http://` if it has no scheme."""
    if _SOCKS.match(value):
        raise UsageFault("SOCKS proxies are not supported.", where=variable, hint=_LOOKS_LIKE)
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise unusable(variable)
    return url


def unusable(variable: str) -> UsageFault:
    """Make the error for an invalid proxy, without its value, which may contain a password."""
    return UsageFault("not a valid proxy address.", where=variable, hint=_LOOKS_LIKE)


def _excepts(entry: str, host: str, address: _Ip | None, port: int) -> bool:
    """Return whether an entry of `NO_PROXY` matches `host` (whose IP is `address`, if it is one) and `port`.

    An entry is `*`, a network, an address, or a domain, which includes its subdomains; with a leading dot only these.
    """
    if entry == "*":
        return True
    if "/" in entry:
        return address is not None and _is_in(address, entry)
    name, its_port = _split(entry)
    if not name or (its_port and its_port != str(port)):
        return False
    if (same := _ip(name)) is not None:
        return same == address
    name = name.removeprefix("*")
    below = "." + _ascii(name.removeprefix("."))
    return host.endswith(below) or (not name.startswith(".") and host == below[1:])


def _split(entry: str) -> tuple[str, str]:
    """Split an entry into name or address and optional port: `a.example.org:80`, `10.0.0.1`, `[::1]:80`."""
    if entry.startswith("["):
        name, _, port = entry[1:].partition("]:")
        return name, port
    name, colon, port = entry.rpartition(":")
    return (name, port) if colon and ":" not in name else (entry, "")


def _is_in(address: _Ip, network: str) -> bool:
    try:
        return address in ip_network(network, strict=False)
    except ValueError:
        return False


def _ip(text: str) -> _Ip | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _ascii(name: str) -> str:
    """Encode a domain as in DNS queries (RFC 3490)."""
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def host_of(url: str) -> str:
    """Return the host and port of an address, without user and password."""
    return re.split("[/?#]", without_user(url).partition("://")[2])[0]


def without_user(url: str) -> str:
    """Remove user and password from an address, even from an invalid one."""
    return re.sub(r"(?<=://)[^/?#]*@", "", url)
