"""Follow logs as they grow: files, also when they are rotated, or stdin."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from io import FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from cfnet.cell.calls.log_filter import LONGEST
from cfnet.cell.calls.log_reader import read_calls
from cfnet.errors import CommandLineFault, InputFault, unreadable
from cfnet.operations.log_files import GZIP, PIECE, different

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cfnet.cell.calls.call_log import CallLog
    from cfnet.operations.environment import Environment

_Result = TypeVar("_Result")

_SECONDS: Final = 1.0
"""How often files are looked at."""
_REMEMBERED: Final = 256
"""The bytes before the next ones that are compared: most lines have a time, so these are different in a new file."""


def follow_logs(named: Sequence[str], log: CallLog, environment: Environment) -> Iterator[None]:
    """Count the calls in logs as they grow, and yield after each new part; stdin ends, files do not.

    Raises:
        CommandLineFault: stdin is followed together with files.
        InputFault: a file cannot be read.
    """
    if "-" not in named:
        return _follow_files(named, log, environment)
    if len(named) > 1:
        raise CommandLineFault("--follow takes stdin (-) or files, not both")
    return _follow_stdin(log, environment)


def _follow_files(named: Sequence[str], log: CallLog, environment: Environment) -> Iterator[None]:
    with ExitStack() as stack:
        files = [stack.enter_context(closing(FollowedFile(Path(each)))) for each in different(named)]
        while True:
            for file in files:
                while data := file.new_lines():
                    read_calls([data], str(file.path), environment.now(), log)
                    yield
            environment.sleep(_SECONDS)


def _follow_stdin(log: CallLog, environment: Environment) -> Iterator[None]:
    stdin = environment.stdin
    if stdin.isatty() or not isinstance(stdin, TextIOWrapper):
        raise CommandLineFault("stdin is a terminal", hint="Example: dmesg --follow | cfnet advise - --follow")
    lines = _GrowingLines()
    read = getattr(stdin.buffer, "read1", stdin.buffer.read)
    while piece := read(PIECE):
        if data := lines.add(piece):
            read_calls([data], "stdin", environment.now(), log)
            yield
    if data := lines.rest:
        read_calls([data], "stdin", environment.now(), log)
        yield


class _GrowingLines:
    """Bytes that arrive in pieces; lines are complete when their end arrives.

    Attributes:
        rest: the beginning of a line.
    """

    def __init__(self) -> None:
        self.rest = b""

    def add(self, piece: bytes) -> bytes:
        """Return the lines that are complete now."""
        data = self.rest + piece
        end = data.rfind(b"\n") + 1
        # A line without an end must not fill the memory.
        self.rest = data[end:] if len(data) - end <= LONGEST else b""
        return data[:end]


class FollowedFile:
    """A file that grows. If another file takes its name, or what was read of it changes, it is read from the start."""

    def __init__(self, path: Path) -> None:
        """Follow the file at `path`.

        Raises:
            InputFault: it cannot be read.
        """
        self.path = path
        self._lines = _GrowingLines()
        self._last = b""
        self._stream = self._open()

    def new_lines(self) -> bytes:
        """Return some lines that were added; empty if none are complete.

        Raises:
            InputFault: it cannot be read.
        """
        return self._attempt(self._next)

    def close(self) -> None:
        """Stop following."""
        self._stream.close()

    def _next(self) -> bytes:
        while True:
            rewritten = self._is_rewritten()
            piece = b"" if rewritten else self._stream.read(PIECE)
            if not piece and not rewritten and not self._is_replaced():
                return b""
            if not piece:
                self._stream.close()
                self._stream, self._lines, self._last = self._open(), _GrowingLines(), b""
                continue
            self._remember(piece)
            if data := self._lines.add(piece):
                return data

    def _remember(self, piece: bytes) -> None:
        if piece.startswith(GZIP) and not self._last:
            raise InputFault("it is compressed.", where=str(self.path), hint="Only plain text can be followed.")
        if self._stream.seekable():  # a pipe is never rewritten
            self._last = (self._last + piece)[-_REMEMBERED:]

    def _is_rewritten(self) -> bool:
        """Whether the file was truncated, even if it has grown again since."""
        if not self._last:
            return False
        self._stream.seek(-len(self._last), os.SEEK_CUR)
        return self._stream.read(len(self._last)) != self._last

    def _is_replaced(self) -> bool:
        """Whether another file has the name now; a missing one may be created later."""
        own = os.fstat(self._stream.fileno())
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return False
        return (there.st_dev, there.st_ino) != (own.st_dev, own.st_ino)

    def _open(self) -> FileIO:
        # A buffer would hide that what was read has changed.
        return self._attempt(lambda: self.path.open("rb", buffering=0))

    def _attempt(self, act: Callable[[], _Result]) -> _Result:
        try:
            return act()
        except OSError as error:
            raise unreadable(error, self.path) from error
