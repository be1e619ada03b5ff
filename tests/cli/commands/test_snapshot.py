"""`cfnet snapshot`, and `cfnet render` of a live foundation: both have the same rules."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import httpx  # noqa: TID253 - stops an app, as cf does
import pytest

from cfnet import __version__
from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import CELLS, CF_CLIENT, Role, User, World, WorldApp, WorldOrg, WorldSpace
from tests.conftest import Cfnet, Ran, Served
from tests.golden import GOLDEN_CELLS

FRONT, BACK, OTHER = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
WORLD = World(
    cells=CELLS,
    orgs=(WorldOrg("demo", "cfe7a279-ad29-48d4-b188-813e85d2b621"),),
    spaces=(WorldSpace("dev", "demo", "49dae64f-8231-4294-9882-1490c120f839"), WorldSpace("prod", "demo")),
    apps=(
        WorldApp("front", "demo/dev", FRONT, 2, "8080"),
        WorldApp("back", "demo/dev", BACK, 3, "8080,9090"),
        WorldApp("other", "demo/prod", OTHER, 1, "8080"),
        WorldApp("idle", "demo/dev", "", 0, "8080"),
    ),
    users=(
        User("admin", "admin", ("network.admin", "cloud_controller.admin")),
        User("dev", "dev", ("network.write", "cloud_controller.read"), (Role("space_developer", "demo/dev"),)),
    ),
    clients=(CF_CLIENT,),
    policies=(
        Policy(FRONT, BACK, Protocol.TCP, Ports(8080, 8080)),
        Policy(OTHER, BACK, Protocol.UDP, Ports(53, 60)),
    ),
)


@pytest.fixture
def foundation(served: Served) -> Served:
    """Three apps on two cells, over HTTP."""
    served.foundation.load(WORLD)
    served.foundation.requests.clear()
    return served


DEFAULTS = "No agent.json is given (--agent): default settings of the agent's BOSH job are used.\n"
STATS = (
    "Placement is taken from the Cloud Controller's process stats, without staging and task containers,"
    " and without apps that you cannot see.\n"
)
NO_TAGS = (
    "Reading tags requires network.admin: tags are assigned as the policy server would, lowest first."
    " The actual tags may differ.\n"
)
NOT_ALL = (
    "Without network.admin, only policies between apps in your spaces are visible: the cells may have more rules.\n"
)
HEAD = "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N vpa--preview\n-A FORWARD -j vpa--preview\n"


def marks(ips: Iterable[str], app: str, mark: int) -> str:
    """The rules that mark an app's packets."""
    rule = '-A vpa--preview -s {}/32 -m comment --comment "src:{}" -j MARK --set-xmark {:#x}/0xffffffff\n'
    return "".join(rule.format(ip, app, mark) for ip in ips)


def allow(ip: str, match: str, source: str, mark: int) -> str:
    """The rule that lets an app call `BACK`."""
    comment = f'-m comment --comment "src:{source}_dst:{BACK}"'
    return f"-A vpa--preview -d {ip}/32 {match} -m mark --mark {mark:#x} {comment} -j ACCEPT\n"


TCP, UDP = "-p tcp -m tcp --dport 8080", "-p udp -m udp --dport 53:60"


