"""The sandbox's cells on this computer, in the kernel: as root and as an ordinary user, with both iptables."""

import os
import re
import select
import signal
import socket
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cfnet.dataplane import control
from cfnet.sandbox import DEFAULT, Foundation, SandboxCell
from tests.conftest import run_cfnet
from tests.kernel.live_sandbox import PATIENCE, LiveSandbox, ended, eventually, users
from tests.processes import take_lines

pytestmark = pytest.mark.kernel

APP_B = "10.255.77.4"
APP_A = "10.255.78.3"
NEIGHBOUR = "10.255.77.9"


@pytest.fixture(params=users(), scope="module")
def live(request: pytest.FixtureRequest, cells_backend: str) -> Iterator[LiveSandbox]:
    """Cells that are up, whose agents poll often."""
    with LiveSandbox(request.param) as sandbox:
        sandbox.cfnet("sandbox", "up", "--poll-interval", "0.1", "--backend", cells_backend)
        yield sandbox


def add(live: LiveSandbox, port: int = 8080, source: str = "appA") -> None:
    """Add a policy towards appB, and wait until its cell enforces it, and the cell of appA marks its packets."""
    before = live.chain("cell-1")
    live.cfnet("--sandbox", "add-network-policy", source, "appB", "--port", str(port), "--protocol", "tcp")
    eventually(lambda: live.chain("cell-1") != before, "the policy is not enforced")
    if source == "appA":
        eventually(lambda: "--set-xmark" in live.listing("cell-2"), "packets are not marked")


def remove(live: LiveSandbox, port: int = 8080, source: str = "appA") -> None:
    """Remove a policy, and wait; that of port 8080 is the last one of appA."""
    before = live.chain("cell-1")
    live.cfnet("--sandbox", "remove-network-policy", source, "appB", "--port", str(port), "--protocol", "tcp")
    eventually(lambda: live.chain("cell-1") != before, "the policy is still enforced")
    if source == "appA" and port == 8080:
        eventually(lambda: "--set-xmark" not in live.listing("cell-2"), "packets are still marked")


def test_the_walkthrough(live: LiveSandbox, cells_backend: str) -> None:
    """Across cells and on one cell: refused, allowed under a new chain's name, refused again."""
    for source in ("appA/0", "neighbour/0"):
        assert live.call(source, APP_B, 8080) == "ConnectionRefusedError"
        old = live.chain("cell-1")
        assert f"-A FORWARD -j {old}\n" in live.run("cell-1", f"iptables-{cells_backend}", "-S", "FORWARD")
        add(live, source=source.partition("/")[0])
        assert live.call(source, APP_B, 8080) == "connected"
        assert live.call(source, APP_B, 8081) == "ConnectionRefusedError"
        assert old not in live.listing("cell-1")
        remove(live, source=source.partition("/")[0])
        assert live.call(source, APP_B, 8080) == "ConnectionRefusedError"


def test_the_chain_keeps_its_name_while_nothing_changes(live: LiveSandbox) -> None:
    """However often the agent polls."""
    chain = live.chain("cell-1")
    polled = {cell["name"]: cell["polled"] for cell in live.ask("status")["cells"]}
    eventually(lambda: live.ask("status")["cells"][0]["polled"] > polled["cell-1"] + 1, "the agent does not poll")
    assert live.chain("cell-1") == chain


def in_render(live: LiveSandbox) -> bool:
    """Whether each cell lists exactly what `render --whole-cell` prints, but for the name of the policy chain."""
    for cell in ("cell-1", "cell-2"):
        rendered = run_cfnet(["--sandbox", "render", "--cell", cell, "--whole-cell"], live.environment)
        expected = re.sub(r"^#.*\n", "", rendered.stdout, flags=re.MULTILINE)
        if re.sub(r"vpa--\d+", "vpa--preview", live.listing(cell)) != expected:
            return False
    return True


