"""Makes a sequence of texts in several processes, and returns them in order."""

from __future__ import annotations

import os
import signal
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

Item = TypeVar("Item")

_LENGTHS: Final = struct.Struct("=QQ")
_PIPE_BYTES: Final = 1 << 20
"""Size of a pipe: a process can go on while its last text is waiting for those of others."""


class Made(NamedTuple):
    """What is made of an item: a text, and facts about it for the process that collects the texts."""

    facts: bytes | bytearray
    text: bytes | bytearray


class _Worker(NamedTuple):
    pid: int
    answers: int
    """The pipe that it writes to."""


def available_processors() -> int:
    """Return the number of processors that this process may use; 0 if it cannot be forked."""
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return 0
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def forked(make: Callable[[Item], Made], items: Sequence[Item], processes: int) -> Generator[Made, None, None]:
    """Yield what `make` returns for each item, in order, using forked processes that share what is in memory.

    If `make` raises an error, or a process dies, stop before the first item concerned: the caller goes on in its own
    process, where errors occur and are reported as usual. The processes end with the iterator.
    """
    workers: list[_Worker] = []
    try:
        for number in range(processes):
            workers.append(_start(make, items[number::processes], workers))
        for number in range(len(items)):
            made = _take(workers[number % processes].answers)
            if made is None:
                return
            yield made
    finally:
        for worker in workers:
            os.close(worker.answers)
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
            os.waitpid(worker.pid, 0)


def _start(make: Callable[[Item], Made], items: Sequence[Item], others: Sequence[_Worker]) -> _Worker:
    answers, own = os.pipe()
    _enlarge(own)
    pid = os.fork()
    if not pid:
        _work(make, items, own, [answers, *(other.answers for other in others)])
    os.close(own)
    return _Worker(pid, answers)


def _work(make: Callable[[Item], Made], items: Sequence[Item], own: int, of_parent: Sequence[int]) -> NoReturn:
    """Be a worker. Nothing is cleaned up or flushed, which is left to the first process."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # sent to all processes of a terminal: the first one ends these
        for descriptor in of_parent:  # so that writing fails when the first process is gone
            os.close(descriptor)
        for item in items:
            facts, text = make(item)
            for data in (_LENGTHS.pack(len(facts), len(text)), facts, text):
                _write(own, data)
        code = 0
    finally:
        os._exit(code)


def _write(descriptor: int, data: bytes | bytearray) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _take(answers: int) -> Made | None:
    """Read what a worker has made of its next item; None if it has ended."""
    lengths = _read(answers, _LENGTHS.size)
    if lengths is None:
        return None
    facts, text = (_read(answers, length) for length in _LENGTHS.unpack(lengths))
    return None if facts is None or text is None else Made(facts, text)


def _read(descriptor: int, length: int) -> bytearray | None:
    data = bytearray(length)
    left = memoryview(data)
    while left:
        count = os.readv(descriptor, [left])
        if not count:
            return None
        left = left[count:]
    return data


def _enlarge(pipe: int) -> None:
    with suppress(ImportError, AttributeError, OSError):  # only Linux can; the size may be limited
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
