"""Which app or space a person means: by a name, a path (ORG/SPACE/APP, ORG/SPACE), or a GUID; and which there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cfnet.cli.words import near
from cfnet.errors import UnknownName, UsageFault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from cfnet.policy import App, Space

_SHOWN: Final = 10
"""Names in a line."""

_NO_SPACE: Final = "There is no space '{}' that you can see."
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def choose_app(text: str, named: Mapping[str, App], guids: Collection[str]) -> str:
    """The GUID of the app that `text` means; `guids` are those that are known without a name.

    Any GUID is taken for one, known or not.

    Raises:
        UnknownName: there is no such app.
        UsageFault: it could be several.
    """
    if text in named or text in guids:
        return text
    found = [app for app in named.values() if app.path == text] or [app for app in named.values() if app.name == text]
    if len(found) == 1:
        return found[0].guid
    if found:
        which = ", ".join(sorted(f"{app.known_path} ({app.guid})" for app in found))
        raise UsageFault(f"'{text}' could be any of {which}.", hint="Write ORG/SPACE/APP, or the GUID.")
    if is_guid(text):
        return text
    names = {app.name for app in named.values()} | {app.known_path for app in named.values()}
    raise UnknownName(f"There is no app '{text}'.", hint=near(text, names) or _no_names(named))


def choose_space(
    text: str,
    spaces: Iterable[Space],
    target: Space | None,
    *,
    unknown: str = "There is no space '{}' that you can see.",
) -> Space:
    """The space of `spaces` that `text` means; a bare name means that of the org of `target` before all others.

    Names are compared as the Cloud Controller does: without regard to case. `unknown` says that there is no such space.

    Raises:
        UnknownName: there is none.
        UsageFault: it could be several.
    """
    known = {space.guid: space for space in spaces}
    if text in known:
        return known[text]
    paths = {guid: f"{space.org.name}/{space.name}" for guid, space in known.items()}
    found = [known[guid] for guid, path in paths.items() if path.lower() == text.lower()]
    found = found or [space for space in known.values() if space.name.lower() == text.lower()]
    here = [space for space in found if target is not None and space.org.guid == target.org.guid]
    if len(here or found) == 1:
        return (here or found)[0]
    if found:
        which = ", ".join(sorted(paths[space.guid] for space in found))
        raise UsageFault(f"'{text}' could be any of {which}.", hint="Write ORG/SPACE.")
    names = {*paths.values()} if "/" in text else {*paths.values(), *(space.name for space in known.values())}
    raise UnknownName(unknown.format(text), hint=near(text, names))


def is_guid(text: str) -> bool:
    """Whether `text` has the form of the GUIDs that the Cloud Controller gives."""
    return bool(_GUID.fullmatch(text))


def called(guid: str, named: Mapping[str, App]) -> str:
    """What to call an app in a sentence: its path, or its GUID where its name is not known."""
    return named[guid].known_path if guid in named else f"app {guid}"


def unknown_cell(name: str, cells: Collection[str], *, where: str = "") -> UnknownName:
    """The error for a cell that is not there, with those that could be meant; `where` it is named."""
    return UnknownName(
        f"There is no cell '{name}'.", where=where, hint=near(name, cells) or f"There are: {some(cells)}."
    )


def some(names: Collection[str]) -> str:
    """The first of `names`, as many as fit into a line."""
    return ", ".join(list(names)[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _no_names(named: Mapping[str, App]) -> str:
    return "" if named else "No app's name is known here (a snapshot has them in apps.json): write its GUID."
