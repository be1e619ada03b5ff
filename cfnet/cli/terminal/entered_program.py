"""Run a program in other namespaces so that it has the terminal, the pipes and the signals of this process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_STDIN: Final = 0
_SIGNALLED: Final = 128

_LEAD: Final = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
os.setpgid(0, 0)
os.tcsetpgrp(0, os.getpgrp())
for each in (signal.SIGTTOU, signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT):
    signal.signal(each, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Makes a program the leader of the terminal's foreground process group.

A shell gives the terminal back to the group that had it before. That must be one of its own PID namespace.
"""


def run_entered(entering: Sequence[str], command: Sequence[str], variables: Mapping[str, str], *, shell: bool) -> int:
    """Run `command` by the command line `entering`, which ends where the command belongs; return its exit code.

    A `shell` on a terminal controls jobs there; otherwise, the program replaces this process.

    Raises:
        UsageFault: it cannot be run.
    """
    try:
        if shell and os.isatty(_STDIN):
            return _in_foreground([*entering, sys.executable, "-I", "-S", "-c", _LEAD, *command], variables)
        # Python ignores SIGPIPE, and a new program inherits that.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        words = [*entering, *command]
        os.execvpe(words[0], words, dict(variables))  # noqa: S606 - no shell
    except OSError as error:
        raise UsageFault(f"{entering[0]} cannot be run: {error.strerror}.") from error


def _in_foreground(words: Sequence[str], variables: Mapping[str, str]) -> int:
    with _terminal_kept(), subprocess.Popen(words, env=dict(variables)) as process:  # noqa: S603 - no shell
        code = process.wait()
    return code if code >= 0 else _SIGNALLED - code


@contextmanager
def _terminal_kept() -> Iterator[None]:
    """Leave the keys of the terminal to another process group meanwhile, and take it back afterwards."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGQUIT, signal.SIGTTOU)}
    try:
        yield
    finally:
        with suppress(OSError):
            os.tcsetpgrp(_STDIN, os.getpgrp())
        for each, handler in before.items():
            signal.signal(each, handler)
