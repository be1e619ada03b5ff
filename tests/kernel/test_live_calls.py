"""Calls between the apps of real cells, by the commands: as root and as an ordinary user, with both iptables."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from cfnet.dataplane import control
from cfnet.sandbox import WorldApp, WorldSpace
from tests.conftest import Ran
from tests.kernel.live_sandbox import PATIENCE, WORLD, LiveSandbox, asked, eventually, users
from tests.processes import take_lines

pytestmark = pytest.mark.kernel

_WORLD = WORLD._replace(
    spaces=(*WORLD.spaces, WorldSpace("prod", "demo")),
    apps=(*WORLD.apps, WorldApp("neighbour", "demo/prod", ports="8080,9000")),
)
"""Two apps are called neighbour."""

_B = "appB.apps.internal:8080"
_HELLO_B = "Hello from appB, instance 0 on cell-1 (10.255.77.4)\n"
_NO_POLICY = "Connection refused: no policy allows appA to call appB on tcp {}.\n"


@pytest.fixture(params=users(), scope="module")
def live(request: pytest.FixtureRequest, backend: str) -> Iterator[LiveSandbox]:
    """Cells that are up."""
    with LiveSandbox(request.param, _WORLD) as sandbox:
        sandbox.cfnet("sandbox", "up", "--poll-interval", "0.5", "--backend", backend)
        yield sandbox


def ran(live: LiveSandbox, *words: str, stdin: str = "") -> Ran:
    """Run cfnet, whatever its exit code."""
    process = live.start(live.python, "-m", "cfnet", *words)
    out, err = process.communicate(stdin, timeout=PATIENCE)
    return Ran(process.returncode, out, err)


def curl(live: LiveSandbox, app: str, target: str) -> tuple[int, str]:
    """Call, and return the exit code and what was printed."""
    found = ran(live, "sandbox", "curl", app, target)
    return found.exit, found.stdout


def remove(live: LiveSandbox, port: int = 8080) -> None:
    """Remove the policy that lets appA call appB on a port, and wait until the cells do not enforce it."""
    live.cfnet("--sandbox", "remove-network-policy", "appA", "appB", "--protocol", "tcp", "--port", str(port))
    refused = (1, _NO_POLICY.format(port))
    eventually(lambda: curl(live, "appA", f"appB.apps.internal:{port}") == refused, "the policy is still enforced")


@pytest.fixture
def allowed(live: LiveSandbox) -> Iterator[None]:
    """A policy that lets appA call appB on port 8080, and is enforced."""
    live.cfnet("--sandbox", "add-network-policy", "appA", "appB")
    assert curl(live, "appA", _B) == (0, _HELLO_B)
    yield
    remove(live)


def test_the_session_of_a_newcomer(live: LiveSandbox) -> None:
    """Look at the chain, call, add a policy, call again: the old chain is gone. Remove it, call again."""
    old = live.chain("cell-1")
    listed = live.cfnet("sandbox", "run", "cell-1", "iptables", "-S", "FORWARD").splitlines()
    assert listed[:2] == ["-P FORWARD ACCEPT", f"-A FORWARD -j {old}"]
    assert ran(live, "sandbox", "curl", "appA", _B) == (
        1,
        _NO_POLICY.format(8080),
        "To allow it, run: cfnet --sandbox add-network-policy appA appB\n",
    )
    live.cfnet("--sandbox", "add-network-policy", "appA", "appB")
    # Until the agents have polled, it waits.
    assert curl(live, "appA", _B) == (0, _HELLO_B)
    gone = ran(live, "sandbox", "run", "cell-1", "iptables", "-S", old)
    assert gone.exit == 1
    assert gone.stderr.startswith("iptables")
    assert f"-A FORWARD -j {live.chain('cell-1')}\n" in live.cfnet("sandbox", "run", "cell-1", "iptables", "-S")
    remove(live)


@pytest.mark.usefixtures("allowed")
def test_each_instance_says_who_it_is_and_has_names(live: LiveSandbox) -> None:
    live.cfnet("sandbox", "scale", "appB", "--instances", "2")
    ips = {each["ip"] for each in live.ask("places")["containers"] if each["name"] == "appB"}
    second = "Hello from appB, instance 1 on "
    eventually(lambda: curl(live, "appA", "1.appB.apps.internal:8080")[1].startswith(second), "it is not reached")
    found = live.cfnet("sandbox", "run", "appA", "getent", "ahostsv4", "appB.apps.internal")
    assert set(re.findall(r"^\S+", found, re.MULTILINE)) == ips
    for name in ("0.appB.apps.internal", "APPB.DEV.demo.apps.internal", "0.appb.dev.demo.apps.internal"):
        assert curl(live, "appA", f"{name}:8080")[0] == 0
    live.cfnet("sandbox", "scale", "appB", "--instances", "1")
    assert curl(live, "appA", "1.appB.apps.internal:8080") == (
        2,
        "Unknown name: no running app or instance is called 1.appB.apps.internal.\n",
    )


def test_of_apps_with_one_name_the_oldest_has_it(live: LiveSandbox) -> None:
    refused = "Connection refused: no policy allows appA to call demo/{}/neighbour on tcp 8080.\n"
    for name, space in (("neighbour", "dev"), ("neighbour.dev.demo", "dev"), ("0.neighbour.prod.demo", "prod")):
        assert curl(live, "appA", f"{name}.apps.internal:8080") == (1, refused.format(space))


@pytest.mark.usefixtures("allowed")
def test_apps_call_onwards(live: LiveSandbox) -> None:
    """As the app that is called, not as the one that asked for it."""
    assert curl(live, "appA", "appA.apps.internal:8080/proxy/appB.apps.internal:8080") == (0, _HELLO_B)
    assert curl(live, "appA", "appB.apps.internal:8080/proxy/appA.apps.internal:8080") == (
        0,
        "appA.apps.internal:8080: refused (Connection refused)\n",
    )


@pytest.mark.parametrize(
    ("target", "code", "text"),
    [
        pytest.param("appB.apps.internal:8081", 1, _NO_POLICY.format(8081), id="no policy"),
        pytest.param("10.255.77.4:8081", 1, _NO_POLICY.format(8081), id="by its IP"),
        pytest.param(
            "appX.apps.internal:8080",
            2,
            "Unknown name: no running app or instance is called appX.apps.internal.\n",
            id="an unknown app",
        ),
        pytest.param(
            "example.com:80", 2, "Unknown name: the DNS servers of the cells do not know example.com.\n", id="outside"
        ),
        pytest.param(
            "10.255.77.99:80", 7, "No container has the overlay IP 10.255.77.99: Network is unreachable.\n", id="no app"
        ),
        pytest.param(
            "169.254.0.1:22",
            1,
            "Connection refused: containers may not call 169.254.0.1 on tcp 22: it belongs to their cell.\n",
            id="the cell",
        ),
        pytest.param("nowhere:", 2, "", id="no port"),
    ],
)
def test_a_failed_call_is_explained(target: str, code: int, text: str, live: LiveSandbox) -> None:
    assert curl(live, "appA", target) == (code, text)


def test_a_port_that_nothing_listens_on(live: LiveSandbox) -> None:
    """A policy allows it: the refusal comes from the container."""
    live.cfnet("--sandbox", "add-network-policy", "appA", "appB", "--protocol", "tcp", "--port", "9999")
    expected = "Connection refused: the call reached appB, instance 0, which does not listen on tcp 9999.\n"
    assert curl(live, "appA", "appB.apps.internal:9999") == (7, expected)
    remove(live, 9999)


@pytest.mark.usefixtures("allowed")
def test_a_rule_made_by_hand_is_named(live: LiveSandbox) -> None:
    rule = ("FORWARD", "-p", "tcp", "-m", "tcp", "--dport", "8080", "-j", "REJECT")
    live.cfnet("sandbox", "run", "cell-1", "iptables", "-I", *rule)
    text = f"Connection refused: rule 1 of FORWARD on cell-1 rejects it: -A {' '.join(rule)}"
    assert curl(live, "appA", _B) == (1, f"{text} --reject-with icmp-port-unreachable\n")
    live.cfnet("sandbox", "run", "cell-1", "iptables", "-D", *rule)


def test_programs_run_inside(live: LiveSandbox) -> None:
    """With their own options, their exit codes, and pipes."""
    assert ran(live, "sandbox", "run", "appA/0", "sh", "-c", "cat; echo err >&2; exit 7", stdin="a\nb") == (
        7,
        "a\nb",
        "err\n",
    )
    assert live.cfnet("sandbox", "run", "cell-2", "hostname") == "cell-2\n"
    assert "10.255.78.3 peer 169.254.0.1" in live.cfnet("sandbox", "run", "appA", "--", "ip", "-br", "addr")
    assert ran(live, "sandbox", "run", "cell-1", "sh", "-c", "kill -9 $$").exit in (-9, 137)
    unknown = ran(live, "sandbox", "run", "cell-9", "ls")
    assert (unknown.exit, unknown.stderr.splitlines()[0]) == (2, "No cell or app is called 'cell-9'.")
    unknown = ran(live, "sandbox", "curl", "absent", "appB.apps.internal:8080")
    assert (unknown.exit, unknown.stderr.splitlines()[0]) == (2, "App 'absent' not found.")
    assert unknown.stderr.splitlines()[1].startswith("Running apps: appA, appB, ")
    assert ran(live, "sandbox", "run", "appA/4", "ls") == (2, "", "'appA/4' does not exist.\nKnown instances: 0.\n")


def test_a_shell_has_the_terminal(live: LiveSandbox) -> None:
    """The terminal's process group is that of the shell, which gives it back: dash insists on that."""
    typed = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    process = live.start(
        *(live.python, "-c", typed, "env", "SHELL=/bin/sh", live.python, "-m", "cfnet", "sandbox", "run", "cell-1")
    )
    out, _ = process.communicate("tty; hostname\nexit 5\n", timeout=PATIENCE)
    assert process.returncode == 5
    assert "/dev/pts/" in out
    assert "cell-1" in out.splitlines()


