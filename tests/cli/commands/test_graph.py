"""`cfnet graph`: who may call whom, in a live foundation, the sandbox, or a snapshot."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.document_world import API, DB, DECLARED, LOG, WEB, with_policies
from tests.conftest import Cfnet, Ran, Served
from tests.foundation.snapshots import write as write_snapshot
from tests.policies import policy

pytestmark = pytest.mark.usefixtures("folder")

MATRIX = """\
    from \\ to      1      2      3
1   demo/dev/api          5432
2   demo/dev/db
3   demo/dev/web   8080
4   demo/ops/log                 8080

4 apps, 3 policies.
"""
LIST = """\
demo/dev/api → demo/dev/db    5432
demo/dev/web → demo/dev/api   8080
demo/ops/log → demo/dev/web   8080

4 apps, 3 policies.
"""
CHANGE = """\
    from \\ to      1      2       3
1   demo/dev/api          +5432
2   demo/dev/db
3   demo/dev/web   8080   -8080
4   demo/ops/log                  8080

4 apps, 4 policies: 1 added, 1 removed, 2 kept.
"""


def test_a_list_replaces_a_matrix_that_does_not_fit(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """By default; a named format is kept."""
    home = with_policies(served, *DECLARED, policy(LOG, WEB)).home(tmp_path)
    width = max(map(len, MATRIX.splitlines()))
    narrow = {**home, "COLUMNS": str(width - 1)}
    assert cfnet("graph", variables={**home, "COLUMNS": str(width)}) == Ran(0, MATRIX, "")
    assert cfnet("graph", variables=narrow) == Ran(0, LIST, "")
    assert cfnet("graph", "--format", "list", variables=home) == Ran(0, LIST, "")
    assert cfnet("graph", "--format", "matrix", variables=narrow) == Ran(0, MATRIX, "")


BY_SPACE = """\
    from \\ to   1
1   demo/dev    2
2   demo/ops    1

2 spaces, 4 apps, 3 policies.
"""


def test_apps_collapse_to_their_spaces_or_orgs(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """With the numbers of policies between these."""
    variables = with_policies(served, *DECLARED, policy(LOG, WEB)).home(tmp_path)
    assert cfnet("graph", "--level", "space", variables=variables) == Ran(0, BY_SPACE, "")
    by_org = cfnet("graph", "--level", "org", "--format", "list", variables=variables)
    assert by_org == Ran(0, "demo → demo   3\n\n1 org, 4 apps, 3 policies.\n", "")
    assert json.loads(cfnet("graph", "--level", "space", "--json", variables=variables).stdout) == {
        "format_version": 1,
        "level": "space",
        "compares": False,
        "complete": True,
        "notes": [],
        "groups": [{"org": "demo", "space": "dev", "apps": 3}, {"org": "demo", "space": "ops", "apps": 1}],
        "calls": [
            {"source": 0, "destination": 0, "policies": 2, "added": 0, "removed": 0, "kept": 2},
            {"source": 1, "destination": 0, "policies": 1, "added": 0, "removed": 0, "kept": 1},
        ],
    }
    csv = cfnet("graph", "--level", "space", "--format", "csv", variables=variables).stdout
    assert csv.splitlines() == [
        "source_org,source_space,destination_org,destination_space,policies,added,removed,kept",
        "demo,dev,demo,dev,2,0,0,2",
        "demo,ops,demo,dev,1,0,0,1",
    ]


@pytest.mark.parametrize("form", ["mermaid", "dot", "svg"])
def test_diagrams_of_spaces(form: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Each has a label with the number of policies, and no app."""
    variables = with_policies(served, *DECLARED, policy(LOG, WEB)).home(tmp_path)
    drawn = cfnet("graph", "--level", "space", "--format", form, variables=variables).stdout
    assert "1 policy" in drawn
    assert "2 policies" in drawn
    assert not re.search("api|web|8080", drawn)


