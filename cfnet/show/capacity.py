"""How full a foundation is, for people and for programs."""

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
    """What is to be shown.

    Attributes:
        now: how full it is.
        then: how full it would be; None where nothing is to change.
        quota: how many policies an app may be the source of.
        warnings: what to beware of in the change; `notes`: what was missing.
        all_tags: whether the tags are all there are: not where they are not to be read, or only of some apps.
    """

    now: Capacity
    then: Capacity | None
    quota: int
    apps: Mapping[str, App]
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()
    all_tags: bool = True


def capacity_text(filling: Filling, *, colour: bool) -> str:
    """A line about the tags, a table of the source apps and one of the cells, the fullest first.

    Security groups bound to more spaces than a policy server on MySQL takes come last, where there are any.
    """
    now, then = filling.now, filling.then
    tags = (
        f"{'' if filling.all_tags else 'At least '}{now.tags:,} of {TAGS:,} tags are used ({_percent(now.tags, TAGS)})"
    )
    if then:
        tags += f"; then {then.tags:,} ({_percent(then.tags, TAGS)})"
    names = {guid: _path(guid, filling.apps.get(guid)) for guid in _fullest_apps(now, then)}
    if then:
        apps = columns(
            ("app", "policies", "then", f"of {filling.quota:,}"),
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
            ("cell", "containers", "then", "rules", "then", "bytes", "then"),
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
    return f"\nA policy server on MySQL cannot sync security groups of more than {GROUP_SPACES} spaces:\n\n{table}"


def capacity_json(filling: Filling) -> str:
    """The document of `capacity --json`.

        {"format_version": 1, "tags": {"used": 3, "then": null, "limit": 65535, "complete": true}, "quota": 150,
         "apps": [{"app": APP, "policies": 2, "then": null}, …],
         "cells": [{"cell": "cell-1", "now": LOAD, "then": null}, …],
         "widely_bound": [{"security_group": "public", "running_spaces": 160, "staging_spaces": 0}, …],
         "warnings": […], "notes": […]}

    LOAD is `{"containers": 2, "rules": 5, "bytes": 800}`; `then` is what it would be, null where nothing is to change.
    `complete` is false where more tags may be used. APP is `{"guid", "name", "space", "org"}`, where all but the GUID
    are null if they are not known. The fullest come first. `widely_bound` has the security groups bound to more spaces
    than a policy server on MySQL takes (148); null where the security groups are not known.
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
    """What to beware of when policies change so: a sentence each."""
    warnings = []
    for each in change.handed_on:
        before, now = (_path(guid, apps.get(guid)) for guid in (each.before, each.now))
        warnings.append(
            f"Tag {each.tag} goes from {before} to {now}: until every cell has asked for its policies (5 seconds), "
            f"what {before} may do {now} may."
        )
    if change.without:
        without = counted(len(change.without), "app")
        warnings.append(f"There are no tags for {without}: the policy server would refuse their policies.")
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
