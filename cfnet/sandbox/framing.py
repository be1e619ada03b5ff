"""Reads bodies of HTTP/1.1 requests, and rejects ambiguous framing (RFC 9112)."""

import re
from collections.abc import Mapping
from email.message import Message
from io import BufferedIOBase
from typing import Final

LONGEST_BODY: Final = 16 * 1024 * 1024
"""Maximum bytes of a body that are read to keep the connection open; a longer body closes it."""

_LONGEST_LINE: Final = 4096
_LONGEST_LENGTH: Final = 19
_MOST_TRAILERS: Final = 64
_LENGTH: Final = re.compile("[0-9]+", re.ASCII)
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[^\r\n]*)?\r?\n")
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{0,5})?", re.ASCII | re.IGNORECASE)


class BadFraming(Exception):
    """A request must be rejected, and its connection can no longer be used.

    Attributes:
        status: the HTTP status of the response.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def host(environ: Mapping[str, object], headers: Message) -> str | None:
    """Return the host that the request names, without port, in lower case; None if HTTP/1.0 names none.

    Raises:
        BadFraming: the Host header is missing, repeated or invalid.
    """
    if len(headers.get_all("Host", [])) > 1:
        raise BadFraming(400, "More than one Host header")
    named = environ.get("HTTP_HOST")
    if named is None:
        if environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
            return None
        raise BadFraming(400, "No Host header")
    found = _HOST.fullmatch(str(named))
    if found is None:
        raise BadFraming(400, "Bad Host header")
    return found[1].lower()


def body(headers: Message, stream: BufferedIOBase) -> bytes:
    """Read the complete body of a request with these headers.

    Raises:
        BadFraming: its length is missing, ambiguous or too large, or it is incomplete.
        OSError: the connection was lost.
    """
    lengths, codings = headers.get_all("Content-Length", []), headers.get_all("Transfer-Encoding", [])
    if not codings:
        return _read(stream, _length(lengths))
    if lengths:
        raise BadFraming(400, "Both Content-Length and Transfer-Encoding")
    if [coding.strip().lower() for coding in codings] != ["chunked"]:
        raise BadFraming(501, "Unknown Transfer-Encoding")
    return _chunks(stream)


def _length(given: list[str]) -> int:
    if not given:
        return 0
    if len(set(given)) > 1 or not _LENGTH.fullmatch(given[0]):
        raise BadFraming(400, "Bad Content-Length")
    digits = given[0].lstrip("0") or "0"
    if len(digits) > _LONGEST_LENGTH or int(digits) > LONGEST_BODY:
        raise BadFraming(413, "The body is too large")
    return int(digits)


def _read(stream: BufferedIOBase, length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise BadFraming(400, "The body ends too early")
    return data


def _chunks(stream: BufferedIOBase) -> bytes:
    data = bytearray()
    while size := _chunk_size(stream):
        if len(data) + size > LONGEST_BODY:
            raise BadFraming(413, "The body is too large")
        data += _read(stream, size)
        if stream.readline(2) not in {b"\r\n", b"\n"}:
            raise BadFraming(400, "Bad chunk")
    for _ in range(_MOST_TRAILERS):
        if stream.readline(_LONGEST_LINE) in {b"\r\n", b"\n"}:
            return bytes(data)
    raise BadFraming(400, "Bad trailer")


def _chunk_size(stream: BufferedIOBase) -> int:
    found = _CHUNK.fullmatch(stream.readline(_LONGEST_LINE))
    if found is None:
        raise BadFraming(400, "Bad chunk")
    digits = found[1].lstrip(b"0") or b"0"
    return LONGEST_BODY + 1 if len(digits) > _LONGEST_LENGTH - 4 else int(digits, 16)
