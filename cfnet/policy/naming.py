"""App names on the command line: APP, SPACE/APP, ORG/SPACE/APP, a GUID, or a GUID prefix.

A part that contains a slash must be in double quotes, as in `shop/web/"a/b"`; double quotes inside it are doubled.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cfnet.policy.places import App, Space

SHORTEST_PREFIX: Final = 8
"""Minimum length of a GUID prefix."""

_MOST_PARTS: Final = 3
"""ORG/SPACE/APP."""

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_QUOTED: Final = re.compile(r'"((?:[^"]|"")+)"(?=/|$)')
_PLAIN: Final = re.compile(r"[^/]*")


def is_guid(text: str) -> bool:
    """Whether `text` has the format of Cloud Controller GUIDs."""
    return bool(_GUID.fullmatch(text))


def split_name(text: str) -> tuple[str, ...]:
    """Split a typed name into its parts and unquote them: `shop/web/"a/b"` has three parts."""
    parts: list[str] = []
    position = 0
    while position <= len(text):
        quoted = _QUOTED.match(text, position)
        plain = _PLAIN.match(text, position)
        found = quoted or plain
        assert found is not None  # noqa: S101 - the plain form matches anywhere
        parts.append(quoted[1].replace('""', '"') if quoted else found[0])
        position = found.end() + 1
    return tuple(parts)


def join_name(parts: Iterable[str]) -> str:
    """Join and quote `parts`: the inverse of `split_name`."""
    return "/".join(map(_quoted, parts))


def typed_name(app: App) -> str:
    """Return the full name of `app`, quoted for the command line, or just its own name if space or org is unknown."""
    known = bool(app.space.name and app.space.org.name)
    return join_name((app.space.org.name, app.space.name, app.name) if known else (app.name,))


def last_part(text: str) -> tuple[str, ...]:
    """Return the app names that `text` can stand for: its last part, and the whole text."""
    return tuple(dict.fromkeys((split_name(text)[-1], text)))


def guids_meant(
    text: str, apps: Mapping[str, App], guids: Collection[str] = (), target: Space | None = None
) -> Sequence[str]:
    """Return the GUIDs of the apps that `text` can refer to; more than one if it is ambiguous.

    Names are compared case-insensitively, as the Cloud Controller does. The first of these steps that finds an app
    wins: a known GUID; a name, preferring the targeted space; the whole text as a name, even if it contains slashes;
    the format of a GUID, known or not; a prefix of known GUIDs.

    Args:
        text: the name, GUID or prefix as typed.
        apps: apps with known names, by GUID.
        guids: GUIDs of apps whose names are unknown.
        target: the targeted space, if any.
    """
    if text in apps or text in guids:
        return [text]
    found = _by_parts(split_name(text), apps.values(), target) or _by_parts((text,), apps.values(), target)
    return [app.guid for app in found] or guids_like(text, {*apps, *guids})


def guids_like(text: str, guids: Iterable[str]) -> Sequence[str]:
    """Return `text` if it is a complete GUID, known or not; otherwise the GUIDs that start with it, sorted."""
    folded = text.lower()
    if is_guid(text):
        return [folded]
    return sorted(guid for guid in guids if guid.startswith(folded)) if len(text) >= SHORTEST_PREFIX else []


def near(word: str, words: Iterable[str], *, most: int = 3) -> list[str]:
    """Return the `words` most similar to `word`, best match first, ignoring case."""
    from difflib import get_close_matches  # noqa: PLC0415 - needed on errors only

    by_key = {each.lower(): each for each in sorted(words, reverse=True)}
    return [by_key[key] for key in get_close_matches(word.lower(), by_key, n=most)]


def _by_parts(parts: tuple[str, ...], apps: Iterable[App], target: Space | None) -> Sequence[App]:
    count = len(parts)
    if count > _MOST_PARTS:
        return []
    folded = tuple(part.lower() for part in parts)
    found = [app for app in apps if app.name.lower() == folded[-1] and _parts(app, count, fold=True) == folded]
    if target is not None:
        found = [app for app in found if _in(app.space, target, count)] or found
    return _exact(parts, found)


def _exact(parts: tuple[str, ...], found: Sequence[App]) -> Sequence[App]:
    """Prefer the exact spelling among names in the same place that differ only in case."""
    count = len(parts)
    if len(found) > 1 and len({_home(app, count) for app in found}) == 1:
        return [app for app in found if _parts(app, count) == parts] or found
    return found


def _parts(app: App, count: int, *, fold: bool = False) -> tuple[str, ...]:
    parts = (app.space.org.name, app.space.name, app.name)[-count:]
    return tuple(part.lower() for part in parts) if fold else parts


def _in(space: Space, target: Space, count: int) -> bool:
    """Whether a name of `count` parts prefers apps of `space` while `target` is targeted."""
    return space.guid == target.guid if count == 1 else space.org.guid == target.org.guid


def _home(app: App, count: int) -> str:
    return (app.space.guid, app.space.org.guid, "")[count - 1]


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"' if "/" in part or part.startswith('"') else part
