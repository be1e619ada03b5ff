"""Phrases about logged calls: dates, periods, reasons, and the limits of what logs can show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cfnet.cell.calls.call_ends import Doubt
from cfnet.cell.calls.policy_usage import Unjudged
from cfnet.cell.explain.kernel_log import Event
from cfnet.policy.naming import typed_name
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cfnet.cell.calls.advice import Advice
    from cfnet.cell.calls.call_ends import LoggedEnds
    from cfnet.cell.calls.policy_usage import PolicyUse
    from cfnet.policy import App

_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_LISTED: Final = 5
"""The most cells that are listed by name."""

_DOUBTS: Final = {
    Doubt.UNKNOWN_CALLER: "no app is known at {source}",
    Doubt.MARK_OF_OTHER: "the mark {mark} belongs to {owner}, but {source} to {at_source}",
    Doubt.UNKNOWN_MARK: "the mark {mark} belongs to no known app, but {source} to {at_source}",
    Doubt.NO_MARK: "packets from {source} had no mark, but those of {at_source} have one now",
    Doubt.INGRESS: "it came from a router, not from an app",
    Doubt.UNKNOWN_CALLED: "no app is known at {destination}",
    Doubt.UNNAMED_CALLED: "the log does not say which container at {destination} was called",
    Doubt.OTHER_CONTAINER: "{destination} belongs to another container than {handle}",
    Doubt.UNKNOWN_APP: "one of the apps is not known now: it may have been deleted",
}
_UNJUDGED: Final = {
    Unjudged.NO_CONTAINER: "no container of the destination is known",
    Unjudged.NO_LOGS: "no logs of {cells}, where the destination runs",
    Unjudged.NOT_LOGGED: "accepted calls are not logged on {cells}",
    Unjudged.MAYBE_NOT_LOGGED: "it is unknown whether accepted calls are logged on {cells}",
    Unjudged.TOO_SHORT: "accepted calls are known to be logged for only {period} on {cells}",
    Unjudged.UNCLEAR: "the line of an accepted call is incomplete: it may have used this policy",
    Unjudged.TOO_MANY: "there were too many different calls to count them all",
}


def app_name(guid: str | None, apps: Mapping[str, App]) -> str:
    """Return the full name of an app, or its GUID if the name is unknown; `?` for no app."""
    if guid is None:
        return "?"
    return typed_name(apps[guid]) if guid in apps else guid


def date(at: float | None) -> str:
    """Format a date as in RFC 3339, in UTC; `?` for an unknown one."""
    return "?" if at is None else datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Format a period by its two largest units: `9 days 4 hours`."""
    rest = int(seconds)
    parts = []
    for name, length in _UNITS:
        number, rest = divmod(rest, length)
        if number:
            parts.append(counted(number, name))
        if len(parts) == 2 or (parts and not number):  # noqa: PLR2004 - two units
            break
    return " ".join(parts) or "0 seconds"


def listed(names: Sequence[str]) -> str:
    """List names, or the first of them and the number of others."""
    if len(names) <= _LISTED:
        return ", ".join(names)
    return f"{', '.join(names[:_LISTED])} and {len(names) - _LISTED:,} more"


def doubt_text(ends: LoggedEnds, apps: Mapping[str, App]) -> str:
    """Explain why nothing is proposed for a refused call; empty without a doubt."""
    if ends.doubt is None or ends.line is None:
        return ""
    return _DOUBTS[ends.doubt].format(
        source=ends.line.source,
        destination=ends.line.destination,
        mark=f"{ends.line.mark or 0:#x}",
        handle=ends.line.handle,
        owner=app_name(ends.source, apps),
        at_source=app_name(ends.at_source, apps) if ends.at_source else "no known app",
    )


def unjudged_text(use: PolicyUse) -> str:
    """Explain why it is unknown whether a policy is used; empty if it is known."""
    return _UNJUDGED[use.why].format(cells=listed(use.cells), period=duration(use.seconds)) if use.why else ""


def unused_remark(uses: Sequence[PolicyUse], advice: Advice) -> str:
    """Say why policies are unused, for a comment."""
    shortest = duration(min(each.seconds for each in uses))
    found = advice.coverage.cells
    ends = [found[cell].last for each in uses for cell in each.cells if cell in found]
    dates = [each for each in ends if each is not None]
    return f"Unused: no call in {shortest}{f', until {date(min(dates))}' if dates else ''}."


