"""Describe a log line in a sentence.

*appA, instance 0 (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 8081: refused because no policy allows
it.*
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.explain.kernel_log import BETWEEN_APPS, Event, LogLine

if TYPE_CHECKING:
    from cfnet.cell.explain.logged_call import LoggedCall
    from cfnet.cell.model.names import Names

_OUTCOMES: Final = {
    Event.ALLOWED: "accepted",
    Event.REFUSED: "refused because no policy allows it",
    Event.TOO_MANY: "over its connection rate limit, and therefore refused unless outbound_connections.dry_run is on",
    Event.OUT_REFUSED: "refused because no security group allows it",
    Event.OUT_ALLOWED: "accepted by a security group",
}
_REFUSED_BY_LOGGER: Final = (
    "refused because no security group allows it, or over its connection rate limit (and then refused unless"
    " outbound_connections.dry_run is on)"
)
"""iptables-logger does not distinguish the two."""
_DOUBT: Final = "The tag may have been reused, the names may be older or newer than the log, or the address was forged."


def explain_log(line: LogLine, call: LoggedCall, names: Names) -> str:
    """Describe who called whom, on which port, and the outcome.

    If a truncated GUID or handle matches several apps or containers, all are named.
    """
    called = f"{_caller(line, call, names)} called {_called(line, call, names)}"
    port = f" port {line.port}" if line.port is not None else ""
    how = f", {line.protocol.upper()}{port}" if line.protocol else ""
    times = f" ({line.times} times)" if line.times > 1 else ""
    return f"{called}{how}{times}: {_outcome(line, call)}.{_doubt(line, call, names)}"


def _outcome(line: LogLine, call: LoggedCall) -> str:
    if line.event is Event.OUT_REFUSED and not line.prefix:
        return _REFUSED_BY_LOGGER
    if not call.policy:
        return _OUTCOMES[line.event]
    policy = f"{call.policy.protocol} {call.policy.ports}"
    if line.event is Event.REFUSED:
        return f"refused because no policy allowed it then; the policy for {policy} allows it now"
    return f"{_OUTCOMES[line.event]} by the policy for {policy}"


def _doubt(line: LogLine, call: LoggedCall, names: Names) -> str:
    """Describe contradictions within the line and their possible reasons."""
    told = ""
    if call.at_source_ip:
        mark = line.mark or line.tag or 0
        owner = names.marks.get(mark)
        of = names.app(owner) if owner else "no known app"
        told += f" Its mark {mark:#x} belongs to {of}, but its address {line.source} to {names.app(call.at_source_ip)}."
    if call.at_destination_ip:
        told += f" The address {line.destination} belongs to {names.app(call.at_destination_ip)}."
    return told and f"{told} {_DOUBT}"


def _caller(line: LogLine, call: LoggedCall, names: Names) -> str:
    if call.source:
        return _end(call.source, line.source, names)
    if line.event not in BETWEEN_APPS and line.handle:
        return _placed(names.container(line.handle), line.source)
    mark = line.mark or line.tag
    return _placed(f"an app with mark {mark:#x}" if mark else "an unknown app", line.source)


def _called(line: LogLine, call: LoggedCall, names: Names) -> str:
    if call.destination:
        return _end(call.destination, line.destination, names)
    if line.event is Event.ALLOWED and line.app:
        return _placed(names.app(line.app), line.destination)
    if line.event in BETWEEN_APPS and line.handle:
        return _placed(names.container(line.handle), line.destination)
    return line.destination or "an unknown address"


def _end(app: str, ip: str | None, names: Names) -> str:
    at = names.instances.get(ip or "")
    if at and at.app == app:
        return _placed(names.at(ip or ""), ip)
    return _placed(names.app(app), ip)


def _placed(who: str, ip: str | None) -> str:
    return f"{who} ({ip})" if ip else who
