"""The sandbox's cells on this computer, started by the executable, as root or as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from cfnet.dataplane import control
from cfnet.sandbox import DEFAULT, ContainerPlace, Foundation, World, WorldApp
from tests.kernel.readable_checkout import ReadableCheckout, is_open_to_all, readable_checkout
from tests.processes import take_lines
from tests.skipping import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PATIENCE = 60.0
"""Seconds after which an expected event counts as missing; successful runs never wait that long."""

PAUSE = 0.01
"""Seconds between two looks at what is expected: the processes that it depends on need the processors, too."""

ORDINARY = 65534
"""The user that is `nobody` on Debian: without any privilege."""

WORLD = DEFAULT._replace(
    apps=(
        DEFAULT.apps[0]._replace(ports="8080,8081"),
        DEFAULT.apps[1]._replace(ports="8080,8081"),
        WorldApp("neighbour", "demo/dev", placed=(ContainerPlace("cell-1", "10.255.77.9"),), ports="8080,8081"),
    )
)
"""The default world with a second port, and an app on the cell of appB."""

_CALLS = """
import select, socket, sys

host, port, once = sys.argv[1], int(sys.argv[2]), len(sys.argv) > 3
found = []
print("calling", flush=True)
while True:
    try:
        socket.create_connection((host, port), 30).close()
        found.append("connected")
    except OSError as error:
        found.append(type(error).__name__)
    if once or select.select([sys.stdin], [], [], 0)[0]:
        break
print(*found)
"""


def users() -> list[str]:
    """Return the kinds of users that this process can run programs as."""
    return ["root", "ordinary"] if os.geteuid() == 0 else ["ordinary"]


def changed_to(kind: str) -> tuple[str, ...]:
    """Return the command that runs another as a user of this kind; empty if this process is one."""
    if kind == "root" or os.geteuid() != 0:
        return ()
    return ("setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups", "--")


def python_of(kind: str) -> str:
    """Return a Python that a user of this kind can run: this one may be below the home directory of root."""
    if not changed_to(kind):
        return sys.executable
    interpreter = Path(sys.executable).resolve()
    if is_open_to_all(interpreter):
        return str(interpreter)
    found = shutil.which("python3", path="/usr/bin:/bin")
    if found is None:
        skip_or_fail("needs a Python that other users can run")
    return found


def checkout_of(kind: str) -> ReadableCheckout:
    """Return the checkout, where a user of this kind can read it."""
    return readable_checkout(for_all=bool(changed_to(kind)))


class LiveSandbox:
    """A sandbox in a directory of its own, and its cells. A context manager: nothing remains."""

    def __init__(self, kind: str, world: World = WORLD) -> None:
        self._held = ExitStack()
        self._as_user = changed_to(kind)
        self.python = python_of(kind)
        self.folder = Path(tempfile.mkdtemp(prefix="cfnet-live-"))
        self._held.callback(shutil.rmtree, self.folder)
        self.runtime = self.folder / "run"
        self.runtime.mkdir(mode=0o700)
        self.file = self.folder / "data" / "cfnet" / "sandbox.db"
        with Foundation.open(self.file) as foundation:
            foundation.load(world)
        if self._as_user:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, ORDINARY, ORDINARY)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "PYTHONPATH": checkout_of(kind).python_path,
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._held:
            self.cfnet("sandbox", "down")

    def cfnet(self, *words: str) -> str:
        """Run cfnet and return its output."""
        ran = self.start(self.python, "-m", "cfnet", *words)
        out, err = ran.communicate(timeout=PATIENCE)
        assert ran.returncode == 0, f"{words}: {out}{err}"
        return out

    def as_user(self, words: Sequence[str]) -> list[str]:
        """Return the command that runs another as the user."""
        return [*self._as_user, *words]

    def start(self, *words: str, variables: Mapping[str, str] = MappingProxyType({})) -> subprocess.Popen[str]:
        """Start a program as the user, with further environment variables."""
        return subprocess.Popen(
            self.as_user(words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.environment, **variables},
            cwd=self.folder,
        )

    def ask(self, do: str) -> dict[str, Any]:
        """Send a request to the supervisor."""
        return asked(control.runtime_folder(self.environment, self.file), do)

    def enter(self, name: str) -> list[str]:
        """Return the command that runs another in a cell, or in an app's container: `appA/0`."""
        places = self.ask("places")
        pids = {cell["name"]: cell["pid"] for cell in places["cells"]}
        pids |= {f"{each['name']}/{each['instance']}": each["pid"] for each in places["containers"]}
        user = ["--user", "--preserve-credentials"] if places["user"] else []
        return [
            *("nsenter", "--target", str(places["supervisor"]), *user, "--mount", "--net", "--pid"),
            *("nsenter", "--target", str(pids[name]), "--mount", "--net", "--uts"),
        ]

    def run(self, name: str, *words: str) -> str:
        """Run a program in a cell or container and return its output."""
        ran = self.start(*self.enter(name), *words)
        out, err = ran.communicate(timeout=PATIENCE)
        assert ran.returncode == 0, f"{words}: {err}"
        return out

    def call(self, source: str, ip: str, port: int) -> str:
        """Call from a container once, and return `connected` or the kind of error."""
        return self.run(source, self.python, "-c", _CALLS, ip, str(port), "once").split()[-1]

    def calls(self, source: str, ip: str, port: int) -> subprocess.Popen[str]:
        """Start to call again and again, until a line is written to the process."""
        process = self.start(*self.enter(source), self.python, "-c", _CALLS, ip, str(port))
        assert process.stdout is not None
        assert take_lines(process.stdout.fileno()) == "calling\n"
        return process

    def ips(self, app: str) -> list[str]:
        """Return the overlay IPs of the running instances of an app."""
        return [each["ip"] for each in self.ask("places")["containers"] if each["name"] == app]

    def listing(self, cell: str) -> str:
        """Return what `iptables -S` prints on a cell."""
        return next(str(each["listing"]) for each in self.ask("listings")["cells"] if each["name"] == cell)

    def chain(self, cell: str) -> str:
        """Return the name of a cell's policy chain, as the agent reports it."""
        return next(str(each["chain"]) for each in self.ask("status")["cells"] if each["name"] == cell)

    def processes(self) -> list[int]:
        """Return the processes of the cells: forked, so that they have the environment of this sandbox."""
        mark = f"XDG_RUNTIME_DIR={self.runtime}\0".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (path / "environ").read_bytes():
                    found.append(int(path.name))
            except OSError:  # it has ended, or belongs to someone else
                continue
        return found

    def named(self, name: str) -> int:
        """Return the process that is shown as `name`, as seen from the host."""
        found = [pid for pid in self.processes() if Path(f"/proc/{pid}/comm").read_text().strip() == name]
        assert len(found) == 1, (name, found)
        return found[0]


def asked(folder: Path, do: str, **more: object) -> dict[str, Any]:
    """Send a request to a supervisor of any user: `control.request` refuses those of others."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(folder / "control"))
        client.sendall(json.dumps({"do": do, **more}).encode() + b"\n")
        with client.makefile("rb") as lines:
            answer: dict[str, Any] = json.loads(lines.readline())
    return answer


def ended(calls: subprocess.Popen[str]) -> Sequence[str]:
    """Stop the calls of a process and return their results."""
    out, err = calls.communicate("stop\n", timeout=PATIENCE)
    assert calls.returncode == 0, err
    return out.split()


def eventually(holds: Callable[[], bool], what: str, *, pause: float = PAUSE) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(pause)
