"""Ctrl-C, or SIGTERM, while changes are being sent: noted, and obeyed between two requests."""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def noted_interruption(tell: Callable[[], object] = lambda: None) -> Iterator[Callable[[], bool]]:
    """Inside, the first Ctrl-C is only noted; what is yielded says whether there was one. The second one interrupts.

    `tell` is called at once by the first, so that the user knows that it was heard.
    """
    noted: list[int] = []

    def note(number: int, _frame: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)
        with suppress(RuntimeError):  # it came in the middle of writing to the same stream
            tell()

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            if callable(signal.getsignal(number)):
                before[number] = signal.signal(number, note)
    except ValueError:  # another thread than the first cannot be interrupted anyway
        yield lambda: False
        return
    try:
        yield lambda: bool(noted)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
