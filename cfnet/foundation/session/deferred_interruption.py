"""Defers Ctrl-C, and the SIGTERM of a CI job, during steps that must not be interrupted."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def deferred_interruption() -> Iterator[None]:
    """Defer the first SIGINT or SIGTERM until the end of the context; the second one takes effect at once.

    In other threads than the main one, do nothing: Python interrupts only the main thread.
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
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if put_off:
        raise KeyboardInterrupt
