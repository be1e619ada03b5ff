"""How often completion refreshes its values, and which values it stores."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cfnet.errors import CfnetError
from cfnet.operations.completion_cache import CompletionCache
from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import DEFAULT
from tests.cli.completion.tab import Tab
from tests.conftest import Served
from tests.scripted_server import Reply, scripted

DAY = 24 * 3600.0


@pytest.fixture
def tab(served: Served, tmp_path: Path) -> Tab:
    """A user who is logged in with cf."""
    return Tab({"HOME": str(tmp_path), **served.home(tmp_path)})


@pytest.mark.parametrize(("took", "quiet"), [(0, 15), (0.5, 15), (0.75, 15), (1, 20), (10, 200), (45, 900), (100, 900)])
def test_a_slow_foundation_is_queried_less_often(took: float, quiet: int, tab: Tab, served: Served) -> None:
    """A twentieth of the time at most; pauses are between 15 seconds and 15 minutes."""

    class Slow(Tab):
        @property
        def time(self) -> float:
            """Advances after any request."""
            return 1_000_000.0 + (took if served.asked else 0)

        @time.setter
        def time(self, value: float) -> None:
            """Ignore assignments: the clock runs by itself."""

    slow = Slow(tab.variables)
    slow("refresh")
    assert slow.quiet_seconds == quiet


def test_a_rejected_token_is_retried_after_a_minute(tab: Tab, served: Served, tmp_path: Path) -> None:
    """A UAA does not lock users out for tokens, and there may be a new one by then."""
    tokens = served.foundation.sign_in("admin", seconds=-60)
    served.home(tmp_path, AccessToken=f"bearer {tokens.access}", RefreshToken="x")
    tab("app")
    assert tab.started == ["__complete refresh"]
    with pytest.raises(CfnetError):
        tab("refresh")
    assert tab.quiet_seconds == 60


def test_the_view_of_another_user_is_not_stored(served: Served, tmp_path: Path) -> None:
    """If the session changes during a refresh, it is unclear whose view the response shows."""

    def script(_method: str, path: str) -> Reply:
        if path.startswith("/v3/apps"):
            served.home(tmp_path, "dev", Target=server.url)
        return Reply(200, b'{"policies": []}' if "networking" in path else b'{"resources": []}')

    with scripted(script) as server:
        home = {"Target": server.url, "NetworkPolicyV1Endpoint": f"{server.url}/networking/v1/external"}
        tab = Tab({"HOME": str(tmp_path), **served.home(tmp_path, **home)})
        before = tab.cache
        tab("refresh")
    assert tab.cache != before
    assert before.read() is None
    assert tab.cache.read() is None


def test_policies_with_a_deleted_destination_are_ignored(tab: Tab, served: Served) -> None:
    """The destination has no name to offer."""
    app_a, app_b = (app.guid for app in DEFAULT.apps)
    there = [Policy(app_a, end, Protocol.TCP, Ports(port, port)) for end, port in ((app_b, 1), ("gone", 2))]
    served.foundation.load(DEFAULT._replace(policies=tuple(there)))
    tab.variables |= served.home(Path(tab.variables["HOME"]))
    tab("refresh")
    assert tab("port", "remove-network-policy", "appA", "appB", "--port") == ["1"]
    known = tab.cache.read()
    assert known is not None
    assert [link.destination for link in known.links] == ["appB"]


def test_values_unused_for_three_months_are_removed(tab: Tab) -> None:
    """Of other sessions; newer ones stay."""
    tab("refresh")
    tab.time = tab.cache.folder.stat().st_mtime  # files have real timestamps
    for days in (89, 91):
        CompletionCache(tab.cache.folder, f"{days}").be_quiet(tab.time - days * DAY)
    tab("refresh")
    assert sorted(path.name for path in tab.cache.folder.iterdir()) == sorted(
        ["89.quiet", f"{tab.cache.key}.json", f"{tab.cache.key}.quiet"]
    )


ALARM = """
import signal, sys
from cfnet.__main__ import main
sys.argv = ["cfnet", *sys.argv[1:]]
main()
print(signal.alarm(0))
"""


@pytest.mark.parametrize(("words", "limited"), [(["refresh"], True), (["app"], False)])
def test_a_refresh_ends_before_the_next_may_begin(*, words: list[str], limited: bool) -> None:
    """Whatever it waits for: the system ends it after a minute."""
    ran = subprocess.run(
        [sys.executable, "-c", ALARM, "__complete", *words],
        env=os.environ,
        check=True,
        capture_output=True,
        text=True,
    )
    left = json.loads(ran.stdout)
    assert (0 < left <= 60) == limited
