"""`cfnet diff --rules`: a change as the rules added and removed on each cell."""

import json
from pathlib import Path

import pytest

from tests.cli.document_world import API, DB, DECLARED, DOCUMENT, LOG, WEB, sent, with_policies, write
from tests.conftest import Cfnet, Ran, Served
from tests.foundation.snapshots import GOOD
from tests.foundation.snapshots import write as write_snapshot
from tests.golden import HERE
from tests.policies import policy

pytestmark = pytest.mark.usefixtures("folder")

TIMES = (
    "Rules are added when a cell next polls for policies (every 5 seconds by default), "
    "and removed when its new chain replaces the old one.\n"
)


def in_sandbox(cfnet: Cfnet, served: Served, *words: str) -> Ran:
    """Run `diff --rules` on the served sandbox, in process."""
    return cfnet("diff", "--rules", *words, variables={"CFNET_SANDBOX": "1"}, embedded=served.foundation)


def test_added_and_removed_rules(served: Served, cfnet: Cfnet) -> None:
    """By cell, then by pair of apps, with names for GUIDs, a summary, and when they take effect. Exit 1."""
    with_policies(served, DECLARED[0], policy(WEB, DB))
    ran = in_sandbox(cfnet, served, "policies.yml", "--prune")
    lines = ran.stdout.splitlines()
    assert (ran.exit, ran.stderr) == (1, "")
    headings = [line for line in lines if line[0] in "#@"]
    assert [line.split(":")[0] for line in headings if line[0] == "#"] == ["# cell-1", "# cell-2"]
    assert {line for line in headings if line[0] == "@"} == {
        f"@@ the mark of demo/dev/api ({API}) @@",
        f"@@ demo/dev/api ({API}) to demo/dev/db ({DB}) @@",
        f"@@ demo/dev/web ({WEB}) to demo/dev/db ({DB}) @@",
    }
    assert lines[-2].endswith("0 cells are unchanged.")
    assert f"{lines[-1]}\n" == TIMES
    assert sent(served) == []


def test_a_live_foundation_has_the_same_rules(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Its containers are located by process stats, and a note says so."""
    with_policies(served, DECLARED[0], policy(WEB, DB))
    inside = json.loads(in_sandbox(cfnet, served, "policies.yml", "--prune", "--json").stdout)
    ran = cfnet("diff", "--rules", "policies.yml", "--prune", "--json", variables=served.home(tmp_path))
    output = json.loads(ran.stdout)
    assert "process stats" in ran.stderr

    def without_logs(document: dict[str, list[dict[str, list[dict[str, object]]]]]) -> list[list[object]]:
        cells = [cell["changes"] for cell in document["cells"]]
        return [[(each["change"], each["text"]) for each in changes if each["kind"] != "log"] for changes in cells]

    assert without_logs(output) == without_logs(inside)


def test_no_changes_are_not_a_finding(served: Served, cfnet: Cfnet) -> None:
    """Exit 0, without a note on when they take effect."""
    with_policies(served, *DECLARED)
    assert in_sandbox(cfnet, served, "policies.yml") == Ran(0, "No rule changes. 2 cells are unchanged.\n", "")


def test_exit_zero(served: Served, cfnet: Cfnet) -> None:
    """Even if rules change."""
    with_policies(served)
    assert in_sandbox(cfnet, served, "policies.yml", "--exit-zero").exit == 0


def test_between_two_documents(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The difference of the two, independent of the foundation's policies."""
    with_policies(served, policy(LOG, WEB))
    old = write(tmp_path, DOCUMENT)
    new = tmp_path / "new.yml"
    new.write_text(DOCUMENT.replace("5432", "5433"), encoding="utf-8")
    output = json.loads(in_sandbox(cfnet, served, str(new), "--base", str(old), "--json").stdout)
    changes = [change for cell in output["cells"] for change in cell["changes"]]
    assert {(each["change"], each["ports"]["start"]) for each in changes} == {("removed", 5432), ("added", 5433)}
    assert in_sandbox(cfnet, served, str(old), "--base", str(old)).exit == 0


def test_between_two_snapshots(cfnet: Cfnet) -> None:
    """A container that moved to another cell has its rules there."""
    before, after = HERE / "02-walkthrough", HERE / "03-two-cells"
    ran = cfnet("diff", "--rules", "--from", str(before), "--to", str(after))
    assert ran.exit == 1
    assert [line[:22] for line in ran.stdout.splitlines()[:-1] if line[0] in "#+-O"] == [
        *("# cell-1: 0 rules to a", "- 1  -s 10.255.77.3/32", "- 2  -d 10.255.77.4/32"),
        *("# cell-2: 1 rule to ad", "+ 1  -s 10.255.78.3/32", "On 2 of 2 cells: 1 rul"),
    ]
    assert cfnet("diff", "--rules", "--from", str(before), "--to", str(before)).exit == 0


def test_differences_turn_one_golden_cell_into_another(cfnet: Cfnet) -> None:
    """Applied to one golden snapshot, they produce the chain that the production components left for the other."""
    before, after = HERE / "09-mixed", HERE / "10-mixed"
    output = json.loads(cfnet("diff", "--rules", "--from", str(before), "--to", str(after), "--json").stdout)
    for cell in output["cells"]:
        old, new = (expected(folder, cell["cell"]) for folder in (before, after))
        gone = {each["position"] for each in cell["changes"] if each["change"] == "removed"}
        rules = [rule for position, rule in enumerate(old, 1) if position not in gone]
        for each in cell["changes"]:
            if each["change"] == "added":
                rules.insert(each["position"] - 1, each["text"])
        assert rules == new
        assert (cell["rules_before"], cell["rules_after"]) == (len(old), len(new))
    assert output["summary"]["cells"] == len(output["cells"]) > 0


def expected(snapshot: Path, cell: str) -> list[str]:
    """The rules of the policy chain that production left on a cell."""
    file = snapshot / "expected" / f"{cell}.rules"
    chain = "-A vpa--"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [line.split(" ", 2)[2] for line in lines if line.startswith(chain)]


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        (["--rules"], "diff requires a FILE\nOr compare two snapshots: 'cfnet diff --rules --from DIR --to DIR'.\n"),
        ([], "diff requires a FILE\nSee 'cfnet help diff'.\n"),
        (
            ["--rules", "policies.yml", "--format", "github"],
            "--rules cannot be combined with --format github\nSee 'cfnet help diff'.\n",
        ),
        (
            ["--rules", "policies.yml", "--out", "plan"],
            "--rules cannot be combined with --out\nSee 'cfnet help diff'.\n",
        ),
        (
            ["--rules", "policies.yml", "--from", "snap", "--to", "snap"],
            "--to cannot be combined with FILE\nSee 'cfnet help diff'.\n",
        ),
        (
            ["--rules", "--from", "snap", "--to", "snap", "--prune"],
            "--base, --prune, --lrps and --store cannot be used to compare two snapshots\nSee 'cfnet help diff'.\n",
        ),
        (["policies.yml", "--to", "snap"], "--to requires --rules\nSee 'cfnet help diff'.\n"),
        (["policies.yml", "--base", "policies.yml"], "--base requires --rules\nSee 'cfnet help diff'.\n"),
        (["policies.yml", "--lrps", "x"], "--lrps requires --rules\nSee 'cfnet help diff'.\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(words: list[str], stderr: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Exit 2, and what to do."""
    write_snapshot(tmp_path / "snap", GOOD)
    assert cfnet("diff", *words) == Ran(2, "", stderr)
