"""The tables of advice: the rows of the text and of the Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.calls.call_ends import CallerBy
from cfnet.show.advice_phrases import app_name, date, doubt_text, duration, unjudged_text
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cfnet.cell.calls.advice import Advice
    from cfnet.cell.calls.call_log import Tally
    from cfnet.cell.calls.grouped_calls import GroupedCall
    from cfnet.cell.calls.needed_policies import ProposedPolicy
    from cfnet.policy import Policy

SHOWN: Final = 20
"""The most frequent calls that are listed unless all are asked for."""


class AdviceTable(NamedTuple):
    """A table with a title; it may have no rows. `more` says how many rows are left out."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    more: str = ""


_SEEN: Final = ("first", "last")
_POLICY: Final = ("source", "destination", "protocol", "ports")


def advice_tables(advice: Advice, *, every_call: bool) -> Iterator[AdviceTable]:
    """Yield the tables that have rows; the first one has the calls, or the most frequent ones."""
    few = f"Refused fewer than {counted(advice.choices.min_count, 'time')}, perhaps by a scan"
    needed = advice.needed
    tables = (
        _calls(advice, len(advice.calls) if every_call else SHOWN),
        _proposals(advice, needed.proposed, "Needed: refused calls require these policies"),
        _proposals(advice, needed.rare, few),
        _proposals(advice, needed.allowed_now, "Refused before, but allowed now by these policies"),
        _unproposed(advice),
        _unused(advice),
        _wide(advice),
        _unknown(advice),
    )
    return (table for table in tables if table.rows)


def _calls(advice: Advice, most: int) -> AdviceTable:
    left = len(advice.calls) - most
    more = f"{counted(left, 'less frequent call')} not listed: --calls lists all." if left > 0 else ""
    header = ("source", "destination", "protocol", "port", "calls", *_SEEN, "cells", "result")
    return AdviceTable("Calls", header, [_call(each, advice) for each in advice.calls[:most]], more)


def _call(call: GroupedCall, advice: Advice) -> tuple[str, ...]:
    apps = advice.context.apps
    allowing = ", ".join(str(policy.ports) for policy in call.policies)
    result = "accepted" if call.accepted else "refused"
    if allowing:
        now = "" if call.accepted else " now"
        result += f", allowed{now} by the {'policies' if len(call.policies) > 1 else 'policy'} for {allowing}"
    return (
        app_name(call.source, apps),
        app_name(call.destination, apps),
        call.protocol or "?",
        "" if call.port is None else str(call.port),
        *_seen(call.calls),
        ", ".join(advice.coverage.cells_in(call.calls.streams)) or "?",
        result,
    )


def _proposals(advice: Advice, proposals: Iterable[ProposedPolicy], title: str) -> AdviceTable:
    rows = [
        (*_policy(each.policy, advice), *_seen(each.calls), _age(each.calls, advice), _by(each.by))
        for each in proposals
    ]
    return AdviceTable(title, (*_POLICY, "refused", *_SEEN, "age", "caller known by"), rows)


def _unproposed(advice: Advice) -> AdviceTable:
    apps = advice.context.apps
    reasons = [(each, doubt_text(each.call.ends, apps)) for each in advice.needed.doubtful]
    reasons += [(each, "no policy can allow it") for each in advice.needed.impossible]
    rows = [
        (
            app_name(each.call.ends.source, apps),
            app_name(each.call.ends.destination, apps),
            each.call.protocol or "?",
            "" if each.call.port is None else str(each.call.port),
            *_seen(each.calls),
            reason,
        )
        for each, reason in reasons
    ]
    header = ("source", "destination", "protocol", "port", "refused", *_SEEN, "reason")
    return AdviceTable("Refused, but no policy is proposed", header, rows)


def _unused(advice: Advice) -> AdviceTable:
    rows = [(*_policy(each.policy, advice), duration(each.seconds), ", ".join(each.cells)) for each in advice.unused]
    return AdviceTable("Unused: no call used these policies", (*_POLICY, "covered", "cells"), rows)


def _wide(advice: Advice) -> AdviceTable:
    rows = [
        (*_policy(each.policy, advice), ", ".join(map(str, each.ports)), duration(each.seconds)) for each in advice.wide
    ]
    return AdviceTable("Narrower: few ports of these ranges were used", (*_POLICY, "used", "covered"), rows)


def _unknown(advice: Advice) -> AdviceTable:
    rows = [(*_policy(each.policy, advice), unjudged_text(each)) for each in advice.unknown]
    title = "Unknown: the logs do not show whether these policies are used"
    return AdviceTable(title, (*_POLICY, "reason"), rows)


def _policy(policy: Policy, advice: Advice) -> tuple[str, str, str, str]:
    source, destination = (app_name(guid, advice.context.apps) for guid in (policy.source, policy.destination))
    return source, destination, policy.protocol, str(policy.ports)


def _seen(calls: Tally) -> tuple[str, str, str]:
    return f"{calls.times:,}", date(calls.first), date(calls.last)


def _age(calls: Tally, advice: Advice) -> str:
    """Say for how long no call was seen until the end of the logs."""
    return "?" if calls.last is None or advice.end is None else duration(advice.end - calls.last)


def _by(found: frozenset[CallerBy]) -> str:
    return ", ".join(each for each in CallerBy if each in found)
