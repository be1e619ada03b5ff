"""Round trips are the user's waiting time: the requests of each command, and its number of connections."""

import re
from pathlib import Path

import pytest

from cfnet.sandbox import WorldApp
from tests.cli.document_world import DECLARED, WORLD, with_policies
from tests.conftest import Cfnet, Served
from tests.worlds import APP_A, CF_WORLD

DEV = "49dae64f-8231-4294-9882-1490c120f839"
DEMO = "cfe7a279-ad29-48d4-b188-813e85d2b621"
APP_B = "c7de6123-d906-4c65-9717-c5d040568c76"
OTHER_B = "f028b20b-7203-4743-ab96-da2bf05fae45"
POLICIES = "/networking/v1/external/policies"
INCLUDE = "include=space.organization"
SPACE = f"GET /v3/apps?{INCLUDE}&per_page=5000&space_guids={DEV}"
BOTH = f"GET /v3/apps?{INCLUDE}&names=appA%2CappB&per_page=5000&space_guids={DEV}"


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("add-network-policy appA appB", [BOTH, f"POST {POLICIES}"]),
        ("add-network-policy appA appB -s dev",
         [f"GET /v3/apps?{INCLUDE}&names=appA%2CappB&organization_guids={DEMO}&per_page=5000", f"POST {POLICIES}"]),
        ("add-network-policy appA appB -s dev -o other",
         [f"GET /v3/apps?{INCLUDE}&names=appA%2CappB&per_page=5000", f"POST {POLICIES}"]),
        ("remove-network-policy appA appB --protocol tcp --port 8080",
         [BOTH, f"GET {POLICIES}?dest_id={APP_B}&source_id={APP_A}", f"POST {POLICIES}/delete"]),
        ("network-policies --source appB --destination appA",
         [SPACE, f"GET {POLICIES}?dest_id={APP_A}&source_id={APP_B}"]),
        ("network-policies --destination appA",
         [SPACE, f"GET {POLICIES}?dest_id={APP_A}", f"GET /v3/apps?guids={OTHER_B}&{INCLUDE}&per_page=5000"]),
        ("network-policies --all", [f"GET {POLICIES}", f"GET /v3/apps?guids=*&{INCLUDE}&per_page=5000"]),
    ],
    ids=["adding takes two", "adding to another space takes two", "adding to another org takes two",
         "removing takes three", "listing policies within one space takes two",
         "listing policies of several spaces takes three", "listing everything takes two"],
)  # fmt: skip
def test_the_requests_of_a_command(
    words: str, asked: list[str], served_cf_world: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """The request lines in order, over one connection."""
    assert cfnet(*words.split(" "), variables=served_cf_world.home(tmp_path)).exit == 0
    assert [_without_many_guids(line) for line in served_cf_world.asked] == asked
    assert served_cf_world.connections == 1


PLACEMENT = ["GET /v3/processes", *["GET /v3/processes/*/stats"] * 3]
STATE = [f"GET {POLICIES}", "GET /networking/v1/external/tags"]
EVERYTHING = [*STATE, "GET /v3/apps", *PLACEMENT]
WHOLE_CELLS = [*EVERYTHING, "GET /v3/security_groups"]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("diff policies.yml", ["GET /v3/apps", f"GET {POLICIES}"]),
        ("diff --rules policies.yml", EVERYTHING),
        ("diff --rules --base policies.yml policies.yml", EVERYTHING),
        ("report policies.yml", EVERYTHING),
        ("graph", [f"GET {POLICIES}", "GET /v3/apps"]),
        ("graph -f policies.yml", [f"GET {POLICIES}", "GET /v3/apps"]),
        ("graph --app web", [f"GET {POLICIES}", "GET /v3/apps"]),
        ("graph --format html", EVERYTHING),
        ("graph --format html -f policies.yml", EVERYTHING),
        ("trace web api", WHOLE_CELLS),
        ("trace web api -f policies.yml", WHOLE_CELLS),
        ("capacity", WHOLE_CELLS),
        ("capacity --what-if add=policies.yml --what-if scale=web:2", WHOLE_CELLS),
        ("render", EVERYTHING),
        ("render --app web --whole-cell", WHOLE_CELLS),
        ("snapshot SNAPSHOT", WHOLE_CELLS),
        ("export", ["GET /v3/apps", f"GET {POLICIES}"]),
        ("export --all", [f"GET {POLICIES}", "GET /v3/apps", "GET /v3/spaces"]),
        ("apply policies.yml --dry-run", ["GET /v3/apps", f"GET {POLICIES}"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.usefixtures("folder")
def test_nothing_is_requested_twice(words: str, asked: list[str], served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Each command connects once; only the requests for placement have no fixed order."""
    apps = [app for app in WORLD.apps if app.name != "log"]
    with_policies(served, *DECLARED, world=WORLD._replace(apps=tuple(apps)))
    ran = cfnet(*words.replace("SNAPSHOT", str(tmp_path / "s")).split(" "), variables=served.home(tmp_path))
    assert ran.exit in (0, 1), ran.stderr
    lines = [re.sub("processes/[^/]+/", "processes/*/", line.partition("?")[0]) for line in served.asked]
    assert sorted(lines) == sorted(asked)


def _without_many_guids(line: str) -> str:
    head, _, tail = line.partition("guids=")
    guids, _, rest = tail.partition("&")
    return f"{head}guids=*&{rest}" if guids.count("%2C") > 1 else line


def test_a_large_space_is_requested_in_parallel_batches(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """At most 200 GUIDs per request, no request line over 8,000 bytes, and no policies omitted."""
    apps = tuple(WorldApp(f"app{number}", "demo/dev", instances=0) for number in range(450))
    served.foundation.load(CF_WORLD._replace(apps=apps, policies=()))
    variables = served.home(tmp_path)
    for destination in ("app7", "app449"):
        assert cfnet("add-network-policy", "app449", destination, variables=variables).exit == 0
    served.foundation.requests.clear()
    ran = cfnet("network-policies", variables=variables)
    assert ran.stdout.count("app449   app") == 2
    assert len(served.asked) == 1 + 3
    assert all(len(f"{line} HTTP/1.1\r\n") <= 8_000 for line in served.asked)
    assert all(line.count("%2C") < 200 for line in served.asked)
    assert served.connections <= 3