def test_cells_list_what_render_prints(live: LiveSandbox) -> None:
    """After each change of apps, wherever their handles sort, and of policies."""
    assert in_render(live)
    add(live)
    assert in_render(live)
    for words in ("push appC --instances 5", "scale appC --instances 2", "scale appA --instances 4", "delete appC"):
        live.cfnet("sandbox", *words.split())
        eventually(lambda: in_render(live), words)
    live.cfnet("sandbox", "scale", "appA", "--instances", "1")
    remove(live)
    eventually(lambda: in_render(live), "back at the beginning")


def test_instances_come_and_go(live: LiveSandbox) -> None:
    """A new instance is reached at once, by a policy that exists; a stopped one no longer."""
    add(live)
    live.cfnet("sandbox", "scale", "appB", "--instances", "3")
    ips = live.ips("appB")
    assert len(ips) == 3
    eventually(lambda: {live.call("appA/0", ip, 8080) for ip in ips} == {"connected"}, "one is not reached")
    live.cfnet("sandbox", "scale", "appB", "--instances", "1")
    assert live.ips("appB") == [APP_B]
    assert live.call("appA/0", APP_B, 8080) == "connected"
    for ip in set(ips) - {APP_B}:
        assert live.call("appA/0", ip, 8080) != "connected"
    remove(live)


def test_changes_by_other_ways_are_seen(live: LiveSandbox) -> None:
    """Not only those of `cfnet sandbox`: the database is watched."""
    with Foundation.open(live.file) as foundation:
        foundation.push("elsewhere", instances=2)
    eventually(lambda: len(live.ips("elsewhere")) == 2, "the app does not run")
    with Foundation.open(live.file) as foundation:
        foundation.delete("elsewhere")
    eventually(lambda: live.ips("elsewhere") == [], "the app still runs")


def test_calls_while_chains_are_swapped(live: LiveSandbox) -> None:
    """What both states allow never fails, and what neither allows never succeeds, on one cell and across cells."""
    add(live)
    add(live, source="neighbour")
    running = [live.calls(source, APP_B, port) for source in ("appA/0", "neighbour/0") for port in (8080, 8081)]
    for _ in range(4):
        add(live, 9000)
        remove(live, 9000)
    found = [Counter(ended(each)) for each in running]
    assert [set(each) for each in found] == [{"connected"}, {"ConnectionRefusedError"}] * 2
    assert min(each.total() for each in found) >= 20, found
    remove(live)
    remove(live, source="neighbour")


def test_status_notices_a_rule_deleted_by_hand(live: LiveSandbox, cells_backend: str) -> None:
    """The agent does not: it compares what it plans with what it enforced last. The next change repairs the cell."""
    add(live)
    chain = live.chain("cell-1")
    assert live.cfnet("sandbox", "status").count("in sync") == 2
    live.run("cell-1", f"iptables-{cells_backend}", "-D", chain, "2")
    status = live.cfnet("sandbox", "status").splitlines()
    assert status[1].endswith("1 deviation")
    assert status[2].endswith("in sync")
    remove(live)
    assert live.cfnet("sandbox", "status").count("in sync") == 2


@pytest.mark.parametrize("role", ["agent cell-1", "appB/0", "cell-1"])
def test_a_killed_process_is_started_again(role: str, live: LiveSandbox) -> None:
    """An agent that is started again knows nothing: its first cycle makes a new chain."""
    add(live)
    killed, chain = live.named(role), live.chain("cell-1")
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: killed not in live.processes(), "it has not ended")
    eventually(lambda: any(_name(pid) == role for pid in live.processes()), "it was not started again")
    if role.startswith("agent"):
        eventually(lambda: live.chain("cell-1") not in ("", chain), "it enforces nothing")
    eventually(lambda: live.call("appA/0", APP_B, 8080) == "connected", "calls fail")
    assert live.cfnet("sandbox", "status").count("in sync") == 2
    remove(live)


