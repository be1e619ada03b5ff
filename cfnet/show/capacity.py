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
    """

    now: Capacity
    then: Capacity | None
    quota: int
    apps: Mapping[str, App]
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()
    all_tags: bool = True


def capacity_text(filling: Filling, *, colour: bool) -> str:
    """Format the number of tags, then a table of source apps and one of cells, fullest first.

    Security groups that are bound to more spaces than a policy server on MySQL supports come last.
    """
    now, then = filling.now, filling.then
    tags = (
        f"{'' if filling.all_tags else 'At least '}{now.tags:,} of {TAGS:,} tags are used ({_percent(now.tags, TAGS)})"
    )
    if then:
        tags += f", {then.tags:,} ({_percent(then.tags, TAGS)}) after the change"
    names = {guid: _path(guid, filling.apps.get(guid)) for guid in _fullest_apps(now, then)}
    if then:
        apps = columns(
            ("app", "policies", "after", f"of {filling.quota:,}"),
            (
                (
                    name,
                    f"{now.sources.get(guid, 0):,}",
                    f"{(count := then.sources.get(guid, 0)):,}",
                    _percent(count, filling.quota),
                )
                for guid, name in names.items()
            ),
            colour=colour,
        )
        cells = columns(
            ("cell", "containers", "after", "rules", "after", "bytes", "after"),
            ((name, *_both(now.cells.get(name), then.cells.get(name))) for name in _fullest_cells(now, then)),
            colour=colour,
        )
    else:
        apps = columns(
            ("app", "policies", f"of {filling.quota:,}"),
            (
                (name, f"{now.sources[guid]:,}", _percent(now.sources[guid], filling.quota))
                for guid, name in names.items()
            ),
            colour=colour,
        )
        cells = columns(
            ("cell", "containers", "rules", "bytes"),
            ((name, *(f"{number:,}" for number in now.cells[name])) for name in _fullest_cells(now, None)),
            colour=colour,
        )
    return f"{tags}.\n\n{apps}\n{cells}{_widely_bound(now, colour=colour)}"


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

        {"format_version": 1, "tags": {"used": 3, "then": null, "limit": 65535, "complete": true}, "quota": 150,
         "apps": [{"app": APP, "policies": 2, "then": null}, …],
         "cells": [{"cell": "cell-1", "now": LOAD, "then": null}, …],
         "widely_bound": [{"security_group": "public", "running_spaces": 160, "staging_spaces": 0}, …],
         "warnings": […], "notes": […]}

    LOAD is `{"containers": 2, "rules": 5, "bytes": 800}`; `then` is the value after the change, null without
    `--what-if`. `complete` is false if more tags may be in use. APP is `{"guid", "name", "space", "org"}`; if an app is
    unknown, all except the GUID are null. Lists are sorted fullest first. `widely_bound` lists security groups bound to
    more spaces than a policy server on MySQL supports (148); null if security groups are unknown.
    """
    now, then = filling.now, filling.then
    document = {
        "format_version": FORMAT_VERSION,
        "tags": {"used": now.tags, "then": then and then.tags, "limit": TAGS, "complete": filling.all_tags},
        "quota": filling.quota,
        "apps": [
            {
                "app": app_json(guid, filling.apps.get(guid)),
                "policies": now.sources.get(guid, 0),
                "then": then and then.sources.get(guid, 0),
            }
            for guid in _fullest_apps(now, then)
        ],
        "cells": [
            {"cell": name, "now": _load(now.cells.get(name)), "then": _load(then.cells.get(name)) if then else None}
            for name in _fullest_cells(now, then)
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


def _fullest_apps(now: Capacity, then: Capacity | None) -> list[str]:
    last = (then or now).sources
    return sorted({*now.sources, *last}, key=lambda app: (-last.get(app, 0), app))


def _fullest_cells(now: Capacity, then: Capacity | None) -> list[str]:
    last = (then or now).cells
    return sorted({*now.cells, *last}, key=lambda name: (-last[name].size if name in last else 0, name))


def _both(now: CellLoad | None, then: CellLoad | None) -> Iterable[str]:
    for before, after in zip(now or (0, 0, 0), then or (0, 0, 0), strict=True):
        yield f"{before:,}"
        yield f"{after:,}"


def _load(load: CellLoad | None) -> dict[str, int] | None:
    return load and {"containers": load.containers, "rules": load.rules, "bytes": load.size}


def _path(guid: str, app: App | None) -> str:
    return guid if app is None else app.known_path


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}"
