"""`cfnet test`: check the expectations of documents against the planned or the actual foundation."""

import json
from pathlib import Path

import pytest

from cfnet.sandbox import WorldApp
from tests.cli.document_world import API, DB, DECLARED, DOCUMENT, WEB, WORLD, sent, with_policies, write
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
    variables = with_policies(served).home(tmp_path)
    assert cfnet("test", "policies.yml", variables=variables) == Ran(0, PASSED, "")
    assert sent(served) == []


def test_the_actual_foundation(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Without the policies that the document declares."""
    write(tmp_path, DOCUMENT + EXPECT)
    variables = with_policies(served, policy(WEB, API, "9090")).home(tmp_path)
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
    variables = with_policies(served, policy(WEB, DB, "53", "udp")).home(tmp_path)
    assert cfnet("test", "policies.yml", variables=variables) == Ran(1, BROKEN, "")
    assert cfnet("test", "policies.yml", "--exit-zero", variables=variables) == Ran(0, BROKEN, "")
    assert cfnet("test", "policies.yml", "--prune", variables=variables) == Ran(0, PASSED, "")


def test_a_platform_team_checks_the_documents_of_others(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The violating policy is named with the position of its declaration."""
    write(tmp_path)
    write(tmp_path, 'version: 1\nexpect: [{denied: {source: "*/dev/*", destination: demo/dev/db}}]\n', "platform.yml")
    variables = with_policies(served).home(tmp_path)
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
    variables = with_policies(served).home(tmp_path, "dev")
    printed = (
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
    note = "Without network.admin, only policies between apps in spaces where you are a developer are listed.\n"
    assert cfnet("test", "policies.yml", variables=variables) == Ran(1, printed, note)
    assert cfnet("test", "policies.yml", "--allow-unknown", variables=variables) == Ran(0, printed, note)


def test_a_snapshot_needs_no_foundation(cfnet: Cfnet, tmp_path: Path) -> None:
    write_snapshot(tmp_path / "snapshot")
    write(tmp_path, "version: 1\nexpect:\n- allowed: {source: {guid: front}, destination: {guid: back}}\n")
    assert cfnet("test", "policies.yml", "--from", "snapshot") == Ran(
        0,
        "passed  policies.yml:3:12: allowed: front to back, tcp 8080\n1 expectation: 1 passed.\n",
        "",
    )


def test_documents_without_expectations_pass(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Without asking any foundation."""
    write(tmp_path)
    assert cfnet("test", "policies.yml", variables=with_policies(served).home(tmp_path)) == Ran(
        0, "0 expectations.\n", "The documents have no expectations (expect).\n"
    )
    assert served.asked == []


def test_a_bare_name_is_in_the_targeted_space(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """As in policies, for the planned and the actual foundation."""
    write(tmp_path, "version: 1\nexpect: [{allowed: {source: web, destination: api}}]\n")
    variables = with_policies(served, *DECLARED).home(tmp_path)
    for words in ([], ["--as-is"]):
        ran = cfnet("test", "policies.yml", *words, variables=variables)
        assert ran.stdout.startswith("passed  policies.yml:2:20: allowed: demo/dev/web to demo/dev/api")


def test_json(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Each expectation with its position, result and reason."""
    write(tmp_path, "version: 1\nspace: demo/dev\nexpect: [{denied: {source: web, destination: api}}]\n")
    ran = cfnet("test", "policies.yml", "--json", variables=with_policies(served, DECLARED[0]).home(tmp_path))
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
                "rules": None,
                "explanation": ["demo/dev/web to demo/dev/api, tcp 8080 is allowed."],
            }
        ],
    }


