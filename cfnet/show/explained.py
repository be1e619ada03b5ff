"""Formats explained rules and log lines, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from cfnet.cell.explain.explained_lines import ExplainedLine, LineKind
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.machine import app_json, policy_json, stream_json
from cfnet.show.printable import printable
from cfnet.show.remedy import Remedy, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.policy import App, Policy

_MOST_ADVICE: Final = 1_000
"""Maximum policies to suggest; a port scan could require any number of them."""


def explained_text(lines: Iterable[ExplainedLine], apps: Mapping[str, App], *, colour: bool) -> Iterator[str]:
    """Format each line followed by its explanation; at the end, the policies that would allow refused calls.

    Lines are never wrapped or dropped.
    """
    advice = _Advice()
    for line in lines:
        told = list(filter(None, (_sentence(line), line.purpose)))
        if line.kind is LineKind.UNKNOWN:
            told = ["(unknown to cfnet)"]
        elif line.foreign:
            told.append("(not a Cloud Foundry rule)")
        style = LineStyle.QUIET if told else LineStyle.PLAIN
        yield f"{styled(printable(line.text), style, colour=colour)}\n"
        yield "".join(f"  {printable(each)}\n" for each in told)
        advice.add(line)
    yield from advice.text(apps)


class _Advice:
    """The policies that would allow refused calls, with the number of calls each."""

    def __init__(self) -> None:
        self._calls: dict[Policy, int] = {}
        self._others = 0
        self._lines = 0

    def add(self, line: ExplainedLine) -> None:
        """Count a line; lines that are not refused calls are ignored."""
        self._lines += 1
        missing = line.call.missing if line.call else None
        if not missing or not line.log:
            return
        if missing in self._calls or len(self._calls) < _MOST_ADVICE:
            self._calls[missing] = self._calls.get(missing, 0) + line.log.times
        else:
            self._others += line.log.times

    def text(self, apps: Mapping[str, App]) -> Iterator[str]:
        """Format the suggested policies, in the order of the calls."""
        for policy, calls in self._calls.items():
            what = f"{calls:,} refused call{'' if calls == 1 else 's'}"
            told = remedy(policy, apps).lines("it" if self._lines == calls == 1 else what)
            yield "".join(f"  {printable(each)}\n" for each in told)
        if self._others:
            yield (
                f"  {self._others:,} more refused calls would need policies in addition to these {_MOST_ADVICE:,}."
                " Use --json to see them all.\n"
            )


def explained_json(
    lines: Iterable[ExplainedLine], apps: Mapping[str, App], notes: Sequence[str], *, complete: bool
) -> Iterator[str]:
    """Format the output of `explain --json`, one line of JSON for each line explained.

        {"format_version": 1, "complete": true, "notes": […], "lines": [LINE, …]}

    `complete` is false if names, tags or policies of the foundation are unknown, or only some of them are visible to
    the user.

    LINE (fields that do not apply to its kind are null):

        {"number": 3, "kind": "rule", "text": "-A vpa--…", "sentence": "A TCP packet …", "purpose": "It enforces …",
         "foreign": false, "chain": "vpa--…", "unknown": […], "call": CALL}

    `number` counts lines from 1. `kind` is "rule", "chain", "table", "log", "remark" or "unknown". `foreign` is true
    if Cloud Foundry does not manage the rule; `purpose` is then its effect on Cloud Foundry's rules, if any. `unknown`
    lists the words of a rule that cfnet does not know. CALL, for a log line:

        {"event": "refused", "source": APP, "source_ip": "10.255.78.3", "destination": APP,
         "destination_ip": "10.255.77.4", "protocol": "tcp", "port": 8081, "mark": "0x2", "at_source_ip": APP,
         "at_destination_ip": APP, "time": "2024-07-24T19:15:12Z", "uptime": 12345.678901, "host": "diego-cell/GUID",
         "times": 1,
         "policy": POLICY,
         "remedy": {"policy": POLICY, "command": "cfnet add-network-policy …", "target": "demo/dev", "entry": "- …"}}

    `event` is "allowed", "refused", "too-many", "out-refused" or "out-allowed". `at_source_ip` is the app at the
    source address if the mark belongs to another app; `source` is then the mark's app, and `remedy` is null.
    `at_destination_ip` is the app at the destination address if the GUID or handle in the line belongs to another app.
    `time` is copied from the line, `uptime` is in seconds since the kernel started, `times` is the number of packets
    that the line represents. `policy` is the one that allows the call (for a refused call: allows it now), `remedy` the
    one that would have allowed it. APP is `{"guid", "name", "space", "org"}`, POLICY is `{"source", "destination",
    "protocol", "ports": {"start", "end"}}`.
    """
    return stream_json(
        {"complete": complete, "notes": list(notes)}, "lines", (json.dumps(_line(line, apps)) for line in lines)
    )


def _line(line: ExplainedLine, apps: Mapping[str, App]) -> dict[str, object]:
    is_rule = line.kind is LineKind.RULE
    return {
        "number": line.number,
        "kind": line.kind.value,
        "text": line.text,
        "sentence": _sentence(line) or None,
        "purpose": line.purpose or None,
        "foreign": line.foreign if is_rule else None,
        "chain": line.chain,
        "unknown": list(line.unknown) if is_rule else None,
        "call": _call(line, apps),
    }


def _call(line: ExplainedLine, apps: Mapping[str, App]) -> dict[str, object] | None:
    log, call = line.log, line.call
    if not (log and call):
        return None
    found = _remedy(line, apps)
    return {
        "event": log.event.value,
        "source": call.source and app_json(call.source, apps.get(call.source)),
        "source_ip": log.source,
        "destination": call.destination and app_json(call.destination, apps.get(call.destination)),
        "destination_ip": log.destination,
        "protocol": log.protocol,
        "port": log.port,
        "mark": None if log.mark is None else f"{log.mark:#x}",
        "at_source_ip": call.at_source_ip and app_json(call.at_source_ip, apps.get(call.at_source_ip)),
        "at_destination_ip": call.at_destination_ip
        and app_json(call.at_destination_ip, apps.get(call.at_destination_ip)),
        "time": log.time,
        "uptime": log.uptime,
        "host": log.host,
        "times": log.times,
        "policy": policy_json(call.policy) if call.policy else None,
        "remedy": found.json() if found else None,
    }


def _remedy(line: ExplainedLine, apps: Mapping[str, App]) -> Remedy | None:
    return remedy(line.call.missing, apps) if line.call and line.call.missing else None


def _sentence(line: ExplainedLine) -> str:
    """Capitalize the sentence, except for log lines, which begin with the name of an app."""
    return line.sentence if line.kind is LineKind.LOG else line.sentence[:1].upper() + line.sentence[1:]
