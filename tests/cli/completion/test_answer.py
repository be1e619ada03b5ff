"""The hidden completion command: its output, its requests, and its guarantees."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cfnet.errors import CfnetError
from tests.cli.completion.tab import Tab
from tests.cli.completion.worlds import HARD_WORLD
from tests.conftest import Cfnet, Served
from tests.processes import modules_of

TOO_HEAVY = {"socket", "ssl", "httpx", "rich", "yaml", "keyring", "click", "sqlite3", "asyncio", "dataclasses"}


@pytest.fixture
def tab(served: Served, tmp_path: Path) -> Tab:
    """A user who is logged in with cf."""
    return Tab({"HOME": str(tmp_path), **served.home(tmp_path)})


def test_the_first_tab_starts_a_refresh_whose_result_the_next_ones_use(tab: Tab, served: Served) -> None:
    """TAB never waits, and only one refresh runs at a time."""
    assert tab("app") == []
    assert tab("app") == []
    assert tab.started == ["__complete refresh"]
    assert served.asked == []
    assert tab("refresh") == []
    assert tab("app") == ["appA", "appB"]
    assert len(tab.started) == 1


def test_a_refresh_sends_four_requests(tab: Tab, served: Served) -> None:
    """For orgs, spaces, apps, and the policies of the targeted space's apps."""
    served.foundation.load(HARD_WORLD)
    tab.variables |= served.home(Path(tab.variables["HOME"]))
    tab("refresh")
    assert [line.partition("?")[0] for line in served.asked] == [
        "GET /v3/organizations",
        "GET /v3/spaces",
        "GET /v3/apps",
        "GET /networking/v1/external/policies",
    ]
    assert tab("port", "remove-network-policy", "my app", "appB", "--port") == ["5000-5010", "8080"]
    assert tab("destination", "add-network-policy", "a", "-o", "other org", "-s", "far:space") == ["there"]


def test_stale_values_are_offered_and_refreshed(tab: Tab) -> None:
    """After a successful refresh the next one waits a while."""
    tab("refresh")
    assert tab("app") == ["appA", "appB"]
    assert tab.started == []
    tab.time += tab.quiet_seconds
    assert tab("app") == ["appA", "appB"]
    assert len(tab.started) == 1


def test_a_failing_foundation_is_left_alone_for_a_minute(tab: Tab, served: Served) -> None:
    """Known values are kept."""
    tab("refresh")
    tab.time += tab.quiet_seconds
    served.home(Path(tab.variables["HOME"]), NetworkPolicyV1Endpoint=f"{served.url}/nothing-here")
    assert tab("app") == ["appA", "appB"]
    with pytest.raises(CfnetError):
        tab("refresh")
    assert tab.quiet_seconds == 60
    assert tab("app") == ["appA", "appB"]


def test_a_rejected_password_is_not_retried_soon(served: Served, tmp_path: Path) -> None:
    """A UAA locks users out after a few attempts."""
    tab = Tab({"HOME": str(tmp_path), **served.ci(CF_PASSWORD="wrong")})
    assert tab("app") == []
    with pytest.raises(CfnetError):
        tab("refresh")
    assert tab.quiet_seconds == 900


def test_cfnets_own_session(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """It is recognized without its tokens; after a logout nothing is offered."""
    words = ["-a", served.url, "-u", "admin", "-p", "admin", "-o", "demo", "-s", "dev", "--no-keyring"]
    variables = {"HOME": str(tmp_path), "CF_HOME": str(tmp_path)}
    assert cfnet("login", *words, variables=variables).exit == 0
    tab = Tab(variables)
    tab("refresh")
    assert tab("app") == ["appA", "appB"]
    assert modules_of(["__complete", "app"], variables) & TOO_HEAVY == set()
    assert cfnet("logout", variables=variables).exit == 0
    assert tab("app") == []
    assert tab.started == []


def test_no_trace_is_written(tab: Tab, tmp_path: Path) -> None:
    """`CF_TRACE` applies to the user's commands."""
    tab.variables["CF_TRACE"] = str(tmp_path / "trace")
    tab("refresh")
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("words", [["cell", "--sandbox", "render"], ["cell", "sandbox"]], ids=" ".join)
def test_cells_of_the_sandbox(words: list[str], tab: Tab, tmp_path: Path) -> None:
    """The sandbox has its own cache, and completion does not create a sandbox."""
    tab("refresh", "--sandbox")
    assert tab("cell") == []
    assert tab(*words, "--cell") == ["cell-1", "cell-2"]
    assert tab.started == ["__complete refresh"]
    assert not (tmp_path / ".local").exists()


def test_cells_of_a_snapshot(tab: Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read from the directory itself, whose path may begin with a tilde; no requests."""
    for name in ("cell-b", "cell-a", ".hidden", "two\nlines"):
        (tmp_path / "snapshot" / "cells" / name).mkdir(parents=True)
    (tmp_path / "snapshot" / "cells" / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    for folder in (f"{tmp_path}/snapshot", "~/snapshot"):
        assert tab("cell", "render", "--from", folder, "--cell") == ["cell-a", "cell-b"]
    assert tab("app", "render", f"--from={tmp_path}/snapshot", "--app") == []
    assert tab.started == []


@pytest.mark.parametrize(
    "words",
    [[], ["nonsense"], ["app"], ["cell", "--from", "/nowhere"], ["refresh"], ["app", "\udcff"]],
    ids=["no words", "an unknown kind", "an unreadable session", "no snapshot", "a refresh", "bytes that are not text"],
)
def test_completion_never_fails(words: list[str], tmp_path: Path) -> None:
    """No output on stderr and exit 0, whatever is wrong."""
    (tmp_path / ".cf").mkdir()
    (tmp_path / ".cf" / "config.json").write_text("{", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "cfnet", "__complete", *words],
        env=os.environ | {"HOME": str(tmp_path), "CF_HOME": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_a_read_only_home_is_not_an_error(tab: Tab, tmp_path: Path) -> None:
    """No process is started either; otherwise every TAB would start one."""
    (tmp_path / ".cache").touch()
    with pytest.raises(OSError, match="directory"):
        tab("app")
    assert tab.started == []


def test_completion_loads_no_network_libraries(tab: Tab) -> None:
    """Without sockets it cannot wait for the network; and start-up has a budget."""
    tab("refresh")
    modules = modules_of(["__complete", "app"], tab.variables)
    assert modules & TOO_HEAVY == set()
