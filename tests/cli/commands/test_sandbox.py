"""`cfnet sandbox`."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx  # noqa: TID253 - the served sandbox is called like by any client
import pytest

from cfnet.sandbox import Foundation
from tests.conftest import Cfnet, Ran
from tests.processes import PATIENCE_SECONDS, take_lines


@pytest.fixture
def foundation() -> Iterator[Foundation]:
    """The default world, in memory."""
    with Foundation.open(None) as opened:
        yield opened


PUSHED = """\
appC runs in 2 instances in demo/dev.

instance   cell     overlay IP
0          cell-1   10.255.77.3
1          cell-2   10.255.78.4
"""
SCALED = """\
appA runs in 1 instance in demo/dev.

instance   cell     overlay IP
0          cell-2   10.255.78.3
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("push appC -i 2", Ran(0, PUSHED, ""), id="push"),
        pytest.param("push appC --instances 2 --space demo/dev", Ran(0, PUSHED, ""), id="push to a space"),
        pytest.param("push appC -i 0", Ran(0, "appC runs in 0 instances in demo/dev.\n", ""), id="push no instance"),
        pytest.param("scale appA -i 1", Ran(0, SCALED, ""), id="scale"),
        pytest.param(
            "delete appA",
            Ran(
                0,
                "appA and its containers have been deleted from demo/dev.\n",
                "Its policies remain until the policy server cleans up, as in production.\n",
            ),
            id="delete",
        ),
        pytest.param(
            "reset",
            Ran(0, "The sandbox has been reset: appA, appB, and no policies.\n", ""),
            id="reset",
        ),
    ],
)
def test_the_output_of_each_command(cfnet: Cfnet, foundation: Foundation, words: str, expected: Ran) -> None:
    assert cfnet("sandbox", *words.split(), embedded=foundation) == expected


@pytest.mark.parametrize(
    ("words", "first_line"),
    [
        pytest.param("push appA", "demo/dev already has an app 'appA'.", id="an existing app"),
        pytest.param("push x --space demo", "'demo' is not a valid space.", id="a space without an org"),
        pytest.param("push x --space a/b", "The sandbox has no space 'a/b'.", id="an unknown space"),
        pytest.param("push x -i -1", "An app cannot have -1 instances.", id="a negative number of instances"),
        pytest.param("scale x -i 1", "There is no app 'x' in demo/dev.", id="scaling an unknown app"),
        pytest.param(
            "scale appA -i 504",
            "The 2 cells have overlay IPs for only 502 more containers, not 503.",
            id="more instances than the cells hold",
        ),
        pytest.param(
            "scale appA -i 99999999999999999999",
            "The 2 cells have overlay IPs for only 502 more containers, not 99999999999999999998.",
            id="a huge number of instances",
        ),
        pytest.param(
            "up --poll-interval nan",
            "Invalid value for '--poll-interval': nan is not a number of seconds.",
            id="a poll interval that is no number",
        ),
        pytest.param("delete x", "There is no app 'x' in demo/dev.", id="deleting an unknown app"),
        pytest.param(
            "serve --host 192.0.2.1", "Cannot listen on 192.0.2.1 port 9080: ", id="an address of another machine"
        ),
    ],
)
def test_refused_commands(cfnet: Cfnet, foundation: Foundation, words: str, first_line: str) -> None:
    """Exit 2 and one sentence on stderr."""
    ran = cfnet("sandbox", *words.split(), embedded=foundation)
    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith(first_line)


def test_the_sandbox_is_persistent(cfnet: Cfnet, tmp_path: Path) -> None:
    """In a file of the user's data directory."""
    variables = {"XDG_DATA_HOME": str(tmp_path / "data")}
    assert cfnet("sandbox", "push", "appC", "-i", "2", variables=variables) == Ran(0, PUSHED, "")
    assert cfnet("sandbox", "push", "appC", variables=variables).exit == 2
    assert (tmp_path / "data" / "cfnet" / "sandbox.db").exists()


def test_serve(tmp_path: Path) -> None:
    """A process that prints its URL, serves requests, logs them with -v, and exits with 0 on Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cfnet", "sandbox", "serve", "--port", "0", "-v"],
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first, *others = take_lines(process.stdout.fileno(), 5).splitlines(keepends=True)
    url = first.removeprefix("The sandbox listens on ").removesuffix(" until Ctrl-C.\n")
    assert "".join(others) == (
        f"\n   cfnet login -a {url} -u admin -p admin -o demo -s dev     (or -u dev -p dev)\n"
        "\n'cf login' takes the same options.\n"
    )
    with httpx.Client() as client:
        assert client.get(url).json()["links"]["self"] == {"href": url}
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, stdout, stderr) == (0, "", "GET / HTTP/1.1 200\n")


def api(foundation: Foundation, method: str, path: str, body: object = None) -> dict[str, object]:
    """The response of the sandbox's API to its administrator."""
    headers = {"Authorization": f"bearer {foundation.sign_in('admin').access}"}
    transport = httpx.WSGITransport(app=foundation.wsgi)
    with httpx.Client(transport=transport, base_url="http://sandbox", headers=headers) as client:
        answer = client.request(method, path, json=body)
    assert answer.is_success
    found: dict[str, object] = answer.json()
    return found


