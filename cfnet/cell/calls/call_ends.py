"""Decide which apps a log line is about, and how certain that is.

A proposed policy opens a path between two apps, so an app counts as certain only if everything in the line agrees. An
accepted call is evidence that a policy is used, so there every app that it may be about counts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.kernel_log import LogLine
from cfnet.cell.model.tags import INGRESS_ROUTER

if TYPE_CHECKING:
    from collections.abc import Collection

    from cfnet.cell.model.names import Instance, Names

_LONGEST_HANDLE: Final = 36
"""Longer handles stand for unknown ones: the GUID of a process and a number (`foundation.api.instances`)."""


class Doubt(StrEnum):
    """Why nothing is proposed for a refused call."""

    UNKNOWN_CALLER = "unknown-caller"
    """No app is known at the source address."""
    MARK_OF_OTHER = "mark-of-other"
    """The mark belongs to another app than the source address."""
    UNKNOWN_MARK = "unknown-mark"
    """The mark belongs to no app."""
    NO_MARK = "no-mark"
    """The packets had no mark, unlike those of the app at the source address."""
    INGRESS = "ingress"
    """The call came from a router."""
    UNKNOWN_CALLED = "unknown-called"
    """No app is known at the destination address."""
    UNNAMED_CALLED = "unnamed-called"
    """The line names neither the called app nor its container."""
    OTHER_CONTAINER = "other-container"
    """The destination address belongs to another container than the one in the line."""
    UNKNOWN_APP = "unknown-app"
    """One of the apps is not known now: it may have been deleted."""


class CallerBy(StrEnum):
    """What identifies the calling app."""

    BOTH = "mark and address"
    MARK = "mark"
    """No app is known at the address."""
    ADDRESS = "address"
    """The packets had no mark, or tags are unknown. The address may have belonged to another app."""


class LoggedEnds(NamedTuple):
    """The apps of a call.

    Attributes:
        source: the GUID of the calling app, if known.
        destination: the GUID of the called app, if known.
        doubt: why they are uncertain.
        by: what identifies the calling app.
        line: the line, if there is a doubt: its addresses, mark and handle.
        at_source: the app at the source address, if there is a doubt about it.
        by_address: whether only its address identifies the called app, which may have belonged to another app.
    """

    source: str | None
    destination: str | None
    doubt: Doubt | None = None
    by: CallerBy = CallerBy.BOTH
    line: LogLine | None = None
    at_source: str | None = None
    by_address: bool = False


def refused_ends(line: LogLine, names: Names, sources: Collection[str]) -> LoggedEnds:
    """Return the apps of a refused call between apps; `sources` are those whose packets are marked."""
    source, by, doubt = _caller(line, names, sources)
    destination, other = _called(line, names)
    doubt = doubt or other
    if doubt is None and not (names.exists(source or "") and names.exists(destination or "")):
        doubt = Doubt.UNKNOWN_APP
    if doubt is None:
        return LoggedEnds(source, destination, by=by, by_address=_is_called_by_address(line, names))
    bare = LogLine(line.event, "", line.app, line.handle, line.source, line.destination, None, None, line.mark)
    return LoggedEnds(source, destination, doubt, by, bare, _at(line.source, names))


def possible_callers(line: LogLine, names: Names) -> frozenset[str] | None:
    """Return the apps that may have made an accepted call; None if it may have been any.

    The mark decides which rule accepted it. An address may have belonged to another app at the time.
    """
    owner = names.marks.get(line.mark or line.tag or 0)
    at = _at(line.source, names)
    return frozenset(filter(None, (owner, at))) if owner else None


def likely_caller(line: LogLine, names: Names) -> str | None:
    """Return the app that made an accepted call: that of the mark or, without known tags, of the address."""
    owner = names.marks.get(line.mark or line.tag or 0)
    return owner or (None if has_tags(names) else _at(line.source, names))


def has_tags(names: Names) -> bool:
    """Whether the marks of apps are known."""
    return any(owner != INGRESS_ROUTER for owner in names.marks.values())


def _caller(line: LogLine, names: Names, sources: Collection[str]) -> tuple[str | None, CallerBy, Doubt | None]:
    """Return the calling app, what identifies it, and the doubt about it."""
    at = _at(line.source, names)
    mark = line.mark or line.tag or 0
    owner = names.marks.get(mark)
    if owner is not None:
        return owner, CallerBy.BOTH if at else CallerBy.MARK, _doubt_about_owner(owner, at)
    if mark and has_tags(names):
        return None, CallerBy.MARK, Doubt.UNKNOWN_MARK
    if at is None:
        return None, CallerBy.ADDRESS, Doubt.UNKNOWN_CALLER
    return at, CallerBy.ADDRESS, Doubt.NO_MARK if has_tags(names) and at in sources else None


def _doubt_about_owner(owner: str, at: str | None) -> Doubt | None:
    """Return the doubt about a mark's owner, given the app at the source address."""
    if owner == INGRESS_ROUTER:
        return Doubt.INGRESS
    return Doubt.MARK_OF_OTHER if at not in (None, owner) else None


def _called(line: LogLine, names: Names) -> tuple[str | None, Doubt | None]:
    """Return the called app, and the doubt about it."""
    at = names.instances.get(line.destination or "")
    if line.app and not line.prefix:  # iptables-logger writes complete GUIDs
        return line.app, None
    if at is None or not at.app:
        return None, Doubt.UNKNOWN_CALLED
    if not line.handle:
        return None, Doubt.UNNAMED_CALLED
    if not _is_named(at, line.handle):
        return None, Doubt.OTHER_CONTAINER
    return at.app, None


def _is_called_by_address(line: LogLine, names: Names) -> bool:
    """Whether nothing but its address identifies the called app, as the handle there is unknown."""
    at = names.instances.get(line.destination or "")
    return bool(line.prefix) and at is not None and _is_unknown(at.handle)


def _is_named(instance: Instance, handle: str) -> bool:
    """Whether `handle`, which may be cut, can be the container's."""
    if _is_unknown(instance.handle):
        return True
    return instance.handle.replace("-", "").startswith(handle.replace("-", ""))


def _is_unknown(handle: str) -> bool:
    return not handle or len(handle) > _LONGEST_HANDLE


def _at(ip: str | None, names: Names) -> str | None:
    at = names.instances.get(ip or "")
    return at.app or None if at else None
