"""What this repository offers to other repositories' pipelines: an action of GitHub's, and a hook of pre-commit's."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # noqa: TID253 - the test reads what GitHub and pre-commit read

from tests.conftest import Served
from tests.house.building import MACHINE, ROOT
from tests.pipelines import Checkout, act, checkout_of, steps
from tests.without import do_without

README = (ROOT / "README.md").read_text(encoding="utf-8")
POLICIES = "version: 1\nspace: demo/dev\npolicies:\n  - {source: appA, destination: appB}\n"
WRONG = POLICIES + "  - {source: appA, destinaton: appB}\n"


@pytest.fixture
def checkout(tmp_path: Path, served: Served) -> Checkout:
    """A repository that has a document, and one more with a fault."""
    return checkout_of({"policies.yml": POLICIES, "wrong-policies.yml": WRONG}, tmp_path, served)


def test_the_action_comments_and_then_applies(checkout: Checkout) -> None:
    """For a pull request what would change, for a push the change; it installs the cfnet that it came with."""
    act(checkout, "pull_request")
    assert "+ demo/dev/appA to demo/dev/appB, tcp 8080" in checkout.kept("comment")
    assert act(checkout, "push").endswith("Applied 1 of 1 change: 1 added, 0 removed.\n")
    act(checkout, "pull_request")
    assert checkout.kept("comment").endswith("Nothing would change. 0 to add, 0 to remove, 1 as declared.\n")
    installed = checkout.kept("installed").splitlines()
    assert {Path(line.removeprefix("-m pip install ")).resolve() for line in installed} == {ROOT}


def test_the_action_takes_files_and_options(checkout: Checkout) -> None:
    """Without --prune nothing is removed, also where another document says less."""
    act(checkout, "push")
    (checkout.folder / "none.yml").write_text("version: 1\nspace: demo/dev\npolicies: []\n", encoding="utf-8")
    printed = act(checkout, "push", files="none.yml", options="")
    assert printed.endswith("0 to add, 0 to remove, 0 as declared, 1 not declared (--prune would remove 1).\n")


def test_the_action_stops_at_a_fault(checkout: Checkout) -> None:
    """Its second step fails, with an annotation at the line."""
    _, validate, *_ = steps("push", files="wrong-policies.yml")
    ran = checkout.ended(validate.script, **validate.variables)
    assert ran.returncode == 1
    assert "::error file=wrong-policies.yml,line=5," in ran.stdout


def test_every_expression_of_the_action_goes_through_a_variable() -> None:
    """A name that somebody chose for a branch or a file is never a part of a script."""
    assert not [step.script for event in ("push", "pull_request") for step in steps(event) if "${{" in step.script]


HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def test_the_hook_validates(checkout: Checkout) -> None:
    """One process for all files, as pre-commit starts it; it fails where there are faults."""
    (hook,) = HOOKS
    assert (hook["id"], hook["language"], hook["require_serial"]) == ("cfnet-validate", "python", True)
    assert checkout.ended(f"{hook['entry']} policies.yml").returncode == 0
    assert checkout.ended(f"{hook['entry']} policies.yml wrong-policies.yml").returncode == 1


@pytest.mark.usefixtures("index")
def test_pre_commit_runs_the_hook(tmp_path: Path) -> None:
    """As the README configures it, but for the address: of the commit that is checked out here."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        do_without("pre-commit takes hooks from a git repository, by git")

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
    (config,) = re.findall(r"^```yaml \.pre-commit-config\.yaml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
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
def test_the_hook_looks_at_files_that_are_called_policies(name: str, *, is_meant: bool) -> None:
    """Others are named by `files` in the repository's own configuration."""
    assert (re.search(HOOKS[0]["files"], name) is not None) is is_meant
