"""Reads response bodies with a limit of size, decompressing in steps so that a small body cannot fill the memory."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

from cfnet.errors import ServerTrouble

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from zlib import _Decompress

LIST_BYTES: Final = 64 * 1024 * 1024
"""The most bytes of a response that contains a list."""

SMALL_BYTES: Final = 1024 * 1024
"""The most bytes of other responses, and the most that is read of an error."""

_STEP: Final = 256 * 1024
_GZIP_OR_ZLIB: Final = 47
_RAW: Final = -15
_HEADER: Final = 2
_PROXY_HINT: Final = "Check the address, and check for a proxy that alters responses."


class TooMuch(ServerTrouble):
    """A response is too large, or cannot be decompressed."""


def read_body(chunks: Iterable[bytes], encoding: str, most_bytes: int, *, host: str, cut: bool) -> bytes:
    """Read and decompress a body.

    Args:
        chunks: the body as received.
        encoding: the header `Content-Encoding`.
        most_bytes: the maximum size after decompression.
        host: the name of the server, for errors.
        cut: whether to truncate the body to `SMALL_BYTES`, which is enough for the text of an error.

    Raises:
        TooMuch: the body is larger, or has an encoding other than gzip and deflate.
    """
    kind = encoding.strip().lower()
    if kind in ("", "identity"):
        pieces = iter(chunks)
    elif kind in ("gzip", "x-gzip", "deflate"):
        pieces = _decompressed(chunks, host)
    elif cut:
        return b""
    else:
        raise TooMuch(f"{host} sent a response in the encoding '{encoding}', not requested by cfnet.", hint=_PROXY_HINT)
    whole = BytesIO()
    most = min(most_bytes, SMALL_BYTES) if cut else most_bytes
    for piece in pieces:
        if whole.tell() + len(piece) > most:
            if not cut:
                raise TooMuch(
                    f"{host} sent a response of more than {most // SMALL_BYTES:,} MiB; the rest was not read.",
                    hint=_PROXY_HINT,
                )
            whole.write(piece[: most - whole.tell()])
            break
        whole.write(piece)
    return whole.getvalue()


def _decompressed(chunks: Iterable[bytes], host: str) -> Iterator[bytes]:
    """Yield a compressed body in pieces of at most `_STEP` bytes."""
    head, reader = b"", None
    for chunk in chunks:
        left = chunk
        if reader is None:
            head += chunk
            if len(head) < _HEADER:
                continue
            left, reader = head, zlib.decompressobj(_GZIP_OR_ZLIB if _has_header(head) else _RAW)
        reader = yield from _inflated(reader, left, host)
    if head and (reader is None or not reader.eof):
        raise TooMuch(f"{host} sent an incomplete compressed response.", hint="Try again.")


def _inflated(reader: _Decompress, left: bytes, host: str) -> Generator[bytes, None, _Decompress]:
    """Decompress `left` piece by piece; return the reader for the bytes that follow."""
    is_full = False
    while left or is_full:
        try:
            piece = reader.decompress(left, _STEP)
        except zlib.error as error:
            raise TooMuch(f"{host} sent a response that cannot be decompressed.", hint=_PROXY_HINT) from error
        left, is_full = reader.unconsumed_tail, len(piece) == _STEP
        if reader.eof and reader.unused_data:  # several concatenated compressed files
            left, reader = reader.unused_data, zlib.decompressobj(_GZIP_OR_ZLIB)
        yield piece
    return reader


def _has_header(head: bytes) -> bool:
    """Return whether this is a gzip or zlib (RFC 1950) header; some servers send raw deflate without one."""
    return head.startswith(b"\x1f\x8b") or (head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0)  # noqa: PLR2004 - RFC 1950
