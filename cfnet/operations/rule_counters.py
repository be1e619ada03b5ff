"""Read listings of rules with counters, taken twice on each cell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.calls.call_log import LogStream
from cfnet.cell.calls.log_coverage import cell_of
from cfnet.cell.calls.rule_counters import CountedChain, CounterEvidence, counter_evidence, read_counters
from cfnet.errors import InputFault, unreadable
from cfnet.foundation.encodings import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from cfnet.cell.calls.log_coverage import CellFacts


class CountersByCell(NamedTuple):
    """What counters say, by cell, and notes about listings that say nothing."""

    by_cell: Mapping[str, CounterEvidence]
    notes: Sequence[str]


def counters_in(folder: Path, cells: CellFacts) -> CountersByCell:
    """Read the listings in a directory and its directories.

    A listing belongs to the cell that `bosh ssh`, its file or its directory is named after, or whose containers it has.

    Raises:
        InputFault: it cannot be read, or no file has rules with counters.
    """
    found: dict[str, list[CountedChain]] = {}
    notes = []
    read = False
    for path, chain in _chains(folder):
        read = True
        cell = cell_of(LogStream(str(path), chain.instance or None), Counter(chain.containers), cells)
        if cell is None:
            notes.append(f"The cell of the counters in {path} is unknown.")
        else:
            found.setdefault(cell, []).append(chain)
    if not read:
        raise InputFault(
            "no file has rules of a policy chain with counters.", where=str(folder), hint="Use 'iptables-save -c'."
        )
    evidence = {cell: counter_evidence(chains) for cell, chains in found.items()}
    notes += [f"The counters of {cell} were not taken twice." for cell, each in evidence.items() if each is None]
    return CountersByCell({cell: each for cell, each in evidence.items() if each is not None}, notes)


def _chains(folder: Path) -> Iterator[tuple[Path, CountedChain]]:
    for path in _files(folder):
        try:
            data, written = path.read_bytes(), path.stat().st_mtime
        except OSError as error:
            raise unreadable(error, path) from error
        for chain in read_counters(decoded(data).split("\n"), written):
            yield path, chain


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(
            path
            for each in folder.iterdir()
            for path in (each.iterdir() if each.is_dir() else (each,))
            if path.is_file() and not path.name.startswith(".")
        )
    except OSError as error:
        raise unreadable(error, folder) from error
