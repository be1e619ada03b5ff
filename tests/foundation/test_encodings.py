"""Encodings of files and pipes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.foundation.encodings import decoded, decoded_strictly, encoding_of

TEXT = "-A FORWARD -j é\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_is_read_in_any_unicode_encoding(encoding: str) -> None:
    """With and without a byte order mark."""
    assert decoded(TEXT.encode(encoding)) == TEXT


def test_utf_16_with_a_big_endian_byte_order_mark() -> None:
    assert decoded(b"\xfe\xff" + TEXT.encode("utf-16-be")) == TEXT


@given(st.text(max_size=20))
def test_utf_8_text_without_nul_is_never_mistaken_for_another_encoding(text: str) -> None:
    head = text.replace("\0", "").lstrip("\ufeff").encode("utf-8", errors="surrogatepass")
    assert encoding_of(head) == "utf-8-sig"


def test_invalid_bytes_are_kept_as_escapes() -> None:
    """Or refused, where every character matters."""
    assert decoded(b"a\xff") == "a\\xff"
    assert decoded(b"a\xff", raw=True).encode(errors="surrogateescape") == b"a\xff"
    assert decoded(b"\xff\xfea\0b", raw=True) == "a\\x62"
    with pytest.raises(UnicodeDecodeError):
        decoded_strictly(b"a\xff")


@pytest.mark.parametrize("data", [b"", b"a", b"\0", b"\xff", b"a\0"])
def test_short_texts_are_read(data: bytes) -> None:
    """Too short to detect an encoding, but valid."""
    assert isinstance(decoded(data), str)
