"""A snapshot whose placement other files tell more of, or something else about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cfnet.cell.placement import Placed, Source, combine
from cfnet.cli.app_choice import called
from cfnet.foundation.snapshot import open_snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from cfnet.cell.agent import AgentSettings
    from cfnet.cell.state import State
    from cfnet.cli.live_state import Sources


def placed_snapshot(folder: Path, settings: AgentSettings | None, sources: Sources) -> State:
    """The state in `folder`; `sources` that are whole cells' stores are believed before it, the others after it.

    Raises:
        InputFault: a file of it does not hold what it should.
    """
    state = open_snapshot(folder, settings)
    if not sources.told:
        return state
    own = [_store(state, name) for name in state.cell_names]
    before = [source for source in sources.told if source.whole_cells is not None]
    after = [source for source in sources.told if source.whole_cells is None]
    apps = state.read_apps()
    placement = combine([*before, *own, *after], lambda guid: called(guid, apps))
    return replace(
        state,
        cell_names=list(placement.cells),
        read_cell=lambda name: placement.cells[name],
        notes=[*state.notes, *sources.notes, *placement.notes],
    )


def _store(state: State, name: str) -> Source:
    cell = state.read_cell(name)
    return Source(cell.origin, [Placed(each, name) for each in cell.containers], whole_cells=frozenset({name}))