def test_connections_are_watched(live: LiveSandbox) -> None:
    """What is rejected and what is accepted, by which rule, until the cells go down or Ctrl-C."""
    watching = live.start(live.python, "-u", "-m", "cfnet", "sandbox", "watch")
    assert watching.stdout is not None
    assert watching.stderr is not None
    take_lines(watching.stderr.fileno(), 2)
    assert curl(live, "appA", _B)[0] == 1
    rejected = take_lines(watching.stdout.fileno())
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d  cell-1  rejected  appA, instance 0 to appB, instance 0, tcp 8080  rule 4 of overlay--\S+\n",
        rejected,
    )
    live.cfnet("--sandbox", "add-network-policy", "appA", "appB")
    assert curl(live, "appA", _B)[0] == 0
    line = rejected
    while " rejected " in line:
        line = take_lines(watching.stdout.fileno())
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d  cell-1  accepted  appA to appB, instance 0, tcp 8080  rule 2 of vpa--\d+\n", line
    )
    watching.terminate()
    assert watching.wait(PATIENCE) == 130
    watching.communicate()
    remove(live)


@pytest.mark.usefixtures("allowed")
def test_answers_while_chains_are_swapped(live: LiveSandbox) -> None:
    """What both states allow is always answered, name lookups included; what neither allows never is."""
    folder = control.runtime_folder(live.environment, live.file)
    here = next(each for each in live.ask("places")["containers"] if each["name"] == "appA")
    done = Event()

    def calls(port: int) -> Counter[str]:
        found: Counter[str] = Counter()
        while not done.is_set() or not found:
            target = ["appB.apps.internal", port, "/"]
            answer = asked(folder, "call", handle=here["handle"], cell=here["cell"], target=target)
            found[answer["result"]] += 1
        return found

    with ThreadPoolExecutor() as threads:
        kept, never = threads.submit(calls, 8080), threads.submit(calls, 8081)
        for _ in range(3):
            live.cfnet("--sandbox", "add-network-policy", "appA", "appB", "--protocol", "tcp", "--port", "9999")
            eventually(lambda: curl(live, "appA", "appB.apps.internal:9999")[0] == 7, "the policy is not enforced")
            remove(live, 9999)
        done.set()
    assert (set(kept.result()), set(never.result())) == ({"answered"}, {"refused"})


