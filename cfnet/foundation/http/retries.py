"""Delays between retries: as long as the server asks, or else exponential back-off."""

from __future__ import annotations

import os
import time
from contextlib import nullcontext
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

LONGEST_SECONDS: Final = 120.0
"""The maximum total time that one request waits because a server asks for it."""

_FIRST_SECONDS: Final = 0.2
_MOST_SECONDS: Final = 8.0


class Notices(Protocol):
    """Tells the user what cfnet is waiting for."""

    def waiting(self, what: str, *, at_once: bool = False) -> AbstractContextManager[object]:
        """Show `what` within the context, after a second or `at_once`."""

    def bar(self, what: str, total: int) -> AbstractContextManager[Callable[[], None]]:
        """Show the progress of `total` steps; yield a function to call after each."""


class Unseen:
    """Shows nothing."""

    def waiting(self, what: str, *, at_once: bool = False) -> AbstractContextManager[object]:
        """Show nothing."""
        del what, at_once
        return nullcontext()

    def bar(self, what: str, total: int) -> AbstractContextManager[Callable[[], None]]:
        """Show nothing."""
        del what, total
        return nullcontext(lambda: None)


def _random() -> float:
    """Return a random number from 0 to 1 (importing `random` would slow down start-up)."""
    return os.urandom(1)[0] / 255


class RetryPolicy(NamedTuple):
    """How long to wait before retries.

    Attributes:
        longest: the maximum total seconds that one request waits because a server asks for it; 0 to never wait.
        sleep: waits for a number of seconds.
        today: returns the time in seconds since the epoch.
        chance: returns a random number from 0 to 1, so that clients that failed together do not retry together.
        notices: tells the user.
    """

    longest: float = LONGEST_SECONDS
    sleep: Callable[[float], object] = time.sleep
    today: Callable[[], float] = time.time
    chance: Callable[[], float] = _random
    notices: Notices = Unseen()

    def back_off(self, attempt: int) -> float:
        """Return the seconds to wait after the failure of `attempt` (from 1) without a `Retry-After`."""
        if not self.longest:
            return 0.0
        return min(_MOST_SECONDS, _FIRST_SECONDS * 2.0 ** min(attempt - 1, 10)) * (0.5 + self.chance() / 2)

    def asked(self, headers: Mapping[str, str]) -> float | None:
        """Return the seconds that the header `Retry-After` asks for; None if there is no valid one."""
        return seconds_asked(headers.get("retry-after", ""), self.today())

    def wait(self, seconds: float, why: str) -> None:
        """Wait, and show the user a countdown."""
        left = seconds
        while left > 0:
            step = min(left, 1.0)
            with self.notices.waiting(f"{why}; trying again in {ceil(left)} s", at_once=True):
                self.sleep(step)
            left -= step


def seconds_asked(value: str, today: float) -> float | None:
    """Convert a `Retry-After` header, in seconds or a date, to seconds; return None if it is neither."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - few servers send dates

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - today)
    except (ValueError, OverflowError, TypeError):
        return None
