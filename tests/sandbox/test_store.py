"""The file of a sandbox."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import httpx  # noqa: TID253 - these tests call the API like any client
import pytest

from cfnet.sandbox import Foundation, NoRoom, SandboxError, Unusable
from tests.policies import policy
from tests.processes import PATIENCE_SECONDS, take_lines
from tests.sandbox.shop import body_of

POLICIES = "/networking/v1/external/policies"

# Posts policies to the WSGI application, one per request, and prints each port once it is acknowledged.
WRITER = """
import pathlib, sys, httpx
from cfnet.sandbox import Foundation
with Foundation.open(pathlib.Path(sys.argv[1])) as foundation:
    headers = {"Authorization": "bearer " + foundation.sign_in("admin").access}
    transport = httpx.WSGITransport(app=foundation.wsgi)
    client = httpx.Client(transport=transport, base_url="http://sandbox", headers=headers)
    for port in range(1, int(sys.argv[3]) + 1):
        destination = {"id": "b", "protocol": "tcp", "ports": {"start": port, "end": port}}
        body = {"policies": [{"source": {"id": sys.argv[2]}, "destination": destination}]}
        answer = client.post("/networking/v1/external/policies", json=body)
        assert answer.status_code == 200, answer.text
        print(port, flush=True)
"""


def ports_by_source(foundation: Foundation) -> dict[str, list[int]]:
    """The ports of all policies."""
    headers = {"Authorization": f"bearer {foundation.sign_in('admin').access}"}
    with httpx.Client(transport=httpx.WSGITransport(app=foundation.wsgi), base_url="http://sandbox") as client:
        found: dict[str, list[int]] = {}
        for each in client.get(POLICIES, headers=headers).json()["policies"]:
            found.setdefault(each["source"]["id"], []).append(each["destination"]["ports"]["start"])
    return found


def writer(path: Path, source: str, count: int) -> subprocess.Popen[str]:
    """Another process that posts policies."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), source, str(count)], stdout=subprocess.PIPE, text=True
    )


def intact(path: Path) -> str:
    """The result of SQLite's integrity check."""
    connection = sqlite3.connect(path)
    try:
        (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
        return str(answer)
    finally:
        connection.close()


def test_a_new_file_is_private(tmp_path: Path) -> None:
    """The directory is created, and no other user may read either."""
    path = tmp_path / "cfnet" / "sandbox.db"
    with Foundation.open(path) as foundation:
        assert foundation.cells() == ("cell-1", "cell-2")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_changes_are_there_after_reopening(tmp_path: Path) -> None:
    """Apps, policies and logins persist."""
    path = tmp_path / "sandbox.db"
    with Foundation.open(path) as foundation:
        pushed = foundation.push("appC")
        token = foundation.sign_in("admin").access
    with (
        Foundation.open(path) as again,
        httpx.Client(transport=httpx.WSGITransport(app=again.wsgi), base_url="http://sandbox") as client,
    ):
        answer = client.get("/v3/apps?names=appC", headers={"Authorization": f"bearer {token}"})
        assert [app["guid"] for app in answer.json()["resources"]] == [pushed[0].app]


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    """No request fails, nothing is lost, tags are unique and the file is intact; both created it."""
    path = tmp_path / "sandbox.db"
    processes = {source: writer(path, source, 40) for source in ("one", "two", "three")}
    outputs = {source: process.communicate()[0] for source, process in processes.items()}
    assert [process.returncode for process in processes.values()] == [0, 0, 0]
    assert {source: len(output.split()) for source, output in outputs.items()} == {"one": 40, "two": 40, "three": 40}
    with Foundation.open(path) as foundation:
        assert ports_by_source(foundation) == {source: list(range(1, 41)) for source in ports_by_source(foundation)}
        assert set(ports_by_source(foundation)) == {"one", "two", "three"}
    assert intact(path) == "ok"


def test_acknowledged_changes_survive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    process = writer(path, "one", 65_535)
    assert process.stdout is not None
    acknowledged = [int(line) for line in take_lines(process.stdout.fileno(), 20).splitlines()]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.stdout.close()
    assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    with Foundation.open(path) as foundation:
        found = ports_by_source(foundation)["one"]
    # One more may be there: committed, but killed before it was acknowledged.
    assert found in (acknowledged, [*acknowledged, len(acknowledged) + 1])
    assert intact(path) == "ok"


def test_a_reader_alongside_a_writer(tmp_path: Path) -> None:
    """Two foundations on one file see each other's changes."""
    path = tmp_path / "sandbox.db"
    with Foundation.open(path) as one, Foundation.open(path) as other:
        one.push("appC", guid="c")
        assert [container.app for container in other.scale("appC", 2)] == ["c", "c"]
        assert sum(len(json.loads(one.store(cell))) for cell in one.cells()) == 4


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"this is no database" * 100, id="text"),
        pytest.param(b"\0" * 5000, id="zeros"),
    ],
)
def test_a_file_that_is_not_a_database(tmp_path: Path, content: bytes) -> None:
    """It is not changed."""
    path = tmp_path / "sandbox.db"
    path.write_bytes(content)
    with pytest.raises(Unusable) as refused:
        Foundation.open(path)
    assert str(refused.value) == f"The sandbox ({path}) cannot be used: file is not a database."
    assert refused.value.hint == "Check the file and its directory, or move the file away to start over."
    assert path.read_bytes() == content


