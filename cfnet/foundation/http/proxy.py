"""Which proxy a request goes through, by the rules of `cf`: those of Go (golang.org/x/net/http/httpproxy)."""

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
_LOOKS_LIKE: Final = "It looks like http://proxy.example.org:3128; what no proxy is for, NO_PROXY names."

_Ip = IPv4Address | IPv6Address


class Proxy(NamedTuple):
    """A proxy, and the environment variable that names it."""

    url: str
    variable: str

    @property
    def shown(self) -> str:
        """The proxy in words, without the password that its address may have."""
        return f"the proxy {urlsplit(self.url).netloc.rpartition('@')[2]} ({self.variable})"

    def __repr__(self) -> str:
        """The proxy without its password."""
        return f"Proxy({self.shown})"


def proxy_for(url: str, variables: Mapping[str, str]) -> Proxy | None:
    """The proxy that the environment `variables` name for a request to `url`; None where it goes straight there.

    `ALL_PROXY` is for others, and this computer itself is never asked through a proxy.

    Raises:
        UsageFault: the variable names no proxy that cfnet can use.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # that is no address, which is for those to say who send something there
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
    """The address of a proxy; one without a scheme is of HTTP."""
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
    """The error for a variable that names no proxy; without its value, which may have a password in it."""
    return UsageFault("this is no address of a proxy that cfnet can use.", where=variable, hint=_LOOKS_LIKE)


def _excepts(entry: str, host: str, address: _Ip | None, port: int) -> bool:
    """Whether an entry of `NO_PROXY` means `host` (and `address`, where it is one) at `port`.

    It is `*`, a network, an address, or a domain, which has the names below it; with a dot in front these only.
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
    """Name (or address) and port of an entry, which may have none: `a.example.org:80`, `10.0.0.1`, `[::1]:80`."""
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
    """A domain as it is asked for on the wire (RFC 3490)."""
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def host_of(url: str) -> str:
    """Host and port of an address, as far as it has any; never the password before them."""
    return re.split("[/?#]", without_user(url).partition("://")[2])[0]


def without_user(url: str) -> str:
    """An address without user and password, which may be of any form."""
    return re.sub(r"(?<=://)[^/?#]*@", "", url)
