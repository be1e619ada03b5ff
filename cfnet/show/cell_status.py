"""Formats the state of the sandbox's cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.show.columns import columns
from cfnet.show.plurals import counted
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence


class CellStatus(NamedTuple):
    """A cell on this computer.

    Attributes:
        name: its name.
        containers: the number of its containers.
        polled: when its agent polled last, in seconds since the epoch; 0 before the first time.
        chain: the name of its policy chain; empty before the first one.
        failure: why its agent or a container failed; empty if none did.
        deviations: how many rules deviate from the expected ones; None if that is unknown.
    """

    name: str
    containers: int
    polled: float
    chain: str
    failure: str
    deviations: int | None


_HEADER: Final = ("cell", "containers", "last poll", "policy chain", "rules")


def up_text(cells: Sequence[str], containers: int, poll: float, *, already: bool) -> str:
    """Say which cells are up."""
    names = [printable(name) for name in cells]
    listed = " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"  # noqa: PLR2004
    are = "is" if len(names) == 1 else "are"
    seconds = "second" if poll == 1 else f"{poll:g} seconds"
    return (
        f"{listed} {are} {'already ' if already else ''}up: {counted(containers, 'container')};"
        f" the agents poll every {seconds}.\n"
    )


def status_text(cells: Sequence[CellStatus], now: float, *, colour: bool) -> str:
    """Format a line for each cell at the time `now`, then the failures."""
    rows = [
        (
            printable(cell.name),
            str(cell.containers),
            _ago(now - cell.polled, cell.polled),
            cell.chain or "-",
            _rules(cell),
        )
        for cell in cells
    ]
    failures = "".join(f"{printable(f'{cell.name}: {cell.failure}')}\n" for cell in cells if cell.failure)
    return columns(_HEADER, rows, colour=colour) + (f"\n{failures}" if failures else "")


def _ago(seconds: float, polled: float) -> str:
    return f"{max(0, round(seconds))} s ago" if polled else "never"


def _rules(cell: CellStatus) -> str:
    if cell.deviations is None:
        return "unknown"
    return counted(cell.deviations, "deviation") if cell.deviations else "in sync"
