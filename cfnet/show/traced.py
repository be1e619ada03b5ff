"""Formats the paths of a traced call, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.near_misses import Miss, NearMiss
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.machine import FORMAT_VERSION, app_json, as_unicode, policy_json
from cfnet.show.plurals import counted
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cfnet.cell.model.instances import Running
    from cfnet.cell.model.names import Names
    from cfnet.cell.packet.packet_paths import Call, PacketPath, Stage
    from cfnet.policy import App, Policy
    from cfnet.show.remedy import Remedy

_SHOWN: Final = 10
"""The most similar paths that are listed one by one."""

_MISSES: Final = {
    Miss.PORT: "The same call on other ports",
    Miss.PROTOCOL: "The same call over the other protocol",
    Miss.DIRECTION: "The call in the opposite direction",
    Miss.NAMESAKE: "The same call between apps with the same names in other spaces",
}


class Traced(NamedTuple):
    """A call and the result of tracing it.

    Attributes:
        source: the GUID of the calling app; empty if its container has none.
        destination: the GUID of the called app; empty if its container has none.
        ways: the path for each pair of instances.
        notes: caveats about the rules.
        obstacle: why no policy can allow the call, if the cause is not a missing policy.
        near: policies that almost allow it.
        remedy: how to allow it; None if it is allowed or cannot be allowed.
        complete: whether the user can see all policies.
        unseen: whether there may be policies for this call that the user cannot see: if not allowed, it is unknown.
    """

    call: Call
    source: str
    destination: str
    ways: Sequence[PacketPath]
    notes: Sequence[str]
    obstacle: str = ""
    near: Sequence[NearMiss] = ()
    remedy: Remedy | None = None
    complete: bool = True
    unseen: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the call is allowed for every pair of instances."""
        return all(way.allowed for way in self.ways)

    @property
    def groups(self) -> list[list[PacketPath]]:
        """Group similar paths, in the order of the first path of each group."""
        found: dict[tuple[object, ...], list[PacketPath]] = {}
        for way in self.ways:
            found.setdefault(way.shape, []).append(way)
        return list(found.values())


class _Line(NamedTuple):
    text: str
    style: LineStyle = LineStyle.PLAIN


def traced_text(traced: Traced, names: Names, *, colour: bool) -> Iterator[str]:
    """Format the first path of each group step by step, the others by name; then the verdict and the remedy."""
    for lines in _told(traced, names):
        yield "".join(f"{styled(printable(line.text), line.style, colour=colour)}\n" for line in lines)


def _told(traced: Traced, names: Names) -> Iterator[list[_Line]]:
    for group in traced.groups:
        first, *others = group
        call = f"{traced.call.protocol.upper()} port {traced.call.port}"
        ends = f"from {_end(first.source, names)} to {_end(first.destination, names)}"
        lines = [_Line(f"{call}, {ends}"), _Line("")]
        width = max(len(stage.cell) for stage in first.stages)
        for number, stage in enumerate(first.stages, 1):
            lines += _stage(number, stage, width, len(str(len(first.stages))))
        lines += [_Line(""), _verdict(first, unseen=traced.unseen)]
        if others:
            same = [f"The same, except for rule numbers, for {counted(len(others), 'other pair')}:"]
            same += [f"  {_end(way.source, names)} to {_end(way.destination, names)}" for way in others[:_SHOWN]]
            same += [f"  and {len(others) - _SHOWN:,} more"] if len(others) > _SHOWN else []
            lines += map(_Line, same)
        yield [*lines, _Line("")]
    yield [_Line(text) for text in _summary(traced, names)]


def _verdict(way: PacketPath, *, unseen: bool) -> _Line:
    if way.allowed:
        return _Line("Allowed.", LineStyle.GOOD)
    if unseen:
        effect = f"{way.verdict.effect} on {way.hops[-1].cell}"
        return _Line(f"Unknown: {effect}, unless a policy allows it that you cannot see.", LineStyle.UNSURE)
    return _Line(f"Denied: {way.verdict.effect} on {way.hops[-1].cell}.", LineStyle.BAD)


def _summary(traced: Traced, names: Names) -> list[str]:
    denied = sum(not way.allowed for way in traced.ways)
    if not denied:
        return [f"Allowed for all {len(traced.ways):,} pairs of instances."] if len(traced.ways) > 1 else []
    word = "Unknown" if traced.unseen else "Denied"
    lines = [f"{word} for {denied:,} of {len(traced.ways):,} pairs of instances."] if len(traced.ways) > 1 else []
    if traced.obstacle:
        lines.append(traced.obstacle)
    lines += [f"{_MISSES[near.miss]} is allowed: {_policy(near.policy, names)}." for near in traced.near[:1]]
    return lines + (traced.remedy.lines() if traced.remedy else [])


