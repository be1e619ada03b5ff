"""Run the command line as a process, with its real streams and environment variables."""

import os
import signal
import sys
from typing import Final, Literal, NoReturn, TextIO

from cfnet.cli.terminal.background_process import start_detached
from cfnet.operations.environment import Environment
from cfnet.show.progress import StatusLine

_CONNECTING: Final = frozenset({"network-policies", "add-network-policy", "remove-network-policy"})
"""Commands that nearly always send requests: they connect while the command line's modules are imported."""


def run_process() -> NoReturn:
    """Run the command line of this process, then exit."""
    sys.stdin, sys.stdout, sys.stderr = _there(sys.stdin, "r"), _there(sys.stdout, "w"), _there(sys.stderr, "w")
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        # SIGTERM, which stops a CI job or a container, ends a command like Ctrl-C: with cleanup.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        _never_raise_for_a_character(stream)
    status = StatusLine(sys.stderr, is_dumb=os.environ.get("TERM") == "dumb")
    environment = Environment(os.environ, sys.stdin, sys.stdout, sys.stderr, start=start_detached, status=status)
    try:
        words = sys.argv[1:]
        from cfnet.foundation.http import lean_imports

        lean_imports.install()
        if words[:1] and words[0] in _CONNECTING and not any(map(_is_offline, words)):
            from cfnet.operations.connect import early_connection

            environment = environment._replace(early=early_connection(environment))
        from cfnet.cli.command_line import run
        from cfnet.cli.error_boundary import leave
    except KeyboardInterrupt:
        sys.exit(130)
    leave(run(words, environment))


def _is_offline(word: str) -> bool:
    """Whether the option `word` makes a command send no requests, or none to the foundation of the session."""
    return word in {"-h", "--help", "--sandbox"} or word.startswith("--from")


def _there(stream: TextIO | None, mode: Literal["r", "w"]) -> TextIO:
    """`stream`, or a stream that discards everything if the process was started with it closed (`>&-`)."""
    return stream or open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123 - pathlib takes time to import


def _never_raise_for_a_character(stream: TextIO) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
