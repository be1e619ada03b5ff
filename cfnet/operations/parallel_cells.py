"""Make texts of cells, in several processes if that is faster."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Final

from cfnet.cell.model.state import OverlayIps
from cfnet.operations.forked_work import Made, available_processors, forked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cfnet.cell.model.state import Cell, State

_WORTHWHILE: Final = 100_000
"""Below this, starting processes costs more than it saves: about 100 milliseconds of work."""
_PER_CELL: Final = 1_000
"""How much more work a cell is than a policy."""


def processes_for(jobs: int | None, state: State, names: Sequence[str]) -> int:
    """Return the number of processes for these cells: `jobs` if given, or all processors for a large foundation."""
    processors = available_processors()
    if jobs is None:
        work = len(names) * _PER_CELL + len(state.policies)
        jobs = processors if work > _WORTHWHILE else 1
    return min(jobs, len(names)) if processors else 1


def texts_of_cells(
    state: State, names: Sequence[str], make: Callable[[Cell], bytes], processes: int
) -> Iterator[bytes | bytearray]:
    """Yield the text that `make` returns for each of these cells, in order and unless it is empty.

    Raises:
        InputFault: as `State.cells`, after the texts of the cells before, and as `make`.
    """
    done = 0
    if processes > 1:
        ips = OverlayIps()
        with closing(forked(lambda name: _made(state.read_cell(name), make), names, processes)) as all_made:
            for name, made in zip(names, all_made, strict=False):
                if not ips.add(name, made.facts.decode().split()):
                    break
                if made.text:
                    yield made.text
                done += 1
    if done < len(names):
        for cell in islice(state.cells(names), done, None):
            if text := make(cell):
                yield text


def _made(cell: Cell, make: Callable[[Cell], bytes]) -> Made:
    return Made(" ".join([container.ip for container in cell.containers]).encode(), make(cell))
