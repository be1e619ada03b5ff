"""Find out which cells logs are from, for which periods, and whether accepted calls were logged there."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.explain.kernel_log import Event

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.calls.call_log import LogStream, StreamRecord, Tally


class CellCoverage(NamedTuple):
    """What logs cover of a cell.

    Attributes:
        cell: its name.
        seconds: for how long, without the gaps between files.
        first: the earliest date, in seconds since the epoch; None if no line has a date.
        last: the latest.
        logged: whether accepted calls were logged; None if that is unknown.
        logged_seconds: for how long they were certainly logged: if the settings do not say so, from the first accepted
            call to the last one.
        accepted: how many accepted calls between apps were logged.
        refused: how many refused ones.
        overlapping: whether logs with calls may overlap in time, so that calls may be in both.
    """

    cell: str
    seconds: float
    first: float | None
    last: float | None
    logged: bool | None
    logged_seconds: float
    accepted: int
    refused: int
    overlapping: bool


class CellFacts(NamedTuple):
    """What is known of the cells of a foundation.

    Attributes:
        names: their names.
        at: the cell of each container, by overlay address.
        logged: whether the agents log accepted calls, according to their settings; None if these are unknown.
    """

    names: Collection[str]
    at: Mapping[str, str]
    logged: bool | None


class LogCoverage(NamedTuple):
    """What logs cover.

    Attributes:
        cells: what they cover of each cell, by name.
        cell_of: the cell of each stream; None if it is unknown.
        strays: the streams with calls whose cell is unknown.
    """

    cells: Mapping[str, CellCoverage]
    cell_of: Mapping[LogStream, str | None]
    strays: Sequence[LogStream]

    def cells_in(self, streams: Iterable[LogStream]) -> Sequence[str]:
        """Return the known cells of streams, sorted."""
        return sorted({cell for stream in streams if (cell := self.cell_of.get(stream))})


def log_coverage(streams: Mapping[LogStream, StreamRecord], facts: CellFacts) -> LogCoverage:
    """Assign streams to cells, by host, file name, or the containers that were called."""
    by_cell: dict[str, list[StreamRecord]] = {}
    cells_of = {stream: cell_of(stream, record.called, facts) for stream, record in streams.items()}
    for stream, cell in cells_of.items():
        if cell is not None:
            by_cell.setdefault(cell, []).append(streams[stream])
    cells = {cell: _coverage(cell, by_cell[cell], facts) for cell in facts.names if cell in by_cell}
    strays = [stream for stream, cell in cells_of.items() if cell is None and streams[stream].called]
    return LogCoverage(cells, cells_of, strays)


def cell_of(stream: LogStream, called: Counter[str], facts: CellFacts) -> str | None:
    """Return the cell that a stream is from; None if it is unknown.

    Calls are logged on the cell of the called container. Streams of several cells are of none, and neither are those
    that are named after a cell whose containers were not called, while others were.
    """
    named = _named(stream, facts.names)
    cells = {facts.at[ip] for ip in called if ip in facts.at}
    if named is not None:
        return named if not cells or named in cells else None
    return next(iter(cells)) if len(cells) == 1 else None


def _named(stream: LogStream, names: Collection[str]) -> str | None:
    host = stream.host or ""
    for each in (host, host.rpartition("/")[2], host.replace("/", "-"), *_parts(stream.file)):
        if each in names:
            return each
    return None


def _parts(file: str) -> Iterator[str]:
    """Yield what may be the name of a cell in a path: names without and with suffixes, the file's first."""
    for part in reversed(PurePath(file).parts):
        yield part
        while "." in part:
            part = part.rpartition(".")[0]  # noqa: PLW2901 - kern.log.2.gz has several
            yield part


def _coverage(cell: str, records: Sequence[StreamRecord], facts: CellFacts) -> CellCoverage:
    events = sum((each.events for each in records), Counter[Event]())
    periods = _spans(each.period for each in records)
    seconds = _seconds(periods, _spans(each.relative for each in records))
    return CellCoverage(
        cell,
        seconds,
        min((first for first, _ in periods), default=None),
        max((last for _, last in periods), default=None),
        True if events[Event.ALLOWED] else facts.logged,
        seconds if facts.logged else _accepting(records),
        events[Event.ALLOWED],
        events[Event.REFUSED],
        _overlapping([each for each in records if each.events]),
    )


def _accepting(records: Sequence[StreamRecord]) -> float:
    """Return for how long accepted calls were certainly logged, without knowing the settings."""
    dated, relative = (each.accepted for each in records), (each.accepted_relative for each in records)
    return _seconds(_spans(dated), _spans(relative))


def _seconds(dated: Sequence[tuple[float, float]], relative: Sequence[tuple[float, float]]) -> float:
    """Return how long periods are together; those without dates may overlap, so only the longest counts."""
    return max(_length(dated), *(last - first for first, last in relative), 0.0)


def _spans(tallies: Iterable[Tally]) -> list[tuple[float, float]]:
    return [each.span for each in tallies if each.span]


def _overlapping(records: Sequence[StreamRecord]) -> bool:
    return _overlap(_spans(each.period for each in records)) or _overlap(_spans(each.relative for each in records))


def _overlap(periods: Sequence[tuple[float, float]]) -> bool:
    """Whether periods have more than a second in common."""
    return sum(last - first for first, last in periods) > _length(periods) + 1


def _length(periods: Iterable[tuple[float, float]]) -> float:
    """Return the total length of periods, which may overlap."""
    total = 0.0
    reached = float("-inf")
    for first, last in sorted(periods):
        total += max(0.0, last - max(first, reached))
        reached = max(reached, last)
    return total