def test_without_cells_the_commands_say_how_to_start_them(live: LiveSandbox) -> None:
    """A sandbox of its own has cells of its own."""
    other = {"XDG_DATA_HOME": str(live.folder / "other")}
    for words in (("curl", "appA", _B), ("run", "cell-1"), ("watch",)):
        process = live.start(live.python, "-m", "cfnet", "sandbox", *words, variables=other)
        assert process.communicate("", timeout=PATIENCE) == (
            "",
            "The cells are not up.\nStart them with 'cfnet sandbox up'.\n",
        )
        assert process.returncode == 2


@pytest.mark.parametrize("kind", users())
def test_the_live_tour(kind: str) -> None:
    """Refused, answered, refused again; the sandbox of the user is not touched, and nothing remains."""
    with LiveSandbox(kind) as live:
        before = live.file.read_bytes()
        told = live.cfnet("tour", "--live")
        steps = re.split(r"^\d\. .*\n", told, flags=re.MULTILINE)[1:]
        assert len(steps) == 7
        calls = [re.findall(r"^\$ cfnet sandbox curl .*\n(\w+ \w+)", step, re.MULTILINE) for step in steps]
        refused = ["Connection refused"]
        assert calls == [refused, ["Hello from"], [], [], [], refused, refused]
        chains = [re.findall(r"^-N vpa--\d+$", step, re.MULTILINE) for step in steps]
        assert chains[0] != chains[6]
        assert "is incompatible" in steps[2] or "No chain/target/match" in steps[2]
        assert "A TCP packet for 10.255.77.4 (appB, instance 0), port 8080" in steps[4]
        assert "cell-1: in sync" in steps[5]
        assert live.file.read_bytes() == before
        assert live.processes() == []
        assert list(live.runtime.iterdir()) == []


