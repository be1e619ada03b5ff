"""Formats how full a foundation is, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from cfnet.policy.limits import GROUP_SPACES, TAGS
from cfnet.show.columns import columns
from cfnet.show.machine import FORMAT_VERSION, app_json
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.cell.change.tag_changes import TagChange
    from cfnet.cell.planning.capacity import Capacity, CellLoad
    from cfnet.policy import App


class Filling(NamedTuple):
    """How full a foundation is, and how full it would be after a change.

    Attributes:
        now: the capacity used now.
        then: the capacity used after the change; None without a change.
        quota: the maximum number of policies per source app.
        warnings: the risks of the change; `notes`: what input was missing.
        all_tags: whether all tags are known; False if they cannot be read, or only for some apps.
        top: the most apps, and the most cells, that are listed; None lists all.
    """

    now: Capacity
    then: Capacity | None
    quota: int
    apps: Mapping[str, App]
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()
    all_tags: bool = True
    top: int | None = None


def capacity_text(filling: Filling, *, colour: bool) -> str:
    """Format a table of cells, the number of tags, and a table of source apps: what changes first, then the fullest.

    Security groups that are bound to more spaces than a policy server on MySQL supports come last.
    """
    now, then = filling.now, filling.then
    if then:
        cells = _table(
            ("cell", "containers", "after", "rules", "after", "bytes", "after"),
            [(name, *_both(now.cells.get(name), then.cells.get(name))) for name in fullest_cells(filling)],
            len({*now.cells, *then.cells}),
            colour=colour,
        )
        apps = _table(
            ("app", "policies", "after", f"of {filling.quota:,}"),
            [
                (name, f"{now.sources.get(guid, 0):,}", _after(now.sources.get(guid, 0), count), _quota(count, filling))
                for guid, name in _named(filling)
                for count in (then.sources.get(guid, 0),)
            ],
            len({*now.sources, *then.sources}),
            colour=colour,
        )
    else:
        cells = _table(
            ("cell", "containers", "rules", "bytes"),
            [(name, *(f"{number:,}" for number in now.cells[name])) for name in fullest_cells(filling)],
            len(now.cells),
            colour=colour,
        )
        apps = _table(
            ("app", "policies", f"of {filling.quota:,}"),
            [(name, f"{now.sources[guid]:,}", _quota(now.sources[guid], filling)) for guid, name in _named(filling)],
            len(now.sources),
            colour=colour,
        )
    return f"{cells}\n{_tags(filling)}\n\n{apps}{_widely_bound(now, colour=colour)}"


def _tags(filling: Filling) -> str:
    """Return the number of tags as a sentence."""
    now, then = filling.now, filling.then
    least = "" if filling.all_tags else "At least "
    text = f"{least}{now.tags:,} of {TAGS:,} tags are used ({_percent(now.tags, TAGS)})"
    if now.router_tag:
        text += ", one of them by the ingress router"
    return f"{text}; {then.tags:,} ({_percent(then.tags, TAGS)}) after the change." if then else f"{text}."


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], total: int, *, colour: bool) -> str:
    """Format a table, with the number of rows that are left out."""
    more = f"… and {total - len(rows):,} more (--top N shows more)\n" if total > len(rows) else ""
    return columns(header, rows, colour=colour) + more


def _named(filling: Filling) -> list[tuple[str, str]]:
    """Return the GUID and path of each source app."""
    return [(guid, _path(guid, filling.apps.get(guid))) for guid in fullest_apps(filling)]


def _widely_bound(now: Capacity, *, colour: bool) -> str:
    if not now.widely_bound:
        return ""
    table = columns(
        ("security group", "running spaces", "staging spaces"),
        ((each.name, f"{each.running_spaces:,}", f"{each.staging_spaces:,}") for each in now.widely_bound),
        colour=colour,
    )
    return f"\nA policy server on MySQL cannot sync security groups with more than {GROUP_SPACES} spaces:\n\n{table}"


def capacity_json(filling: Filling) -> str:
    """Format the output of `capacity --json`.

        {"format_version": 1, "tags": {"used": 3, "then": null, "limit": 65535, "complete": true, "router": true},
         "quota": 150,
         "apps": [{"app": APP, "policies": 2, "then": null}, …],
         "cells": [{"cell": "cell-1", "now": LOAD, "then": null}, …],
         "widely_bound": [{"security_group": "public", "running_spaces": 160, "staging_spaces": 0}, …],
         "warnings": […], "notes": […]}

    LOAD is `{"containers": 2, "rules": 5, "bytes": 800}`; `then` is the value after the change, null without
    `--what-if`. `complete` is false if more tags may be in use. APP is `{"guid", "name", "space", "org"}`; if an app is
    unknown, all except the GUID are null. `router` is whether the ingress router has one of the tags. Lists have what
    changes first, then the fullest. `widely_bound` lists security groups bound to
    more spaces than a policy server on MySQL supports (148); null if security groups are unknown.
    """
    now, then = filling.now, filling.then
    document = {
        "format_version": FORMAT_VERSION,
        "tags": {
            "used": now.tags,
            "then": then and then.tags,
            "limit": TAGS,
            "complete": filling.all_tags,
            "router": now.router_tag,
        },
        "quota": filling.quota,
        "apps": [
            {
                "app": app_json(guid, filling.apps.get(guid)),
                "policies": now.sources.get(guid, 0),
                "then": then and then.sources.get(guid, 0),
            }
            for guid in fullest_apps(filling)
        ],
        "cells": [
            {"cell": name, "now": _load(now.cells.get(name)), "then": _load(then.cells.get(name)) if then else None}
            for name in fullest_cells(filling)
        ],
        "widely_bound": None
        if now.widely_bound is None
        else [
            {
                "security_group": each.name,
                "running_spaces": each.running_spaces,
                "staging_spaces": each.staging_spaces,
            }
            for each in now.widely_bound
        ],
        "warnings": list(filling.warnings),
        "notes": list(filling.notes),
    }
    return json.dumps(document, indent=2) + "\n"


def tag_warnings(change: TagChange, apps: Mapping[str, App]) -> list[str]:
    """Describe the risks of a change of tags, one sentence each."""
    warnings = []
    for each in change.handed_on:
        before, now = (_path(guid, apps.get(guid)) for guid in (each.before, each.now))
        warnings.append(
            f"Tag {each.tag} moves from {before} to {now}: until every cell has polled for policies (5 seconds), "
            f"{now} also has the access of {before}."
        )
    if change.without:
        without = counted(len(change.without), "app")
        warnings.append(f"No tags are left for {without}: the policy server would reject their policies.")
    return warnings


def fullest_apps(filling: Filling) -> list[str]:
    """Return the GUIDs of the source apps to list: what changes first, then those with most policies."""
    before, after = filling.now.sources, (filling.then or filling.now).sources
    every = {*before, *after}
    order = sorted(every, key=lambda app: (before.get(app) == after.get(app), -after.get(app, 0), app))
    return order[: filling.top]


def fullest_cells(filling: Filling) -> list[str]:
    """Return the names of the cells to list: what changes first, then those with most bytes of rules."""
    before, after = filling.now.cells, (filling.then or filling.now).cells
    size = {name: load.size for name, load in after.items()}
    every = {*before, *after}
    order = sorted(every, key=lambda name: (before.get(name) == after.get(name), -size.get(name, 0), name))
    return order[: filling.top]


def _both(now: CellLoad | None, then: CellLoad | None) -> Iterable[str]:
    for before, after in zip(now or (0, 0, 0), then or (0, 0, 0), strict=True):
        yield f"{before:,}"
        yield _after(before, after)


def _after(before: int, after: int) -> str:
    """Format a number after a change, and the change: `7 (+5)`; `=` if there is none."""
    return "=" if before == after else f"{after:,} ({after - before:+,})"


def _load(load: CellLoad | None) -> dict[str, int] | None:
    return load and {"containers": load.containers, "rules": load.rules, "bytes": load.size}


def _path(guid: str, app: App | None) -> str:
    return guid if app is None else app.known_path


def _quota(policies: int, filling: Filling) -> str:
    return _percent(policies, filling.quota)


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}"
