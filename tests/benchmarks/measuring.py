"""What benchmarks have in common."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import NamedTuple

CFNET = (sys.executable, "-m", "cfnet")
MIB = 2**20

_DISTORTING = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
"""Without files of bytecode, modules are compiled each time."""


class Run(NamedTuple):
    """How a process went.

    Attributes:
        processor: CPU seconds, which depend less on other processes of the machine.
        elapsed: seconds.
        peak: bytes of memory.
        output: bytes.
    """

    processor: float
    elapsed: float
    peak: int
    output: int


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a measured process: that of this one, with `variables`, without what distorts results."""
    own = {name: value for name, value in os.environ.items() if name not in _DISTORTING}
    return {**own, **(variables or {})}


def run(*words: str, variables: Mapping[str, str] | None = None, expected: int = 0) -> Run:
    """Run a process, which must end with the exit code `expected`; count and discard its output."""
    start = time.monotonic()
    process = subprocess.Popen(words, env=environment(variables), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    output = 0
    while chunk := process.stdout.read(MIB):
        output += len(chunk)
    process.stdout.close()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == expected, words
    elapsed = time.monotonic() - start
    return Run(usage.ru_utime + usage.ru_stime, elapsed, usage.ru_maxrss * 1024, output)
