"""Resolve the name of an app, space or cell; errors suggest names if there is no match, or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.errors import UnknownName, UsageFault
from cfnet.operations.suggestions import did_you_mean, near
from cfnet.policy.naming import guids_meant, join_name, split_name, typed_name
from cfnet.policy.naming import near as near_names
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cfnet.policy import App, Space

_SHOWN: Final = 10
"""The largest number of names that are listed."""


def choose_app(text: str, named: Mapping[str, App], guids: Collection[str] = (), target: Space | None = None) -> str:
    """Return the GUID of the app that `text` refers to (see `cfnet.policy.naming`), even if its name is unknown.

    Args:
        text: what was typed.
        named: the apps with known names, by GUID.
        guids: known apps without names.
        target: the targeted space, if any.

    Raises:
        UnknownName: there is no such app.
        UsageFault: the name is ambiguous.
    """
    found = guids_meant(text, named, guids, target)
    if len(found) == 1:
        return found[0]
    if found:
        which = [f"{typed_name(named[guid])} ({guid})" if guid in named else guid for guid in found]
        raise ambiguous(text, which, "Use ORG/SPACE/APP, or the GUID.")
    raise UnknownName(f"App '{text}' not found.", hint=suggestion(text, named.values()) or _no_names(named))


def suggestion(text: str, apps: Iterable[App]) -> str:
    """Suggest apps with names similar to `text`; empty if there are none."""
    *place, name = split_name(text)
    if not place:
        return near(text, {each for app in apps for each in (join_name([app.name]), typed_name(app))})
    # If the space exists, only the app's name can be wrong.
    there = {app.name: app for app in apps if _is_in(app.space, place)}
    if there:
        return did_you_mean(typed_name(there[each]) for each in near_names(name, there))
    return near(text, {typed_name(app) for app in apps}, most=1)


def _is_in(space: Space, place: Sequence[str]) -> bool:
    parts = [space.org.name.lower(), space.name.lower()]
    return parts[-len(place) :] == [part.lower() for part in place]


def ambiguous(text: str, candidates: Iterable[str], hint: str) -> UsageFault:
    """Return the error for an ambiguous name: at most ten matches are listed, one per line."""
    which = sorted(printable(candidate) for candidate in candidates)
    lines = [f"'{printable(text)}' could be any of:", *(f"  {each}" for each in which[:_SHOWN])]
    if len(which) > _SHOWN:
        lines.append(f"  and {len(which) - _SHOWN:,} more")
    return UsageFault("\n".join(lines), hint=hint)


def choose_space(
    text: str,
    spaces: Iterable[Space],
    target: Space | None,
    *,
    unknown: str = "Space '{}' not found, or not visible to you.",
) -> Space:
    """Return the space that `text` refers to; for a bare name, a space in the org of `target` takes precedence.

    Names are compared like in the Cloud Controller: case-insensitively. `unknown` is the message for an unknown space.

    Raises:
        UnknownName: there is no such space.
        UsageFault: the name is ambiguous.
    """
    known = {space.guid: space for space in spaces}
    if text in known:
        return known[text]
    found = _spaces_called(text, known.values())
    here = [space for space in found if target is not None and space.org.guid == target.org.guid]
    match here or found:
        case [only]:
            return only
        case []:
            raise UnknownName(unknown.format(text), hint=_similar_spaces(text, known.values()))
        case _:
            raise ambiguous(text, map(_path, found), "Use ORG/SPACE.")


def _spaces_called(text: str, spaces: Collection[Space]) -> Sequence[Space]:
    """Return the space at the path ORG/SPACE, or the spaces with that bare name, which may contain a slash."""
    parts = [part.lower() for part in split_name(text)]
    names = (text.lower(), "/".join(parts))
    at_path = [space for space in spaces if [space.org.name.lower(), space.name.lower()] == parts]
    return at_path or [space for space in spaces if space.name.lower() in names]


def _similar_spaces(text: str, spaces: Iterable[Space]) -> str:
    paths = set(map(_path, spaces))
    return near(text, paths, most=1) if "/" in text else near(text, paths | {space.name for space in spaces})


def _path(space: Space) -> str:
    return join_name((space.org.name, space.name))


def called(guid: str, named: Mapping[str, App]) -> str:
    """Return an app's path, or its GUID if its name is unknown."""
    return named[guid].known_path if guid in named else f"app {guid}"


def unknown_cell(name: str, cells: Collection[str], *, where: str = "") -> UnknownName:
    """Return the error for an unknown cell, with suggestions; `where` is the place that names it."""
    if not cells:
        return UnknownName(
            f"Cell '{name}' not found: no cells are known.",
            where=where,
            hint="Cells are discovered from the running apps that you can see, and none were found. Ask an"
            " administrator for a role in a space, or an operator for the cells' stores (--store) or"
            " 'cfdot actual-lrps' (--lrps).",
        )
    return UnknownName(
        f"Cell '{name}' not found.", where=where, hint=near(name, cells) or f"Known cells: {some(cells)}."
    )


def some(names: Collection[str]) -> str:
    """Return as many of `names` as fit on a line."""
    return ", ".join(list(names)[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _no_names(named: Mapping[str, App]) -> str:
    return "" if named else "App names are unknown (a snapshot has them in apps.json): use the app's GUID."
