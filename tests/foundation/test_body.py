"""Response bodies: compressed, too large, truncated; memory stays limited."""

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
    """Deflate without the zlib header that it should have."""
    made = zlib.compressobj(wbits=-15)
    return made.compress(data) + made.flush()


ENCODED = {
    "": (TEXT, ""),
    "identity": (TEXT, "identity"),
    "gzip": (gzip.compress(TEXT), "gzip"),
    "GZIP": (gzip.compress(TEXT), " GZIP "),
    "x-gzip": (gzip.compress(TEXT), "x-gzip"),
    "two gzip members": (gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]), "gzip"),
    "deflate": (zlib.compress(TEXT), "deflate"),
    "deflate without a header": (raw_deflate(TEXT), "deflate"),
}


def read(data: bytes, encoding: str, *, size: int = 1000, most: int = SMALL_BYTES, cut: bool = False) -> bytes:
    """Read `data` in chunks of `size`."""
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return read_body(pieces, encoding, most, host="api.example.org", cut=cut)


@pytest.mark.parametrize(("data", "encoding"), ENCODED.values(), ids=ENCODED)
@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_compressed_bodies_are_decompressed(data: bytes, encoding: str, size: int) -> None:
    """Whatever the size of chunks."""
    assert read(data, encoding, size=size) == TEXT


@given(st.binary(max_size=2000), st.integers(1, 100))
def test_any_body_round_trips(data: bytes, size: int) -> None:
    assert read(gzip.compress(data), "gzip", size=size) == data
    assert read(zlib.compress(data), "deflate", size=size) == data


@pytest.mark.parametrize("encoding", ["gzip", "deflate", ""])
def test_an_empty_body_is_empty(encoding: str) -> None:
    """Whatever the encoding."""
    assert read(b"", encoding) == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x\x1b"])
def test_an_encoding_that_was_not_requested_is_refused(encoding: str) -> None:
    """It could hide a bomb; the body of an error is then not shown."""
    with pytest.raises(TooMuch, match=r"^api\.example\.org sent a response in the encoding '.*', not requested"):
        read(b"\x00" * 100, encoding)
    assert read(b"\x00" * 100, encoding, cut=True) == b""


BROKEN = {
    "not compressed": (b"<html>" * 100, "cannot be decompressed"),
    "cut": (gzip.compress(TEXT)[:-9], "sent an incomplete compressed response"),
    "damaged": (gzip.compress(TEXT)[:40] + b"\xff" * 200, "cannot be decompressed"),
    "with a wrong checksum": (gzip.compress(TEXT)[:-8] + b"\x00" * 8, "cannot be decompressed"),
}


@pytest.mark.parametrize(("data", "problem"), BROKEN.values(), ids=BROKEN)
def test_corrupt_bodies(data: bytes, problem: str) -> None:
    """The error says so, and no part of the body is used."""
    with pytest.raises(TooMuch, match=problem):
        read(data, "gzip")


def zeros(size: int) -> Iterator[bytes]:
    """A gzip file of `size` zeros, made chunk by chunk."""
    made = zlib.compressobj(wbits=31)
    for _ in range(size // SMALL_BYTES):
        yield made.compress(bytes(SMALL_BYTES))
    yield made.flush()


@pytest.mark.parametrize(("most", "result"), [(SMALL_BYTES, "1 MiB"), (LIST_BYTES, "64 MiB")])
def test_a_compression_bomb_needs_limited_memory(most: int, result: str) -> None:
    """A gigabyte of zeros in a megabyte takes no more memory than the largest allowed answer."""
    bomb = b"".join(zeros(1024 * SMALL_BYTES))
    assert len(bomb) < 2 * SMALL_BYTES
    tracemalloc.start()
    try:
        with pytest.raises(
            TooMuch, match=rf"^api\.example\.org sent a response of more than {result}; the rest was not"
        ):
            read(bomb, "gzip", size=65536, most=most)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * most + SMALL_BYTES


def test_only_the_beginning_of_an_error_is_read() -> None:
    """However long and however compressed: its status is what matters."""
    page = b"<p>busy</p>" * SMALL_BYTES
    assert read(page, "", most=LIST_BYTES, cut=True) == page[:SMALL_BYTES]
    assert read(gzip.compress(page), "gzip", most=LIST_BYTES, cut=True, size=65536) == page[:SMALL_BYTES]
    assert read(page[:SMALL_BYTES], "") == page[:SMALL_BYTES]