@pytest.mark.parametrize("option", ["--prune", "--allow-missing"])
def test_as_is_applies_nothing(option: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Options about applying cannot be combined with it."""
    write(tmp_path)
    ran = cfnet("test", "policies.yml", "--as-is", option)
    assert (ran.exit, ran.stderr) == (2, f"--as-is cannot be combined with {option}\nSee 'cfnet help test'.\n")


@pytest.mark.parametrize("form", ["github", "junit", "sarif"])
def test_is_told_to_machines(form: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """On stdout; the summary is for people."""
    write(tmp_path, DOCUMENT + EXPECT)
    ran = cfnet(
        "test", "policies.yml", "--format", form, variables=with_policies(served, policy(WEB, DB)).home(tmp_path)
    )
    assert (ran.exit, ran.stderr) == (1, "3 expectations: 1 passed, 2 failed.\n")
    assert "demo/dev/web to demo/dev/db, tcp 8080 is allowed." in ran.stdout


def test_faults_are_annotations_too(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """With --format github."""
    write(tmp_path, "version: 1\nexpect: [{}]\n")
    ran = cfnet("test", "policies.yml", "--format", "github", variables=with_policies(served).home(tmp_path))
    assert (ran.exit, ran.stderr) == (2, "1 fault in the documents.\n")
    assert ran.stdout.startswith("::error file=policies.yml,line=2,col=10,title=E202 missing key::")


BREAKS = "version: 1\nspace: demo/dev\nexpect:\n- denied: {source: web, destination: api}\n"
FAILED = (
    "failed  platform.yml:4:11: denied: demo/dev/web to demo/dev/api, tcp and udp, every port\n"
    "        demo/dev/web to demo/dev/api, tcp 8080 is allowed by the policy at policies.yml:4:5.\n"
)
TO_ADD = "2 to add, 0 to remove, 0 as declared.\n"
HINT = "Fix the documents, or use --force if this is intended.\n"


@pytest.fixture
def breaking(served: Served, tmp_path: Path) -> dict[str, str]:
    """Two documents, one of which expects that the other is not applied; the variables of an administrator."""
    write(tmp_path)
    write(tmp_path, BREAKS, "platform.yml")
    return with_policies(served).home(tmp_path)


FILES = ("policies.yml", "platform.yml")


def test_apply_sends_nothing_that_breaks_an_expectation(served: Served, cfnet: Cfnet, breaking: dict[str, str]) -> None:
    """Unless that is intended; also in a dry run."""
    refused = Ran(3, TO_ADD + FAILED, f"1 expectation would fail. Nothing was sent.\n{HINT}")
    assert cfnet("apply", *FILES, "--yes", variables=breaking) == refused
    assert cfnet("apply", *FILES, "--dry-run", variables=breaking) == refused
    assert sent(served) == []
    forced = cfnet("apply", *FILES, "--yes", "--force", variables=breaking)
    assert (forced.exit, forced.stderr) == (0, "")
    assert f"{TO_ADD}{FAILED}1 expectation: 1 failed.\n" in forced.stdout
    assert sent(served) == ["add"]


def test_apply_says_that_expectations_hold(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """With a count."""
    write(tmp_path, DOCUMENT + EXPECT)
    ran = cfnet("apply", "policies.yml", "--yes", variables=with_policies(served).home(tmp_path))
    assert (ran.exit, ran.stderr) == (0, "")
    assert f"{TO_ADD}3 expectations: 3 passed.\n" in ran.stdout


def test_what_a_developer_cannot_see_keeps_nobody_from_applying(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """It is shown as unknown."""
    write(tmp_path, DOCUMENT + "expect: [{denied: {source: web, destination: demo/ops/log}}]\n")
    ran = cfnet("apply", "policies.yml", "--yes", variables=with_policies(served).home(tmp_path, "dev"))
    assert ran.exit == 0
    assert ": denied: demo/dev/web to demo/ops/log, tcp and udp, every port\n        This user cannot see" in ran.stdout


def test_force_needs_something_to_force(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Neither --prune nor expectations: it may be a mistake."""
    write(tmp_path)
    ran = cfnet("apply", "policies.yml", "--force", variables=with_policies(served).home(tmp_path))
    assert (ran.exit, ran.stderr.splitlines()[0]) == (2, "--force requires --prune, or expectations in the documents")


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ([], TO_ADD + FAILED + "1 expectation: 1 failed.\n"),
        (["--json"], '"outcome": "failed"'),
        (["--format", "markdown"], f"\n### Expectations\n\n1 expectation: 1 failed.\n\n```\n{FAILED}```\n"),
        (["--format", "github"], "\n::error file=platform.yml,line=4,col=11,title=Expectation failed::denied: demo"),
    ],
    ids=["text", "json", "markdown", "github"],
)
def test_diff_shows_what_would_fail(words: list[str], printed: str, cfnet: Cfnet, breaking: dict[str, str]) -> None:
    """In every format."""
    ran = cfnet("diff", *FILES, *words, variables=breaking)
    assert ran.exit == 1
    assert printed in ran.stdout


def test_diff_of_rules_shows_what_would_fail(cfnet: Cfnet, breaking: dict[str, str]) -> None:
    """On stderr, since its output is about rules."""
    ran = cfnet("diff", "--rules", *FILES, variables=breaking)
    assert ran.exit == 1
    assert f"{FAILED}1 expectation: 1 failed.\n" in ran.stderr


