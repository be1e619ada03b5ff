"""Find the call that a log line reports: the apps behind its addresses, mark and prefix, and the deciding policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from cfnet.cell.explain.kernel_log import BETWEEN_APPS, Event, LogLine
from cfnet.cell.model.kernel_text import kept_ports
from cfnet.cell.model.tags import INGRESS_ROUTER
from cfnet.policy import Policy, Ports, Protocol
from cfnet.policy.ports import HIGHEST, LOWEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.cell.model.names import Names

_NO_PORTS: Final = Ports(1, 0)

PoliciesByEnds: TypeAlias = Mapping[tuple[str, str, Protocol], Sequence[Policy]]
"""Policies by source, destination and protocol."""


class LoggedCall(NamedTuple):
    """The apps of a call, by GUID, as far as known.

    Attributes:
        source: the calling app. If mark and source address belong to different apps, the mark counts, because the
            rules match it.
        destination: the called app.
        policy: the policy that allows the call. For a refused call, it exists now but did not reach the cell in time.
        missing: the policy that would have allowed a refused call; None if either app is uncertain.
        at_source_ip: the app at the source address if the mark belongs to a different or unknown app.
        at_destination_ip: the app at the destination address if GUID or handle in the line belong to a different app.
    """

    source: str | None
    destination: str | None
    policy: Policy | None = None
    missing: Policy | None = None
    at_source_ip: str | None = None
    at_destination_ip: str | None = None

    @property
    def doubtful(self) -> bool:
        """Whether the line contradicts itself about one of the apps."""
        return bool(self.at_source_ip or self.at_destination_ip)


def by_ends(policies: Iterable[Policy]) -> PoliciesByEnds:
    """Index policies by their ends."""
    found: dict[tuple[str, str, Protocol], list[Policy]] = {}
    for policy in policies:
        found.setdefault(policy[:3], []).append(policy)
    return found


def call_of(line: LogLine, names: Names, policies: PoliciesByEnds) -> LoggedCall:
    """Find the apps of a logged call; `policies` are all existing ones (`by_ends`).

    Addresses are reused by new containers: if the mark, GUID or handle in the line indicates that an address belonged
    to a different app, it takes precedence.
    """
    own = _own_app(line, names)
    by_mark, other = _marked(line, names)
    if line.event not in BETWEEN_APPS:
        return LoggedCall(own or by_mark or _at(line.source, names), _at(line.destination, names), at_source_ip=other)
    source = by_mark or (None if other else _at(line.source, names))
    called = _at(line.destination, names)
    call = LoggedCall(source, own, at_source_ip=other, at_destination_ip=called if own and called != own else None)
    return _with_policy(call, line, policies)


def _with_policy(call: LoggedCall, line: LogLine, policies: PoliciesByEnds) -> LoggedCall:
    """Add the policy that allows the call or, for a refused call, the missing policy."""
    wanted = _wanted(line, call.source, call.destination)
    if not wanted:
        return call
    candidates = policies.get(wanted[:3], ())
    port = wanted.ports.start
    policy = next((each for each in candidates if _allows(each, port)), None)
    if policy:
        return call._replace(policy=policy)
    advised = line.event is Event.REFUSED and not call.doubtful and call.source != INGRESS_ROUTER
    return call._replace(missing=wanted if advised else None)


def _wanted(line: LogLine, source: str | None, destination: str | None) -> Policy | None:
    """Return the policy that allows exactly this call; None if it is not fully known or no policy can allow it."""
    if not source or not destination or line.port is None or not LOWEST <= line.port <= HIGHEST:
        return None
    if line.protocol not in list(Protocol):
        return None
    return Policy(source, destination, Protocol(line.protocol), Ports(line.port, line.port))


def _allows(policy: Policy, port: int) -> bool:
    start, end = kept_ports(policy.protocol, policy.ports) or _NO_PORTS
    return start <= port <= end


def _marked(line: LogLine, names: Names) -> tuple[str | None, str | None]:
    """Return the app that the mark belongs to, and the app at the source address if it differs."""
    mark = line.mark or line.tag
    at = _at(line.source, names)
    if not mark:
        return None, None
    owner = names.marks.get(mark)
    differs = owner != at if owner else bool(at) and names.has_mark(at or "")
    return owner, at if differs else None


def _own_app(line: LogLine, names: Names) -> str | None:
    """Return the app whose GUID or handle is in the line: the called app for calls between apps, else the caller."""
    here = _at(line.destination if line.event in BETWEEN_APPS else line.source, names)
    return _by_guid(line, here, names) if line.app else _by_handle(line, here, names)


def _by_guid(line: LogLine, here: str | None, names: Names) -> str | None:
    """Return the app whose GUID, or GUID prefix, is in the line; `here` is the app at the address."""
    if here and here.startswith(line.app):
        return here
    if not line.prefix:
        return line.app  # iptables-logger writes complete GUIDs
    guids = names.guids_like(line.app)
    return guids[0] if len(guids) == 1 else None


def _by_handle(line: LogLine, here: str | None, names: Names) -> str | None:
    """Return the app of the container whose handle, or handle prefix, is in the line."""
    fits = {each.app for each in names.containers_like(line.handle)}
    if not fits:
        # For the caller, the mark is more reliable than an unknown handle.
        return here if line.event in BETWEEN_APPS else None
    if len(fits) > 1:
        return here if here in fits else None
    return fits.pop() or None


def _at(ip: str | None, names: Names) -> str | None:
    at = names.instances.get(ip or "")
    return at.app or None if at else None
