"""Starts the supervisor in namespaces of its own, with a guardian outside.

The guardian is a process of the host: it waits for the end of the supervisor, however that ends, and removes the
socket. The supervisor ends when the guardian does. As root, it needs no user namespace; other users are root in one of
their own.
"""

from __future__ import annotations

import errno
import fcntl
import gc
import json
import os
import resource
import select
import signal
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cfnet.dataplane import control
from cfnet.dataplane.name_service import use_own_names
from cfnet.dataplane.namespace import NEW_IPC, NEW_MOUNTS, NEW_NET, NEW_PIDS, NEW_USER, mount, process_option, unshare
from cfnet.dataplane.programs import OWN_PROGRAMS, ProgramFailed, link_own_programs
from cfnet.dataplane.requirements import refused
from cfnet.dataplane.supervisor import Supervisor, SupervisorIdentity
from cfnet.errors import CfnetError, UsageFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.dataplane.state_source import PlaneSettings

_CHILD_SUBREAPER: Final = 36
_SET_NAME: Final = 15
_RECURSIVE: Final = 0x4000
_PRIVATE: Final = 0x40000
_BIND: Final = 0x1000
_ISOLATED: Final = NEW_NET | NEW_MOUNTS | NEW_PIDS | NEW_IPC
_RUN: Final = "/run"
_GUARDIAN: Final = "cfnet guardian"
_DOWN_SECONDS: Final = 3.0
"""How long the supervisor may take to answer before it is killed."""
_DYING_SECONDS: Final = 1.0
"""How long a killed guardian may take to release its lock."""


class AlreadyUp(Exception):
    """There is a data plane in this directory already."""


class Launch:
    """A data plane that is being started.

    Attributes:
        folder: the directory of its socket.
    """

    def __init__(self, settings: PlaneSettings, folder: Path, kept: Sequence[Path], *, tied: bool = False) -> None:
        """Prepare the directory and the socket.

        Args:
            settings: how to run the data plane.
            folder: the directory of its socket.
            kept: directories that it must be able to use even if they are below /run.
            tied: whether it ends with this process, however that ends.

        Raises:
            AlreadyUp: there is one.
            UsageFault: the directory cannot be used.
        """
        control.make_private(folder)
        self.folder = folder
        self._settings = settings
        self._kept = kept
        self._lock = _locked(folder)
        try:
            self._server = control.listen(folder)
        except UsageFault:
            control.remove_files(folder)
            raise
        self._ready, self._told = os.pipe()
        self._tie = os.pipe() if tied else None
        self._supervisor = 0
        self._ending = False

    def in_background(self) -> None:
        """Start it and return once all its agents have enforced their policies.

        Raises:
            UsageFault: it cannot run here.
        """
        guardian = os.fork()
        if not guardian:
            try:
                os.setsid()
                _detach()
                self._guard()
            finally:
                os._exit(0)
        self._server.close()
        os.close(self._lock)
        os.close(self._told)
        if self._tie:
            os.close(self._tie[0])
        try:
            _raise_failure(_read_all(self._ready))
        except BaseException:
            # Nothing is left half made, whether it cannot run here or the user has lost patience.
            with suppress(ProcessLookupError):
                os.kill(guardian, signal.SIGTERM)
            wait_for_end(self.folder)
            control.remove_left(self.folder)  # if it ended before it could wait for signals
            raise

    def _guard(self) -> None:
        """Run the supervisor to its end, then remove the files."""
        os.close(self._ready)
        if self._tie:
            os.close(self._tie[1])
        signal.signal(signal.SIGTERM, self._end)
        process_option(_CHILD_SUBREAPER, 1)
        process_option(_SET_NAME, _GUARDIAN.encode())
        os.write(self._lock, b"%d" % os.getpid())
        life, alive = os.pipe()
        identity, identified = os.pipe()
        between = os.fork()
        if not between:
            try:
                os.close(alive)
                os.close(identity)
                os.close(self._lock)
                self._isolate(life, identified)
            except Exception:  # noqa: BLE001 - a bug, which the starting process reports
                self._tell({"bug": traceback.format_exc()})
            finally:
                os._exit(1)
        for descriptor in (life, identified, self._told, *self._lives):
            os.close(descriptor)
        self._server.close()
        self._supervisor = int(_read_all(identity) or 0)
        if self._ending:
            self._end()
        with suppress(ChildProcessError):
            while True:
                os.wait()
        control.remove_files(self.folder)

    def _end(self, *_: object) -> None:
        """End the supervisor, once it is known."""
        self._ending = True
        if self._supervisor:
            with suppress(ProcessLookupError):
                os.kill(self._supervisor, signal.SIGKILL)

    def _isolate(self, life: int, identified: int) -> None:
        """Enter new namespaces, start the supervisor as their first process, and tell its process id."""
        root = os.getuid() == 0
        try:
            user = _enter_namespaces()
        except OSError as error:
            self._tell(_refusal(error, root=root))
            return
        known, pid_told = os.pipe()
        pid = os.fork()
        if pid:
            for descriptor in (identified, pid_told):
                os.write(descriptor, b"%d" % pid)
            os._exit(0)
        os.close(identified)
        os.close(pid_told)
        try:
            self._supervise(SupervisorIdentity(int(_read_all(known)), user), life)
        except PermissionError as error:
            self._tell(_refusal(error, root=root))
        except (CfnetError, ProgramFailed, OSError) as error:
            self._tell({"failed": str(error), "hint": getattr(error, "hint", "")})
        os._exit(0)

    def _supervise(self, identity: SupervisorIdentity, life: int) -> None:
        process_option(_SET_NAME, b"cfnet dataplane")
        parent = os.open(self.folder.parent, os.O_PATH | os.O_DIRECTORY)  # /run will be another one
        _mount_all(self._kept)
        locks = Path(_RUN, "cfnet")
        locks.mkdir(mode=0o700)
        _allow_files()
        gc.enable()  # disabled for short commands, but this one runs for a long time
        gc.freeze()
        use_own_names(locks)
        link_own_programs(Path(OWN_PROGRAMS), self._settings.backend)
        supervisor = Supervisor(self._settings, locks, self._server, identity, [life, *self._lives])
        supervisor.run(lambda: self._tell({}))
        if select.select([life], [], [], 0)[0]:  # the guardian, which would remove the files, has been killed
            control.remove_left(Path(f"/proc/self/fd/{parent}", self.folder.name), _DYING_SECONDS)

    @property
    def _lives(self) -> list[int]:
        """The pipes, besides that of the guardian, that are closed when the data plane has to end."""
        return [self._tie[0]] if self._tie else []

    def _tell(self, answer: dict[str, str]) -> None:
        with suppress(OSError):  # already told
            os.write(self._told, json.dumps(answer).encode())
            os.close(self._told)
            self._told = -1  # the number is soon that of another file