@pytest.mark.parametrize(
    "lines",
    [
        '{"do": "listings"}\n',
        '{"do": "call"}\n{"do": "call"}\n',
        '{"do": "refusals"}\n{"do": "refusals"}\n',
        '{"do": "call", "cell": [], "handle": {}, "target": [1]}\n',
        "[" * 50_000 + "\n",
    ],
    ids=["ends without reading", "calls twice", "watches twice", "calls nothing", "nested deeply"],
)
def test_cells_survive_any_client(lines: str, live: LiveSandbox) -> None:
    """An interrupted command, for example, ends without reading its answer."""
    supervisor = live.named("cfnet dataplane")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(control.runtime_folder(live.environment, live.file) / "control"))
        client.sendall(lines.encode())
        select.select([client], [], [], PATIENCE)
    live.cfnet("sandbox", "status")
    assert live.named("cfnet dataplane") == supervisor


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def test_up_says_that_it_is_already_up(live: LiveSandbox) -> None:
    assert live.cfnet("sandbox", "up") == (
        "cell-1 and cell-2 are already up: 3 containers; the agents poll every 0.1 seconds.\n"
    )


def remains(live: LiveSandbox) -> object:
    """What could remain: processes, files, interfaces and mounts of the host."""
    return (
        live.processes(),
        # Not rglob(), which fails if a directory is removed while it looks.
        sorted(folder for folder, _, _ in os.walk(live.runtime)),
        sorted(name for _, _, names in os.walk(live.runtime) for name in names),
        sorted(path.name for path in Path("/sys/class/net").iterdir()),
        [line.split()[4:] for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()],
    )


@pytest.mark.parametrize("kind", users())
@pytest.mark.parametrize("killed", ["cfnet dataplane", "cfnet guardian", "down", "down without an answer"])
def test_nothing_remains(killed: str, kind: str, cells_backend: str) -> None:
    """Whatever is killed; and the next `up` works."""
    with LiveSandbox(kind) as live:
        before = remains(live)
        live.cfnet("sandbox", "up", "--backend", cells_backend)
        if killed == "down without an answer":
            os.kill(live.named("cfnet dataplane"), signal.SIGSTOP)
        if killed.startswith("down"):
            assert live.cfnet("sandbox", "down") == "The cells are down.\n"
        else:
            os.kill(live.named(killed), signal.SIGKILL)
        eventually(lambda: remains(live) == before, "something remains")
        assert " up: 3 containers" in live.cfnet("sandbox", "up", "--backend", cells_backend)
        assert live.cfnet("sandbox", "status").count("in sync") == 2
        live.cfnet("sandbox", "down")
        assert remains(live) == before


def _supervisor(live: LiveSandbox) -> int:
    """Return the process id of the supervisor, 0 if there is none."""
    return next((pid for pid in live.processes() if _name(pid) == "cfnet dataplane"), 0)


@pytest.mark.parametrize("kind", users())
@pytest.mark.parametrize("processes", range(3, 11, 2))
@pytest.mark.parametrize("cells_backend", ["nft"], indirect=True)
def test_nothing_remains_of_an_interrupted_start(processes: int, kind: str, cells_backend: str) -> None:
    """The supervisor is killed when there are so many processes: `up`, the guardian, itself, cells, agents, apps."""
    with LiveSandbox(kind) as live:
        before = remains(live)
        starting = live.start(live.python, "-m", "cfnet", "sandbox", "up", "--backend", cells_backend)
        # Without pauses, to kill it at that moment.
        eventually(lambda: len(live.processes()) >= processes and _supervisor(live) != 0, "there are fewer", pause=0)
        os.kill(_supervisor(live), signal.SIGKILL)
        _, err = starting.communicate(timeout=PATIENCE)
        # It may have been ready before it was killed.
        assert starting.returncode in (0, 2)
        assert err == "" or err.startswith(("The cells ended while they were starting.", "The cells have ended."))
        eventually(lambda: remains(live) == before, "something remains")
        assert " up: 3 containers" in live.cfnet("sandbox", "up", "--backend", cells_backend)


