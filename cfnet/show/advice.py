"""Formats what follows from logged calls, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.cell.calls.call_ends import CallerBy
from cfnet.show.advice_phrases import app_name, coverage_text, date, doubt_text, duration, limits, unjudged_text
from cfnet.show.columns import columns
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.plurals import counted
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.cell.calls.advice import Advice
    from cfnet.cell.calls.call_log import Tally
    from cfnet.cell.calls.needed_policies import ProposedPolicy
    from cfnet.policy import Policy


def advice_text(advice: Advice, *, colour: bool) -> str:
    """Format the period, a table for each kind of finding, and the limits of what logs show."""
    return "".join(
        (
            f"{coverage_text(advice)}\n",
            *_needed(advice, colour=colour),
            *_unused(advice, colour=colour),
            *_wide(advice, colour=colour),
            *_unknown(advice, colour=colour),
            *_limits(advice),
        )
    )


def _needed(advice: Advice, *, colour: bool) -> Iterator[str]:
    needed = advice.needed
    yield from _proposals(advice, needed.proposed, "Needed: refused calls require these policies", colour=colour)
    if not needed.proposed:
        yield f"\n{_title('Needed: no policies', colour=colour)}"
    few = f"Refused fewer than {counted(advice.choices.min_count, 'time')}: they may be scans"
    yield from _proposals(advice, needed.rare, few, colour=colour)
    yield from _proposals(
        advice, needed.allowed_now, "Refused before, but allowed now by these policies", colour=colour
    )
    yield from _unproposed(advice, colour=colour)


def _proposals(advice: Advice, rows: Sequence[ProposedPolicy], title: str, *, colour: bool) -> Iterator[str]:
    if not rows:
        return
    yield f"\n{_title(title, colour=colour)}"
    yield columns(
        ("source", "destination", "protocol", "ports", "refused", "first", "last", "age", "caller known by"),
        ((*_policy(each.policy, advice), *_seen(each.calls, advice), _by(each.by)) for each in rows),
        colour=colour,
    )


def _unproposed(advice: Advice, *, colour: bool) -> Iterator[str]:
    needed = advice.needed
    if not needed.doubtful and not needed.impossible:
        return
    yield f"\n{_title('Refused, but no policy is proposed', colour=colour)}"
    apps = advice.context.apps
    reasons = [(each, doubt_text(each.call.ends, apps)) for each in needed.doubtful]
    reasons += [(each, "no policy can allow it") for each in needed.impossible]
    yield columns(
        ("source", "destination", "protocol", "port", "refused", "first", "last", "age", "reason"),
        (
            (
                app_name(each.call.ends.source, apps),
                app_name(each.call.ends.destination, apps),
                each.call.protocol or "?",
                "" if each.call.port is None else str(each.call.port),
                *_seen(each.calls, advice),
                reason,
            )
            for each, reason in reasons
        ),
        colour=colour,
    )


def _unused(advice: Advice, *, colour: bool) -> Iterator[str]:
    if advice.unused:
        yield f"\n{_title('Unused: no call used these policies', colour=colour)}"
        yield columns(
            ("source", "destination", "protocol", "ports", "logs cover", "cells"),
            ((*_policy(each.policy, advice), duration(each.seconds), ", ".join(each.cells)) for each in advice.unused),
            colour=colour,
        )


def _wide(advice: Advice, *, colour: bool) -> Iterator[str]:
    if advice.wide:
        yield f"\n{_title('Narrower: few ports of these ranges were used', colour=colour)}"
        yield columns(
            ("source", "destination", "protocol", "ports", "used", "logs cover"),
            (
                (*_policy(each.policy, advice), ", ".join(map(str, each.ports)), duration(each.seconds))
                for each in advice.wide
            ),
            colour=colour,
        )


def _unknown(advice: Advice, *, colour: bool) -> Iterator[str]:
    if advice.unknown:
        yield f"\n{_title('Unknown: the logs do not show whether these policies are used', colour=colour)}"
        yield columns(
            ("source", "destination", "protocol", "ports", "reason"),
            ((*_policy(each.policy, advice), unjudged_text(each)) for each in advice.unknown),
            colour=colour,
        )


def _limits(advice: Advice) -> Iterator[str]:
    told = list(limits(advice))
    if told:
        yield "\n" + "".join(f"{printable(each)}\n" for each in told)


def _title(text: str, *, colour: bool) -> str:
    return f"{styled(f'{text}:' if ':' not in text else text, LineStyle.TITLE, colour=colour)}\n"


def _policy(policy: Policy, advice: Advice) -> tuple[str, str, str, str]:
    source, destination = (app_name(guid, advice.context.apps) for guid in (policy.source, policy.destination))
    return source, destination, policy.protocol, str(policy.ports)


def _seen(calls: Tally, advice: Advice) -> tuple[str, str, str, str]:
    """Format how often calls were seen, first, last, and for how long none was seen until the end of the logs."""
    age = "?" if calls.last is None or advice.end is None else duration(advice.end - calls.last)
    return f"{calls.times:,}", date(calls.first), date(calls.last), age


def _by(found: frozenset[CallerBy]) -> str:
    return ", ".join(each for each in CallerBy if each in found)
