"""Read log files of any size, also compressed, and stdin, piece by piece."""

from __future__ import annotations

import codecs
import stat
import zlib
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from cfnet.cell.calls.log_reader import EDGE, end_of
from cfnet.errors import CommandLineFault, InputFault, unreadable
from cfnet.foundation.encodings import UTF_8, encoding_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from cfnet.operations.environment import Environment

PIECE: Final = 1 << 20
"""Bytes that are read at once."""

GZIP: Final = b"\x1f\x8b"
_UNREADABLE: Final = {
    b"\xfd7zXZ\0": ("compressed with xz", "xz -dc"),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "zstd -dc"),
    b"BZh": ("compressed with bzip2", "bzip2 -dc"),
    b"LPKSHHRH": ("a journal of systemd", "journalctl -k --file"),
}
"""How other files with logs begin, and what prints their lines."""
_GZIP_TIME: Final = slice(4, 8)
"""Where a gzip header has the time of the compressed file (RFC 1952); zero means none."""
_GZIP_FORMAT: Final = 31
"""`wbits` of zlib for gzip with the largest window."""


class LogFile(NamedTuple):
    """A file with log lines.

    Attributes:
        name: its name; `stdin` for stdin.
        size: its size in bytes; 0 if unknown.
        written: when it was last written, in seconds since the epoch; before that, if its last line was logged before.
        pieces: reads its content, decompressed, in UTF-8. Raises InputFault.
    """

    name: str
    size: int
    written: float
    pieces: Callable[[Callable[[], None]], Iterator[bytes]]


def log_files(named: Sequence[str], environment: Environment) -> list[LogFile]:
    """Return the named files, each once; `-` is stdin.

    Raises:
        InputFault: one does not exist or is a directory.
        CommandLineFault: stdin is a terminal, or given twice.
    """
    if sum(each == "-" for each in named) > 1:
        raise CommandLineFault("stdin (-) can be given only once")
    return [_stdin(environment) if each == "-" else _file(Path(each)) for each in different(named)]


def different(named: Sequence[str]) -> list[str]:
    """Return the named files without those that were named before, perhaps otherwise: their calls would count twice."""
    seen: dict[object, str] = {}
    for each in named:
        try:
            status = Path(each).stat() if each != "-" else None
        except (OSError, ValueError):
            status = None  # reading it says what is wrong
        seen.setdefault((status.st_dev, status.st_ino) if status else each, each)
    return list(seen.values())


def _file(path: Path) -> LogFile:
    try:
        status = path.stat()
        if path.is_dir():
            raise InputFault("it is a directory.", where=str(path), hint="Give the log files in it.")
        written = _written(path, status) if stat.S_ISREG(status.st_mode) else status.st_mtime
    except (OSError, ValueError) as error:
        raise unreadable(error, path) from error

    def pieces(step: Callable[[], None]) -> Iterator[bytes]:
        try:
            with path.open("rb") as stream:
                yield from _decoded(unzipped(_read(stream, step), str(path)))
        except OSError as error:
            raise unreadable(error, path) from error

    return LogFile(str(path), status.st_size, written, pieces)


def _written(path: Path, status: os.stat_result) -> float:
    """Return when a file was last written, according to its last line or, in gzip, its header, if these say so."""
    with path.open("rb") as stream:
        head = stream.read(_GZIP_TIME.stop)
        if head.startswith(GZIP):
            return float(int.from_bytes(head[_GZIP_TIME], "little")) or status.st_mtime
        stream.seek(max(0, status.st_size - EDGE))
        return end_of(stream.read(EDGE), status.st_mtime)


def _stdin(environment: Environment) -> LogFile:
    stdin = environment.stdin
    if stdin.isatty():
        raise CommandLineFault("stdin is a terminal", hint="Example: dmesg | cfnet advise -")

    def pieces(step: Callable[[], None]) -> Iterator[bytes]:
        if isinstance(stdin, TextIOWrapper):
            yield from _decoded(unzipped(_read(stdin.buffer, step), "stdin"))
        else:
            yield stdin.read().encode("utf-8", "surrogateescape")

    return LogFile("stdin", 0, environment.now(), pieces)


def _read(stream: BinaryIO, step: Callable[[], None]) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece
        step()


def _attempted(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    try:
        yield from pieces
    except OSError as error:
        raise unreadable(error, name) from error


def unzipped(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Decompress gzip, also several files in one; yield text unchanged.

    Raises:
        InputFault: it is compressed otherwise, or damaged.
    """
    first = next(pieces, b"")
    if not first.startswith(GZIP):
        _require_readable(first, name)
        yield first
        yield from pieces
        return
    unzip = zlib.decompressobj(_GZIP_FORMAT)
    piece = first
    try:
        while piece:
            yield unzip.decompress(piece, PIECE)
            if unzip.eof:
                piece = unzip.unused_data.lstrip(b"\0") or next(pieces, b"")
                unzip = zlib.decompressobj(_GZIP_FORMAT) if piece else unzip
            else:
                piece = unzip.unconsumed_tail or next(pieces, b"")
    except zlib.error as error:
        raise InputFault(f"it is not valid gzip: {error}", where=name) from error
    if not unzip.eof:
        raise InputFault("the gzip file is incomplete.", where=name)


def text_lines(stream: BinaryIO, name: str) -> Iterator[str]:
    """Yield the lines of a file, decompressed and decoded, on demand; invalid bytes become escapes.

    Raises:
        InputFault: it cannot be read.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    begun: list[str] = []
    for piece in _decoded(unzipped(_attempted(_read(stream, lambda: None), name), name)):
        first, *rest = decoder.decode(piece).split("\n")
        begun.append(first)
        if rest:
            yield "".join(begun)
            yield from rest[:-1]
            begun = rest[-1:]
    yield "".join((*begun, decoder.decode(b"", final=True)))


def _require_readable(head: bytes, name: str) -> None:
    for beginning, (what, printer) in _UNREADABLE.items():
        if head.startswith(beginning):
            raise InputFault(f"it is {what}.", where=name, hint=f"Use: {printer} FILE | cfnet …")


def _decoded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Convert UTF-16, as PowerShell writes it, to UTF-8; yield anything else unchanged."""
    first = next(pieces, b"")
    encoding = encoding_of(first[:4])
    if encoding == UTF_8:
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from pieces
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(first).encode()
    for piece in pieces:
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", final=True).encode()