APP_A = "2f978b7f-b3d2-4f50-b08f-776634a6e411"


def test_a_stopped_app_has_no_containers(cfnet: Cfnet, foundation: Foundation) -> None:
    """`render` shows none, scaling says so, and starting the app restores all of them."""
    assert cfnet("add-network-policy", "appA", "appB", "--sandbox", embedded=foundation).exit == 0
    api(foundation, "POST", f"/v3/apps/{APP_A}/actions/stop")
    assert "--set-xmark" not in cfnet("render", "--sandbox", embedded=foundation).stdout
    assert cfnet("sandbox", "scale", "appA", "-i", "3", embedded=foundation) == Ran(
        0, "appA is stopped in demo/dev; when started, it runs in 3 instances.\n", ""
    )
    api(foundation, "POST", f"/v3/apps/{APP_A}/actions/start")
    assert cfnet("render", "--sandbox", embedded=foundation).stdout.count("--set-xmark") == 3


def test_a_renamed_app_keeps_its_policies(cfnet: Cfnet, foundation: Foundation) -> None:
    """Policies refer to apps by GUID."""
    assert cfnet("add-network-policy", "appA", "appB", "--sandbox", embedded=foundation).exit == 0
    api(foundation, "PATCH", f"/v3/apps/{APP_A}", {"name": "front"})
    last = cfnet("network-policies", "--sandbox", embedded=foundation).stdout.splitlines()[-1]
    assert last.split()[:2] == ["front", "appB"]


def test_security_groups_are_part_of_whole_cells(cfnet: Cfnet, foundation: Foundation) -> None:
    """Those of the app's space, and those bound to all."""
    rules = [{"protocol": "tcp", "destination": "192.0.2.0/24", "ports": "443"}]
    group = api(foundation, "POST", "/v3/security_groups", {"name": "asg", "rules": rules})["guid"]
    wanted = "-p tcp -m iprange --dst-range 192.0.2.0-192.0.2.255 -m tcp --dport 443 -j ACCEPT"
    whole = ("render", "--sandbox", "--whole-cell")
    assert wanted not in cfnet(*whole, embedded=foundation).stdout
    path = f"/v3/security_groups/{group}"
    space = {"data": [{"guid": "49dae64f-8231-4294-9882-1490c120f839"}]}
    api(foundation, "POST", f"{path}/relationships/running_spaces", space)
    bound = cfnet(*whole, embedded=foundation).stdout
    assert bound.count(wanted) == 2
    explained = cfnet("explain", "--sandbox", embedded=foundation, stdin=bound)
    assert explained.exit == 0
    assert "Chain asg-" in explained.stdout
    api(foundation, "PATCH", path, {"globally_enabled": {"running": True}})
    assert cfnet(*whole, embedded=foundation).stdout == bound


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        pytest.param("DELETE FROM settings", "The sandbox cannot be used: its settings are missing.", id="no settings"),
        pytest.param(
            "UPDATE apps SET name = CAST(name AS BLOB)",
            "The sandbox ({path}) cannot be used: it has binary data in place of a text or a number.",
            id="names that are not text",
        ),
    ],
)
def test_a_damaged_file(cfnet: Cfnet, tmp_path: Path, statement: str, reason: str) -> None:
    """Every command reports the damage; a reset repairs it."""
    variables = {"XDG_DATA_HOME": str(tmp_path)}
    assert cfnet("sandbox", "reset", variables=variables).exit == 0
    path = tmp_path / "cfnet" / "sandbox.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()
    for words in ("render --sandbox", "graph --sandbox", "sandbox push x", "sandbox scale appA -i 2"):
        ran = cfnet(*words.split(), variables=variables)
        assert (ran.exit, ran.stdout, ran.stderr.splitlines()[0]) == (2, "", reason.format(path=path)), words
    assert cfnet("sandbox", "reset", variables=variables).exit == 0
    assert cfnet("render", "--sandbox", variables=variables).exit == 0


def test_a_deleted_home_space(cfnet: Cfnet, foundation: Foundation) -> None:
    """The hint says how to restore it."""
    headers = {"Authorization": f"bearer {foundation.sign_in('admin').access}"}
    transport = httpx.WSGITransport(app=foundation.wsgi)
    with httpx.Client(transport=transport, base_url="http://sandbox", headers=headers) as client:
        assert client.delete("/v3/spaces/49dae64f-8231-4294-9882-1490c120f839").status_code == 202
    assert cfnet("render", "--sandbox", embedded=foundation) == Ran(
        2,
        "",
        "Space 'dev' of org 'demo' not found.\n"
        "Create them again with cf, or run 'cfnet sandbox reset' for a new sandbox.\n",
    )
