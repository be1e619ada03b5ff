"""The body of an answer, decompressed step by step, so that a small one cannot take all memory."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

from cfnet.errors import ServerTrouble

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from zlib import _Decompress

LIST_BYTES: Final = 64 * 1024 * 1024
"""Of an answer that lists something."""

SMALL_BYTES: Final = 1024 * 1024
"""Of all others, and of what is read of an error."""

_STEP: Final = 256 * 1024
_GZIP_OR_ZLIB: Final = 47
_RAW: Final = -15
_HEADER: Final = 2
_PROXY_HINT: Final = "Check the address, and check for a proxy that alters responses."


class TooMuch(ServerTrouble):
    """An answer that is larger than an answer can be, or that cannot be decompressed."""


def read_body(chunks: Iterable[bytes], encoding: str, most_bytes: int, *, host: str, cut: bool) -> bytes:
    """The body that comes in as `chunks`.

    Args:
        chunks: as they were sent.
        encoding: the header `Content-Encoding`.
        most_bytes: how large it may be when decompressed.
        host: whose answer it is, for errors.
        cut: whether it is only an error's text, of which the first `SMALL_BYTES` will do.

    Raises:
        TooMuch: it is larger, or has another encoding than gzip and deflate.
    """
    kind = encoding.strip().lower()
    if kind in ("", "identity"):
        pieces = iter(chunks)
    elif kind in ("gzip", "x-gzip", "deflate"):
        pieces = _decompressed(chunks, host)
    elif cut:
        return b""
    else:
        raise TooMuch(f"{host} sent an answer in the encoding '{encoding}', which was not asked for.", hint=_PROXY_HINT)
    whole = BytesIO()
    most = min(most_bytes, SMALL_BYTES) if cut else most_bytes
    for piece in pieces:
        if whole.tell() + len(piece) > most:
            if not cut:
                raise TooMuch(
                    f"{host} sent an answer of more than {most // SMALL_BYTES:,} MiB; the rest was not read.",
                    hint=_PROXY_HINT,
                )
            whole.write(piece[: most - whole.tell()])
            break
        whole.write(piece)
    return whole.getvalue()


def _decompressed(chunks: Iterable[bytes], host: str) -> Iterator[bytes]:
    """The pieces of a compressed body, none larger than `_STEP`."""
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
        raise TooMuch(f"{host} broke off its compressed answer.", hint="Try again.")


def _inflated(reader: _Decompress, left: bytes, host: str) -> Generator[bytes, None, _Decompress]:
    """Yield what `left` decompresses to; return the reader of the bytes that follow."""
    is_full = False
    while left or is_full:
        try:
            piece = reader.decompress(left, _STEP)
        except zlib.error as error:
            raise TooMuch(f"{host} sent an answer that cannot be decompressed.", hint=_PROXY_HINT) from error
        left, is_full = reader.unconsumed_tail, len(piece) == _STEP
        if reader.eof and reader.unused_data:  # several compressed files, one after the other
            left, reader = reader.unused_data, zlib.decompressobj(_GZIP_OR_ZLIB)
        yield piece
    return reader


def _has_header(head: bytes) -> bool:
    """Whether these bytes begin gzip or zlib (RFC 1950); some servers send deflate without what should be around it."""
    return head.startswith(b"\x1f\x8b") or (head[0] & 15 == 8 and int.from_bytes(head[:2], "big") % 31 == 0)  # noqa: PLR2004 - RFC 1950