def test_a_database_of_another_program(tmp_path: Path) -> None:
    """It is not changed."""
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Unusable) as refused:
        Foundation.open(path)
    assert str(refused.value) == f"{path} is not a sandbox of this version of cfnet."
    assert path.read_bytes() == before


def test_a_directory_that_cannot_be_created(tmp_path: Path) -> None:
    """The error has the file and the reason."""
    (tmp_path / "file").touch()
    with pytest.raises(Unusable) as refused:
        Foundation.open(tmp_path / "file" / "sandbox.db")
    assert str(refused.value).startswith(f"The sandbox ({tmp_path / 'file' / 'sandbox.db'}) cannot be used: ")


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        pytest.param("GET", "/v3/apps", 500, '"title":"UnknownError"', id="the Cloud Controller"),
        pytest.param("POST", "/oauth/token", 500, '{"error":"server_error"', id="the UAA"),
        pytest.param("GET", POLICIES, 500, '{"error": "database read failed"}', id="listing policies"),
        pytest.param("GET", "/health", 500, '{"error": "database read failed"}', id="the policy server's health"),
        pytest.param("GET", "/networking", 200, "Network policy server", id="a path that needs no database"),
    ],
)
def test_a_deleted_database(method: str, path: str, status: int, text: str) -> None:
    """Each server reports it in its own format."""
    foundation = Foundation.open(None)
    foundation.close()
    with httpx.Client(transport=httpx.WSGITransport(app=foundation.wsgi), base_url="http://sandbox") as client:
        answer = client.request(
            method,
            path,
            headers={"Authorization": "bearer x"},
            data={"grant_type": "password"} if method == "POST" else None,
        )
    assert answer.status_code == status
    assert text in answer.text


def test_a_closed_foundation_refuses_all_calls() -> None:
    """With an error that callers handle."""
    foundation = Foundation.open(None)
    foundation.close()
    with pytest.raises(SandboxError):
        foundation.cells()


def test_a_refused_change_changes_nothing(tmp_path: Path) -> None:
    """A request is one transaction: its valid part is rolled back, too."""
    with Foundation.open(tmp_path / "sandbox.db") as foundation:
        headers = {"Authorization": f"bearer {foundation.sign_in('dev').access}"}
        many = body_of(*(policy("a", "b", str(port)) for port in range(1, 152)))
        with httpx.Client(transport=httpx.WSGITransport(app=foundation.wsgi), base_url="http://sandbox") as client:
            assert client.post(POLICIES, json=many, headers=headers).status_code == 403
        assert ports_by_source(foundation) == {}


