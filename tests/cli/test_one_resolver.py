"""A name refers to the same app in every command: live, in a snapshot, and in the sandbox."""

import json
from pathlib import Path

import pytest

from cfnet.sandbox import DEFAULT, WorldApp, WorldOrg, WorldSpace
from tests.conftest import Cfnet, Ran, Served
from tests.policies import policy

FRONT, FRONT_PAY = "aaaaaaaa-1111-4000-8000-000000000001", "aaaaaaaa-2222-4000-8000-000000000002"
BACK, LEDGER, SLASH = "bbbbbbbb-1111-4000-8000-000000000003", "cccccccc-1111-4000-8000-000000000004", "dddddddd-slash"
PLACES = {
    "front": ("frontend", "demo/dev", FRONT),
    "front of pay": ("frontend", "pay/dev", FRONT_PAY),
    "back": ("backend", "demo/dev", BACK),
    "ledger": ("ledger", "pay/dev", LEDGER),
    "slash": ("a/b", "pay/dev", SLASH),
}
WORLD = DEFAULT._replace(
    orgs=(*DEFAULT.orgs, WorldOrg("pay")),
    spaces=(*DEFAULT.spaces, WorldSpace("dev", "pay", "space-pay")),
    apps=tuple(WorldApp(*place) for place in PLACES.values()),
    policies=(*(policy(guid, BACK) for *_, guid in PLACES.values() if guid != BACK), policy(BACK, FRONT)),
)

NAMES = [
    pytest.param("frontend", FRONT, id="a bare name in the targeted space"),
    pytest.param("FrontEnd", FRONT, id="in any case"),
    pytest.param("ledger", LEDGER, id="a unique name of another space"),
    pytest.param("dev/frontend", FRONT, id="SPACE/APP in the targeted org"),
    pytest.param("dev/ledger", LEDGER, id="SPACE/APP in another org"),
    pytest.param("PAY/dev/frontend", FRONT_PAY, id="ORG/SPACE/APP"),
    pytest.param(FRONT_PAY, FRONT_PAY, id="a GUID"),
    pytest.param("aaaaaaaa-2", FRONT_PAY, id="a GUID prefix"),
    pytest.param('pay/dev/"a/b"', SLASH, id="a name with a slash"),
]


def of_trace(ran: Ran) -> set[str]:
    """The source of the traced packet."""
    return {json.loads(ran.stdout)["source"]["guid"]}


def of_graph(ran: Ran) -> set[str]:
    """The sources in the graph, without those of policies to the app itself."""
    printed = json.loads(ran.stdout)
    return {
        each["source"]["guid"] if isinstance(each["source"], dict) else each["source"] for each in printed["policies"]
    }


def of_copy(ran: Ran) -> set[str]:
    """The app whose policies would be copied, recognized by its list."""
    return {guid for name, space, guid in PLACES.values() if f"- {space}/{name} to demo/dev/backend" in ran.stdout}


COMMANDS = {
    "render": (["render", "--json", "--app", "APP"], None),
    "trace": (["trace", "--json", "APP", "backend"], of_trace),
    "graph": (["graph", "--json", "--direction", "out", "--app", "APP"], of_graph),
    "snapshot": (["snapshot", "TO", "--app", "APP"], None),
    "capacity": (["capacity", "--json", "--what-if", "scale=APP:3"], None),
    "copy-network-policies": (["copy-network-policies", "APP", "backend", "--remove-old", "--dry-run"], of_copy),
}


@pytest.fixture
def sources(served: Served, cfnet: Cfnet, tmp_path: Path) -> dict[str, tuple[list[str], dict[str, object]]]:
    """Three ways to point a command at one foundation: more arguments, and those of `cfnet`."""
    served.foundation.load(WORLD)
    variables = served.home(tmp_path)
    taken = cfnet("snapshot", str(tmp_path / "taken"), variables=variables)
    assert taken.exit == 0, taken.stderr
    return {
        "live": ([], {"variables": variables}),
        "snapshot": (["--from", str(tmp_path / "taken")], {"variables": variables}),
        "sandbox": ([], {"variables": {"CFNET_SANDBOX": "1"}, "embedded": served.foundation}),
    }


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("name", "guid"), NAMES)
def test_a_name_refers_to_the_same_app(
    name: str, guid: str, command: str, sources: dict[str, tuple[list[str], dict[str, object]]], cfnet: Cfnet
) -> None:
    """For every command and source the output equals that for the app's GUID."""
    words, meant = COMMANDS[command]
    folder = Path(sources["snapshot"][0][1]).parent
    for source, (more, options) in sources.items():
        if source == "snapshot" and command in ("snapshot", "copy-network-policies"):
            continue
        printed = []
        for number, typed in enumerate((name, guid)):
            to = folder / f"{source}-{number}"
            line = [word.replace("APP", typed).replace("TO", str(to)) for word in words]
            ran = cfnet(*line, *more, **options)
            assert ran.exit in (0, 1), (source, ran.stderr)
            if meant is not None:
                assert meant(ran) == {guid}, source
            printed.append(
                (to / "apps.json").read_text("utf-8") if command == "snapshot" else ran.stdout.split("\n", 1)[1]
            )
        assert printed[0] == printed[1]
