"""Count the calls that log lines report, with when and where each was seen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from cfnet.cell.calls.call_ends import LoggedEnds, likely_caller, possible_callers, refused_ends
from cfnet.cell.calls.log_clock import epoch_of, has_year
from cfnet.cell.explain.kernel_log import Event

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    from cfnet.cell.explain.kernel_log import LogLine
    from cfnet.cell.explain.log_header import Header
    from cfnet.cell.model.names import Names

_Call = TypeVar("_Call")

MOST: Final = 50_000
"""Maximum different calls that are counted apart: a scan of all ports from everywhere must not exhaust the memory."""
_MOST_DOUBTFUL: Final = 5_000
"""Maximum of those whose apps are uncertain: forged packets must leave room for others."""
_REMEMBERED: Final = 10_000
"""Maximum lines whose call is remembered."""

MOST_STREAMS: Final = 10_000
"""Maximum hosts and files that are told apart."""


class LogStream(NamedTuple):
    """The lines that one host wrote to one file; `host` is None where lines do not name it."""

    file: str
    host: str | None


class Tally:
    """How often something was seen, when, and in which streams.

    Attributes:
        times: how many packets.
        first: the earliest time, in seconds since the epoch; None if no line had a date.
        last: the latest.
        streams: where.
    """

    __slots__ = ("first", "last", "streams", "times")

    def __init__(self) -> None:
        self.times = 0
        self.first: float | None = None
        self.last: float | None = None
        self.streams: set[LogStream] = set()

    def add(self, times: int, at: float | None, stream: LogStream) -> None:
        """Count packets."""
        self.times += times
        self.streams.add(stream)
        self.stretch(at)

    def stretch(self, at: float | None) -> None:
        """Extend the period to a time."""
        if at is None:
            return
        if self.first is None or at < self.first:
            self.first = at
        if self.last is None or at > self.last:
            self.last = at

    @property
    def span(self) -> tuple[float, float] | None:
        """The earliest and the latest time; None if no line had a date."""
        return None if self.first is None or self.last is None else (self.first, self.last)

    def include(self, other: Tally) -> None:
        """Count what another tally did."""
        self.times += other.times
        self.streams |= other.streams
        self.stretch(other.first)
        self.stretch(other.last)


class StreamRecord:
    """What a stream has.

    Attributes:
        period: the dates of its lines.
        relative: the times of its lines in seconds since the kernel started, where they have no date.
        accepted: the dates of accepted calls.
        accepted_relative: their times since the kernel started, where they have no date.
        events: how many packets of each kind.
        called: the addresses of called containers, with the number of lines.
        guessed_years: whether its dates have no year.
    """

    __slots__ = ("accepted", "accepted_relative", "called", "events", "guessed_years", "period", "relative")

    def __init__(self) -> None:
        self.period = Tally()
        self.relative = Tally()
        self.accepted = Tally()
        self.accepted_relative = Tally()
        self.events: Counter[Event] = Counter()
        self.called: Counter[str] = Counter()
        self.guessed_years = False


class RefusedCall(NamedTuple):
    """A refused call between apps; a missing protocol or port is None."""

    ends: LoggedEnds
    protocol: str | None
    port: int | None


class AcceptedCall(NamedTuple):
    """An accepted call between apps.

    Attributes:
        caller: the GUID of the app that made it, as far as known.
        sources: the GUIDs of the apps that may have made it; None if any may have.
        app: the GUID of the called app, or its beginning.
        cut: whether the GUID may be cut.
        protocol: in lower case.
        port: the destination port.
    """

    caller: str | None
    sources: frozenset[str] | None
    app: str
    cut: bool
    protocol: str | None
    port: int | None


class CallLog:
    """The calls between apps in logs.

    Attributes:
        refused: the refused calls.
        accepted: the accepted calls.
        streams: the files, by host.
        uncounted: lines that were not counted because there were too many different calls.
        unrelated: files that are not kernel logs.
    """

    def __init__(self, names: Names, sources: Collection[str]) -> None:
        """Count calls between apps with these names; `sources` are those whose packets are marked."""
        self._names = names
        self._sources = sources
        self.refused: dict[RefusedCall, Tally] = {}
        self.accepted: dict[AcceptedCall, Tally] = {}
        self.streams: dict[LogStream, StreamRecord] = {}
        self.uncounted: Counter[Event] = Counter()
        self.unrelated: set[str] = set()
        self._doubtful = 0
        self._known: dict[Hashable, RefusedCall | AcceptedCall] = {}

    def add(self, line: LogLine, file: str, end: float) -> None:
        """Count a line of `file`, which was last written at `end` (seconds since the epoch)."""
        stream = self._stream(file, line.host)
        record = self.streams[stream]
        at = _seen(record, line.time, line.uptime, end)
        record.events[line.event] += line.times
        if line.event not in (Event.ALLOWED, Event.REFUSED):
            return
        if line.event is Event.ALLOWED:
            record.accepted.stretch(at)
            record.accepted_relative.stretch(line.uptime if at is None else None)
        if line.destination and (line.destination in record.called or len(record.called) < MOST):
            record.called[line.destination] += 1
        tally = self._tally(line)
        if tally is None:
            self.uncounted[line.event] += line.times
        else:
            tally.add(line.times, at, stream)

    def add_edge(self, header: Header, file: str, end: float) -> None:
        """Record that `file` has a line with this header, whatever it reports: it shows what the file covers."""
        _seen(self.streams[self._stream(file, header.host)], header.time, header.uptime, end)

    def _stream(self, file: str, host: str | None) -> LogStream:
        """Return the stream of a host, which is recorded; hosts may be forged, so their number is limited."""
        stream = LogStream(file, host)
        if stream not in self.streams and len(self.streams) >= MOST_STREAMS:
            stream = LogStream(file, None)
        if stream not in self.streams:
            self.streams[stream] = StreamRecord()
        return stream

    def _tally(self, line: LogLine) -> Tally | None:
        call = self._call(line)
        if not isinstance(call, RefusedCall):
            return _counted(call, self.accepted)
        if call.ends.doubt and call not in self.refused:
            if self._doubtful >= _MOST_DOUBTFUL:
                return None
            self._doubtful += 1
        return _counted(call, self.refused)

    def _call(self, line: LogLine) -> RefusedCall | AcceptedCall:
        """Return the call of a line; most lines of a log repeat others but for the time."""
        key = line._replace(time=None, uptime=None, host=None, times=1)
        if key in self._known:
            return self._known[key]
        if line.event is Event.REFUSED:
            call: RefusedCall | AcceptedCall = RefusedCall(
                refused_ends(line, self._names, self._sources), line.protocol, line.port
            )
        else:
            sources = possible_callers(line, self._names)
            call = AcceptedCall(
                likely_caller(line, self._names), sources, line.app, bool(line.prefix), line.protocol, line.port
            )
        if len(self._known) < _REMEMBERED:
            self._known[key] = call
        return call


def _counted(call: _Call, tallies: dict[_Call, Tally]) -> Tally | None:
    if call not in tallies:
        if len(tallies) >= MOST:
            return None
        tallies[call] = Tally()
    return tallies[call]


def _seen(record: StreamRecord, time: str | None, uptime: float | None, end: float) -> float | None:
    """Extend the period of a stream; return the date."""
    at = epoch_of(time, end)
    if at is None:
        record.relative.stretch(uptime)
        return None
    record.period.stretch(at)
    record.guessed_years = record.guessed_years or not has_year(time)
    return at
