"""A cfnet process in the background."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from subprocess import Popen


def start_detached(words: Sequence[str], told: str) -> Popen[bytes]:
    """Start cfnet with the arguments `words` and `told` on stdin, detached from the terminal and other streams."""
    import subprocess  # rarely needed

    process = subprocess.Popen(  # noqa: S603 - the words are our own
        [sys.executable, "-P", "-m", "cfnet", *words],
        stdin=subprocess.PIPE if told else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(told.encode())
    return process
