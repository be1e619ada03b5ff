"""Apps that do not exist yet: `pending: true` and `--allow-missing` skip their policies, and only those."""

import json
from pathlib import Path

import pytest

from tests.cli.document_world import API, DB, WEB, sent, with_policies, write
from tests.conftest import Cfnet, Ran, Served
from tests.policies import policy

pytestmark = pytest.mark.usefixtures("folder")

HEAD = "version: 1\nspace: demo/dev\npolicies:\n"
THERE = "  - {source: web, destination: api}\n"
ADDED = "+ demo/dev/web to demo/dev/api, tcp 8080\n"
PENDING = "~ demo/dev/web to demo/dev/new, tcp 8080\n"
SUMMARY = "1 to add, 0 to remove, 0 as declared, 1 pending.\n"
NOTE = "1 policy is skipped because demo/dev/new does not exist yet.\n"


def document(*entries: str) -> str:
    """A document of the existing policies and these entries."""
    return HEAD + THERE + "".join(f"  - {entry}\n" for entry in entries)


@pytest.mark.parametrize(
    ("entry", "pending"),
    [
        ("{source: web, destination: new, pending: true}", "demo/dev/web to demo/dev/new"),
        ("{source: web, destination: {app: new, pending: true}}", "demo/dev/web to demo/dev/new"),
        ("{source: {app: new, pending: true}, destination: web}", "demo/dev/new to demo/dev/web"),
        ("{source: web, destination: [{app: new, pending: true}]}", "demo/dev/web to demo/dev/new"),
        ("{source: web, destination: {app: new, space: none, pending: true}}", "demo/dev/web to demo/none/new"),
        ("{source: web, destination: {app: new, space: s, org: o, pending: true}}", "demo/dev/web to o/s/new"),
    ],
)
def test_policies_of_pending_apps_are_skipped(
    entry: str, pending: str, served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """The rest is unchanged; skipped policies are listed, counted and noted."""
    write(tmp_path, document(entry))
    missing = next(name for name in pending.split(" to ") if name.endswith("/new"))
    note = f"1 policy is skipped because {missing} does not exist yet.\n"
    ran = cfnet("diff", "policies.yml", variables=with_policies(served).home(tmp_path))
    assert ran == Ran(1, f"{ADDED}~ {pending}, tcp 8080\n{SUMMARY}", note)


def test_an_app_that_exists_is_not_pending(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """`pending: true` may stay in the document."""
    write(tmp_path, HEAD + "  - {source: web, destination: [api, {app: db, pending: true}], pending: true}\n")
    ran = cfnet("diff", "policies.yml", variables=with_policies(served).home(tmp_path))
    expected = f"{ADDED}+ demo/dev/web to demo/dev/db, tcp 8080\n2 to add, 0 to remove, 0 as declared.\n"
    assert ran == Ran(1, expected, "")


def test_only_pending_apps_may_be_missing(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A pending app does not excuse the other end; nothing is sent."""
    write(tmp_path, document("{source: wep, destination: {app: new, pending: true}}"))
    variables = with_policies(served).home(tmp_path)
    for command in (["diff"], ["apply", "--yes"]):
        ran = cfnet(*command, "policies.yml", variables=variables)
        assert (ran.exit, ran.stdout) == (2, "")
        assert "policies.yml:5:14: E401 unknown app: demo/dev/wep;" in ran.stderr
        assert "dev/new" not in ran.stderr
    assert sent(served) == []


def test_an_app_that_is_not_visible_may_exist(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Only users who see all apps are told that it does not exist."""
    write(tmp_path, document("{source: web, destination: new, pending: true}"))
    ran = cfnet("diff", "policies.yml", variables=with_policies(served).home(tmp_path, "dev"))
    note = "1 policy is skipped because demo/dev/new does not exist yet, or is not visible.\n"
    assert (ran.exit, ran.stderr) == (1, note)


def test_the_space_of_a_document_must_exist(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A mistyped space must not pass as one of pending apps, unless --allow-missing says so."""
    write(tmp_path, "version: 1\nspace: demo/dve\npolicies:\n  - {source: a, destination: b, pending: true}\n")
    variables = with_policies(served).home(tmp_path)
    ran = cfnet("diff", "policies.yml", variables=variables)
    assert ran.exit == 2
    assert "policies.yml:2:8: E402 unknown space: demo/dve;" in ran.stderr
    assert cfnet("diff", "policies.yml", "--allow-missing", variables=variables).exit == 0


def test_apply_adds_the_rest(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """And succeeds, because the skipped policies were declared as such."""
    write(tmp_path, document("{source: web, destination: new, pending: true}"))
    ran = cfnet("apply", "policies.yml", "--yes", variables=with_policies(served).home(tmp_path))
    assert (ran.exit, sent(served)) == (0, ["add"])
    assert ran.stdout.startswith(f"{ADDED}{SUMMARY}")
    assert NOTE in ran.stderr


@pytest.mark.parametrize("command", [["diff"], ["apply", "--dry-run"]])
def test_all_apps_may_be_missing_on_request(command: list[str], served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """With `--allow-missing`; without it, E401."""
    write(tmp_path, document("{source: web, destination: new}"))
    variables = with_policies(served).home(tmp_path)
    assert "E401 unknown app: demo/dev/new" in cfnet(*command, "policies.yml", variables=variables).stderr
    ran = cfnet(*command, "policies.yml", "--allow-missing", variables=variables)
    assert ADDED in ran.stdout
    assert SUMMARY in ran.stdout
    assert NOTE in ran.stderr


def test_pruning_continues(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Undeclared policies of existing apps are removed."""
    write(tmp_path, document("{source: web, destination: new, pending: true}"))
    variables = with_policies(served, policy(WEB, API), policy(API, DB)).home(tmp_path)
    ran = cfnet("diff", "policies.yml", "--prune", variables=variables)
    assert ran.stdout == (
        f"- demo/dev/api to demo/dev/db, tcp 8080\n{PENDING}0 to add, 1 to remove, 1 as declared, 1 pending.\n"
    )


@pytest.mark.parametrize(
    "entry", ["{source: web, destination: ap1, pending: true}", "{source: wep, destination: api, pending: true}"]
)
def test_pruning_keeps_policies_that_may_match_a_pending_one(
    entry: str, served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Its name may be mistyped, or belong to an invisible app: removing the policy would break a connection."""
    write(tmp_path, f"{HEAD}  - {{source: web, destination: db}}\n  - {entry}\n")
    variables = with_policies(served, policy(WEB, API), policy(WEB, DB), policy(WEB, API, "9000")).home(tmp_path)
    ran = cfnet("apply", "policies.yml", "--prune", "--yes", variables=variables)
    assert ran.exit == 0
    assert "- demo/dev/web to demo/dev/api, tcp 9000\n" in ran.stdout
    assert "- demo/dev/web to demo/dev/api, tcp 8080\n" not in ran.stdout


def test_other_formats(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """As lines of a comment, and as entries by name, because there is no GUID yet."""
    write(tmp_path, document("{source: web, destination: new, pending: true}"))
    variables = with_policies(served).home(tmp_path)
    assert PENDING in cfnet("diff", "policies.yml", "--format", "markdown", variables=variables).stdout
    assert json.loads(cfnet("diff", "policies.yml", "--json", variables=variables).stdout)["pending"] == [
        {
            "source": "demo/dev/web",
            "destination": "demo/dev/new",
            "protocol": "tcp",
            "ports": {"start": 8080, "end": 8080},
        }
    ]


@pytest.mark.parametrize(
    "command",
    [
        ["diff", "policies.yml"],
        ["diff", "--rules", "policies.yml"],
        ["report", "policies.yml"],
        ["trace", "appA", "appB", "-f", "policies.yml"],
        ["graph", "-f", "policies.yml"],
        ["capacity", "--what-if", "add=policies.yml"],
    ],
    ids=" ".join,
)
def test_each_preview_lists_skipped_policies(command: list[str], cfnet: Cfnet, tmp_path: Path) -> None:
    """It is calculated without them."""
    write(tmp_path, HEAD + "  - {source: appA, destination: [appB, {app: new, pending: true}]}\n")
    ran = cfnet(*command, "--sandbox")
    assert "1 policy is skipped because demo/dev/new does not exist yet." in ran.stderr
    assert "E401" not in ran.stderr


def test_many_names_are_shortened(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The lines have all of them."""
    names = [f"new{number}" for number in range(12)]
    write(tmp_path, document(f"{{source: web, destination: {names}, pending: true}}"))
    ran = cfnet("diff", "policies.yml", variables=with_policies(served).home(tmp_path))
    shown = ", ".join(f"demo/dev/{name}" for name in names[:10])
    assert ran.stderr == f"12 policies are skipped because {shown} and 2 more do not exist yet.\n"
    assert ran.stdout.count("~ demo/dev/web to demo/dev/new") == 12
