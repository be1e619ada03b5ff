"""Ctrl-C while changes are being sent."""

import io
import signal
import threading

import pytest

from cfnet.change import BATCH, Plan
from cfnet.operations.environment import Environment
from cfnet.operations.interruption import noted_interruption
from cfnet.operations.send import send
from cfnet.policy import Policy, Ports, Protocol
from tests.change.memory_store import MemoryStore


def test_the_first_interrupt_is_recorded_and_the_second_one_raises() -> None:
    """Outside, the usual handler applies."""
    before = signal.getsignal(signal.SIGINT)
    output: list[str] = []
    with noted_interruption(lambda: output.append("heard")) as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        assert output == ["heard"]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_threads_are_never_interrupted() -> None:
    """Python allows signal handlers in the main thread only."""
    output: list[bool] = []

    def ask() -> None:
        with noted_interruption() as interrupted:
            output.append(interrupted())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert output == [False]


def test_the_second_interrupt_reports_the_progress() -> None:
    """What was applied; the outcome of the current request is unknown."""
    store = MemoryStore()

    def press_twice() -> None:
        if len(store.sent) > 1:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    store.before = press_twice
    plan = Plan(tuple(Policy("a", "b", Protocol.TCP, Ports(port, port)) for port in range(1, BATCH + 35)))
    environment = Environment({}, io.StringIO(), io.StringIO(), io.StringIO())
    with pytest.raises(KeyboardInterrupt):
        send(plan, store, environment, quota=None)
    assert isinstance(environment.stderr, io.StringIO)
    assert environment.stderr.getvalue() == (
        "750 of 784 changes applied\n"
        "Stopping after this request; press Ctrl-C again to stop now\n"
        "Applied 750 of 784 changes. The outcome of the last request is unknown."
        " Run the same command again to finish.\n"
    )