def test_a_live_foundation(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """Its cells are named by their IPs, which is all that the Cloud Controller knows."""
    ran = cfnet("render", variables=foundation.home(tmp_path))
    assert ran == Ran(
        0,
        f"# 10.0.16.4\n{HEAD}"
        + marks(["10.255.77.3"], FRONT, 2)
        + allow("10.255.77.4", UDP, OTHER, 4)
        + allow("10.255.77.4", TCP, FRONT, 2)
        + allow("10.255.77.5", UDP, OTHER, 4)
        + allow("10.255.77.5", TCP, FRONT, 2)
        + f"# 10.0.16.5\n{HEAD}"
        + marks(["10.255.78.3"], FRONT, 2)
        + marks(["10.255.78.5"], OTHER, 4)
        + allow("10.255.78.4", UDP, OTHER, 4)
        + allow("10.255.78.4", TCP, FRONT, 2),
        DEFAULTS + STATS,
    )


def test_no_targeted_space_is_needed(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """The command covers all spaces, but requires a login."""
    nowhere = {"GUID": "", "Name": ""}
    variables = foundation.home(tmp_path, OrganizationFields=nowhere, SpaceFields=nowhere)
    assert cfnet("render", variables=variables) == cfnet("render", variables=foundation.home(tmp_path))
    named = {"CF_API_URL": foundation.url, "CF_USERNAME": "admin", "CF_PASSWORD": "admin"}
    assert cfnet("render", variables=named).stdout == cfnet("render", variables=variables).stdout
    ran = cfnet("render", variables=foundation.home(tmp_path, AccessToken="", RefreshToken=""))
    assert ran == (4, "", "Not logged in. Use 'cfnet login' or 'cfnet login --sso' to log in.\n")


def test_each_process_is_requested_once_over_kept_connections(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """Apps without instances are skipped; there are no more connections than parallel requests."""
    cfnet("render", variables=foundation.home(tmp_path))
    asked = [line for line in foundation.asked if "/stats" in line]
    assert sorted(asked) == [f"GET /v3/processes/{app}/stats" for app in (FRONT, BACK, OTHER)]
    assert foundation.connections <= 4


def test_a_developer_is_warned_of_a_partial_view(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """Tags are allotted, and policies and containers of other spaces are missing."""
    ran = cfnet("render", variables=foundation.home(tmp_path, "dev"))
    assert (ran.exit, ran.stderr) == (0, DEFAULTS + NO_TAGS + NOT_ALL + STATS)
    assert OTHER not in ran.stdout
    assert marks(["10.255.77.3"], FRONT, 1) in ran.stdout
    document = json.loads(cfnet("render", "--json", variables=foundation.home(tmp_path, "dev")).stdout)
    assert (document["tags"], document["notes"]) == ("allotted", ran.stderr.splitlines())


@pytest.mark.parametrize("user", ["admin", "dev"])
@pytest.mark.parametrize("form", [[], ["--json"], ["--whole-cell"], ["--whole-cell", "--json"]], ids=" ".join)
def test_a_snapshot_renders_like_the_live_foundation(
    user: str, form: list[str], foundation: Served, tmp_path: Path, cfnet: Cfnet
) -> None:
    """Byte for byte, notes included."""
    variables = foundation.home(tmp_path, user)
    live = cfnet("render", *form, variables=variables)
    assert cfnet("snapshot", str(tmp_path / "s"), variables=variables).exit == 0
    assert cfnet("render", *form, "--from", str(tmp_path / "s")) == live


def test_the_output_of_a_snapshot(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """On stderr: what could not be read, then the contents."""
    folder = tmp_path / "s"
    ran = cfnet("snapshot", str(folder), variables=foundation.home(tmp_path))
    assert ran == (0, "", f"{DEFAULTS}{STATS}{folder}: 2 policies, 2 cells, 6 containers\n")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.json"))
    assert files == [
        "apps.json",
        "cells/10.0.16.4/store.json",
        "cells/10.0.16.5/store.json",
        "organizations.json",
        "policies.json",
        "security_groups.json",
        "snapshot.json",
        "spaces.json",
        "tags.json",
    ]
    record = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
    made = record.pop("made")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made.pop("at"))
    assert made == {"user": "admin", "api": foundation.url, "cfnet": __version__}
    assert record == {
        "format_version": 1,
        "missing": {"agent.json": DEFAULTS.rstrip()},
        "notes": [STATS.rstrip()],
    }
    again = cfnet("snapshot", str(folder), variables=foundation.home(tmp_path))
    assert again == (2, "", f"{folder}: already contains a snapshot\nUse --replace to overwrite it.\n")


def test_part_of_a_snapshot_is_as_old_as_that(tmp_path: Path, foundation: Served, cfnet: Cfnet) -> None:
    """It says when, by whom, and where the data was read; a report from it does, too."""
    cfnet("snapshot", f"{tmp_path}/whole", variables=foundation.home(tmp_path))
    cfnet("snapshot", f"{tmp_path}/part", "--from", f"{tmp_path}/whole", "--app", FRONT)
    records = [json.loads((tmp_path / name / "snapshot.json").read_text()) for name in ("whole", "part")]
    assert records[0]["made"] == records[1]["made"]
    (tmp_path / "policies.yml").write_text("version: 1\nspace: demo/dev\npolicies: []\n", encoding="utf-8")
    report = cfnet("report", f"{tmp_path}/policies.yml", "--from", f"{tmp_path}/part", "--format", "markdown").stdout
    assert re.search(rf"- Snapshot: [-0-9]+ .* UTC, by admin, with cfnet .*, of {foundation.url[:4]}", report)


NARROW = {
    "a space": (["--space", "demo/prod"], {OTHER, BACK}, 1),
    "a space by its name only": (["--space", "prod"], {OTHER, BACK}, 1),
    "an app": (["--app", "front"], {FRONT, BACK}, 1),
    "an app with policies from two": (["--app", "demo/dev/back"], {FRONT, BACK, OTHER}, 2),
    "an app and a space": (["--app", FRONT, "--space", "prod"], {FRONT, BACK, OTHER}, 2),
}


@pytest.mark.parametrize("part", NARROW.values(), ids=NARROW)
def test_part_of_a_foundation(
    part: tuple[list[str], set[str], int], foundation: Served, tmp_path: Path, cfnet: Cfnet
) -> None:
    """Only the processes of these apps are requested; the snapshot says that it is partial."""
    words, apps, policies = part
    folder = tmp_path / "s"
    ran = cfnet("snapshot", str(folder), *words, variables=foundation.home(tmp_path))
    assert ran.exit == 0
    assert f": {policies} {'policy' if policies == 1 else 'policies'}, 2 cells, " in ran.stderr
    assert {line.split("/")[3] for line in foundation.asked if "/stats" in line} == apps
    assert (
        "Only some apps and those they have policies with are included" in cfnet("render", "--from", str(folder)).stderr
    )


def test_unknown_names(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """Nothing is written."""
    variables = foundation.home(tmp_path)
    ran = cfnet("snapshot", str(tmp_path / "s"), "--space", "pord", variables=variables)
    assert ran == (2, "", "Space 'pord' not found, or no apps in it are visible to you.\nDid you mean 'prod'?\n")
    ran = cfnet("snapshot", str(tmp_path / "s"), "--app", "bakc", variables=variables)
    assert ran == (2, "", "App 'bakc' not found.\nDid you mean 'back'?\n")
    assert not (tmp_path / "s").exists()


def test_a_snapshot_of_the_sandbox(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """With its cells' own names and settings."""
    folder = str(tmp_path / "s")
    assert cfnet("snapshot", folder, "--sandbox", "--app", "front", embedded=foundation.foundation).exit == 0
    assert "# cell-1\n" in cfnet("render", "--from", folder).stdout
    assert cfnet("snapshot", folder, "--sandbox", "--replace", embedded=foundation.foundation).exit == 0
    assert cfnet("render", "--from", folder) == cfnet("render", "--sandbox", embedded=foundation.foundation)


def lrp(ip: str, app: str, cell: str, **more: str) -> str:
    """A line of cfdot."""
    document = {
        "process_guid": "p",
        "index": 0,
        "instance_guid": f"h-{ip}",
        "cell_id": cell,
        "address": "",
        "ports": None,
        "instance_address": ip,
        "state": "RUNNING",
        "metric_tags": {"app_id": app},
        **more,
    }
    return json.dumps(document) + "\n"


def test_placement_by_cfdot(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """The Cloud Controller is then not asked for instances."""
    file = tmp_path / "lrps.json"
    lines = [
        lrp("10.255.1.3", FRONT, "diego-1"),
        lrp("10.255.2.3", BACK, "diego-2"),
        lrp("", BACK, "", state="CLAIMED"),
    ]
    file.write_text("".join(lines), encoding="utf-8")
    ran = cfnet("render", "--lrps", str(file), variables=foundation.home(tmp_path))
    assert ran.stdout == (
        f"# diego-1\n{HEAD}"
        + marks(["10.255.1.3"], FRONT, 2)
        + f"# diego-2\n{HEAD}"
        + allow("10.255.2.3", UDP, OTHER, 4)
        + allow("10.255.2.3", TCP, FRONT, 2)
    )
    waiting = "Not placed: instance 0 of demo/dev/back (CLAIMED) has no overlay IP.\n"
    assert (ran.exit, ran.stderr) == (0, DEFAULTS + waiting)
    assert not [line for line in foundation.asked if "/processes" in line]
    piped = cfnet("render", "--lrps", "-", variables=foundation.home(tmp_path), stdin="".join(lines))
    assert piped == ran


def test_stopped_apps_need_no_note(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """Nobody expects instances of them; instances of other apps that are down are noted."""
    variables = foundation.home(tmp_path)
    before = cfnet("render", variables=variables)
    headers = {"Authorization": f"bearer {foundation.foundation.sign_in('admin', base=foundation.url).access}"}
    for action in (f"{OTHER}/actions/stop", f"{BACK}/actions/stop"):
        httpx.post(f"{foundation.url}/v3/apps/{action}", headers=headers).raise_for_status()
    ran = cfnet("render", variables=variables)
    assert (ran.exit, ran.stderr) == (0, before.stderr)
    assert ran.stdout != before.stdout
    asked = [line for line in foundation.asked if line.startswith("GET /v3/apps?guids=")]
    assert len(asked) == 1


def test_control_characters_are_escaped(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """In anything that notes quote."""
    lines = lrp("", FRONT, "", state="\x1b[2J")
    ran = cfnet("render", "--lrps", "-", variables=foundation.home(tmp_path), stdin=lines)
    assert r"Not placed: instance 0 of demo/dev/front (\x1b[2J) has no overlay IP." in ran.stderr


def test_lines_that_are_not_utf_8(tmp_path: Path) -> None:
    """As a process reads them from stdin."""
    words = [sys.executable, "-m", "cfnet", "render", "--lrps", "-"]
    ran = subprocess.run(words, input=b"\xff\n", capture_output=True, check=False, env={"HOME": str(tmp_path)})
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, b"", b"stdin: not UTF-8\n")


def test_a_cells_own_store_takes_precedence(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """Differences from the stats are reported; the cell is identified by its containers."""
    store = tmp_path / "store.json"
    containers = {
        handle: {"handle": handle, "ip": ip, "metadata": {"policy_group_id": app, "container_workload": "app"}}
        for handle, ip, app in (("h1", "10.255.77.3", FRONT), ("h2", "10.255.77.4", BACK), ("h3", "10.255.77.9", FRONT))
    }
    store.write_text(json.dumps(containers), encoding="utf-8")
    ran = cfnet("render", "--store", f"diego-1={store}", variables=foundation.home(tmp_path))
    assert [line for line in ran.stdout.splitlines() if line.startswith("#")] == ["# 10.0.16.5", "# diego-1"]
    assert marks(["10.255.77.3", "10.255.77.9"], FRONT, 2) in ran.stdout
    assert "10.255.77.5" not in ran.stdout
    assert ran.stderr == (
        f"{DEFAULTS}{STATS}"
        f"the Cloud Controller has demo/dev/back at 10.255.77.5 on cell diego-1, but {store} has nothing there;"
        f" using {store}.\n"
        f"{store} has demo/dev/front at 10.255.77.9 on cell diego-1, but the Cloud Controller does not;"
        f" using {store}.\n"
    )


def test_a_snapshot_with_another_placement(foundation: Served, tmp_path: Path, cfnet: Cfnet) -> None:
    """A given store takes precedence over the directory's, that over cfdot's lines; new cells are added."""
    folder = str(tmp_path / "s")
    cfnet("snapshot", folder, variables=foundation.home(tmp_path))
    file, store = tmp_path / "lrps.json", tmp_path / "store.json"
    file.write_text(lrp("10.255.9.3", FRONT, "new") + lrp("10.255.78.3", BACK, "10.0.16.5"), encoding="utf-8")
    store.write_text("{}", encoding="utf-8")
    ran = cfnet("render", "--from", folder, "--lrps", str(file), "--store", f"10.0.16.4={store}")
    assert [line for line in ran.stdout.splitlines() if line.startswith("#")] == ["# 10.0.16.4", "# 10.0.16.5", "# new"]
    assert ran.stdout.startswith(f"# 10.0.16.4\n{HEAD}# 10.0.16.5\n")
    origin = f"{folder}/cells/10.0.16.5/store.json"
    contradiction = f"demo/dev/front at 10.255.78.3 on cell 10.0.16.5; using {origin}."
    assert f"{file} has demo/dev/back at 10.255.78.3 on cell 10.0.16.5, but {origin} has {contradiction}" in ran.stderr


MISUSES = {
    "a store without a cell": (
        ["--store", "x.json"],
        "--store requires CELL=FILE, not 'x.json'\nExample: --store cell-1=store.json\n",
    ),
    "a cell name that is not a valid directory name": (
        ["--store", "a/b=x"],
        "--store requires CELL=FILE, not 'a/b=x'\nExample: --store cell-1=store.json\n",
    ),
    "a missing store": (["--store", "a=FOLDER/x"], "FOLDER/x: cannot be read: No such file or directory\n"),
    "a truncated store": (["--store", "a=FOLDER/cut"], "FOLDER/cut: not JSON: Expecting value, line 1 column 7\n"),
    "a duplicate cell": (
        ["--store", "a=FOLDER/ok", "--store", "a=FOLDER/ok"],
        "--store is given twice for cell a\nSee 'cfnet help render'.\n",
    ),
    "lines that are not JSON": (
        ["--lrps", "FOLDER/cut"],
        (
            "FOLDER/cut, line 1: not JSON: Expecting value, column 7\n"
            "Expected the output of 'cfdot actual-lrps': one JSON object per instance, in any layout.\n"
        ),
    ),
    "lines that are not UTF-8": (["--lrps", "FOLDER/latin"], "FOLDER/latin: not UTF-8 at byte 1\n"),
}


@pytest.mark.parametrize(("words", "stderr"), MISUSES.values(), ids=MISUSES)
def test_wrong_usage(words: list[str], stderr: str, tmp_path: Path, cfnet: Cfnet) -> None:
    """Detected before any request."""
    (tmp_path / "cut").write_text('{"a": ', encoding="utf-8")
    (tmp_path / "ok").write_text("{}", encoding="utf-8")
    (tmp_path / "latin").write_bytes(b"\xe4")
    ran = cfnet("render", *(word.replace("FOLDER", str(tmp_path)) for word in words))
    assert ran == (2, "", stderr.replace("FOLDER", str(tmp_path)))


@pytest.mark.parametrize("case", sorted({each.snapshot for each in GOLDEN_CELLS}), ids=lambda case: case.name)
def test_a_snapshot_of_a_snapshot_has_the_same_rules(case: Path, cfnet: Cfnet, tmp_path: Path) -> None:
    """All of them, including per-container chains."""
    copy = tmp_path / "copy"
    ran = cfnet("snapshot", str(copy), "--from", str(case))
    assert ran.exit == 0, ran.stderr
    words = ("render", "--whole-cell", "--json", "--from")
    assert cfnet(*words, str(copy)).stdout == cfnet(*words, str(case)).stdout
    again = cfnet("snapshot", str(copy), "--from", str(copy), "--replace")
    assert again.exit == 0, again.stderr
    assert cfnet(*words, str(copy)).stdout == cfnet(*words, str(case)).stdout


def test_a_part_of_a_snapshot(foundation: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The same files as a snapshot of that part of the foundation."""
    variables = foundation.home(tmp_path)
    whole, part, cut = (str(tmp_path / name) for name in ("whole", "part", "cut"))
    assert cfnet("snapshot", whole, variables=variables).exit == 0
    assert cfnet("snapshot", part, "--app", "demo/dev/front", variables=variables).exit == 0
    assert cfnet("snapshot", cut, "--app", "demo/dev/front", "--from", whole).exit == 0
    listed = ("network-policies", "--json", "--from")
    assert cfnet(*listed, cut).stdout == cfnet(*listed, part).stdout
    assert cfnet("render", "--from", cut).stdout == cfnet("render", "--from", part).stdout
