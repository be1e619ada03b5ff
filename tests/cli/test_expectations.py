"""`cfnet test`: check the expectations of documents against the planned or the actual foundation."""

import json
from pathlib import Path

import pytest

from tests.cli.document_world import API, DB, DECLARED, DOCUMENT, WEB, founded, sent, write
from tests.conftest import Cfnet, Ran, Served
from tests.foundation.snapshots import write as write_snapshot
from tests.policies import policy

pytestmark = pytest.mark.usefixtures("folder")

EXPECT = """\
expect:
  - allowed: {source: web, destination: api}
  - denied: {source: web, destination: db}
    because: only the API may
  - denied: {source: any, destination: "*/dev/db", except: [api]}
"""
PASSED = (
    "passed  policies.yml:11:14: allowed: demo/dev/web to demo/dev/api, tcp 8080\n"
    "passed  policies.yml:12:13: denied: demo/dev/web to demo/dev/db, tcp and udp, every port\n"
    "passed  policies.yml:14:13: denied: any app (except demo/dev/api) to */dev/db, tcp and udp, every port\n"
    "3 expectations: 3 passed.\n"
)


def test_the_planned_foundation(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """With the policies that the document declares; nothing is sent."""
    write(tmp_path, DOCUMENT + EXPECT)
    variables = founded(served).home(tmp_path)
    assert cfnet("test", "policies.yml", variables=variables) == Ran(0, PASSED, "")
    assert sent(served) == []


def test_the_actual_foundation(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Without the policies that the document declares."""
    write(tmp_path, DOCUMENT + EXPECT)
    variables = founded(served, policy(WEB, API, "9090")).home(tmp_path)
    assert cfnet("test", "policies.yml", "--as-is", variables=variables) == Ran(
        1,
        "failed  policies.yml:11:14: allowed: demo/dev/web to demo/dev/api, tcp 8080\n"
        "        demo/dev/web to demo/dev/api, tcp 8080 is not allowed.\n"
        "        Other ports are allowed: demo/dev/web to demo/dev/api, tcp 9090.\n"
        + PASSED.partition("\n")[2].replace("3 passed.", "2 passed, 1 failed."),
        "",
    )


BROKEN = (
    "passed  policies.yml:11:14: allowed: demo/dev/web to demo/dev/api, tcp 8080\n"
    "failed  policies.yml:12:13: denied: demo/dev/web to demo/dev/db, tcp and udp, every port\n"
    "        Because: only the API may\n"
    "        demo/dev/web to demo/dev/db, udp 53 is allowed.\n"
    "failed  policies.yml:14:13: denied: any app (except demo/dev/api) to */dev/db, tcp and udp, every port\n"
    "        demo/dev/web to demo/dev/db, udp 53 is allowed.\n"
    "3 expectations: 1 passed, 2 failed.\n"
)


def test_policies_that_prune_would_remove_are_not_violations(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Without --prune they stay, and are."""
    write(tmp_path, DOCUMENT + EXPECT)
    variables = founded(served, policy(WEB, DB, "53", "udp")).home(tmp_path)
    assert cfnet("test", "policies.yml", variables=variables) == Ran(1, BROKEN, "")
    assert cfnet("test", "policies.yml", "--exit-zero", variables=variables) == Ran(0, BROKEN, "")
    assert cfnet("test", "policies.yml", "--prune", variables=variables) == Ran(0, PASSED, "")


def test_a_platform_team_checks_the_documents_of_others(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The violating policy is named with the position of its declaration."""
    write(tmp_path)
    write(tmp_path, 'version: 1\nexpect: [{denied: {source: "*/dev/*", destination: demo/dev/db}}]\n', "platform.yml")
    variables = founded(served).home(tmp_path)
    assert cfnet("test", "platform.yml", "policies.yml", variables=variables) == Ran(
        1,
        "failed  platform.yml:2:19: denied: */dev/* to demo/dev/db, tcp and udp, every port\n"
        "        demo/dev/api to demo/dev/db, tcp 5432 is allowed by the policy at policies.yml:6:5.\n"
        "1 expectation: 1 failed.\n",
        "",
    )
    assert cfnet("test", "platform.yml", variables=variables).exit == 0


def test_a_partial_view_passes_only_what_it_can_see(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A developer sees the policies between the apps of one space, and no apps of other spaces."""
    text = (
        "version: 1\nspace: demo/dev\nexpect:\n"
        "- denied: {source: web, destination: db}\n"
        "- denied: {source: web, destination: demo/ops/log}\n"
        "- denied: {source: any, destination: db}\n"
        "- allowed: {source: web, destination: logg}\n"
    )
    write(tmp_path, text)
    variables = founded(served).home(tmp_path, "dev")
    told = (
        "passed  policies.yml:4:11: denied: demo/dev/web to demo/dev/db, tcp and udp, every port\n"
        "unknown policies.yml:5:11: denied: demo/dev/web to demo/ops/log, tcp and udp, every port\n"
        "        This user cannot see all policies of 1 of its pairs of apps.\n"
        "unknown policies.yml:6:11: denied: any app to demo/dev/db, tcp and udp, every port\n"
        "        Apps that this user cannot see may exist.\n"
        "        This user cannot see all policies of 1 of its pairs of apps.\n"
        "unknown policies.yml:7:12: allowed: demo/dev/web to demo/dev/logg, tcp 8080\n"
        "        No app demo/dev/logg is visible.\n"
        "4 expectations: 1 passed, 3 unknown.\n"
    )
    note = "Without network.admin, only policies between apps of spaces where you are a developer.\n"
    assert cfnet("test", "policies.yml", variables=variables) == Ran(1, told, note)
    assert cfnet("test", "policies.yml", "--allow-unknown", variables=variables) == Ran(0, told, note)


def test_a_snapshot_needs_no_foundation(cfnet: Cfnet, tmp_path: Path) -> None:
    write_snapshot(tmp_path / "snapshot")
    write(tmp_path, "version: 1\nexpect:\n- allowed: {source: {guid: front}, destination: {guid: back}}\n")
    assert cfnet("test", "policies.yml", "--from", "snapshot") == Ran(
        0,
        "passed  policies.yml:3:12: allowed: front to back, tcp 8080\n1 expectation: 1 passed.\n",
        "",
    )


def test_documents_without_expectations_pass(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    write(tmp_path)
    assert cfnet("test", "policies.yml", variables=founded(served).home(tmp_path)) == Ran(0, "0 expectations.\n", "")


def test_a_bare_name_is_in_the_targeted_space(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """As in policies, for the planned and the actual foundation."""
    write(tmp_path, "version: 1\nexpect: [{allowed: {source: web, destination: api}}]\n")
    variables = founded(served, *DECLARED).home(tmp_path)
    for words in ([], ["--as-is"]):
        ran = cfnet("test", "policies.yml", *words, variables=variables)
        assert ran.stdout.startswith("passed  policies.yml:2:20: allowed: demo/dev/web to demo/dev/api")


def test_json(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Each expectation with its position, result and reason."""
    write(tmp_path, "version: 1\nspace: demo/dev\nexpect: [{denied: {source: web, destination: api}}]\n")
    ran = cfnet("test", "policies.yml", "--json", variables=founded(served, DECLARED[0]).home(tmp_path))
    names = {"space": "dev", "org": "demo"}
    assert (ran.exit, ran.stderr) == (1, "")
    assert json.loads(ran.stdout) == {
        "format_version": 1,
        "expectations": [
            {
                "file": "policies.yml",
                "line": 3,
                "column": 19,
                "outcome": "failed",
                "expected": "denied: demo/dev/web to demo/dev/api, tcp and udp, every port",
                "kind": "denied",
                "because": "",
                "pairs": 1,
                "breaches": 1,
                "breaking": [
                    {
                        "source": {"guid": WEB, "name": "web", **names},
                        "destination": {"guid": API, "name": "api", **names},
                        "protocol": "tcp",
                        "ports": {"start": 8080, "end": 8080},
                        "declared": None,
                    }
                ],
                "missing": [],
                "reasons": [],
                "explanation": ["demo/dev/web to demo/dev/api, tcp 8080 is allowed."],
            }
        ],
    }


@pytest.mark.parametrize("option", ["--prune", "--allow-missing"])
def test_as_is_applies_nothing(option: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Options about applying cannot be combined with it."""
    write(tmp_path)
    ran = cfnet("test", "policies.yml", "--as-is", option)
    assert (ran.exit, ran.stderr) == (2, f"--as-is cannot be combined with {option}\n")


@pytest.mark.parametrize("form", ["github", "junit", "sarif"])
def test_is_told_to_machines(form: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """On stdout; the summary is for people."""
    write(tmp_path, DOCUMENT + EXPECT)
    ran = cfnet("test", "policies.yml", "--format", form, variables=founded(served, policy(WEB, DB)).home(tmp_path))
    assert (ran.exit, ran.stderr) == (1, "3 expectations: 1 passed, 2 failed.\n")
    assert "demo/dev/web to demo/dev/db, tcp 8080 is allowed." in ran.stdout


def test_faults_are_annotations_too(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """With --format github."""
    write(tmp_path, "version: 1\nexpect: [{}]\n")
    ran = cfnet("test", "policies.yml", "--format", "github", variables=founded(served).home(tmp_path))
    assert (ran.exit, ran.stderr) == (2, "1 fault in the documents.\n")
    assert ran.stdout.startswith("::error file=policies.yml,line=2,col=10,title=E202 missing key::")