def test_a_live_foundation_takes_two_requests(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """All policies, and the names of their apps; no cells."""
    variables = with_policies(served, *DECLARED, policy(LOG, WEB)).home(tmp_path)
    assert cfnet("graph", variables=variables) == Ran(0, MATRIX, "")
    assert [line.split("?")[0] for line in served.asked] == [
        "GET /networking/v1/external/policies",
        "GET /v3/apps",
    ]


def test_a_user_without_network_admin_is_warned(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """There may be more policies than they see."""
    variables = with_policies(served, *DECLARED, policy(LOG, WEB)).home(tmp_path, "dev")
    ran = cfnet("graph", variables=variables)
    assert ran.stdout.endswith("3 apps, 2 policies.\n")
    assert (
        ran.stderr
        == "Without network.admin, only policies between apps in spaces where you are a developer are listed.\n"
    )


def test_a_document_highlights_the_change(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Additions; with --prune also removals."""
    variables = with_policies(served, DECLARED[0], policy(WEB, DB), policy(LOG, WEB)).home(tmp_path)
    assert cfnet("graph", "-f", "policies.yml", "--prune", variables=variables) == Ran(0, CHANGE, "")
    spared = cfnet("graph", "-f", "policies.yml", variables=variables)
    assert spared.stdout.endswith("4 policies: 1 added, 0 removed, 3 kept.\n")


@pytest.mark.parametrize(
    ("words", "policies"),
    [
        (["--app", "api"], ["api>db", "web>api"]),
        (["--app", "demo/dev/api", "--direction", "out"], ["api>db"]),
        (["--app", API, "--direction", "in"], ["web>api"]),
        (["--app", "api", "--direction", "in", "--depth", "2"], ["web>api", "log>web"]),
        (["--space", "ops"], ["log>web"]),
        (["--space", "demo/ops", "--depth", "2"], ["web>api", "log>web"]),
        (["--space", "demo/ops", "--direction", "in"], []),
        (["--app", "db", "--app", "log"], ["api>db", "log>web"]),
    ],
    ids=" ".join,
)
def test_part_of_a_graph(words: list[str], policies: list[str], served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Around apps and spaces, in one direction or both, up to a number of steps."""
    variables = with_policies(served, *DECLARED, policy(LOG, WEB)).home(tmp_path)
    output = json.loads(cfnet("graph", "--json", *words, variables=variables).stdout)
    names = {app["guid"]: app["name"] for app in output["apps"]}
    found = [f"{names[each['source']]}>{names[each['destination']]}" for each in output["policies"]]
    assert found == policies


@pytest.mark.parametrize(
    ("form", "beginning"),
    [
        ("mermaid", 'flowchart LR\n  subgraph org0["demo"]\n'),
        ("dot", "digraph policies {\n"),
        ("svg", '<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img"'),
        ("html", "<!DOCTYPE html>\n"),
        ("csv", "change,source_org,"),
        ("json", '{\n  "format_version": 1,\n  "compares": false,'),
        ("matrix", "    from \\ to "),
    ],
)
def test_every_format(form: str, beginning: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Nothing on stderr except notes about the rules of a page."""
    variables = with_policies(served, *DECLARED).home(tmp_path)
    ran = cfnet("graph", "--format", form, variables=variables)
    assert (ran.exit, ran.stdout[: len(beginning)]) == (0, beginning)
    assert bool(ran.stderr) == (form == "html")


def data_of(page: str) -> dict[str, list[Any]]:
    """The data in the script of a page."""
    text = page.partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    found: dict[str, list[Any]] = json.loads(text)
    return found


def texts_of(data: dict[str, list[Any]]) -> list[str]:
    """The texts of the rules of a page."""
    texts = []
    for template, *values in data["texts"]:
        first, *parts = data["templates"][template]
        texts.append(first + "".join(data["values"][at] + part for at, part in zip(values, parts, strict=True)))
    return texts


def ports_of(rules: list[int], texts: list[str]) -> set[str]:
    """The ports in the rules of a page."""
    return {texts[text].split(" --dport ")[1].split(" ")[0] for text in rules[1::2]}


def _ends(data: dict[str, list[Any]], apps: list[str], edge: int) -> list[str]:
    """The names of the apps of an edge of a page."""
    return [apps[end] for end in data["edges"][2 * edge : 2 * edge + 2]]


@pytest.mark.parametrize("where", ["live", "sandbox"])
def test_a_page_has_the_rules_of_the_cells(where: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Added rules as planned, removed ones as they are."""
    with_policies(served, DECLARED[0], policy(WEB, DB))
    variables = served.home(tmp_path) if where == "live" else {"CFNET_SANDBOX": "1"}
    embedded = None if where == "live" else served.foundation
    words = ("graph", "-f", "policies.yml", "--prune", "--format", "html")
    data = data_of(cfnet(*words, variables=variables, embedded=embedded).stdout)
    apps = [name for _guid, name, _space, *_marks in data["apps"]]
    texts = texts_of(data)
    output = [
        (
            *(apps[end] for end in data["edges"][2 * edge : 2 * edge + 2]),
            data["changes"][kind % 3],
            ports_of(rules, texts),
        )
        for edge, kind, _ports, *rules in data["policies"]
    ]
    assert output == [
        ("api", "db", "added", {"5432"}),
        ("web", "api", "kept", {"8080"}),
        ("web", "db", "removed", {"8080"}),
    ]
    assert [name for _guid, name, _space, *marks in data["apps"] if marks] == ["api", "web"]


def test_a_snapshot(cfnet: Cfnet, tmp_path: Path) -> None:
    """Without names it uses GUIDs; its page has its cells."""
    write_snapshot(tmp_path / "snap")
    assert cfnet("graph", "--from", "snap", "--format", "csv").stdout.splitlines()[1:] == [
        "kept,,,,front,,,,back,tcp,8080,8080"
    ]
    data = data_of(cfnet("graph", "--from", "snap", "--format", "html").stdout)
    assert data["cells"] == ["cell-1"]
    assert texts_of(data) == [
        (
            "-d 10.255.0.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2"
            ' -m comment --comment "src:front_dst:back" -j ACCEPT'
        )
    ]


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        (["--json", "--format", "dot"], "--json cannot be combined with --format dot\nSee 'cfnet help graph'.\n"),
        (["--depth", "2"], "--direction and --depth require --app or --space\nSee 'cfnet help graph'.\n"),
        (["--direction", "in"], "--direction and --depth require --app or --space\nSee 'cfnet help graph'.\n"),
        (["--prune"], "--prune requires FILE\nSee 'cfnet help graph'.\n"),
        (["--lrps", "x"], "--agent, --lrps and --store require --format html\nOther formats do not show rules.\n"),
        (["--app", "wep"], "No policy involves an app 'wep'.\nDid you mean 'web'?\n"),
        (["--space", "opps"], "No policy involves an app in space 'opps'.\nDid you mean 'ops'?\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(words: list[str], stderr: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Exit 2, and what to do."""
    variables = with_policies(served, *DECLARED, policy(LOG, WEB)).home(tmp_path)
    assert cfnet("graph", *words, variables=variables) == Ran(2, "", stderr)


def test_faults_of_a_document_are_reported(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Like by other commands that read documents."""
    variables = with_policies(served).home(tmp_path)
    Path("policies.yml").write_text("version: 1\npolices: []\n", encoding="utf-8")
    ran = cfnet("graph", "-f", "policies.yml", variables=variables)
    assert ran.exit == 2
    assert ran.stderr.startswith("policies.yml:2:1: ")


def write_crowd(folder: Path) -> None:
    """A snapshot of 1,002 apps in 501 pairs."""
    policies = [
        {
            "source": {"id": f"a{number}"},
            "destination": {"id": f"b{number}", "protocol": "tcp", "ports": {"start": 1, "end": 1}},
        }
        for number in range(501)
    ]
    write_snapshot(folder, {"policies.json": {"policies": policies}, "tags.json": None})


def test_mermaid_warns_of_too_many_edges(cfnet: Cfnet, tmp_path: Path) -> None:
    """Mermaid would not draw them."""
    write_crowd(tmp_path / "snap")
    ran = cfnet("graph", "--from", "snap", "--format", "mermaid")
    assert (ran.exit, ran.stderr) == (0, "Mermaid draws at most 500 edges: select a part with --app or use --level.\n")


def test_a_matrix_has_a_maximum_size(cfnet: Cfnet, tmp_path: Path) -> None:
    """A whole foundation would be unreadable, part of it is fine."""
    write_crowd(tmp_path / "snap")
    ran = cfnet("graph", "--from", "snap", "--format", "matrix")
    assert (ran.exit, ran.stdout, ran.stderr.splitlines()[0]) == (2, "", "A matrix of 1,002 apps would be unreadable.")
    assert cfnet("graph", "--from", "snap", "--app", "a7").stdout.endswith("2 apps, 1 policy.\n")


def test_only_apps_with_policies_are_drawn(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A foundation has many others; naming one explains that it has no policies."""
    variables = with_policies(served, DECLARED[0]).home(tmp_path)
    output = json.loads(cfnet("graph", "--json", variables=variables).stdout)
    assert {app["guid"] for app in output["apps"]} == {WEB, API}
    assert cfnet("graph", "--app", "db", variables=variables) == Ran(2, "", "No policy involves an app 'db'.\n")


def test_text_of_a_snapshot_is_escaped(cfnet: Cfnet, tmp_path: Path) -> None:
    """A note in it may contain escape sequences."""
    note = {"format_version": 1, "notes": ["\x1b[2Jwhat was missing"]}
    write_snapshot(tmp_path / "snap", {"snapshot.json": note})
    ran = cfnet("graph", "--from", "snap", "--format", "html")
    assert (ran.exit, ran.stderr) == (0, "\\x1b[2Jwhat was missing\n")


def test_a_foundation_without_policies_is_empty(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The message says so, without mentioning snapshots."""
    ran = cfnet("graph", "--app", "web", variables=with_policies(served).home(tmp_path))
    assert ran == Ran(2, "", "No policy involves an app 'web'.\nThere are no policies.\n")