def coverage_text(advice: Advice) -> str:
    """Say for how long and for how many cells there are logs."""
    cells = advice.coverage.cells.values()
    counters = f" Counters cover {counted(len(advice.counters), 'cell')}." if advice.counters else ""
    of = f"{len(cells):,} of {counted(len(advice.context.cells.names), 'cell')}"
    if not cells:
        return f"The logs cover {of}.{counters}"
    lengths = sorted(each.seconds for each in cells)
    shortest, longest = duration(lengths[0]), duration(lengths[-1])
    covered = shortest if shortest == longest else f"{shortest} to {longest}"
    ends = [end for each in cells for end in (each.first, each.last) if end is not None]
    dates = f" ({date(min(ends))} to {date(max(ends))})" if ends else ""
    return f"The logs cover {covered}{dates}, on {of}.{counters}"


def limits(advice: Advice) -> Iterator[str]:
    """Yield the limits of what the logs show, as far as they apply."""
    settings = advice.context.settings
    if advice.needed.proposed or advice.needed.rare:
        rate = f"{settings.iptables_denied_logs_per_sec:,} times" if settings else "once (by default)"
        rate = "once" if rate == "1 times" else rate
        yield f"Refused calls are logged at most {rate} a second for each container: there may have been more."
    if any(call.protocol == "udp" for call in advice.log.accepted):
        per_second = settings.iptables_accepted_udp_logs_per_sec if settings else 100
        yield f"Accepted UDP packets are logged at most {per_second:,} times a second: there may have been more."
    if advice.unused or advice.wide:
        yield (
            "No logged call is no proof that a policy is not needed: it may be newer than the logs, or rarely used, "
            "and containers may have run on other cells before."
        )
    yield from _about_accepted(advice)
    yield from _about_settings(advice)
    yield from _about_files(advice)
    yield from _about_knowledge(advice)
    yield from _about_times(advice)


def _about_accepted(advice: Advice) -> Iterator[str]:
    """Where all policies are unused, the logs may have been filtered."""
    found = advice.coverage.cells
    cells = {cell for each in advice.unused for cell in each.cells if cell in found and cell not in advice.counters}
    if silent := sorted(cell for cell in cells if not found[cell].accepted):
        yield f"No accepted call was logged on {listed(silent)}: if such lines were left out, policies may be in use."


def _about_settings(advice: Advice) -> Iterator[str]:
    settings = advice.context.settings
    if not advice.log.refused and (settings is None or not settings.iptables_c2c_logging):
        known = "iptables_c2c_logging is off" if settings else "it is unknown whether iptables_c2c_logging is on"
        yield f"No refused calls were logged, and {known}."
    if settings and settings.disable_container_network_policy:
        yield "Network policies are disabled on the cells (disable_container_network_policy): all calls are accepted."


def _about_files(advice: Advice) -> Iterator[str]:
    if unrelated := advice.log.unrelated - {each.file for each in advice.log.streams}:
        yield f"These do not look like logs of a kernel or of iptables-logger: {listed(sorted(unrelated))}."
    if advice.coverage.strays:
        names = sorted({_stream(each.file, each.host) for each in advice.coverage.strays})
        yield f"The cell of these logs is unknown, so they say nothing about unused policies: {listed(names)}."
    if overlapping := [each.cell for each in advice.coverage.cells.values() if each.overlapping]:
        yield f"Logs of {listed(overlapping)} may overlap: calls that are in several are counted several times."


def _about_knowledge(advice: Advice) -> Iterator[str]:
    if not advice.context.tags:
        yield "Tags are unknown (reading them requires network.admin): callers are identified by addresses only."
    if any(call.ends.by_address for call in advice.log.refused):
        yield (
            "Handles of called containers are unknown: called apps are identified by addresses only, which may have "
            "belonged to others."
        )
    if not advice.context.complete:
        yield "There may be more policies, which you cannot see."
    for event, number in advice.log.uncounted.items():
        kind = "refused" if event is Event.REFUSED else "accepted"
        yield f"{counted(number, f'{kind} call')} were not counted: there were too many different ones."


def _about_times(advice: Advice) -> Iterator[str]:
    records = advice.log.streams.values()
    if any(each.guessed_years for each in records):
        yield "Dates without a year are taken to be in the year before the end of their file, and to be in UTC."
    if any(each.relative.span for each in records):
        yield "Some times only count from the start of the kernel: their dates are unknown."


def _stream(file: str, host: str | None) -> str:
    return f"{file} ({host})" if host else file
