"""Find apps of a live foundation by typed names, with as few requests as possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.errors import UnknownName
from cfnet.operations.choose_app import ambiguous, choose_app, suggestion
from cfnet.operations.resolve_policy import app_not_found, same_name
from cfnet.policy import by_guid
from cfnet.policy.naming import guids_like, guids_meant, is_guid, last_part, split_name, typed_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.operations.connect import LiveFoundation
    from cfnet.policy import App, Space


def choose_apps(foundation: LiveFoundation, typed: Sequence[str]) -> tuple[dict[str, App], list[str]]:
    """Return the apps requested so far, by GUID, and the GUID for each of `typed`.

    This takes one request, or two for GUIDs and names; all apps are requested only if that finds nothing.

    Raises:
        UnknownName: there is no such app.
        UsageFault: the name is ambiguous.
    """
    target = foundation.target if foundation.target.guid else None
    whole = [text.lower() for text in typed if is_guid(text)]
    names = dict.fromkeys(name for text in typed if not is_guid(text) for name in last_part(text))
    ask = foundation.cloud_controller.apps
    known = by_guid([*ask(names=names), *ask(guids=whole)])
    if not all(guids_meant(text, known, target=target) for text in typed):
        known = by_guid(ask())
    return known, [_chosen(text, known, target) for text in typed]


def _chosen(text: str, known: Mapping[str, App], target: Space | None) -> str:
    try:
        return choose_app(text, known, target=target)
    except UnknownName as unknown:
        raise app_not_found(text, unknown.hint) from unknown


def by_another_form(
    foundation: LiveFoundation, typed: str, *, space: str = "", org: str = "", deleted: bool = False
) -> str:
    """Return the GUID of the app that `typed` refers to if no app in the given space has that name.

    It may be SPACE/APP, ORG/SPACE/APP, a GUID or the beginning of one; but, as in `cf`, not the name of an app in
    another space; and only a name if a `space` was given. With `deleted`, any GUID is accepted.

    Raises:
        UnknownName: there is no such app; similar names are suggested.
        UsageFault: the name is ambiguous.
    """
    if deleted and is_guid(typed) and not space:
        return typed.lower()
    known = by_guid(foundation.cloud_controller.apps()) if typed else {}
    found: Sequence[str] = []
    if not space:
        found = _by_path_or_guid(foundation, typed, known)
        if len(found) == 1:
            return found[0]
    if found:
        which = [f"{typed_name(known[guid])} ({guid})" for guid in found]
        raise ambiguous(typed, which, "Use ORG/SPACE/APP, or the GUID.")
    raise app_not_found(typed, suggestion(typed, _in_space(foundation, known.values(), space, org)))


def _by_path_or_guid(foundation: LiveFoundation, typed: str, known: Mapping[str, App]) -> Sequence[str]:
    if len(split_name(typed)) > 1:
        return guids_meant(typed, known, target=foundation.target)
    return [guid for guid in guids_like(typed, known) if guid in known]


def _in_space(foundation: LiveFoundation, apps: Iterable[App], space: str, org: str) -> Sequence[App]:
    """Return the apps in the given space, or in the targeted one."""
    here = foundation.target
    if not space:
        return [app for app in apps if app.space.guid == here.guid]
    return [
        app for app in apps if same_name(app.space.name, space) and same_name(app.space.org.name, org or here.org.name)
    ]
