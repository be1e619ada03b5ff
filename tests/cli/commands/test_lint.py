"""`cfnet lint`: findings in documents, in a foundation, and in both together."""

import json
from pathlib import Path

import pytest

from cfnet.sandbox import DEFAULT
from tests.cli.document_world import API, WEB, with_policies, write
from tests.conftest import Cfnet, Ran, Served
from tests.foundation.snapshots import write as write_snapshot
from tests.policies import policy

pytestmark = pytest.mark.usefixtures("folder")

WIDE = """\
version: 1
space: demo/dev
policies:
  - source: web
    destination: api
    ports: 8000-9000
"""
FOUND = (
    "policies.yml:4:5: L301 warning: demo/dev/web to demo/dev/api, tcp 8000-9000 allows 1,001 ports; "
    "the limit is 100.\n"
    "\n"
    "L301 wide port range: Allow only the ports that the destination listens on, or raise max-range.\n"
    "\n"
    "1 finding: 1 warning.\n"
)


def test_documents_are_linted_offline(cfnet: Cfnet, tmp_path: Path) -> None:
    """A warning is no failure, unless --fail-on includes it."""
    write(tmp_path, WIDE)
    assert cfnet("lint", "policies.yml") == Ran(0, FOUND, "")
    assert cfnet("lint", "policies.yml", "--fail-on", "warning") == Ran(1, FOUND, "")
    assert cfnet("lint", "policies.yml", "--fail-on", "notice", "--exit-zero") == Ran(0, FOUND, "")


def test_an_error_fails(cfnet: Cfnet, tmp_path: Path) -> None:
    write(tmp_path, WIDE.replace("8000-9000", "1-65535"))
    ran = cfnet("lint", "policies.yml")
    assert (ran.exit, ran.stdout.splitlines()[-1]) == (1, "1 finding: 1 error.")


def test_a_document_ignores_findings_and_sets_limits(cfnet: Cfnet, tmp_path: Path) -> None:
    """Ignored findings are counted; those within a limit are none."""
    write(tmp_path, WIDE + "lint: {ignore: [{rule: L301, because: passive FTP}]}\n")
    assert cfnet("lint", "policies.yml") == Ran(0, "0 findings (1 ignored).\n", "")
    write(tmp_path, WIDE + "lint: {max-range: 1001}\n")
    assert cfnet("lint", "policies.yml") == Ran(0, "0 findings.\n", "")


