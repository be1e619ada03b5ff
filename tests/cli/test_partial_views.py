"""Part of the policies is never presented as the whole."""

import json
import re
from pathlib import Path

import pytest

from cfnet.sandbox import User
from tests.cli.document_world import API, DB, DECLARED, DOCUMENT, LOG, WEB, WORLD, sent, with_policies
from tests.conftest import Cfnet, Served
from tests.policies import policy

NOTE = "Without network.admin, only policies between apps in spaces where you are a developer are listed."
RULES_NOTE = (
    "Without network.admin, only policies between apps in your spaces are visible: the cells may have more rules."
)
WARNING = "Pruning with policies.yml could remove policies that its author could not see (complete: false)."

GUEST = User("guest", "guest", ("cloud_controller.read", "network.write"))

NO_CELLS = (
    "Cell 'cell-1' not found: no cells are known.\n"
    "Cells are discovered from the running apps that you can see, and none were found. Ask an administrator for a role"
    " in a space, or an operator for the cells' stores (--store) or 'cfdot actual-lrps' (--lrps).\n"
)

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("network-policies --all", NOTE),
        ("copy-network-policies web db --dry-run", NOTE),
        ("diff --prune policies.yml", NOTE),
        ("diff --prune --format markdown policies.yml", NOTE),
        ("diff --rules policies.yml", RULES_NOTE),
        ("report policies.yml", RULES_NOTE),
        ("render", RULES_NOTE),
        ("trace web api", RULES_NOTE),
        ("graph", NOTE),
        ("graph --format html", RULES_NOTE),
        ("capacity", RULES_NOTE),
        ("export", NOTE),
    ],
)
def test_a_developer_is_warned_once(words: str, note: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """On stderr, once, and not with -q; an administrator is not warned."""
    with_policies(served, *DECLARED, policy(WEB, LOG))
    ran = cfnet(*words.split(" "), variables=served.home(tmp_path, "dev"))
    assert ran.stderr.splitlines().count(note) == 1
    assert ran.exit in (0, 1)
    assert note not in cfnet(*words.split(" "), "-q", variables=served.home(tmp_path, "dev")).stderr
    assert note not in cfnet(*words.split(" "), variables=served.home(tmp_path)).stderr


@pytest.mark.parametrize(
    "words",
    ["network-policies --json", "diff --json policies.yml", "diff --rules --json policies.yml", "render --json",
     "trace --json web api", "graph --json", "lint --json", "explain --json rules", "verify --json rules"],
)  # fmt: skip
def test_json_has_the_completeness(words: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """`complete` is false for a developer, live and in a snapshot."""
    with_policies(served, *DECLARED, policy(WEB, LOG))
    for user, complete in (("admin", True), ("dev", False)):
        variables = served.home(tmp_path, user)
        Path("rules").write_text(cfnet("render", variables=variables).stdout, encoding="utf-8")
        assert json.loads(cfnet(*words.split(" "), variables=variables).stdout)["complete"] is complete
        if not words.startswith("network-policies"):
            assert cfnet("snapshot", "kept", "--replace", variables=variables).exit == 0
            ran = cfnet(*words.split(" "), "--from", "kept", variables=variables)
            assert json.loads(ran.stdout)["complete"] is complete


def test_drift_is_only_possible_if_policies_are_invisible(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The rules of a cell that is in sync, compared by a user who sees some of the policies and no tags."""
    with_policies(served, policy(WEB, API), policy(WEB, LOG))
    admin = served.home(tmp_path)
    Path("rules").write_text(cfnet("render", variables=admin).stdout, encoding="utf-8")
    assert cfnet("verify", "rules", variables=admin).stdout.count("in sync: ") == 2
    developer = served.home(tmp_path, "dev")
    ran = cfnet("verify", "rules", variables=developer)
    assert ran.exit == 1
    assert "1 possible bypass" in ran.stdout
    assert "\n  possible bypass: rule " in ran.stdout
    assert not re.search(r"\d (extra|bypass|wrong-mark|missing)", ran.stdout)
    cells = json.loads(cfnet("verify", "rules", "--json", variables=developer).stdout)["cells"]
    assert {finding["certain"] for cell in cells for finding in cell["findings"]} == {False}
    Path("rules").write_text(cfnet("render", variables=developer).stdout, encoding="utf-8")
    ran = cfnet("verify", "rules", variables=developer)
    assert ran.stdout.count("in sync with the visible policies: ") == 2


def test_markdown_has_a_warning(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """In the comment itself."""
    with_policies(served, *DECLARED)
    comment = ["diff", "--prune", "--format", "markdown", "policies.yml"]
    note = "> **Note:** This user cannot see all policies (no `network.admin`): there may be more to remove.\n"
    assert note in cfnet(*comment, variables=served.home(tmp_path, "dev")).stdout
    assert note not in cfnet(*comment[:1], *comment[2:], variables=served.home(tmp_path, "dev")).stdout
    assert note not in cfnet(*comment, variables=served.home(tmp_path)).stdout


def test_an_incomplete_export_is_marked_and_not_used_for_pruning(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A user who sees more would remove policies that its author did not see."""
    with_policies(served, *DECLARED, policy(WEB, LOG))
    ran = cfnet("export", variables=served.home(tmp_path, "dev"))
    assert ran.stdout.splitlines()[1:4] == [
        "version: 1",
        "# There may be more policies: without network.admin, only some are visible.",
        "complete: false",
    ]
    Path("policies.yml").write_text(ran.stdout, encoding="utf-8")
    assert cfnet("validate", "policies.yml").exit == 0
    variables = served.home(tmp_path)
    assert "complete" not in cfnet("export", variables=variables).stdout
    shown = cfnet("diff", "policies.yml", "--prune", "--json", variables=variables)
    assert json.loads(shown.stdout)["refused"] == WARNING
    for words in (["apply", "policies.yml", "--prune", "--yes"], ["diff", "policies.yml", "--prune", "--out", "plan"]):
        ran = cfnet(*words, variables=variables)
        assert (ran.exit, WARNING in ran.stderr, sent(served)) == (3, True, [])
    assert cfnet("apply", "policies.yml", "--prune", "--force", "--yes", variables=variables).exit == 0
    assert sent(served) == ["/delete"]


def test_an_incomplete_document_can_add_policies(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Without --prune it works like any other; also if there is nothing to remove."""
    with_policies(served, DECLARED[0])
    text = DOCUMENT.replace("version: 1\n", "version: 1\ncomplete: false\n")
    Path("policies.yml").write_text(text, encoding="utf-8")
    assert cfnet("apply", "policies.yml", "--prune", "--yes", variables=served.home(tmp_path)).exit == 0
    assert sent(served) == ["add"]


@pytest.mark.parametrize(
    ("value", "guess"),
    [("no", ""), ("False", "; did you mean false?"), ('"false"', "; did you mean false?"), ("0", ""), ("[]", "")],
)
def test_complete_is_a_boolean(value: str, guess: str, cfnet: Cfnet) -> None:
    """Other values are a fault with its position."""
    Path("policies.yml").write_text(f"version: 1\nspace: a/b\ncomplete: {value}\npolicies: []\n", encoding="utf-8")
    ran = cfnet("validate", "policies.yml")
    assert (ran.exit, ran.stdout.splitlines()[0].startswith("policies.yml:3:11: E203 ")) == (1, True)
    assert f"expected true or false{guess}" in ran.stdout


def test_users_without_visible_apps_have_no_cells(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The error has the cause, and whom to ask."""
    with_policies(served, policy(API, DB), world=WORLD._replace(users=(*WORLD.users, GUEST)))
    ran = cfnet("render", "--cell", "cell-1", variables=served.home(tmp_path, "guest"))
    assert (ran.exit, ran.stderr) == (2, NO_CELLS)
