"""A bar for what takes long, on a terminal's stderr only."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO


@contextmanager
def progress(what: str, total: int, stream: TextIO) -> Iterator[Callable[[], None]]:
    """What to call after each of `total` steps; the bar is gone when all is done."""
    if not stream.isatty() or total <= 1:
        yield lambda: None
        return
    # rich costs 27 ms of start-up: imported where there is a bar to draw.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
