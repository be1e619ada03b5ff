"""Read files with placement of containers and settings of the agents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cfnet.errors import CommandLineFault, InputFault, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.placement import PlacementSource
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource
    from cfnet.operations.live_inventory import Sources

Value = TypeVar("Value")


def read_settings(file: Path | None) -> AgentSettings | None:
    """Read the agents' settings in `file`; None without a file.

    Raises:
        InputFault: it does not contain settings.
    """
    if file is None:
        return None
    from cfnet.foundation.json_values import parse
    from cfnet.foundation.snapshot import cell_files

    return _read(file, lambda data: cell_files.agent(parse(data)))


def read_sources(origin: InventorySource, environment: Environment) -> Sources:
    """Read placement from the files given by options.

    Raises:
        InputFault: a file has invalid content.
        CommandLineFault: a cell has two stores.
    """
    from cfnet.operations.live_inventory import Sources

    found: dict[str, PlacementSource] = {}
    for text in origin.stores:
        cell, store = _store(text)
        if cell in found:
            raise CommandLineFault(f"--store is given twice for cell {cell}")
        found[cell] = store
    if not origin.lrps:
        return Sources(list(found.values()))
    lrps, notes = _lrps(origin.lrps, environment)
    return Sources([*found.values(), lrps], notes, complete=True)


def _store(text: str) -> tuple[str, PlacementSource]:
    """Read the cell and the containers of `CELL=FILE`."""
    from cfnet.cell.model.placement import Placed, PlacementSource
    from cfnet.foundation.snapshot.cell_files import read_store

    cell, _, file = text.partition("=")
    if not (cell and file) or "/" in cell or cell.startswith("."):
        raise CommandLineFault(f"--store requires CELL=FILE, not '{text}'", hint="Example: --store cell-1=store.json")
    placed = [Placed(each, cell) for each in _read(Path(file), read_store)]
    return cell, PlacementSource(file, placed, whole_cells=frozenset({cell}))


def _lrps(file: str, environment: Environment) -> tuple[PlacementSource, Sequence[str]]:
    """Read the output of `cfdot actual-lrps`, from a file or stdin (`-`), and return notes about it."""
    from cfnet.cell.explain.transcript import printed_text
    from cfnet.foundation.api.instances import actual_lrps
    from cfnet.foundation.encodings import decoded_strictly

    if file != "-":
        return actual_lrps(printed_text(_read(Path(file), decoded_strictly)), file)
    try:
        return actual_lrps(printed_text(environment.strict_stdin.read()), "stdin")
    except UnicodeError as fault:
        raise InputFault("not UTF-8", where="stdin") from fault


def _read(file: Path, narrow: Callable[[bytes], Value]) -> Value:
    from cfnet.foundation.json_values import WrongShape

    try:
        return narrow(file.read_bytes())
    except OSError as fault:
        raise unreadable(fault, file) from fault
    except UnicodeDecodeError as fault:
        raise InputFault(f"not UTF-8 at byte {fault.start + 1}", where=str(file)) from fault
    except WrongShape as fault:
        raise InputFault(str(fault), where=str(file)) from fault
