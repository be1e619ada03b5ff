"""Which app, space or cell a person means, with an error that helps where that is none or several."""

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
"""Names that are listed at most."""


def choose_app(text: str, named: Mapping[str, App], guids: Collection[str] = (), target: Space | None = None) -> str:
    """The GUID of the app that `text` means (see `cfnet.policy.naming`), whether it is known or not.

    Args:
        text: what was typed.
        named: the apps whose names are known, by GUID.
        guids: those that are known without a name.
        target: the targeted space; None where there is none.

    Raises:
        UnknownName: there is no such app.
        UsageFault: it could be several.
    """
    found = guids_meant(text, named, guids, target)
    if len(found) == 1:
        return found[0]
    if found:
        which = [f"{typed_name(named[guid])} ({guid})" if guid in named else guid for guid in found]
        raise ambiguous(text, which, "Write ORG/SPACE/APP, or the GUID.")
    raise UnknownName(f"There is no app '{text}'.", hint=suggestion(text, named.values()) or _no_names(named))


def suggestion(text: str, apps: Iterable[App]) -> str:
    """A question after apps whose names look like `text`; empty where none does."""
    *place, name = split_name(text)
    if not place:
        return near(text, {each for app in apps for each in (join_name([app.name]), typed_name(app))})
    # Where the space is right, only the app's name can be wrong.
    there = {app.name: app for app in apps if _is_in(app.space, place)}
    if there:
        return did_you_mean(typed_name(there[each]) for each in near_names(name, there))
    return near(text, {typed_name(app) for app in apps}, most=1)


def _is_in(space: Space, place: Sequence[str]) -> bool:
    parts = [space.org.name.lower(), space.name.lower()]
    return parts[-len(place) :] == [part.lower() for part in place]


def ambiguous(text: str, candidates: Iterable[str], hint: str) -> UsageFault:
    """The error for a name that could mean several things: at most ten are listed, each on a line of its own."""
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
    found = _spaces_called(text, known.values())
    here = [space for space in found if target is not None and space.org.guid == target.org.guid]
    match here or found:
        case [only]:
            return only
        case []:
            raise UnknownName(unknown.format(text), hint=_similar_spaces(text, known.values()))
        case _:
            raise ambiguous(text, map(_path, found), "Write ORG/SPACE.")


def _spaces_called(text: str, spaces: Collection[Space]) -> Sequence[Space]:
    """The space at the path ORG/SPACE; else those whose bare name that is, for a name may have a slash in it."""
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
    """What to call an app in a sentence: its path, or its GUID where its name is not known."""
    return named[guid].known_path if guid in named else f"app {guid}"


def unknown_cell(name: str, cells: Collection[str], *, where: str = "") -> UnknownName:
    """The error for a cell that is not known, with those that could be meant; `where` it is named."""
    if not cells:
        return UnknownName(
            f"The cell '{name}' is not known: no cell is.",
            where=where,
            hint="Cells are known from the apps that you can see, and you see none that runs. Ask an administrator for"
            " a role in its space, or an operator for cells' stores (--store) or 'cfdot actual-lrps' (--lrps).",
        )
    return UnknownName(
        f"There is no cell '{name}'.", where=where, hint=near(name, cells) or f"There are: {some(cells)}."
    )


def some(names: Collection[str]) -> str:
    """The first of `names`, as many as fit into a line."""
    return ", ".join(list(names)[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _no_names(named: Mapping[str, App]) -> str:
    return "" if named else "No app's name is known here (a snapshot has them in apps.json): write its GUID."
