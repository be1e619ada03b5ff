"""How long to wait before a request is sent again: as long as the server asks, else a little longer each time."""

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
"""The most that one request waits in all because a server asks for it."""

_FIRST_SECONDS: Final = 0.2
_MOST_SECONDS: Final = 8.0


class Notices(Protocol):
    """Tells the user what is being waited for."""

    def waiting(self, what: str, *, at_once: bool = False) -> AbstractContextManager[object]:
        """While this lasts, `what` is waited for; it is shown after a second, or `at_once`."""

    def bar(self, what: str, total: int) -> AbstractContextManager[Callable[[], None]]:
        """Show how many of `total` steps are done; what is given is called after each."""


class Unseen:
    """Tells nobody."""

    def waiting(self, what: str, *, at_once: bool = False) -> AbstractContextManager[object]:
        """Show nothing."""
        del what, at_once
        return nullcontext()

    def bar(self, what: str, total: int) -> AbstractContextManager[Callable[[], None]]:
        """Show nothing."""
        del what, total
        return nullcontext(lambda: None)


def _random() -> float:
    """A number from 0 to 1 (the module `random` would cost start-up)."""
    return os.urandom(1)[0] / 255


class RetryPolicy(NamedTuple):
    """What waiting depends on.

    Attributes:
        longest: seconds that one request waits in all because a server asks for it; 0: never.
        sleep: waits for some seconds.
        today: gives the time, in seconds since the epoch.
        chance: gives a number from 0 to 1, so that clients that failed together do not return together.
        notices: where the user is told.
    """

    longest: float = LONGEST_SECONDS
    sleep: Callable[[float], object] = time.sleep
    today: Callable[[], float] = time.time
    chance: Callable[[], float] = _random
    notices: Notices = Unseen()

    def back_off(self, attempt: int) -> float:
        """Seconds to wait after the failure of `attempt` (from 1) that names no time itself."""
        if not self.longest:
            return 0.0
        return min(_MOST_SECONDS, _FIRST_SECONDS * 2.0 ** min(attempt - 1, 10)) * (0.5 + self.chance() / 2)

    def asked(self, headers: Mapping[str, str]) -> float | None:
        """Seconds that the header `Retry-After` asks for, None where it names no time."""
        return seconds_asked(headers.get("retry-after", ""), self.today())

    def wait(self, seconds: float, why: str) -> None:
        """Wait, second by second, so that the user sees how long it will still take."""
        left = seconds
        while left > 0:
            step = min(left, 1.0)
            with self.notices.waiting(f"{why}; trying again in {ceil(left)} s", at_once=True):
                self.sleep(step)
            left -= step


def seconds_asked(value: str, today: float) -> float | None:
    """What a `Retry-After` of `value` asks for: seconds, or the seconds until a date; None where it is neither."""
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
