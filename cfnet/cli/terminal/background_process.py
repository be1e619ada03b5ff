"""A process of cfnet's that nobody need wait for."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from subprocess import Popen


def start_detached(words: Sequence[str], told: str) -> Popen[bytes]:
    """Start cfnet with `words`, and `told` on its stdin: no terminal, no other streams, its own session."""
    import subprocess  # only once in a while

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
