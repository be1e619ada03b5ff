"""Handle Ctrl-C and SIGTERM while changes are sent: stop between two requests."""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def noted_interruption(tell: Callable[[], object] = lambda: None) -> Iterator[Callable[[], bool]]:
    """Defer the first Ctrl-C: the yielded function returns whether there was one. The second one interrupts.

    `tell` is called immediately by the first one, to inform the user.
    """
    noted: list[int] = []

    def note(number: int, _frame: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)
        with suppress(RuntimeError):  # interrupted while writing to the same stream
            tell()

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            if callable(signal.getsignal(number)):
                before[number] = signal.signal(number, note)
    except ValueError:  # only the main thread can be interrupted
        yield lambda: False
        return
    try:
        yield lambda: bool(noted)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
