"""Ctrl-C while changes are being sent: noted, and obeyed between two requests."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def noted_interruption() -> Iterator[Callable[[], bool]]:
    """Inside, the first Ctrl-C is only noted; what is yielded says whether there was one. The second one interrupts."""
    noted: list[int] = []

    def note(number: int, _frame: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # another thread than the first cannot be interrupted anyway
        yield lambda: False
        return
    try:
        yield lambda: bool(noted)
    finally:
        signal.signal(signal.SIGINT, before)
