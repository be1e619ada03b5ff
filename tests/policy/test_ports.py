"""Ports as `cf` parses them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.policy import BadPorts, Ports

NO_INTEGER = "PORT must be a positive integer"
NO_RANGE = "PORT syntax must match integer[-integer]"


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("8080", Ports(8080, 8080)),
        ("+80", Ports(80, 80)),
        ("08", Ports(8, 8)),
        ("1-65535", Ports(1, 65535)),
        ("8080-8080", Ports(8080, 8080)),
        ("0" * 5000 + "1", Ports(1, 1)),
    ],
)
def test_valid_ports(text: str, ports: Ports) -> None:
    """Signs and leading zeros follow Go's `Atoi`."""
    assert Ports.parse(text) == ports


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *((text, NO_INTEGER) for text in ("", " ", "x", " 80", "80 ", "0x50", "8_0", "-5", "80-", "-", "80 - 90", "٣")),
        *((text, NO_INTEGER) for text in ("9" * 20, "9" * 5000, "1e3", "80\n", "x-2-3", "1-9223372036854775808")),
        *((text, NO_RANGE) for text in ("1-2-3", "80--90", "1-x-3")),
        ("0", "PORT must be between 1 and 65535, not 0"),
        ("65536", "PORT must be between 1 and 65535, not 65536"),
        ("1-99999", "PORT must be between 1 and 65535, not 99999"),
        ("9-8", "PORT range must start with the lower port, as in 8-9"),
    ],
)
def test_invalid_ports(text: str, message: str) -> None:
    """With the message of `cf`, or in its style where `cf` accepts them."""
    with pytest.raises(BadPorts) as caught:
        Ports.parse(text)
    assert str(caught.value) == message


@given(st.integers(1, 65535), st.integers(1, 65535))
def test_printing_and_parsing_are_inverse(one: int, other: int) -> None:
    ports = Ports(min(one, other), max(one, other))
    assert Ports.parse(str(ports)) == ports


@given(st.text())
def test_any_text_is_ports_or_an_error(text: str) -> None:
    """No other exception, and the lower port comes first."""
    try:
        ports = Ports.parse(text)
    except BadPorts:
        return
    assert 1 <= ports.start <= ports.end <= 65535
