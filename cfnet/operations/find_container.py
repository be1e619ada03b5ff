"""Find a cell or a container of the sandbox by what was typed: `CELL`, `APP` or `APP/INSTANCE`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cfnet.errors import UnknownName, UsageFault
from cfnet.operations.choose_app import choose_app, some
from cfnet.operations.suggestions import near
from cfnet.sandbox import HOME_SPACE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.dataplane.places import PlacedCell, PlacedContainer, Places
    from cfnet.policy import App

    Process = TypeVar("Process", PlacedCell, PlacedContainer)

_NO_CONTAINERS = (
    "An app without instances, or a stopped one, has none; 'cfnet sandbox status' shows whether others failed to start."
)
_RESTARTING = "It is being restarted: try again."


def cell_or_container(text: str, places: Places, apps: Mapping[str, App]) -> PlacedCell | PlacedContainer:
    """Return the cell called `text`, or the container of an app.

    Raises:
        UnknownName: there is no such cell, app or container.
        UsageFault: the name is ambiguous.
    """
    cell = next((each for each in places.cells if each.name.lower() == text.lower()), None)
    if cell is not None:
        return _running(text, cell)
    try:
        app, number = _typed(text, apps)
    except UnknownName as error:
        known = [each.name for each in places.cells] + sorted({each.name for each in places.containers})
        hint = near(text, known) or f"Known cells and apps: {some(known)}."
        raise UnknownName(f"No cell or app is called '{text}'.", hint=hint) from error
    return _container(text, app, number, places)


def container(text: str, places: Places, apps: Mapping[str, App]) -> PlacedContainer:
    """Return the container of `APP/INSTANCE`; of `APP`, that of its first instance.

    Raises:
        UnknownName: there is no such app, or it has no such container.
        UsageFault: the name is ambiguous.
    """
    try:
        app, number = _typed(text, apps)
    except UnknownName as error:
        known = sorted({each.name for each in places.containers})
        raise UnknownName(error.message, hint=error.hint or f"Running apps: {some(known)}.") from error
    return _container(text, app, number, places)


def _container(text: str, app: str, number: int | None, places: Places) -> PlacedContainer:
    found = [each for each in places.containers if each.app == app]
    if not found:
        raise UnknownName(f"'{text}' has no containers.", hint=_NO_CONTAINERS)
    chosen = [each for each in found if number in (None, each.instance)]
    if not chosen:
        raise UnknownName(f"'{text}' does not exist.", hint=f"Known instances: {_numbers(found)}.")
    return _running(text, min(chosen, key=lambda each: each.instance))


def _typed(text: str, apps: Mapping[str, App]) -> tuple[str, int | None]:
    """Return the GUID of the app, and the instance if one was named."""
    home = next((app.space for app in apps.values() if f"{app.space.org.name}/{app.space.name}" == HOME_SPACE), None)
    name, slash, number = text.rpartition("/")
    try:
        return choose_app(text, apps, target=home), None
    except UnknownName:
        if not (slash and number.isascii() and number.isdigit()):
            raise
    return choose_app(name, apps, target=home), int(number)


def _numbers(found: Sequence[PlacedContainer]) -> str:
    return ", ".join(str(number) for number in sorted(each.instance for each in found))


def _running(text: str, process: Process) -> Process:
    if not process.pid:
        raise UsageFault(f"'{text}' does not run at the moment.", hint=_RESTARTING)
    return process
