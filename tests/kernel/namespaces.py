"""Unnamed network namespaces: they live as long as this process holds them open, however it ends."""

from __future__ import annotations

import ctypes
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = TypeVar("Made")

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """A network namespace. No cleanup needed: the kernel removes it when the process ends, even if killed."""

    def __init__(self) -> None:
        self._descriptor = _in_a_thread(_unshared)

    @property
    def path(self) -> str:
        """Its path for the tools of iproute2 and util-linux."""
        return f"/proc/{os.getpid()}/fd/{self._descriptor}"

    def run(self, *words: str, text: str = "") -> str:
        """Run a program in it and return the output."""
        ran = subprocess.run(
            ["nsenter", f"--net={self.path}", *words],
            input=text.encode(errors="surrogateescape"),
            capture_output=True,
            check=False,
        )
        assert ran.returncode == 0, f"{' '.join(words)}: {ran.stderr.decode(errors='replace')}"
        return ran.stdout.decode(errors="surrogateescape")

    def inside(self, make: Callable[[], Made]) -> Made:
        """Call `make` in it: a socket made there, for example, belongs to the namespace permanently."""

        def entered() -> Made:
            _checked(_LIBC.setns(self._descriptor, _CLONE_NEWNET))
            return make()

        return _in_a_thread(entered)

    def set(self, parameter: str, value: int) -> None:
        """Set a kernel parameter of the namespace, as in `ipv4/ip_forward`."""
        self.inside(lambda: Path("/proc/sys/net", parameter).write_text(f"{value}\n", encoding="ascii"))

    def close(self) -> None:
        """Let the kernel remove it with everything in it."""
        os.close(self._descriptor)


def _unshared() -> int:
    _checked(_LIBC.unshare(_CLONE_NEWNET))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def _in_a_thread(make: Callable[[], Made]) -> Made:
    """Namespaces belong to threads: a short-lived one changes nothing for the rest of the process."""
    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(make).result()


def _checked(answer: int) -> None:
    if answer:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
