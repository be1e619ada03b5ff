"""A status line on a terminal's stderr: what cfnet is waiting for, and a progress bar for many steps."""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from typing import TextIO

    from rich.progress import Progress, TaskID

AFTER_SECONDS: Final = 1.0
"""How long something may take before the status line appears."""

_ERASE: Final = "\r\x1b[K"


class StatusLine:
    """The last line of a terminal while cfnet is waiting; thread-safe.

    Nothing is shown without a terminal, or on one that cannot erase a line.
    """

    def __init__(self, stream: TextIO | None = None, *, is_dumb: bool = False) -> None:
        """Use the terminal that `stream` writes to."""
        self._stream = stream if stream is not None and stream.isatty() and not is_dumb else None
        self._lock = threading.RLock()
        self._waiting: dict[object, str] = {}
        self._is_drawn = False
        self._bar: tuple[Progress, TaskID, str] | None = None

    def waiting(self, what: str, *, at_once: bool = False) -> AbstractContextManager[object]:
        """Show `what` within the context, after a second or `at_once`."""
        return nullcontext() if self._stream is None else self._shown(printable(what), at_once=at_once)

    @contextmanager
    def _shown(self, what: str, *, at_once: bool) -> Iterator[None]:
        key = object()
        timer = threading.Timer(0 if at_once else AFTER_SECONDS, self._show, (key, what))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._hide(key)

    @contextmanager
    def bar(self, what: str, total: int) -> Iterator[Callable[[], None]]:
        """Show a bar within the context, and yield a function to call after each of `total` steps."""
        if self._stream is None or total <= 1 or self._bar is not None:
            yield lambda: None
            return
        # rich costs 27 ms of start-up: import it only to draw a bar.
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(file=self._stream), transient=True) as bar:
            task = bar.add_task(what, total=total)
            self._bar = (bar, task, what)
            try:
                yield lambda: bar.advance(task)
            finally:
                self._bar = None

    def _show(self, key: object, what: str) -> None:
        with self._lock:
            self._waiting[key] = what
            self._draw()

    def _hide(self, key: object) -> None:
        with self._lock:
            if self._waiting.pop(key, None) is not None:
                self._draw()

    def _draw(self) -> None:
        """Show the most recent wait, next to the bar if there is one."""
        what = next(reversed(self._waiting.values()), "")
        if self._bar is not None:
            bar, task, title = self._bar
            bar.update(task, description=f"{title} ({what})" if what else title)
        elif self._stream is not None and (what or self._is_drawn):
            self._stream.write(f"{_ERASE}{what}")
            self._stream.flush()
            self._is_drawn = bool(what)
