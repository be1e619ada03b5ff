"""Incomplete snapshots: policies that are not in them may still exist, and the output says so."""

from pathlib import Path

import pytest

from tests.cli.document_world import API, DB, DECLARED, DOCUMENT, LOG, WEB, with_policies, write
from tests.conftest import Cfnet, Ran, Served
from tests.policies import policy

OF_A_DEVELOPER = (
    "Without network.admin, only policies between apps in your spaces are visible: the cells may have more rules.\n"
)
OF_A_PART = "Only some apps and those they have policies with are included; the cells have more rules.\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with the document."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, f"{DOCUMENT}  - source: db\n    destination: demo/ops/log\n")
    return tmp_path


def notes_but_of_placement(stderr: str) -> str:
    """The notes about policies."""
    return "".join(f"{line}\n" for line in stderr.splitlines() if not line.startswith("Placement is taken from"))


def test_a_developers_snapshot(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Policies outside their spaces are unknown, like live, and every reader is told."""
    variables = with_policies(served, *DECLARED, policy(DB, LOG)).home(tmp_path, "dev")
    assert cfnet("snapshot", "snap", variables=variables).exit == 0
    ran = cfnet("diff", "policies.yml", "--from", "snap")
    assert ran.stdout == (
        "? demo/dev/db to demo/ops/log, tcp 8080\n"
        "0 to add, 0 to remove, 2 as declared, 1 unknown: not visible to this user.\n"
    )
    assert ran.stdout == cfnet("diff", "policies.yml", variables=variables).stdout
    assert notes_but_of_placement(ran.stderr) == OF_A_DEVELOPER
    for words in (["export", "--space", "demo/dev"], ["graph"]):
        assert notes_but_of_placement(cfnet(*words, "--from", "snap").stderr) == OF_A_DEVELOPER


def test_part_of_a_foundation(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Policies between the selected apps are known; between their neighbours they are not."""
    variables = with_policies(served, *DECLARED, policy(DB, WEB)).home(tmp_path)
    assert cfnet("snapshot", "snap", "--app", "web", "--app", "db", variables=variables).exit == 0
    write(tmp_path, f"{DOCUMENT}  - source: api\n    destination: web\n  - source: web\n    destination: db\n")
    ran = cfnet("diff", "policies.yml", "--from", "snap")
    assert ran.stdout == (
        "+ demo/dev/web to demo/dev/db, tcp 8080\n"
        "? demo/dev/api to demo/dev/web, tcp 8080\n"
        "1 to add, 0 to remove, 2 as declared, 1 not declared (--prune would remove 1),"
        " 1 unknown: not visible to this user.\n"
    )
    for words in (["diff", "policies.yml"], ["export", "--space", "demo/dev"], ["graph"]):
        assert notes_but_of_placement(cfnet(*words, "--from", "snap").stderr) == OF_A_PART


def test_part_of_a_developers_snapshot(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Both limits apply, and remain in a snapshot rebuilt from its parts."""
    variables = with_policies(served, policy(API, LOG)).home(tmp_path, "dev")
    assert cfnet("snapshot", "snap", "--app", "api", "--app", "log", variables=variables).exit == 0
    assert '"visible": [\n  "guid-api"\n ]' in (tmp_path / "snap" / "snapshot.json").read_text(encoding="utf-8")


def test_a_complete_snapshot(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Policies that are not in it do not exist; no note is needed."""
    variables = with_policies(served, *DECLARED).home(tmp_path)
    assert cfnet("snapshot", "snap", variables=variables).exit == 0
    write(tmp_path, f"{DOCUMENT}  - source: db\n    destination: web\n")
    printed = "+ demo/dev/db to demo/dev/web, tcp 8080\n1 to add, 0 to remove, 2 as declared.\n"
    assert cfnet("diff", "policies.yml", "--from", "snap") == Ran(1, printed, "")
    assert cfnet("graph", "--from", "snap").stderr == ""