def test_a_failure_is_a_finding_without_changes(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Exit 1."""
    write(tmp_path, BREAKS)
    variables = with_policies(served, DECLARED[0]).home(tmp_path)
    assert cfnet("diff", "policies.yml", variables=variables).exit == 1
    assert cfnet("diff", "policies.yml", variables=with_policies(served, DECLARED[1]).home(tmp_path)).exit == 0


def test_no_plan_is_saved_that_would_break_an_expectation(
    cfnet: Cfnet, breaking: dict[str, str], tmp_path: Path
) -> None:
    """Since applying it checks nothing again."""
    ran = cfnet("diff", *FILES, "--out", "plan.json", variables=breaking)
    assert (ran.exit, ran.stderr) == (3, f"1 expectation would fail.\n{HINT}")
    assert not (tmp_path / "plan.json").exists()
    assert cfnet("diff", *FILES, "--out", "plan.json", "--force", variables=breaking).exit == 1
    assert (tmp_path / "plan.json").exists()


@pytest.mark.parametrize(
    ("form", "printed"),
    [
        ("markdown", f"\n## Expectations\n\n1 expectation: 1 failed.\n\n```\n{FAILED}```\n"),
        ("html", f"<h2>Expectations</h2>\n<p>1 expectation: 1 failed.</p>\n<pre>{FAILED}</pre>\n"),
    ],
)
def test_a_report_has_a_section(form: str, printed: str, cfnet: Cfnet, breaking: dict[str, str]) -> None:
    """Of documents that expect something."""
    assert printed in cfnet("report", *FILES, "--format", form, variables=breaking).stdout
    assert "Expectations" not in cfnet("report", "policies.yml", "--format", form, variables=breaking).stdout


HELD = "expect:\n  - allowed: {source: web, destination: api}\n  - denied: {source: api, destination: web}\n"


def test_rules_prove_it(cfnet: Cfnet, breaking: dict[str, str], tmp_path: Path) -> None:
    """Between all instances, on the cells as they would be."""
    write(tmp_path, DOCUMENT + HELD)
    ran = cfnet("test", "policies.yml", "--rules", "-q", variables=breaking)
    assert ran == Ran(
        0,
        "passed  policies.yml:11:14: allowed: demo/dev/web to demo/dev/api, tcp 8080\n"
        "passed  policies.yml:12:13: denied: demo/dev/api to demo/dev/web, tcp and udp, every port\n"
        "2 expectations: 2 passed. The rules were checked for 2 pairs of instances.\n",
        "",
    )


def test_disabled_enforcement_counts(cfnet: Cfnet, breaking: dict[str, str], tmp_path: Path) -> None:
    """The rule that disagrees with the policies is shown."""
    write(tmp_path, DOCUMENT + HELD)
    write(tmp_path, '{"disable_container_network_policy": true}', "agent.json")
    ran = cfnet("test", "policies.yml", "--rules", "-q", "--agent", "agent.json", variables=breaking)
    assert ran.exit == 1
    assert "passed  policies.yml:11:14: " in ran.stdout
    assert (
        "        demo/dev/api (instance 0) to demo/dev/web (instance 0), tcp, every port is accepted on 10.0."
        in ran.stdout
    )
    assert ": -A vpa--preview -s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT\n" in ran.stdout


def test_rules_as_they_are(cfnet: Cfnet, breaking: dict[str, str], tmp_path: Path) -> None:
    """A failure that rules and policies agree on is explained by the policies alone."""
    write(tmp_path, DOCUMENT + HELD)
    ran = cfnet("test", "policies.yml", "--rules", "--as-is", "-q", variables=breaking)
    assert (ran.exit, ran.stdout.splitlines()[:3]) == (
        1,
        [
            "failed  policies.yml:11:14: allowed: demo/dev/web to demo/dev/api, tcp 8080",
            "        demo/dev/web to demo/dev/api, tcp 8080 is not allowed.",
            "passed  policies.yml:12:13: denied: demo/dev/api to demo/dev/web, tcp and udp, every port",
        ],
    )


def test_an_app_without_instances(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Its policies can be checked, its rules cannot."""
    world = WORLD._replace(apps=(*WORLD.apps, WorldApp("idle", "demo/dev", "guid-idle", instances=0)))
    write(tmp_path, "version: 1\nspace: demo/dev\nexpect: [{allowed: {source: web, destination: idle}}]\n")
    variables = with_policies(served, policy(WEB, "guid-idle"), world=world).home(tmp_path)
    assert cfnet("test", "policies.yml", variables=variables).exit == 0
    ran = cfnet("test", "policies.yml", "--rules", "-q", variables=variables)
    assert ran == Ran(
        1,
        "unknown policies.yml:3:20: allowed: demo/dev/web to demo/dev/idle, tcp 8080\n"
        "        Rules were not checked for apps without instances: demo/dev/idle.\n"
        "1 expectation: 1 unknown. The rules were checked for 0 pairs of instances.\n",
        "",
    )
    told = cfnet("test", "policies.yml", "--rules", "-q", "--json", variables=variables).stdout
    assert json.loads(told)["expectations"][0]["rules"] == {
        "pairs": 0,
        "breaches": 0,
        "listed": [],
        "idle": ["guid-idle"],
        "unsure": False,
    }


def test_placement_is_for_rules(cfnet: Cfnet, tmp_path: Path) -> None:
    """Without these, nobody asks where instances run."""
    write(tmp_path)
    ran = cfnet("test", "policies.yml", "--lrps", "-")
    assert (ran.exit, ran.stderr.splitlines()[0]) == (2, "--agent, --lrps and --store require --rules")


def test_validate_counts_expectations(cfnet: Cfnet, tmp_path: Path) -> None:
    write(tmp_path, DOCUMENT + EXPECT)
    assert cfnet("validate", "policies.yml") == Ran(0, "", "1 file, 2 policies, 3 expectations, no faults.\n")
