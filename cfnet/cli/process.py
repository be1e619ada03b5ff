"""Run the command line as a process, with its real streams and environment variables."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Literal, NoReturn, TextIO

from cfnet.cli.terminal.background_process import start_detached
from cfnet.operations.environment import Environment
from cfnet.show.progress import StatusLine

if TYPE_CHECKING:
    from cfnet.foundation.http.early_connection import EarlyConnection


def run_process(early: EarlyConnection | None) -> NoReturn:
    """Run the command line of this process, then exit; `early` is a connection that is being opened."""
    sys.stdin, sys.stdout, sys.stderr = _there(sys.stdin, "r"), _there(sys.stdout, "w"), _there(sys.stderr, "w")
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        # SIGTERM, which stops a CI job or a container, ends a command like Ctrl-C: with cleanup.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        _never_raise_for_a_character(stream)
    status = StatusLine(sys.stderr, is_dumb=os.environ.get("TERM") == "dumb")
    environment = Environment(
        os.environ, sys.stdin, sys.stdout, sys.stderr, start=start_detached, status=status, early=early
    )
    try:
        words = sys.argv[1:]
        from cfnet.foundation.http import lean_imports

        lean_imports.install()
        from cfnet.cli.command_line import run
        from cfnet.cli.error_boundary import leave
    except KeyboardInterrupt:
        sys.exit(130)
    leave(run(words, environment))


def _there(stream: TextIO | None, mode: Literal["r", "w"]) -> TextIO:
    """`stream`, or a stream that discards everything if the process was started with it closed (`>&-`)."""
    return stream or open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123 - pathlib takes time to import


def _never_raise_for_a_character(stream: TextIO) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
