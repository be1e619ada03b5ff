"""Lines from a pipe or a socket, as they arrive."""

from __future__ import annotations

import os


class LineReader:
    """Reads complete lines from a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def receive(self) -> list[bytes] | None:
        """Return the lines that have become complete; None if the other end is closed. Waits if nothing has arrived."""
        data = os.read(self._descriptor, 65536)
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines
