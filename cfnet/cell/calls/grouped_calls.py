"""Group logged calls by source, destination, protocol and port, with the policies that allow them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.calls.call_log import Tally
from cfnet.cell.calls.needed_policies import allows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.cell.calls.call_log import CallLog
    from cfnet.cell.model.names import Names
    from cfnet.policy import Policy


class _Ends(NamedTuple):
    """What calls are grouped by; an app or port that is unknown is None."""

    source: str | None
    destination: str | None
    protocol: str | None
    port: int | None
    accepted: bool


class GroupedCall(NamedTuple):
    """A call and how often it was logged.

    Attributes:
        source: the GUID of the calling app; None if it is unknown.
        destination: the GUID of the called app; None if it is unknown.
        protocol: in lower case; None if it is unknown.
        port: the destination port; None for protocols without ports.
        accepted: whether it was accepted; if not, it was refused.
        calls: how often, when, and where.
        policies: the policies that allow it now.
    """

    source: str | None
    destination: str | None
    protocol: str | None
    port: int | None
    accepted: bool
    calls: Tally
    policies: Sequence[Policy]


def grouped_calls(log: CallLog, names: Names, policies: Iterable[Policy]) -> list[GroupedCall]:
    """Group the calls of a log, most frequent first."""
    groups: dict[_Ends, Tally] = {}
    for refused, tally in log.refused.items():
        ends = _Ends(refused.ends.source, refused.ends.destination, refused.protocol, refused.port, accepted=False)
        groups.setdefault(ends, Tally()).include(tally)
    for accepted, tally in log.accepted.items():
        destination = _called(accepted.app, names) if accepted.cut else accepted.app
        ends = _Ends(accepted.caller, destination or None, accepted.protocol, accepted.port, accepted=True)
        groups.setdefault(ends, Tally()).include(tally)
    by_ends: dict[tuple[str, str], list[Policy]] = {}
    for policy in policies:
        by_ends.setdefault(policy[:2], []).append(policy)
    found = [GroupedCall(*ends, tally, _allowing(ends, by_ends)) for ends, tally in groups.items()]
    return sorted(found, key=_order)


def _order(call: GroupedCall) -> tuple[int, str, str, str, int]:
    return -call.calls.times, call.source or "", call.destination or "", call.protocol or "", call.port or 0


def _called(beginning: str, names: Names) -> str | None:
    guids = names.guids_like(beginning)
    return guids[0] if len(guids) == 1 else None


def _allowing(ends: _Ends, by_ends: Mapping[tuple[str, str], Sequence[Policy]]) -> Sequence[Policy]:
    if not ends.source or not ends.destination or ends.port is None:
        return ()
    return [
        policy
        for policy in by_ends.get((ends.source, ends.destination), ())
        if policy.protocol == ends.protocol and allows(policy, ends.port)
    ]
