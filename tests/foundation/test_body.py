"""Bodies of answers: compressed, too large, cut, and never larger in memory than they may be."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.foundation.http.body import LIST_BYTES, SMALL_BYTES, TooMuch, read_body

TEXT = b'{"resources": []}' * 20_000


def raw_deflate(data: bytes) -> bytes:
    """Deflate without the header that it should have."""
    made = zlib.compressobj(wbits=-15)
    return made.compress(data) + made.flush()


ENCODED = {
    "": (TEXT, ""),
    "identity": (TEXT, "identity"),
    "gzip": (gzip.compress(TEXT), "gzip"),
    "GZIP": (gzip.compress(TEXT), " GZIP "),
    "x-gzip": (gzip.compress(TEXT), "x-gzip"),
    "two files of gzip": (gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]), "gzip"),
    "deflate": (zlib.compress(TEXT), "deflate"),
    "deflate without a header": (raw_deflate(TEXT), "deflate"),
}


def read(data: bytes, encoding: str, *, size: int = 1000, most: int = SMALL_BYTES, cut: bool = False) -> bytes:
    """Read `data`, which comes in pieces of `size`."""
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return read_body(pieces, encoding, most, host="api.example.org", cut=cut)


@pytest.mark.parametrize(("data", "encoding"), ENCODED.values(), ids=ENCODED)
@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_what_is_compressed_is_read(data: bytes, encoding: str, size: int) -> None:
    """However it is cut into pieces."""
    assert read(data, encoding, size=size) == TEXT


@given(st.binary(max_size=2000), st.integers(1, 100))
def test_what_goes_in_comes_out(data: bytes, size: int) -> None:
    """Whatever it is."""
    assert read(gzip.compress(data), "gzip", size=size) == data
    assert read(zlib.compress(data), "deflate", size=size) == data


@pytest.mark.parametrize("encoding", ["gzip", "deflate", ""])
def test_nothing_is_nothing(encoding: str) -> None:
    """Whatever its encoding is said to be."""
    assert read(b"", encoding) == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x\x1b"])
def test_an_encoding_that_was_not_asked_for(encoding: str) -> None:
    """A bomb in it is never opened; of an error nothing can be shown then."""
    with pytest.raises(TooMuch, match=r"^api\.example\.org sent an answer in the encoding '.*', which was not asked"):
        read(b"\x00" * 100, encoding)
    assert read(b"\x00" * 100, encoding, cut=True) == b""


BROKEN = {
    "not compressed": (b"<html>" * 100, "cannot be decompressed"),
    "cut": (gzip.compress(TEXT)[:-9], "broke off its compressed answer"),
    "damaged": (gzip.compress(TEXT)[:40] + b"\xff" * 200, "cannot be decompressed"),
    "with a wrong sum": (gzip.compress(TEXT)[:-8] + b"\x00" * 8, "cannot be decompressed"),
}


@pytest.mark.parametrize(("data", "problem"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_decompressed(data: bytes, problem: str) -> None:
    """It is told as that, and nothing of it is taken for an answer."""
    with pytest.raises(TooMuch, match=problem):
        read(data, "gzip")


def zeros(size: int) -> Iterator[bytes]:
    """A gzip file of `size` zeros, made piece by piece."""
    made = zlib.compressobj(wbits=31)
    for _ in range(size // SMALL_BYTES):
        yield made.compress(bytes(SMALL_BYTES))
    yield made.flush()


@pytest.mark.parametrize(("most", "told"), [(SMALL_BYTES, "1 MiB"), (LIST_BYTES, "64 MiB")])
def test_a_bomb(most: int, told: str) -> None:
    """A gigabyte of zeros in a megabyte takes no more memory than an answer of the largest size does."""
    bomb = b"".join(zeros(1024 * SMALL_BYTES))
    assert len(bomb) < 2 * SMALL_BYTES
    tracemalloc.start()
    try:
        with pytest.raises(TooMuch, match=rf"^api\.example\.org sent an answer of more than {told}; the rest was not"):
            read(bomb, "gzip", size=65536, most=most)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * most + SMALL_BYTES


def test_of_an_error_the_beginning_will_do() -> None:
    """However long it is, and however it is compressed; the status is what matters."""
    page = b"<p>busy</p>" * SMALL_BYTES
    assert read(page, "", most=LIST_BYTES, cut=True) == page[:SMALL_BYTES]
    assert read(gzip.compress(page), "gzip", most=LIST_BYTES, cut=True, size=65536) == page[:SMALL_BYTES]
    assert read(page[:SMALL_BYTES], "") == page[:SMALL_BYTES]
