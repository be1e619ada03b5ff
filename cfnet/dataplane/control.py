"""The control socket: one JSON object per line, one answer per request.

Requests have the key `do`:

- `status`: the state of each cell, its agent and its containers: see `Supervisor.status`.
- `listings`: the same, and what `iptables -S` prints on each cell.
- `places`: where cells and containers run. `supervisor` is the process id of the supervisor on the host, `user` whether
  it has a user namespace of its own; `cells` have `name` and `pid`, `containers` also `app` (the GUID), `instance`,
  `cell`, `ip`, `handle` and `ports`. These process ids are those of the data plane: enter it first,
  `nsenter --target SUPERVISOR --mount --net --pid` (and `--user --preserve-credentials` if there is one), then
  `nsenter --target PID --net --mount --uts`.
- `call`: call `target` (host, port, path) from the container `handle` of `cell`; answered by a `CallOutcome`, whose
  `body` is in Base64.
- `counters`: `cells`, by name what `iptables-save -c` prints for the filter table.
- `refusals`: an empty line of JSON, then one for each `Refusal`, until the client closes the connection.
- `refresh`: start and stop containers as the database says; answered once the agents have enforced the result.
- `down`: end everything.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import stat
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SOCKET: Final = "control"
LOCK: Final = "lock"
_PRIVATE: Final = 0o700
_SECONDS: Final = 60.0
_STEP: Final = 0.01


def runtime_folder(variables: Mapping[str, str], foundation: Path) -> Path:
    """Return the directory of the socket for the `foundation` in this file: each has its own.

    It is below `XDG_RUNTIME_DIR`, or the user's directory in /run, or in /tmp. As the standard demands, a relative
    `XDG_RUNTIME_DIR` is ignored: it would name another directory for each working directory.
    """
    user = os.getuid()
    name = f"cfnet-{crc32(os.fsencode(foundation)):08x}"
    given = Path(variables.get("XDG_RUNTIME_DIR", ""))
    if given.is_absolute():
        return given / name
    home = Path("/run" if user == 0 else f"/run/user/{user}")
    return home / name if home.is_dir() else Path(f"/tmp/{name}-{user}")  # noqa: S108 - checked to be private


def make_private(folder: Path) -> None:
    """Create a directory that only this user can enter, unless it exists.

    Raises:
        UsageFault: it cannot be created, or others can enter it.
    """
    try:
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise UsageFault(
            f"{folder} cannot be created: {error.strerror}.", hint="Set XDG_RUNTIME_DIR to a directory of your own."
        ) from error
    _check_private(folder, found)


def _check_private(folder: Path, found: os.stat_result) -> None:
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise UsageFault(
            f"{folder} is not a private directory of yours.",
            hint=f"Remove it, restrict it ('chmod 700 {folder}'), or set XDG_RUNTIME_DIR to a directory of your own.",
        )


@contextmanager
def _short_path(folder: Path) -> Iterator[str]:
    """Yield a path of the socket that is short enough for the kernel, however long that of the directory is.

    Raises:
        UsageFault: others can enter the directory: the socket, which says what to run and where, may be theirs.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # A link may lead to a directory of the same user, but this is not the one that `make_private` has made.
        _check_private(folder, folder.lstat())
        _check_private(folder, os.fstat(descriptor))
        yield f"/proc/self/fd/{descriptor}/{_SOCKET}"
    finally:
        os.close(descriptor)


def listen(folder: Path) -> socket.socket:
    """Open the socket in `folder`, replacing one that a killed process has left.

    Raises:
        UsageFault: it cannot be created.
    """
    server = socket.socket(socket.AF_UNIX)
    try:
        (folder / _SOCKET).unlink(missing_ok=True)
        with _short_path(folder) as path:
            server.bind(path)
        server.listen(16)
    except OSError as error:
        server.close()
        raise cannot_use(folder, error) from error
    return server


def cannot_use(folder: Path, error: OSError) -> UsageFault:
    """Return the fault for a directory in which files cannot be created or used."""
    return UsageFault(
        f"{folder} cannot be used: {error.strerror}.", hint="Set XDG_RUNTIME_DIR to a directory of your own."
    )


def is_absent(error: OSError) -> bool:
    """Tell whether `error` means that a file cannot exist, and so that no supervisor can have made it."""
    return error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def remove_files(folder: Path) -> None:
    """Remove the socket, the lock, and the directory unless it has other files."""
    for name in (_SOCKET, LOCK):
        (folder / name).unlink(missing_ok=True)
    try:
        folder.rmdir()
    except OSError:
        return


def remove_left(folder: Path, patience: float = 0.0) -> None:
    """Remove the files of a guardian that was killed, unless another data plane has begun.

    Args:
        folder: the directory.
        patience: seconds that the killed guardian may take to release its lock.
    """
    deadline = time.monotonic() + patience
    lock = folder / LOCK
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return
    try:
        while not _lock(descriptor):
            if time.monotonic() >= deadline:
                return
            time.sleep(_STEP)
        if os.fstat(descriptor).st_ino == lock.stat().st_ino:
            remove_files(folder)
    except FileNotFoundError:
        return
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def follow(folder: Path, do: str) -> socket.socket | None:
    """Send a request whose answer has many lines, and return the connection; None if there is no supervisor.

    Raises:
        UsageFault: the directory cannot be used.
    """
    client = socket.socket(socket.AF_UNIX)
    try:
        _connect(client, folder)
        client.sendall(json.dumps({"do": do}).encode() + b"\n")
    except BaseException as error:
        client.close()
        if isinstance(error, (_Absent, ConnectionError)):
            return None
        raise
    return client


class _Absent(Exception):
    """There is no socket in the directory."""


def _connect(client: socket.socket, folder: Path) -> None:
    try:
        with _short_path(folder) as path:
            client.connect(path)
    except (ConnectionError, TimeoutError, BlockingIOError):
        raise
    except OSError as error:
        if is_absent(error):
            raise _Absent from error
        raise cannot_use(folder, error) from error


def request(folder: Path, do: str, **more: Any) -> dict[str, Any] | None:  # noqa: ANN401 - JSON
    """Send a request to the supervisor and return its answer; None if there is no supervisor.

    `more` are further keys of the request.

    Raises:
        UsageFault: the supervisor refuses the request or does not answer, or the directory cannot be used.
    """
    try:
        answer = _asked(folder, {"do": do, **more}, _SECONDS)
    except (TimeoutError, BlockingIOError) as error:  # the latter if too many others wait
        raise UsageFault("The cells do not answer.", hint="Run 'cfnet sandbox down'.") from error
    if answer is not None and "failed" in answer:
        raise UsageFault(str(answer["failed"]))
    return answer


def ask_to_end(folder: Path, patience: float) -> bool:
    """Tell the supervisor to end everything; return whether there is one.

    Raises:
        TimeoutError: it does not answer.
        UsageFault: the directory cannot be used.
    """
    try:
        return _asked(folder, {"do": "down"}, patience) is not None
    except BlockingIOError as error:
        raise TimeoutError from error


def _asked(folder: Path, asked: Mapping[str, Any], seconds: float) -> dict[str, Any] | None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(seconds)
        try:
            _connect(client, folder)
            client.sendall(json.dumps(asked).encode() + b"\n")
            line = client.makefile("rb").readline()
        except (_Absent, ConnectionError):
            return None
    if not line:
        return None
    answer: dict[str, Any] = json.loads(line)
    return answer
