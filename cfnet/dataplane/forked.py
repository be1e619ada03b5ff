"""Processes that are forked without starting a program, so that a hundred of them are cheap."""

from __future__ import annotations

import os
import signal
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.dataplane.namespace import process_option

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_SET_NAME: Final = 15
"""PR_SET_NAME."""
_STANDARD: Final = frozenset({0, 1, 2})


class ContainerProcess(NamedTuple):
    """A container: where it runs and what for.

    Attributes:
        handle: its name on the cell.
        name: the name of its app.
        app: the GUID of its app.
        instance: its number among the app's instances.
        cell: the name of its cell.
        ip: its overlay IP.
        ports: the ports that its app listens on.
    """

    handle: str
    name: str
    app: str
    instance: int
    cell: str
    ip: str
    ports: tuple[int, ...]


def fork(name: str, run: Callable[[], object], keep: Collection[int] = ()) -> int:
    """Call `run` in a new process that is shown as `name`, and return its process id.

    The process has no open files but the standard ones and those to `keep`: namespaces and connections that the parent
    closes must not live on in its children.
    """
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        close_others(keep)
        process_option(_SET_NAME, name.encode()[:15])
        run()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a forked process must not return into its parent's code
        traceback.print_exc()
    finally:
        os._exit(1)


def close_others(keep: Collection[int]) -> None:
    """Close all files but the standard ones and those to `keep`."""
    keep = _STANDARD | set(keep)
    for number in sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir()):
        if number not in keep:
            try:
                os.close(number)
            except OSError:  # the directory that was just listed
                continue