def _locked(folder: Path) -> int:
    """Lock the directory: held by the guardian alone, to the end."""
    while True:
        path = folder / control.LOCK
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:  # a guardian that ended in the meantime has removed the directory
            control.make_private(folder)
            continue
        except OSError as error:
            with suppress(OSError):
                folder.rmdir()
            raise control.cannot_use(folder, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # A guardian that ended in the meantime has removed the file.
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        except BlockingIOError as error:
            os.close(descriptor)
            raise AlreadyUp from error
        except FileNotFoundError:
            control.make_private(folder)
        os.close(descriptor)


def _enter_namespaces() -> bool:
    """Enter new namespaces; return whether there is a new user namespace among them."""
    if os.getuid() == 0:
        try:
            unshare(_ISOLATED)
        except PermissionError:  # root of a container
            pass
        else:
            return False
    user, group = os.getuid(), os.getgid()
    unshare(_ISOLATED | NEW_USER)
    with suppress(OSError):  # kernels before 3.19 do not have it
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1", encoding="ascii")
    return True


def _mount_all(kept: Sequence[Path]) -> None:
    """Mount a new /proc, and an empty /run: iptables has its lock there. Keep the directories `kept` accessible."""
    below = [path for path in (each.resolve() for each in kept) if path.is_relative_to(_RUN)]
    opened = [(path, os.open(path, os.O_PATH | os.O_DIRECTORY)) for path in below]
    mount("none", "/", "", _RECURSIVE | _PRIVATE)
    mount("proc", "/proc", "proc")
    mount("tmpfs", _RUN, "tmpfs", 0, "mode=0755")
    for path, descriptor in opened:
        path.mkdir(parents=True, exist_ok=True)
        mount(f"/proc/self/fd/{descriptor}", str(path), "", _BIND)
        os.close(descriptor)


def _allow_files() -> None:
    """Allow as many open files as possible: each container takes one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _detach() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def _read_all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as pipe:
        return pipe.read()


def _refusal(error: OSError, *, root: bool) -> dict[str, str]:
    found = refused(error.strerror or str(error), root=root)
    return {"failed": found.cause, "hint": found.remedy}


def _raise_failure(text: bytes) -> None:
    if not text:
        raise UsageFault("The cells ended while they were starting.")
    answer = json.loads(text)
    if "bug" in answer:
        raise RuntimeError(str(answer["bug"]))
    if "failed" in answer:
        raise UsageFault(str(answer["failed"]), hint=str(answer.get("hint", "")))


def end(folder: Path) -> bool:
    """End the data plane, even if it does not answer; return whether there was one.

    Raises:
        UsageFault: the directory cannot be used.
    """
    try:
        was_up = control.ask_to_end(folder, _DOWN_SECONDS)
    except TimeoutError:
        was_up = True
        _end_guardian(folder)
    wait_for_end(folder)
    return was_up


def _end_guardian(folder: Path) -> None:
    """Let the guardian kill the supervisor, which does not answer."""
    with suppress(OSError, ValueError):
        pid = int((folder / control.LOCK).read_bytes())
        if Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == _GUARDIAN:
            for number in (signal.SIGTERM, signal.SIGCONT):
                os.kill(pid, number)


def wait_for_end(folder: Path) -> None:
    """Wait until the guardian has removed its files.

    Raises:
        UsageFault: the directory cannot be used.
    """
    try:
        descriptor = os.open(folder / control.LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        if control.is_absent(error):
            return
        raise control.cannot_use(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno != errno.EINTR:
            raise
    finally:
        os.close(descriptor)
