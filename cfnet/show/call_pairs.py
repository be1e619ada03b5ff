"""Formats the calls in a log, counted by pair, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from cfnet.show.advice_phrases import date
from cfnet.show.columns import columns
from cfnet.show.machine import FORMAT_VERSION, app_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.cell.calls.pair_counts import CalledPair, CallEnd, PairCount, PairCounts
    from cfnet.cell.model.names import Names
    from cfnet.policy import App

_LISTED: Final = 5
"""The most ports that are listed of each protocol in text."""


def pairs_text(counts: PairCounts, names: Names, *, colour: bool) -> str:
    """Format a table of pairs, most frequent first."""
    found = _ordered(counts)
    header = ["packets", "source", "destination", "ports", "event", "first", "last"]
    rows = [_row(pair, count, names) for pair, count in found]
    if any(count.doubtful for _, count in found):
        header.insert(1, "doubtful")
        for row, (_, count) in zip(rows, found, strict=True):
            row.insert(1, f"{count.doubtful:,}")
    more = f"{counts.uncounted:,} more packets are not listed: there are too many pairs.\n" if counts.uncounted else ""
    return columns(header, rows, colour=colour) + more if rows else "No lines of Cloud Foundry.\n"


def _row(pair: CalledPair, count: PairCount, names: Names) -> list[str]:
    return [
        f"{count.calls.times:,}",
        _end(pair.source, names),
        _end(pair.destination, names),
        _ports(count),
        pair.event.value,
        date(count.calls.first),
        date(count.calls.last),
    ]


def pairs_json(counts: PairCounts, apps: Mapping[str, App], notes: Sequence[str]) -> str:
    """Format the output of `explain --summary --json`.

        {"format_version": 1, "notes": […], "pairs": [PAIR, …], "uncounted": 0}

    PAIR (`event` is as in `explain --json`; `source` or `destination` is null if no app is known there, and otherwise
    its address is null):

        {"event": "refused", "source": APP, "source_ip": null, "destination": APP, "destination_ip": null, "count": 3,
         "doubtful": 0, "ports": [{"protocol": "tcp", "port": 8081}, …], "first": "2024-07-24T19:15:12Z", "last": "…"}

    `count` is the number of packets, `doubtful` how many of them contradict themselves about an app, and `uncounted`
    the number of packets that are left out because there are too many pairs. At most 1,000 ports are listed of a pair.
    """
    document = {
        "format_version": FORMAT_VERSION,
        "notes": list(notes),
        "pairs": [_pair_json(pair, count, apps) for pair, count in _ordered(counts)],
        "uncounted": counts.uncounted,
    }
    return json.dumps(document, indent=2) + "\n"


def _pair_json(pair: CalledPair, count: PairCount, apps: Mapping[str, App]) -> dict[str, object]:
    calls = count.calls
    return {
        "event": pair.event.value,
        "source": pair.source.app and app_json(pair.source.app, apps.get(pair.source.app)),
        "source_ip": pair.source.ip,
        "destination": pair.destination.app and app_json(pair.destination.app, apps.get(pair.destination.app)),
        "destination_ip": pair.destination.ip,
        "count": calls.times,
        "doubtful": count.doubtful,
        "ports": [{"protocol": protocol, "port": port} for protocol, port in _sorted(count)],
        "first": None if calls.first is None else date(calls.first),
        "last": None if calls.last is None else date(calls.last),
    }


def _ordered(counts: PairCounts) -> list[tuple[CalledPair, PairCount]]:
    return sorted(counts.pairs.items(), key=lambda each: (-each[1].calls.times, str(each[0])))


def _end(end: CallEnd, names: Names) -> str:
    return names.app(end.app) if end.app else end.ip or "?"


def _ports(count: PairCount) -> str:
    by_protocol: dict[str, list[str]] = {}
    for protocol, port in _sorted(count):
        by_protocol.setdefault(protocol, []).extend([] if port is None else [str(port)])
    parts = []
    for protocol, ports in by_protocol.items():
        more = f" and {len(ports) - _LISTED:,} more" if len(ports) > _LISTED else ""
        parts.append(f"{protocol} {', '.join(ports[:_LISTED])}{more}".rstrip())
    return "; ".join(parts)


def _sorted(count: PairCount) -> list[tuple[str, int | None]]:
    return sorted(count.ports, key=lambda each: (each[0], each[1] or 0))
