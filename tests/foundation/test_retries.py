"""Waits before retries: as long as the server asks, within limits. No test really waits."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.errors import ServerTrouble
from cfnet.foundation.http.retries import RetryPolicy, seconds_asked
from cfnet.foundation.http.wire import Answer, Wire
from tests.scripted_server import Reply, scripted

TODAY = 1_700_000_000.0


class Clock:
    """A clock that records waits and what was shown meanwhile, without waiting."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.shown: list[str] = []

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self.slept.append(seconds)

    @contextmanager
    def waiting(self, what: str, *, at_once: bool = False) -> Iterator[None]:
        """Record what is shown."""
        if at_once:
            self.shown.append(what)
        yield

    def bar(self, what: str, total: int) -> AbstractContextManager[Callable[[], None]]:
        """Show no bar."""
        del what, total
        return nullcontext(lambda: None)

    def patience(self, longest: float = 120.0) -> RetryPolicy:
        """Waits by this clock, without jitter."""
        return RetryPolicy(longest, self.sleep, lambda: TODAY, lambda: 1.0, self)


def sent(replies: list[Reply | None], *, method: str = "GET", longest: float = 120.0) -> tuple[Answer, int, Clock]:
    """The last response, the number of requests and the waits, for a server that responds with `reply`."""
    clock, left = Clock(), iter(replies)
    with (
        scripted(lambda _method, _path: next(left)) as server,
        Wire(patience=clock.patience(longest)) as wire,
    ):
        return wire.send(method, server.url, content=b"x=1"), len(server.asked), clock


FORMS = {
    "seconds": ("30", 30.0),
    "no time": ("0", 0.2),
    "a date": (formatdate(TODAY + 45, usegmt=True), 45.0),
    "a date that has passed": (formatdate(TODAY - 45, usegmt=True), 0.2),
    "blanks around": (" 7 ", 7.0),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("body", [b'{"errors": []}', b"slow down", b""], ids=["JSON", "text", "nothing"])
@pytest.mark.parametrize(("value", "seconds"), FORMS.values(), ids=FORMS)
def test_retry_after_is_honoured(value: str, seconds: float, body: bytes, status: int, method: str) -> None:
    """From any server, in any format, for any method: the request has not been processed."""
    answer, asked, clock = sent([Reply(status, body, {"Retry-After": value}), Reply()], method=method)
    assert (answer.status, asked) == (200, 2)
    assert sum(clock.slept) == pytest.approx(seconds)


def test_the_remaining_time_is_shown_each_second() -> None:
    """With the reason."""
    _answer, _asked, clock = sent([Reply(429, headers={"Retry-After": "3"}), Reply()])
    assert [text.partition(" ")[2] for text in clock.shown] == [
        f"limits the rate of requests; trying again in {left} s" for left in (3, 2, 1)
    ]


LONG: dict[str, tuple[list[Reply | None], int, float]] = {
    "longer than the limit": ([Reply(429, headers={"Retry-After": "121"})], 1, 0),
    "exactly the limit": ([Reply(429, headers={"Retry-After": "120"})] * 2, 2, 120),
    "too long in total": ([Reply(503, headers={"Retry-After": "50"})] * 3, 3, 100),
    "for ever": ([Reply(503, headers={"Retry-After": "9" * 5000})], 1, 0),
    "a date far in the future": ([Reply(503, headers={"Retry-After": formatdate(2e10, usegmt=True)})], 1, 0),
}


@pytest.mark.parametrize(("replies", "asked", "waited"), LONG.values(), ids=LONG)
def test_cfnet_waits_two_minutes_at_most(replies: list[Reply | None], asked: int, waited: float) -> None:
    """After that the last response is returned."""
    answer, count, clock = sent(replies)
    assert (answer.status in (429, 503), count, sum(clock.slept)) == (True, asked, waited)


def test_pauses_grow_if_a_busy_server_asks_for_immediate_retries() -> None:
    """So that the two minutes take only a few requests."""
    answer, asked, clock = sent([Reply(429, headers={"Retry-After": "0"})] * 50)
    assert (answer.status, asked) == (429, 20)
    assert sum(clock.slept) <= 120


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["1", "0"])
def test_no_wait_does_not_wait(value: str, status: int) -> None:
    """`--no-wait` reports the response at once; transient errors are still retried, without a pause."""
    answer, asked, clock = sent([Reply(status, headers={"Retry-After": value})] * 3, longest=0)
    assert (answer.status, asked, sum(clock.slept)) == (status, 1, 0)
    answer, asked, clock = sent([Reply(502), Reply(502), Reply()], longest=0)
    assert (answer.status, asked, sum(clock.slept)) == (200, 3, 0)


PASSING: dict[str, list[Reply | None]] = {
    "502": [Reply(502), Reply(502), Reply()],
    "hanging up": [None, None, Reply()],
    "429 without Retry-After": [Reply(429), Reply(429, headers={"Retry-After": "soon"}), Reply()],
}


@pytest.mark.parametrize("replies", PASSING.values(), ids=PASSING)
def test_reads_are_retried_after_growing_pauses(replies: list[Reply | None]) -> None:
    """If the server gives no time."""
    answer, _asked, clock = sent(replies)
    assert (answer.status, clock.slept) == (200, [0.2, 0.4])


@given(attempt=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_pauses_have_jitter(attempt: int, chance: float) -> None:
    """Half of the pause to all of it, eight seconds at most."""
    full = RetryPolicy(chance=lambda: 1.0).back_off(attempt)
    assert full / 2 <= RetryPolicy(chance=lambda: chance).back_off(attempt) <= full <= 8


def test_changes_are_not_retried() -> None:
    """Unless the server asks for it."""
    answer, asked, _clock = sent([Reply(503)], method="POST")
    assert (answer.status, asked) == (503, 1)
    with pytest.raises(ServerTrouble):
        sent([None], method="POST")


@given(st.text(max_size=40))
def test_any_retry_after_is_a_time_or_ignored(value: str) -> None:
    """Never negative, never an exception."""
    seconds = seconds_asked(value, TODAY)
    assert seconds is None or seconds >= 0
