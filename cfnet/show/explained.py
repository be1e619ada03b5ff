"""Explained lines, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cfnet.cell.explain_lines import Line, LineKind
from cfnet.show.machine import FORMAT_VERSION, app_json, policy_json
from cfnet.show.printable import printable
from cfnet.show.remedy import Remedy, remedy
from cfnet.show.tone import Tone, toned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.policy import App


def explained_text(lines: Iterable[Line], apps: Mapping[str, App], *, colour: bool) -> Iterator[str]:
    """Each line as it is, and below it what it says. Nothing is wrapped, nothing dropped."""
    for line in lines:
        told = list(filter(None, (_sentence(line), line.purpose)))
        if line.kind is LineKind.UNKNOWN:
            told = ["(unknown to cfnet)"]
        elif line.kind is LineKind.RULE and not line.purpose:
            told.append("(not one of Cloud Foundry's rules)")
        if found := _remedy(line, apps):
            told += found.lines()
        # Without words of ours below it, the line is all there is to read.
        tone = Tone.QUIET if told else Tone.PLAIN
        yield f"{toned(printable(line.text), tone, colour=colour)}\n"
        yield "".join(f"  {printable(each)}\n" for each in told)


def explained_json(lines: Iterable[Line], apps: Mapping[str, App], notes: Sequence[str]) -> Iterator[str]:
    """The document of `explain --json`, a line of it for each line explained.

        {"format_version": 1, "notes": […], "lines": [LINE, …]}

    LINE, where what a kind has not is null:

        {"number": 3, "kind": "rule", "text": "-A vpa--…", "sentence": "A TCP packet …", "purpose": "It enforces …",
         "chain": "vpa--…", "unknown": […], "call": CALL}

    `number` counts lines from 1. `kind` is "rule", "chain", "table", "log", "remark" or "unknown". `unknown` are the
    words of a rule that cfnet does not know. CALL, of a line of the kernel's log:

        {"event": "refused", "source": APP, "source_ip": "10.255.78.3", "destination": APP,
         "destination_ip": "10.255.77.4", "protocol": "tcp", "port": 8081, "mark": "0x2", "policy": POLICY,
         "remedy": {"policy": POLICY, "command": "cfnet add-network-policy …", "target": "demo/dev", "entry": "- …"}}

    `event` is "allowed", "refused", "too-many", "out-refused" or "out-allowed"; `policy` is the one that allowed the
    call, `remedy` what would have. APP is `{"guid", "name", "space", "org"}`, POLICY `{"source", "destination",
    "protocol", "ports": {"start", "end"}}`.
    """
    yield f'{{"format_version": {FORMAT_VERSION}, "notes": {json.dumps(list(notes))}, "lines": ['
    separator = "\n"
    for line in lines:
        yield separator + json.dumps(_line(line, apps))
        separator = ",\n"
    yield "\n]}\n"


def _line(line: Line, apps: Mapping[str, App]) -> dict[str, object]:
    return {
        "number": line.number,
        "kind": line.kind.value,
        "text": line.text,
        "sentence": _sentence(line) or None,
        "purpose": line.purpose or None,
        "chain": line.rule.chain if line.rule else None,
        "unknown": list(line.rule.unknown) if line.rule else None,
        "call": _call(line, apps),
    }


def _call(line: Line, apps: Mapping[str, App]) -> dict[str, object] | None:
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
        "policy": policy_json(call.policy) if call.policy else None,
        "remedy": found.json() if found else None,
    }


def _remedy(line: Line, apps: Mapping[str, App]) -> Remedy | None:
    return remedy(line.call.missing, apps) if line.call and line.call.missing else None


def _sentence(line: Line) -> str:
    """With a capital, but for the log's, which begin with the name of an app."""
    return line.sentence if line.kind is LineKind.LOG else line.sentence[:1].upper() + line.sentence[1:]
