"""Read lines of silk's iptables-logger: JSON objects that describe a logged packet and its container.

Source: silk-release, `iptables-logger`; the outer fields come from lager, Cloud Foundry's logging library.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cfnet.cell.explain.kernel_log import Event, LogLine, ip, mark, port

if TYPE_CHECKING:
    from collections.abc import Mapping

_EVENTS: Final = {
    "ingress-allowed": Event.ALLOWED,
    "ingress-denied": Event.REFUSED,
    "egress-allowed": Event.OUT_ALLOWED,
    "egress-denied": Event.OUT_REFUSED,
}
_PORTS_OF: Final = frozenset({"tcp", "udp"})
_LONGEST_EPOCH: Final = 32


def read_logger_line(told: Mapping[str, object]) -> LogLine | None:
    """Return the line with these fields; None if it was not written by iptables-logger."""
    message, data = told.get("message"), told.get("data")
    event = _EVENTS.get(message.rpartition(".")[2]) if isinstance(message, str) else None
    if event is None or not isinstance(data, dict):
        return None
    packet = data.get("packet")
    if not isinstance(packet, dict) or _contradicts(event, packet):
        return None
    container = _container(event, data)
    protocol = _text(packet.get("protocol")).lower() or None
    return LogLine(
        event,
        "",
        _text(container.get("app_guid")),
        _text(container.get("container_id")),
        ip(packet.get("src_ip")),
        ip(packet.get("dst_ip")),
        protocol,
        port(str(packet.get("dst_port"))) if protocol in _PORTS_OF else None,
        mark(packet.get("mark")),
        time=rfc_3339(told.get("timestamp")),
        host=_text(container.get("host_ip")) or _text(container.get("host_guid")) or None,
    )


def _container(event: Event, data: Mapping[str, object]) -> Mapping[str, object]:
    """Return the end of the connection that is a container on the cell."""
    end = data.get("destination" if event in (Event.ALLOWED, Event.REFUSED) else "source")
    return end if isinstance(end, dict) else {}


def rfc_3339(timestamp: object) -> str | None:
    """Convert seconds since the epoch to RFC 3339; return RFC 3339 unchanged."""
    text = str(timestamp) if isinstance(timestamp, str | int | float) else ""
    if "T" in text or not text or len(text) > _LONGEST_EPOCH:
        return text or None
    try:
        return datetime.fromtimestamp(float(text), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _contradicts(event: Event, packet: Mapping[str, object]) -> bool:
    """Whether the packet's own fields contradict the message."""
    allowed = event in (Event.ALLOWED, Event.OUT_ALLOWED)
    direction = "ingress" if event in (Event.ALLOWED, Event.REFUSED) else "egress"
    return packet.get("allowed", allowed) is not allowed or packet.get("direction", direction) != direction


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