def test_a_foundation_is_linted_without_documents(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Findings have no place."""
    variables = with_policies(served, policy(WEB, API, "1-65535"), policy(WEB, "gone")).home(tmp_path)
    assert cfnet("lint", variables=variables) == Ran(
        1,
        "L302 error: demo/dev/web to demo/dev/api, tcp 1-65535 allows all ports.\n"
        "L306 error: The app gone does not exist, but has policies: demo/dev/web to gone, tcp 8080.\n"
        "\n"
        "L302 all ports: Allow only the ports that the destination listens on.\n"
        "L306 policy of a deleted app: Remove the policies.\n"
        "\n"
        "2 findings: 2 errors.\n",
        "",
    )


def test_documents_are_linted_with_the_foundation(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A policy of the foundation contains one of the document."""
    write(tmp_path)
    write(tmp_path, 'version: 1\nexpect: [{denied: {source: "demo/dve/*", destination: any}}]\n', "platform.yml")
    variables = with_policies(served, policy(WEB, API, "8080-8090")).home(tmp_path)
    ran = cfnet("lint", "policies.yml", "platform.yml", "--live", variables=variables)
    assert ran == Ran(
        1,
        "policies.yml:4:5: L307 error: demo/dev/web to demo/dev/api, tcp 8080 is contained in tcp 8080-8090.\n"
        'platform.yml:2:19: L316 warning: No app is a source of the expectation "denied: demo/dve/* to any app, '
        'tcp and udp, every port".\n'
        "\n"
        "L307 redundant policy: Remove the policy that the other one contains.\n"
        "L316 expectation without effect: Correct the names and patterns of the expectation, or remove it.\n"
        "\n"
        "2 findings: 1 error, 1 warning.\n",
        "",
    )


def test_documents_need_no_apps_unless_a_foundation_is_given(cfnet: Cfnet, tmp_path: Path) -> None:
    """CFNET_SANDBOX says which foundation --live means; --sandbox includes it."""
    write(tmp_path, WIDE)
    variables = {"CFNET_SANDBOX": "1"}
    assert cfnet("lint", "policies.yml", variables=variables) == Ran(0, FOUND, "")
    for words in (("--live",), ("--sandbox",)):
        ran = cfnet("lint", "policies.yml", *words, variables=variables)
        assert ran.exit == 2
        assert "E401 unknown app: demo/dev/web" in ran.stderr


def test_a_note_names_the_limits_of_a_developers_view(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    variables = with_policies(served, policy(WEB, API, "8080")).home(tmp_path, "dev")
    note = "Without network.admin, only policies between apps in spaces where you are a developer are listed.\n"
    assert cfnet("lint", variables=variables) == Ran(0, "0 findings.\n", note)
    assert json.loads(cfnet("lint", "--json", variables=variables).stdout)["complete"] is False
    assert json.loads(cfnet("lint", "--json", variables=served.home(tmp_path)).stdout)["complete"] is True


def test_a_snapshot_has_security_groups(cfnet: Cfnet, tmp_path: Path) -> None:
    """Its cells' names may be addresses. Without apps.json no app counts as deleted."""
    group = {
        "guid": "g",
        "name": "internal",
        "rules": [{"protocol": "all", "destination": "10.0.0.0/8"}],
        "globally_enabled": {"running": True, "staging": False},
        "relationships": {"running_spaces": {"data": []}, "staging_spaces": {"data": []}},
    }
    cells: dict[str, object] = {"cells/cell-1/store.json": None, "cells/10.0.16.4/store.json": {}}
    write_snapshot(tmp_path / "snapshot", {"security_groups.json": {"resources": [group]}, **cells})
    ran = cfnet("lint", "--from", "snapshot")
    assert (ran.exit, ran.stdout.splitlines()[:2]) == (
        1,
        [
            (
                "L312 error: The security group internal allows all to 10.0.0.0/8, which includes the overlay network "
                "10.255.0.0/16."
            ),
            "L313 error: The security group internal allows all to 10.0.0.0/8, which includes the cell 10.0.16.4.",
        ],
    )


def test_the_sandbox_of_the_tour_is_sound(cfnet: Cfnet) -> None:
    assert DEFAULT.policies == ()
    assert cfnet("lint", "--sandbox") == Ran(0, "0 findings.\n", "")


def test_json_has_the_reason_of_ignored_findings(cfnet: Cfnet, tmp_path: Path) -> None:
    write(tmp_path, WIDE + "lint: {ignore: [{rule: L301, because: passive FTP}]}\n")
    ran = cfnet("lint", "policies.yml", "--json")
    assert json.loads(ran.stdout)["complete"] is None
    (finding,) = json.loads(ran.stdout)["findings"]
    assert finding["ignored"] == {"because": "passive FTP"}
    assert finding["place"] == {"file": "policies.yml", "line": 4, "column": 5}
    assert finding["policies"][0]["destination"]["name"] == "api"


def test_faults_of_documents_are_no_findings(cfnet: Cfnet, tmp_path: Path) -> None:
    write(tmp_path, WIDE + "lint: {ignore: [L399]}\n")
    ran = cfnet("lint", "policies.yml")
    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith('policies.yml:7:17: E211 unknown lint rule: "L399"')


def test_the_rules_are_listed(cfnet: Cfnet) -> None:
    """Without a foundation or documents."""
    ran = cfnet("lint", "--list")
    assert ran.stdout.startswith("L301  warning  wide port range\nL302  error    all ports\n")
    listed = json.loads(cfnet("lint", "--list", "--json").stdout)["rules"]
    assert [rule["id"] for rule in listed] == [line[:4] for line in ran.stdout.splitlines()]
    assert listed[0]["documentation"].startswith("A policy that allows a wide range")


USAGE = {
    "a format of rules": (("--list", "--format", "sarif"), "--list cannot be combined with --format sarif"),
    "--live without FILE": (("--live",), "--live requires FILE"),
    "--live with a snapshot": (("policies.yml", "--live", "--from", "s"), "--live cannot be combined with --from"),
}


@pytest.mark.parametrize(("words", "message"), USAGE.values(), ids=USAGE)
def test_wrong_usage(words: tuple[str, ...], message: str, cfnet: Cfnet) -> None:
    ran = cfnet("lint", *words)
    assert ran.exit == 2
    assert message in ran.stderr
