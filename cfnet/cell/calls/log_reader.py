"""Read the calls in a log from its bytes, whatever program wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cfnet.cell.calls.log_clock import epoch_of, has_year
from cfnet.cell.calls.log_filter import lines_of_interest
from cfnet.cell.explain.log_line import read_line_header, read_transcript_line
from cfnet.cell.explain.transcript import read_transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cfnet.cell.calls.call_log import CallLog
    from cfnet.cell.explain.kernel_log import LogLine

EDGE: Final = 1 << 16
"""Bytes at both ends of a file that are searched for a line with a time."""

_OF_KERNEL: Final = re.compile(
    rb"\bkernel\b|cfnetworking\.iptables"
    rb"|\[ {0,12}\d{1,12}\.\d{1,9}\]|\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d:|T\d\d:\d\d:\d\d,\d"
)
"""What only logs of the kernel and of iptables-logger have: a name, or a time as in dmesg."""


def read_packets(pieces: Iterable[bytes]) -> Iterator[LogLine]:
    """Yield the packets that lines report; the pieces of a file need not end with a line."""
    texts = (line.decode("utf-8", "backslashreplace") for line in lines_of_interest(pieces))
    for entry in read_transcript(texts):
        found = read_transcript_line(entry)
        if found:
            yield found


def end_of(tail: bytes, written: float) -> float:
    """Return when the last line of a file was logged, or `written` if that is unknown.

    A file may have been copied long after its last line; dates without a year are in the year before that line.
    """
    for raw in reversed(tail.split(b"\n")):
        time = read_line_header(raw.decode("utf-8", "backslashreplace")).time
        at = epoch_of(time, written)
        if at is not None:
            return written if has_year(time) else at
    return written


def read_calls(pieces: Iterable[bytes], file: str, written: float, log: CallLog) -> None:
    """Count the calls in a file, and record which period it covers.

    `written` is when it was last written, in seconds since the epoch.
    """
    edges = _Edges(pieces)
    found = False
    for line in read_packets(edges):
        found = True
        log.add(line, file, written)
    if not found and not edges.of_kernel:
        log.unrelated.add(file)
        return
    for edge in (edges.head.split(b"\n"), reversed(edges.tail.split(b"\n")[1:])):
        for raw in edge:
            header = read_line_header(raw.decode("utf-8", "backslashreplace"))
            if epoch_of(header.time, written) is not None or header.uptime is not None:
                log.add_edge(header, file, written)
                break


class _Edges:
    """The pieces of a file, which remember its first and last bytes.

    Attributes:
        head: the beginning of the first piece.
        tail: the end of the last two.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.head = b""
        self.tail = b""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.head = self.head or piece[:EDGE]
            self.tail = piece[-EDGE:] if len(piece) >= EDGE else (self.tail + piece)[-EDGE:]
            yield piece

    @property
    def of_kernel(self) -> bool:
        """Whether this is a log of the kernel: others do not show for how long calls were logged."""
        return any(_OF_KERNEL.search(each) for each in (self.head, self.tail))
