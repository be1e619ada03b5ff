"""The proxy of a request, by the rules of Go's HTTP client, so that cfnet uses the same one as `cf`."""

import pytest

from cfnet.errors import UsageFault
from cfnet.foundation.http.proxy import Proxy, proxy_for

SOME = {"HTTP_PROXY": "http://one:3128", "HTTPS_PROXY": "http://two:3128"}
EXCEPTIONS = (
    "foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, 10.0.0.0/30,"
    " 2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, 2002:db8:a::45/64, 示例.com,"
    " UPPER.org:8080, :1, x/y,, ::ffff:10.9.0.1"
)


@pytest.mark.parametrize(
    ("url", "variables", "proxy"),
    [
        ("http://api.example.org/v3", {}, None),
        ("http://api.example.org/v3", SOME, Proxy("http://one:3128", "HTTP_PROXY")),
        ("https://api.example.org/v3", SOME, Proxy("http://two:3128", "HTTPS_PROXY")),
        ("https://api.example.org", {"HTTP_PROXY": "http://one:3128"}, None),
        ("http://api.example.org", {"HTTPS_PROXY": "http://two:3128"}, None),
        ("https://api.example.org", {"ALL_PROXY": "socks5h://x", "all_proxy": "http://x"}, None),
        ("http://api.example.org", {"http_proxy": "lower:1"}, Proxy("http://lower:1", "http_proxy")),
        ("http://api.example.org", {"HTTP_PROXY": "upper", "http_proxy": "l"}, Proxy("http://upper", "HTTP_PROXY")),
        ("http://api.example.org", {"HTTP_PROXY": "", "http_proxy": "l"}, Proxy("http://l", "http_proxy")),
        ("http://api.example.org", {"http_proxy": "https://p"}, Proxy("https://p", "http_proxy")),
        ("http://api.example.org", {"http_proxy": "me:secret@p:1"}, Proxy("http://me:secret@p:1", "http_proxy")),
        ("http://api.example.org", SOME | {"NO_PROXY": "x, *"}, None),
        ("http://api.example.org", SOME | {"no_proxy": "example.org"}, None),
        ("http://api.example.org", SOME | {"NO_PROXY": "x", "no_proxy": "example.org"},
         Proxy("http://one:3128", "HTTP_PROXY")),
        ("http://127.0.0.1:80/x", {"http_proxy": "ftp://x"}, None),
        ("ftp://api.example.org", SOME, None),
        ("http://[::1", SOME, None),
        ("http://api.example.org:99999", SOME, None),
    ],
    ids=[
        "no proxy", "of HTTP", "of HTTPS", "HTTPS does not use that of HTTP", "HTTP does not use that of HTTPS",
        "ALL_PROXY is ignored", "lower case", "upper case takes precedence", "an empty variable is ignored",
        "a proxy over TLS", "the default scheme is http", "NO_PROXY is a star", "an exception",
        "upper case takes precedence for exceptions", "an unused variable may be invalid", "another scheme",
        "a truncated address", "an invalid port",
    ],
)  # fmt: skip
def test_the_proxy_of_a_request(url: str, variables: dict[str, str], proxy: Proxy | None) -> None:
    """By the scheme of the URL and the variables."""
    assert proxy_for(url, variables) == proxy


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"),
        *("192.168.1.1", "192.168.1.3", "10.0.0.2", "[2001:db8::52:0:1]", "[2001:db8::52:0:3]", "[2002:db8:a::123]"),
        *("www.barbaz.net", "foobar.com", "www.foobar.com", "FooBar.com", "nested.wildcard.io"),
        *("示例.com", "www.示例.com", "www.xn--fsq092h.com", "upper.org:8080", "10.9.0.1"),
    ],
)
def test_requests_that_bypass_the_proxy(host: str) -> None:
    """Loopback, and the networks, addresses and domains in `NO_PROXY`, with or without a port."""
    assert proxy_for(f"http://{host}/v3", SOME | {"NO_PROXY": EXCEPTIONS}) is None


@pytest.mark.parametrize(
    "host",
    [
        *("[::2]", "192.168.1.2", "192.168.1.4", "10.0.0.4", "[2001:db8::52:0:2]", "[fe80::1]", "127.1"),
        *("barbaz.net", "foofoobar.com", "localhost.net", "local.localhost", "barbarbaz.net"),
        *("wildcard.io", "awildcard.io", "upper.org", "x", "y"),
    ],
)
def test_requests_that_use_the_proxy(host: str) -> None:
    """Hosts that only resemble the exceptions."""
    assert proxy_for(f"http://{host}/v3", SOME | {"NO_PROXY": EXCEPTIONS}) is not None


LOOKS_LIKE = "Use an address such as http://proxy.example.org:3128; NO_PROXY lists hosts to reach directly."


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("socks5://me:secret@x:1080", "SOCKS proxies are not supported."),
        ("SOCKS5H://x", "SOCKS proxies are not supported."),
        ("ftp://me:secret@x", "not a valid proxy address."),
        ("http://me:secret@x:abc", "not a valid proxy address."),
        ("http://me:secret@x:99999", "not a valid proxy address."),
        ("http://me:secret@:1", "not a valid proxy address."),
        ("http://[x", "not a valid proxy address."),
        ("http://", "not a valid proxy address."),
    ],
)
def test_an_invalid_proxy(value: str, why: str) -> None:
    """The error names the variable, not its value, which may contain a password."""
    with pytest.raises(UsageFault) as caught:
        proxy_for("https://api.example.org", {"https_proxy": value})
    assert (str(caught.value), caught.value.hint) == (f"https_proxy: {why}", LOOKS_LIKE)


def test_a_proxy_is_shown_without_its_password() -> None:
    """In its repr, too."""
    proxy = Proxy("http://me:secret@proxy:3128", "https_proxy")
    assert repr(proxy) == "Proxy(the proxy proxy:3128 (https_proxy))"
