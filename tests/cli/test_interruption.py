"""Ctrl-C while changes are being sent."""

import signal
import threading

import pytest

from cfnet.cli.interruption import noted_interruption


def test_the_first_is_noted_and_the_second_interrupts() -> None:
    """Outside everything is as it was."""
    before = signal.getsignal(signal.SIGINT)
    with noted_interruption() as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_threads_are_never_interrupted() -> None:
    """Python lets only its first thread handle signals."""
    told: list[bool] = []

    def ask() -> None:
        with noted_interruption() as interrupted:
            told.append(interrupted())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert told == [False]
