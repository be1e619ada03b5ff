"""Apps by the names that people type: APP, SPACE/APP, ORG/SPACE/APP, a GUID, or the beginning of one.

A part that contains a slash is typed in double quotes, as in `shop/web/"a/b"`; a double quote within it is doubled.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cfnet.policy.places import App, Space

SHORTEST_PREFIX: Final = 8
"""Characters that the beginning of a GUID needs at least."""

_MOST_PARTS: Final = 3
"""ORG/SPACE/APP."""

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_QUOTED: Final = re.compile(r'"((?:[^"]|"")+)"(?=/|$)')
_PLAIN: Final = re.compile(r"[^/]*")


def is_guid(text: str) -> bool:
    """Whether `text` has the form of the GUIDs that the Cloud Controller assigns."""
    return bool(_GUID.fullmatch(text))


def split_name(text: str) -> tuple[str, ...]:
    """The parts of a typed name, without their quotes: `shop/web/"a/b"` has three."""
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
    """`parts` as one would type them: the inverse of `split_name`."""
    return "/".join(map(_quoted, parts))


def typed_name(app: App) -> str:
    """The full name of `app` as one would type it; only its own name where its space and org are not known."""
    known = bool(app.space.name and app.space.org.name)
    return join_name((app.space.org.name, app.space.name, app.name) if known else (app.name,))


def last_part(text: str) -> tuple[str, ...]:
    """The names that an app may have that is typed as `text`: its last part, and the whole text."""
    return tuple(dict.fromkeys((split_name(text)[-1], text)))


def guids_meant(
    text: str, apps: Mapping[str, App], guids: Collection[str] = (), target: Space | None = None
) -> Sequence[str]:
    """The GUIDs of the apps that `text` may mean: none, one, or, where it is ambiguous, several.

    Names are compared without regard to case, as the Cloud Controller does. The first of these that finds an app wins:
    a known GUID; the name, of the targeted space before all others; the name as a whole, although it contains slashes;
    the form of a GUID, known or not; the beginning of known GUIDs.

    Args:
        text: what was typed.
        apps: those whose names are known, by GUID.
        guids: those that are known without a name.
        target: the targeted space; None where there is none.
    """
    if text in apps or text in guids:
        return [text]
    found = _by_parts(split_name(text), apps.values(), target) or _by_parts((text,), apps.values(), target)
    return [app.guid for app in found] or guids_like(text, {*apps, *guids})


def guids_like(text: str, guids: Iterable[str]) -> Sequence[str]:
    """`text` itself where it is a whole GUID, known or not; else those of `guids` that begin so, sorted."""
    folded = text.lower()
    if is_guid(text):
        return [folded]
    return sorted(guid for guid in guids if guid.startswith(folded)) if len(text) >= SHORTEST_PREFIX else []


def near(word: str, words: Iterable[str], *, most: int = 3) -> list[str]:
    """Those of `words` that look like `word`, the most similar first; case makes no difference."""
    from difflib import get_close_matches  # noqa: PLC0415 - only where something is wrong

    by_key = {each.lower(): each for each in sorted(words, reverse=True)}
    return [by_key[key] for key in get_close_matches(word.lower(), by_key, n=most)]


def _by_parts(parts: tuple[str, ...], apps: Iterable[App], target: Space | None) -> Sequence[App]:
    count = len(parts)
    if count > _MOST_PARTS:
        return []
    folded = tuple(part.lower() for part in parts)
    found = [app for app in apps if app.name.lower() == folded[-1] and _parts(app, count, fold=True) == folded]
    if target is not None:
        here = [app for app in found if _in(app.space, target, count)]
        found = here or found
    # Two apps whose names differ only in case: the exact name is meant where only the name tells them apart.
    if len(found) > 1 and len({_home(app, count) for app in found}) == 1:
        found = [app for app in found if _parts(app, count) == parts] or found
    return found


def _parts(app: App, count: int, *, fold: bool = False) -> tuple[str, ...]:
    parts = (app.space.org.name, app.space.name, app.name)[-count:]
    return tuple(part.lower() for part in parts) if fold else parts


def _in(space: Space, target: Space, count: int) -> bool:
    """Whether a name of `count` parts means one of `space` before others, with `target` targeted."""
    return space.guid == target.guid if count == 1 else space.org.guid == target.org.guid


def _home(app: App, count: int) -> str:
    return (app.space.guid, app.space.org.guid, "")[count - 1]


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"' if "/" in part or part.startswith('"') else part