def test_a_failed_load_keeps_the_old_chain_and_appears_in_status(live: LiveSandbox) -> None:
    """A policy of an app whose id iptables rejects; when it is gone, the agent goes on."""
    add(live)
    chain = live.chain("cell-1")
    with sqlite3.connect(live.file) as database:
        database.execute("INSERT INTO groups VALUES (500, 'two\nlines', 'app')")
        database.execute(
            "INSERT INTO policies (source, destination, protocol, start_port, end_port)"
            " SELECT 'two\nlines', destination, 'udp', 53, 53 FROM policies"
        )
    database.close()
    eventually(lambda: _failures(live)["cell-1"] != "", "the agent does not fail")
    assert "expected an id without quotes, tabs and line breaks" in live.cfnet("sandbox", "status")
    assert live.chain("cell-1") == chain
    assert live.call("appA/0", APP_B, 8080) == "connected"
    with sqlite3.connect(live.file) as database:
        database.execute("DELETE FROM policies WHERE protocol = 'udp'")
        database.execute("DELETE FROM groups WHERE id = 500")
    database.close()
    eventually(lambda: set(_failures(live).values()) == {""}, "the agent still fails")
    remove(live)


def _failures(live: LiveSandbox) -> dict[str, str]:
    return {cell["name"]: cell["failure"] for cell in live.ask("status")["cells"]}


def test_security_groups_reach_containers_that_start(live: LiveSandbox) -> None:
    """A new container gets the current groups at once; others at the agent's own interval, a minute."""
    with sqlite3.connect(live.file) as database:
        database.execute(
            "INSERT INTO security_groups (guid, name, rules, running, staging, created_at, updated_at)"
            " VALUES ('g', 'public', ?, 1, 0, '', '')",
            ('[{"protocol": "tcp", "destination": "10.0.11.0/24", "ports": "443"}]',),
        )
    database.close()
    rule = "-p tcp -m iprange --dst-range 10.0.11.0-10.0.11.255 -m tcp --dport 443 -j ACCEPT"
    live.cfnet("sandbox", "push", "fresh")
    (cell,) = {each["cell"] for each in live.ask("places")["containers"] if each["name"] == "fresh"}
    eventually(lambda: live.listing(cell).count(rule) == 1, "the new container has other rules")
    assert "casg-" not in live.listing(cell)
    with sqlite3.connect(live.file) as database:
        database.execute("DELETE FROM security_groups")
    database.close()
    live.cfnet("sandbox", "delete", "fresh")


@pytest.mark.parametrize("cells_backend", ["nft"], indirect=True)
def test_status_says_that_the_sandbox_has_other_cells(cells_backend: str) -> None:
    """Their containers do not run; those of cells that are gone stop."""
    with LiveSandbox("ordinary") as live:
        live.cfnet("sandbox", "up", "--backend", cells_backend)
        other = SandboxCell("cell-9", "10.0.16.9", "10.255.99.0/24")
        with Foundation.open(live.file) as foundation:
            foundation.load(DEFAULT._replace(cells=(DEFAULT.cells[0], other), apps=DEFAULT.apps[1:]))
        eventually(lambda: len(live.ask("places")["containers"]) == 1, "containers still run")
        status = live.cfnet("sandbox", "status")
        assert "cell-2: The sandbox now has other cells: run 'cfnet sandbox down', then 'cfnet sandbox up'." in status
        live.cfnet("sandbox", "down")
        assert "cell-1 and cell-9 are up: 1 container;" in live.cfnet("sandbox", "up", "--backend", cells_backend)


@pytest.mark.parametrize("kind", users())
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
@pytest.mark.parametrize("cells_backend", ["nft"], indirect=True)
def test_cells_in_the_foreground_end_with_the_command(ended_by: signal.Signals, kind: str, cells_backend: str) -> None:
    """However it ends."""
    with LiveSandbox(kind) as live:
        before = remains(live)
        words = (live.python, "-m", "cfnet", "sandbox", "up", "--foreground", "--backend", cells_backend)
        running = live.start(*words)
        assert running.stdout is not None
        assert " are up: 3 containers" in take_lines(running.stdout.fileno())
        running.send_signal(ended_by)
        assert running.wait(PATIENCE) != 0
        running.communicate()
        eventually(lambda: remains(live) == before, "something remains")
