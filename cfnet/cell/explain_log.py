"""A line of the kernel's log as a sentence.

*appA, instance 0 (10.255.78.3) called appB, instance 0 (10.255.77.4), TCP port 8081: refused, no policy allows it.*
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.kernel_log import Event, LoggedCall, LogLine

if TYPE_CHECKING:
    from cfnet.cell.names import Names

_OUTCOMES: Final = {
    Event.ALLOWED: "accepted",
    Event.REFUSED: "refused, for no policy allowed it",
    Event.TOO_MANY: "refused, for it opened connections faster than its limit",
    Event.OUT_REFUSED: "refused, for no security group allowed it",
    Event.OUT_ALLOWED: "accepted by a security group",
}


def explain_log(line: LogLine, call: LoggedCall, names: Names) -> str:
    """Who called whom, on which port, and what became of it.

    Where several apps or containers could be meant (the beginnings of GUIDs and handles are alike), all are named.
    """
    called = f"{_caller(line, call, names)} called {_called(line, call, names)}"
    port = f" port {line.port}" if line.port is not None else ""
    how = f", {line.protocol.upper()}{port}" if line.protocol else ""
    policy = call.policy
    by = f" by the policy for {policy.protocol} {policy.ports}" if policy else ""
    return f"{called}{how}: {_OUTCOMES[line.event]}{by}."


def _caller(line: LogLine, call: LoggedCall, names: Names) -> str:
    if call.source:
        return _end(call.source, line.source, names)
    if line.event not in (Event.ALLOWED, Event.REFUSED):
        return _placed(names.container(line.beginning), line.source)
    unknown = f"whoever has mark {line.mark:#x}" if line.mark else "somebody"
    return _placed(unknown, line.source)


def _called(line: LogLine, call: LoggedCall, names: Names) -> str:
    if call.destination:
        return _end(call.destination, line.destination, names)
    if line.event is Event.ALLOWED:
        return _placed(names.app(line.beginning), line.destination)
    if line.event is Event.REFUSED:
        return _placed(names.container(line.beginning), line.destination)
    return line.destination or "an unknown address"


def _end(app: str, ip: str | None, names: Names) -> str:
    at = names.instances.get(ip or "")
    if at and at.app == app:
        return _placed(names.at(ip or ""), ip)
    return _placed(names.app(app), ip)


def _placed(who: str, ip: str | None) -> str:
    return f"{who} ({ip})" if ip else who
