"""Count the lines of Cloud Foundry in a log by who called whom, and with which outcome."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.calls.call_log import Tally
from cfnet.cell.calls.log_clock import epoch_of
from cfnet.cell.explain.logged_call import by_ends, call_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cfnet.cell.explain.kernel_log import Event, LogLine
    from cfnet.cell.model.names import Names
    from cfnet.policy import Policy

_MOST: Final = 20_000
"""Maximum pairs that are counted apart."""
_REMEMBERED: Final = 10_000
"""Maximum lines whose pair is remembered; most lines repeat others."""
_MOST_PORTS: Final = 1_000
"""Maximum ports that are listed of a pair."""


class CallEnd(NamedTuple):
    """An app, or an address if no app is known there; both are None if the line has neither."""

    app: str | None
    ip: str | None


class CalledPair(NamedTuple):
    """Who called whom, and what became of the calls."""

    source: CallEnd
    destination: CallEnd
    event: Event


class PairCount:
    """The calls of a pair.

    Attributes:
        calls: how many packets, and when.
        ports: the ports, with their protocols; a protocol without ports has None.
        doubtful: how many packets contradict themselves about an app.
    """

    __slots__ = ("calls", "doubtful", "ports")

    def __init__(self) -> None:
        self.calls = Tally()
        self.ports: set[tuple[str, int | None]] = set()
        self.doubtful = 0


class PairCounts(NamedTuple):
    """The calls of each pair, and the number of packets that were left out because there were too many pairs."""

    pairs: Mapping[CalledPair, PairCount]
    uncounted: int


def count_pairs(lines: Iterable[tuple[LogLine, float]], names: Names, policies: Iterable[Policy]) -> PairCounts:
    """Count packets by pair; with each line comes the time when its log was last written."""
    known = by_ends(policies)
    counts: dict[CalledPair, PairCount] = {}
    uncounted = 0

    @lru_cache(maxsize=_REMEMBERED)
    def pair(line: LogLine) -> tuple[CalledPair, bool]:
        call = call_of(line, names, known)
        ends = ((call.source, line.source), (call.destination, line.destination))
        source, destination = (CallEnd(app, None if app else ip) for app, ip in ends)
        return CalledPair(source, destination, line.event), call.doubtful

    for line, written in lines:
        which, doubtful = pair(line._replace(time=None, uptime=None, host=None, times=1))
        count = counts.get(which)
        if count is None:
            if len(counts) >= _MOST:
                uncounted += line.times
                continue
            count = counts[which] = PairCount()
        count.calls.times += line.times
        count.calls.stretch(epoch_of(line.time, written))
        count.doubtful += line.times * doubtful
        if len(count.ports) < _MOST_PORTS:
            count.ports.add((line.protocol or "?", line.port))
    return PairCounts(counts, uncounted)
