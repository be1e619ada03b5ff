"""A command line run as a process: the real streams and variables."""

import os
import sys
from typing import NoReturn, TextIO

from cfnet.cli.detached import start_detached
from cfnet.cli.environment import Environment
from cfnet.cli.frontier import leave
from cfnet.cli.main import run


def run_process() -> NoReturn:
    """Run the process's own command line, then end the process."""
    for stream in (sys.stdout, sys.stderr):
        _never_raise_for_a_character(stream)
    environment = Environment(os.environ, sys.stdin, sys.stdout, sys.stderr, start=start_detached)
    leave(run(sys.argv[1:], environment))


def _never_raise_for_a_character(stream: TextIO) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