def _policy(policy: Policy, names: Names) -> str:
    return f"{names.app(policy.source)} to {names.app(policy.destination)}, {policy.protocol} {policy.ports}"


def _stage(number: int, stage: Stage, width: int, digits: int) -> list[_Line]:
    margin = f"{number:>{digits}}  {stage.cell:<{width}}  "
    lines = [_Line(f"{margin}{stage.text}")]
    return [*lines, _Line(f"{' ' * len(margin)}{stage.step.rule}", LineStyle.QUIET)] if stage.step else lines


def _end(running: Running, names: Names) -> str:
    ip = running.container.ip
    return f"{names.at(ip)} ({ip} on {running.cell})"


def traced_json(traced: Traced, apps: Mapping[str, App]) -> str:
    """Format the output of `trace --json`.

        {"format_version": 1, "notes": […], "complete": true, "allowed": false, "certain": true, "protocol": "tcp",
         "port": 8081, "source": APP, "destination": APP, "ways": [WAY, …],
         "near_misses": [{"miss": "port", "policy": POLICY}, …], "obstacle": null, "remedy": REMEDY}

    `allowed` is true if the call is allowed for every pair of instances. `certain` is false if it is not allowed, but
    may be by a policy that the user cannot see. `near_misses` are policies that almost allow
    the call, the closest first; `miss` is "port", "protocol", "direction" or "namesake". `obstacle` is the reason why
    no policy can allow the call. REMEDY is as in `explain --json`, null if the call is allowed. WAY:

        {"group": 1, "allowed": false, "verdict": "rejected", "sure": true, "source": END, "destination": END,
         "stages": [{"number": 2, "cell": "cell-2", "text": "It is marked …", "rule": RULE}, …]}

    `number` counts the stages of a way. Ways of the same group differ only in addresses and rule numbers. `verdict`
    is "accepted", "rejected" or "dropped"; `sure` is false if a rule could not be evaluated. END is `{"cell", "ip",
    "handle", "instance"}`. RULE is `{"chain", "position", "text", "effect", "mark", "policy"}`, null if no rule acts.
    APP is `{"guid", "name", "space", "org"}`, null for a container without an app; POLICY is as in `explain --json`.
    """
    document = {
        "format_version": FORMAT_VERSION,
        "notes": list(traced.notes),
        "complete": traced.complete,
        "allowed": traced.allowed,
        "certain": traced.allowed or not traced.unseen,
        "protocol": traced.call.protocol,
        "port": traced.call.port,
        "source": app_json(traced.source, apps.get(traced.source)) if traced.source else None,
        "destination": app_json(traced.destination, apps.get(traced.destination)) if traced.destination else None,
        "ways": [_way(way, number) for number, group in enumerate(traced.groups, 1) for way in group],
        "near_misses": [{"miss": near.miss.value, "policy": policy_json(near.policy)} for near in traced.near],
        "obstacle": traced.obstacle or None,
        "remedy": traced.remedy.json() if traced.remedy else None,
    }
    return json.dumps(document, indent=2) + "\n"


def _way(way: PacketPath, group: int) -> dict[str, object]:
    return {
        "group": group,
        "allowed": way.allowed,
        "verdict": way.verdict.effect.value,
        "sure": all(hop.verdict.sure for hop in way.hops),
        "source": _end_json(way.source),
        "destination": _end_json(way.destination),
        "stages": [
            {"number": number, "cell": stage.cell, "text": stage.text, "rule": _rule(stage)}
            for number, stage in enumerate(way.stages, 1)
        ],
    }


def _end_json(running: Running) -> dict[str, object]:
    container = running.container
    return {"cell": running.cell, "ip": container.ip, "handle": container.handle, "instance": running.number}


def _rule(stage: Stage) -> dict[str, object] | None:
    if stage.step is None:
        return None
    policy = stage.planned.policy if stage.planned else None
    return {
        "chain": stage.step.chain,
        "position": stage.step.number,
        "text": as_unicode(str(stage.step.rule)),
        "effect": stage.step.effect.value,
        "mark": f"{stage.step.mark:#x}",
        "policy": policy_json(policy) if policy else None,
    }