def spoilt(path: Path, statement: str) -> None:
    """Change a new sandbox's file in a way that the product never does."""
    Foundation.open(path).close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        pytest.param("DELETE FROM settings", "The sandbox cannot be used: its settings are missing.", id="no settings"),
        pytest.param(
            "UPDATE apps SET name = CAST(name AS BLOB)",
            "it has binary data in place of a text or a number.",
            id="an app with a BLOB for a name",
        ),
        pytest.param(
            "UPDATE cells SET name = CAST(name AS BLOB)",
            "it has binary data in place of a text or a number.",
            id="a cell with a BLOB for a name",
        ),
        pytest.param("UPDATE cells SET subnet = 'x'", "'x'", id="a cell without a subnet"),
        pytest.param("DROP TABLE containers", "no such table: containers.", id="a missing table"),
    ],
)
def test_a_file_changed_by_other_programs(tmp_path: Path, statement: str, message: str) -> None:
    """Every operation ends in a clean error."""
    path = tmp_path / "sandbox.db"
    spoilt(path, statement)

    def use() -> None:
        with Foundation.open(path) as foundation:
            foundation.sign_in("admin")
            foundation.store("cell-1")
            foundation.scale("appA", 3)

    with pytest.raises(Unusable) as refused:
        use()
    assert message in str(refused.value)
    assert refused.value.hint


READER = """
import pathlib, sys, httpx
from cfnet.sandbox import Foundation, SandboxError
with Foundation.open(pathlib.Path(sys.argv[1])) as foundation:
    client = httpx.Client(transport=httpx.WSGITransport(app=foundation.wsgi), base_url="http://sandbox")
    form = {"grant_type": "password", "username": "admin", "password": "admin"}
    tokens = client.post("/oauth/token", data=form, auth=("cf", "")).json()
    headers = {"Authorization": "bearer " + tokens["access_token"]}
    print(sorted(app["name"] for app in client.get("/v3/apps", headers=headers).json()["resources"]))
    print("refresh_token" in tokens, len(foundation.store("cell-1")) > 2)
    try:
        foundation.push("appC")
    except SandboxError as error:
        print(error.message.replace(sys.argv[1], "FILE"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its files have no modes")
def test_a_read_only_file_can_be_read(tmp_path: Path) -> None:
    """Lists and logins work; a change is refused in one sentence."""
    path = tmp_path / "sandbox.db"
    Foundation.open(path).close()
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    # Root could write to the file nevertheless.
    without_privilege = ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []
    command = [*without_privilege, sys.executable, "-c", READER, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    tmp_path.chmod(0o700)
    assert (ran.stdout, ran.stderr) == (
        "['appA', 'appB']\nFalse True\nThe sandbox (FILE) cannot be changed: its file is read-only.\n",
        "",
    )


def test_scaling_to_a_huge_number(tmp_path: Path) -> None:
    """The error is the usual one, however long the number."""
    with Foundation.open(tmp_path / "sandbox.db") as foundation, pytest.raises(NoRoom):
        foundation.scale("appA", 99_999_999_999_999_999_999)


def test_a_file_of_an_older_version_is_migrated(tmp_path: Path) -> None:
    """Apps keep running with as many instances, and can be stopped and started; policies stay."""
    path = tmp_path / "sandbox.db"
    with Foundation.open(path) as foundation:
        foundation.scale("appA", 3)
        before = [foundation.store(cell) for cell in foundation.cells()]
    connection = sqlite3.connect(path)
    with connection:
        for table in ("security_group_spaces", "security_groups", "jobs"):
            connection.execute(f"DROP TABLE {table}")
        for column in ("updated_at", "state", "instances"):
            connection.execute(f"ALTER TABLE apps DROP COLUMN {column}")
        connection.execute("ALTER TABLE organizations DROP COLUMN suspended")
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    for _ in range(2):
        with Foundation.open(path) as again:
            assert [again.store(cell) for cell in again.cells()] == before
    with (
        Foundation.open(path) as again,
        httpx.Client(transport=httpx.WSGITransport(app=again.wsgi), base_url="http://sandbox") as client,
    ):
        client.headers["Authorization"] = f"bearer {again.sign_in('admin').access}"
        (app,) = client.get("/v3/apps?names=appA").json()["resources"]
        assert (app["state"], app["updated_at"]) == ("STARTED", app["created_at"])
        assert client.get(f"/v3/processes/{app['guid']}").json()["instances"] == 3
        assert client.post(f"/v3/apps/{app['guid']}/actions/stop").status_code == 200
        assert [len(json.loads(again.store(cell))) for cell in again.cells()] == [1, 0]
        assert client.post("/v3/security_groups", json={"name": "x"}).status_code == 201
    assert intact(path) == "ok"