@pytest.mark.parametrize("kind", users())
@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGHUP], ids=lambda number: number.name)
def test_the_cells_of_an_ended_tour_end(ended_by: signal.Signals, kind: str) -> None:
    """If its terminal is closed, its files are removed, too."""
    with LiveSandbox(kind) as live:
        tour = live.start(live.python, "-m", "cfnet", "tour", "--live", variables={"TMPDIR": str(live.folder)})
        assert tour.stdout is not None
        while "are up:" not in take_lines(tour.stdout.fileno()):
            assert tour.poll() is None
        assert len(live.processes()) > 1
        tour.send_signal(ended_by)
        tour.communicate()
        eventually(lambda: live.processes() == [], "processes remain")
        assert ended_by == signal.SIGKILL or list(live.folder.glob("cfnet-tour-*")) == []


def test_push_succeeds_where_the_cells_cannot_be_asked() -> None:
    """Another user may have created their directory in /tmp."""
    with LiveSandbox("ordinary") as live:
        folder = control.runtime_folder(live.environment, live.file)
        folder.mkdir()
        folder.chmod(0o777)
        pushed = ran(live, "sandbox", "push", "fresh")
        assert pushed.exit == 0
        assert pushed.stdout.startswith("fresh runs in 1 instance in demo/dev.")
        assert pushed.stderr.startswith(f"Warning: whether cells run is unknown: {folder} is not a private directory")
        status = ran(live, "sandbox", "status")
        assert (status.exit, status.stdout) == (2, "")
        folder.rmdir()


_WITHOUT_USER_NAMESPACES = """
import ctypes, os, sys

libc = ctypes.CDLL(None, use_errno=True)
entered, mapped = os.pipe(), os.pipe()
child = os.fork()
if not child:
    assert libc.unshare(0x10000000) == 0
    os.write(entered[1], b"x")
    os.read(mapped[0], 1)
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    os.execvp(sys.argv[1], sys.argv[1:])
os.read(entered[0], 1)
for name in ("uid_map", "gid_map"):
    with open(f"/proc/{child}/{name}", "w") as file:
        file.write("0 0 65536")
os.write(mapped[1], b"x")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to disable user namespaces in a user namespace")
def test_disabled_user_namespaces_are_named_and_nothing_is_left() -> None:
    with LiveSandbox("ordinary") as live:
        words = [live.python, "-m", "cfnet", "sandbox", "up"]
        tried = subprocess.run(
            [sys.executable, "-c", _WITHOUT_USER_NAMESPACES, *words],
            env=live.environment,
            cwd=live.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (tried.returncode, tried.stdout) == (2, "")
        assert tried.stderr == (
            "User namespaces are disabled (user.max_user_namespaces is 0).\n"
            "Allow them until the next start: sudo sysctl user.max_user_namespaces=15000. Or run every 'cfnet sandbox'"
            " and 'cfnet --sandbox' command with sudo: root has its own sandbox.\n"
        )
        assert live.processes() == []
        assert list(live.runtime.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to hide programs")
@pytest.mark.parametrize("kind", users())
def test_missing_programs_are_named(kind: str) -> None:
    with LiveSandbox(kind) as live:
        hidden = Path("/usr/sbin/ip" if Path("/usr/sbin/ip").exists() else "/sbin/ip").resolve()
        script = f'for each in {hidden} "$(command -v ip)"; do mount --bind /dev/null "$each"; done; exec "$@"'
        words = live.as_user([live.python, "-m", "cfnet", "sandbox", "up"])
        tried = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, "sh", *words],
            env=live.environment,
            cwd=live.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (tried.returncode, tried.stdout) == (2, "")
        assert tried.stderr.startswith("Cells need programs that are missing here: ip.\nInstall them")
