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

import json
import os
import socket
import stat
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


def runtime_folder(variables: Mapping[str, str], foundation: Path) -> Path:
    """Return the directory of the socket for the `foundation` in this file: each has its own.

    It is below `XDG_RUNTIME_DIR`, or the user's directory in /run, or in /tmp.
    """
    user = os.getuid()
    name = f"cfnet-{crc32(os.fsencode(foundation)):08x}"
    if variables.get("XDG_RUNTIME_DIR"):
        return Path(variables["XDG_RUNTIME_DIR"], name)
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
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise UsageFault(
            f"{folder} is not a private directory of yours.",
            hint=f"Remove it, or restrict it: chmod 700 {folder}",
        )


@contextmanager
def _short_path(folder: Path) -> Iterator[str]:
    """Yield a path of the socket that is short enough for the kernel, however long that of the directory is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{_SOCKET}"
    finally:
        os.close(descriptor)


def listen(folder: Path) -> socket.socket:
    """Open the socket in `folder`, replacing one that a killed process has left."""
    (folder / _SOCKET).unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX)
    with _short_path(folder) as path:
        server.bind(path)
    server.listen(16)
    return server


def remove_files(folder: Path) -> None:
    """Remove the socket, the lock, and the directory unless it has other files."""
    for name in (_SOCKET, LOCK):
        (folder / name).unlink(missing_ok=True)
    try:
        folder.rmdir()
    except OSError:
        return


def follow(folder: Path, do: str) -> socket.socket | None:
    """Send a request whose answer has many lines, and return the connection; None if there is no supervisor."""
    client = socket.socket(socket.AF_UNIX)
    try:
        with _short_path(folder) as path:
            client.connect(path)
        client.sendall(json.dumps({"do": do}).encode() + b"\n")
    except (FileNotFoundError, ConnectionError):
        client.close()
        return None
    return client


def request(folder: Path, do: str, **more: Any) -> dict[str, Any] | None:  # noqa: ANN401 - JSON
    """Send a request to the supervisor and return its answer; None if there is no supervisor.

    `more` are further keys of the request.

    Raises:
        UsageFault: the supervisor refuses the request, or does not answer.
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_SECONDS)
        try:
            with _short_path(folder) as path:
                client.connect(path)
            client.sendall(json.dumps({"do": do, **more}).encode() + b"\n")
            line = client.makefile("rb").readline()
        except (FileNotFoundError, ConnectionError):
            return None
        except TimeoutError as error:
            raise UsageFault("The cells do not answer.", hint="Run 'cfnet sandbox down'.") from error
    if not line:
        return None
    answer: dict[str, Any] = json.loads(line)
    if "failed" in answer:
        raise UsageFault(str(answer["failed"]))
    return answer
