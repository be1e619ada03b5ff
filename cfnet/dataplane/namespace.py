"""Unnamed network namespaces: they live as long as a process has them open, however it ends."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from cfnet.dataplane.programs import ProgramFailed, run_program

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = TypeVar("Made")

NEW_NET: Final = 0x40000000
NEW_MOUNTS: Final = 0x00020000
NEW_HOSTNAME: Final = 0x04000000
NEW_IPC: Final = 0x08000000
NEW_USER: Final = 0x10000000
NEW_PIDS: Final = 0x20000000

_LIBC = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """A network namespace without IPv6. The kernel removes it when the last process that has it open ends."""

    def __init__(self) -> None:
        """Make a new one.

        Raises:
            ProgramFailed: the kernel refuses.
        """
        try:
            self.descriptor = _in_a_thread(_unshared)
        except OSError as error:
            limit = (
                "the limit user.max_net_namespaces has been reached" if error.errno == errno.ENOSPC else error.strerror
            )
            raise ProgramFailed(f"The kernel refuses a network namespace: {limit}.") from error

    @property
    def path(self) -> str:
        """Its path for the tools of iproute2 and util-linux."""
        return f"/proc/{os.getpid()}/fd/{self.descriptor}"

    def run(self, *words: str, text: str = "") -> str:
        """Run a program in it and return the output.

        Raises:
            ProgramFailed: it exits with another code than 0.
        """
        return self.inside(lambda: run_program(*words, text=text))

    def inside(self, make: Callable[[], Made]) -> Made:
        """Call `make` in it: a socket made there, for example, belongs to the namespace permanently."""

        def entered() -> Made:
            self.enter()
            return make()

        return _in_a_thread(entered)

    def enter(self) -> None:
        """Move this thread into it; a process with one thread as a whole."""
        checked(_LIBC.setns(self.descriptor, NEW_NET))

    def set(self, parameter: str, value: int) -> None:
        """Set a kernel parameter of the namespace, as in `ipv4/ip_forward`."""
        self.inside(lambda: set_parameter(parameter, value))

    def close(self) -> None:
        """Let the kernel remove it with everything in it."""
        os.close(self.descriptor)


def unshare(flags: int) -> None:
    """Move this process into new namespaces of the kinds in `flags`.

    Raises:
        OSError: the kernel refuses.
    """
    checked(_LIBC.unshare(flags))


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Mount a file system in the mount namespace of this process.

    Raises:
        OSError: the kernel refuses.
    """
    checked(_LIBC.mount(source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode()))


def process_option(option: int, value: int | bytes) -> None:
    """Call `prctl`, whose options are in linux/prctl.h.

    Raises:
        OSError: the kernel refuses.
    """
    checked(_LIBC.prctl(option, ctypes.c_char_p(value) if isinstance(value, bytes) else ctypes.c_ulong(value), 0, 0, 0))


def set_parameter(parameter: str, value: int) -> None:
    """Set a kernel parameter of the network namespace of this thread."""
    Path("/proc/sys/net", parameter).write_text(f"{value}\n", encoding="ascii")


def checked(answer: int) -> None:
    """Raise the `OSError` of a failed call of the C library."""
    if answer:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _unshared() -> int:
    unshare(NEW_NET)
    # Without IPv6, the interfaces of a namespace send nothing by themselves.
    if Path("/proc/sys/net/ipv6").exists():
        set_parameter("ipv6/conf/default/disable_ipv6", 1)
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _in_a_thread(make: Callable[[], Made]) -> Made:
    """Namespaces belong to threads: a short-lived one changes nothing for the rest of the process."""
    made: list[Made] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            made.append(make())
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return made[0]
