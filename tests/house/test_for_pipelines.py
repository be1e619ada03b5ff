"""What this repository offers to pipelines of other repositories: a GitHub action and a pre-commit hook."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # noqa: TID253 - the test reads what GitHub and pre-commit read

from cfnet import __version__
from tests.conftest import Served
from tests.docs import files
from tests.house.package_build import MACHINE, ROOT
from tests.pipelines import ACTION, Checkout, act, checkout_of, steps
from tests.skipping import skip_or_fail

SESSION = ("CF_API_URL", "CF_ORG", "CF_SPACE", "CF_USERNAME", "CF_PASSWORD")
POLICIES = "version: 1\nspace: demo/dev\npolicies:\n  - {source: appA, destination: appB}\n"
WRONG = POLICIES + "  - {source: appA, destinaton: appB}\n"


@pytest.fixture
def checkout(tmp_path: Path, served: Served) -> Checkout:
    """A repository with a valid document, and one with a fault."""
    return checkout_of({"policies.yml": POLICIES, "wrong-policies.yml": WRONG}, tmp_path, served)


def test_the_action_comments_and_then_applies(checkout: Checkout) -> None:
    """A comment for a pull request, the change for a push; it installs the cfnet of its own version."""
    assert act(checkout, "pull_request").outputs == {"changed": "true", "added": "1", "removed": "0"}
    assert "+ demo/dev/appA to demo/dev/appB, tcp 8080" in checkout.comments()[0]
    acted = act(checkout, "push")
    assert acted.printed.endswith("Applied 1 of 1 change: 1 added, 0 removed.\n")
    assert acted.outputs == {"changed": "true", "added": "1", "removed": "0"}
    assert act(checkout, "pull_request").outputs == {"changed": "false", "added": "0", "removed": "0"}
    (comment,) = checkout.comments()
    assert "Nothing would change. 0 to add, 0 to remove, 1 as declared.\n" in comment


def test_the_action_passes_files_and_options(checkout: Checkout) -> None:
    """Without --prune nothing is removed, even if a document declares less."""
    act(checkout, "push")
    (checkout.folder / "none.yml").write_text("version: 1\nspace: demo/dev\npolicies: []\n", encoding="utf-8")
    printed = act(checkout, "push", files="none.yml", options="").printed
    assert printed.endswith("0 to add, 0 to remove, 0 as declared, 1 not declared (--prune would remove 1).\n")


def test_the_action_stops_at_a_fault_and_comments(checkout: Checkout) -> None:
    """With an annotation at the line; the existing comment is updated."""
    act(checkout, "pull_request", files="policies.yml")
    (checkout.folder / "policies.yml").write_text(WRONG, encoding="utf-8")
    acted = act(checkout, "pull_request", files="policies.yml")
    assert (acted.exit, acted.outputs) == (1, {})
    assert "::error file=policies.yml,line=5," in acted.printed
    (comment,) = checkout.comments()
    assert comment.startswith("**The policy documents have faults.**\n\n```text\n")
    assert "\npolicies.yml:5:20: E201 unknown key" in comment
    assert act(checkout, "push").exit == 1


def test_the_action_comments_on_a_failed_comparison(checkout: Checkout) -> None:
    """For an unknown app the job fails, and the comment has the reason."""
    (checkout.folder / "policies.yml").write_text(POLICIES.replace("appB", "appX"), encoding="utf-8")
    acted = act(checkout, "pull_request")
    assert (acted.exit, acted.outputs) == (2, {})
    (comment,) = checkout.comments()
    assert comment.startswith("**Cannot compare the network policies with the foundation.**\n")
    assert "E401 unknown app: demo/dev/appX" in comment


EXPECTS = POLICIES + "expect:\n  - {HELD: {source: appA, destination: appB}}\n"


def test_the_action_tests_what_documents_expect(checkout: Checkout) -> None:
    """A failure is in the comment and an annotation, the job fails, and a push applies nothing."""
    (checkout.folder / "policies.yml").write_text(EXPECTS.replace("HELD", "allowed"), encoding="utf-8")
    assert act(checkout, "pull_request").exit == 0
    (checkout.folder / "policies.yml").write_text(EXPECTS.replace("HELD", "denied"), encoding="utf-8")
    acted = act(checkout, "pull_request")
    assert acted.exit == 1
    assert "::error file=policies.yml,line=6,col=14,title=Expectation failed::denied: demo/dev/appA" in acted.printed
    (comment,) = checkout.comments()
    assert "### Expectations\n\n1 expectation: 1 failed.\n" in comment
    assert act(checkout, "push").exit == 3


def test_the_action_keeps_no_plan_that_breaks_an_expectation(checkout: Checkout) -> None:
    """The comment says why."""
    (checkout.folder / "policies.yml").write_text(EXPECTS.replace("HELD", "denied"), encoding="utf-8")
    assert act(checkout, "pull_request", plan="plan.json").exit == 3
    assert not (checkout.folder / "plan.json").exists()
    assert "### Expectations\n\n1 expectation: 1 failed.\n" in checkout.comments()[0]


def test_other_comments_are_not_changed(checkout: Checkout) -> None:
    """The action finds its own by a marker with the names of the files."""
    (checkout.folder / "comments").mkdir()
    (checkout.folder / "comments" / "1").write_text("Looks good to me -->\n", encoding="utf-8")
    act(checkout, "pull_request")
    shutil.copy(checkout.folder / "policies.yml", checkout.folder / "more.yml")
    act(checkout, "pull_request", files="more.yml")
    act(checkout, "pull_request")
    assert len(checkout.comments()) == 3
    assert checkout.kept("comments/1") == "Looks good to me -->\n"


def test_every_command_of_the_action_gets_the_variables(checkout: Checkout) -> None:
    """Variables of documents; a file whose name starts with a dash is still a file."""
    (checkout.folder / "-policies.yml").write_text(POLICIES.replace("appB", "((to))"), encoding="utf-8")
    inputs = {"files": "-policies.yml", "variables": "--var to=appB"}
    assert act(checkout, "pull_request", **inputs).exit == 0
    assert act(checkout, "push", **inputs).printed.endswith("Applied 1 of 1 change: 1 added, 0 removed.\n")


def test_the_action_applies_exactly_the_reviewed_plan(checkout: Checkout) -> None:
    """Whatever the documents declare by then; a file that is not a plan is refused."""
    assert act(checkout, "pull_request", plan="the plan.json").exit == 0
    (checkout.folder / "policies.yml").write_text("version: 1\nspace: demo/dev\npolicies: []\n", encoding="utf-8")
    pushed = act(checkout, "push", plan="the plan.json")
    assert pushed.printed.endswith("Applied 1 of 1 change: 1 added, 0 removed.\n")
    assert pushed.outputs == {"changed": "true", "added": "1", "removed": "0"}
    (checkout.folder / "the plan.json").write_text("{}", encoding="utf-8")
    assert act(checkout, "push", plan="the plan.json").exit == 2


def test_credentials_may_be_inputs(checkout: Checkout) -> None:
    """They are then not in the environment during installation."""
    inputs = {name.removeprefix("CF_").lower(): value for name, value in checkout.variables.items() if name in SESSION}
    outside = checkout._replace(variables={**checkout.variables, **dict.fromkeys(SESSION, "")})
    assert act(checkout, "pull_request").exit == 0
    assert act(outside, "pull_request").exit == 2
    assert act(outside, "pull_request", **inputs).exit == 0
    install, *others = steps("push", **inputs)
    assert inputs["password"] not in install.variables.values()
    assert any(inputs["password"] in step.variables.values() for step in others)


@pytest.mark.usefixtures("index")
def test_the_action_installs_locked_versions(tmp_path: Path) -> None:
    """With the real pip, checking every file's hash; the result is the cfnet of the action."""
    install = next(steps("push"))
    path = tmp_path / "path"
    where = {"GITHUB_ACTION_PATH": str(ACTION), "GITHUB_PATH": str(path), "RUNNER_TEMP": str(tmp_path)}
    environment = {**MACHINE, **where}
    ran = subprocess.run(["sh", "-ec", install.script], check=False, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    program = Path(path.read_text(encoding="utf-8").strip()) / "cfnet"
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert output.stdout.startswith(f"cfnet {__version__} ")


def test_every_expression_of_the_action_is_passed_as_a_variable() -> None:
    """The name of a branch or a file is never part of a script."""
    assert not [step.script for event in ("push", "pull_request") for step in steps(event) if "${{" in step.script]


HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def test_the_hook_validates_each_file(checkout: Checkout) -> None:
    """However pre-commit groups them; it fails if there are faults."""
    (hook,) = HOOKS
    assert (hook["id"], hook["language"]) == ("cfnet-validate", "python")
    assert checkout.ended(f"{hook['entry']} policies.yml").returncode == 0
    assert checkout.ended(f"{hook['entry']} policies.yml wrong-policies.yml").returncode == 1


@pytest.mark.usefixtures("index")
def test_pre_commit_runs_the_hook(tmp_path: Path) -> None:
    """With the documented configuration, except for the URL: it uses the commit under test."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        skip_or_fail("pre-commit takes hooks from a git repository, by git")

    def run(*words: str, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=folder,
            env={**MACHINE, "PRE_COMMIT_HOME": str(tmp_path / "hooks")},
            check=False,
            capture_output=True,
            text=True,
        )

    head = run("git", "rev-parse", "HEAD", folder=ROOT).stdout.strip()
    config = files("pipelines")[".pre-commit-config.yaml"]
    config = config.replace("https://github.com/OWNER/cfnet", ROOT.as_uri()).replace("rev: main", f"rev: {head}")
    (tmp_path / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    (tmp_path / "policies.yml").write_text(POLICIES, encoding="utf-8")
    assert run("git", "init", "-q").returncode == 0
    assert run("git", "add", "policies.yml", ".pre-commit-config.yaml").returncode == 0
    pre_commit = [sys.executable, "-m", "pre_commit", "run", "--all-files"]
    sound = run(*pre_commit)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert re.search(r"^Cloud Foundry network policies\.+Passed$", sound.stdout, re.MULTILINE)
    (tmp_path / "policies.yml").write_text(WRONG, encoding="utf-8")
    faulty = run(*pre_commit)
    assert faulty.returncode == 1
    assert 'policies.yml:5:20: E201 unknown key: "destinaton"' in faulty.stdout


@pytest.mark.parametrize(
    ("name", "is_meant"),
    [
        ("policies.yml", True),
        ("spaces/demo/policies.yaml", True),
        ("network-policies.yml", True),
        ("mypolicies.yml", False),
        ("policies.yml.orig", False),
        ("manifest.yml", False),
    ],
)
def test_the_hook_checks_files_named_policies(name: str, *, is_meant: bool) -> None:
    """For other names, a repository sets `files` in its configuration."""
    assert (re.search(HOOKS[0]["files"], name) is not None) is is_meant
