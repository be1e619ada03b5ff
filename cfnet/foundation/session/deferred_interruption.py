"""Ctrl-C, and what stops a CI job, put off for a moment in which an interruption would cost something."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def deferred_interruption() -> Iterator[None]:
    """Inside, the first SIGINT or SIGTERM waits for the end; the second one does not.

    In other threads than the first nothing is done: Python interrupts only that one.
    """
    put_off: list[int] = []

    def put_off_once(number: int, _frame: object) -> None:
        if put_off:
            raise KeyboardInterrupt
        put_off.append(number)

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            if callable(signal.getsignal(number)):
                before[number] = signal.signal(number, put_off_once)
    except ValueError:  # another thread than the first
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if put_off:
        raise KeyboardInterrupt
