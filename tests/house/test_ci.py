"""The repository's checks, the workflow and the pre-commit hooks, match `pyproject.toml`."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml  # noqa: TID253 - the test reads what GitHub and pre-commit read

from tests.house.package_build import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOW_FILE = ROOT / ".github" / "workflows" / "ci.yml"
WORKFLOW = yaml.safe_load(WORKFLOW_FILE.read_text(encoding="utf-8"))
HOOKS_FILE = ROOT / ".pre-commit-config.yaml"
CI_RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
ALL_JOBS = [job for file in WORKFLOWS for job in yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].values()]


def scripts(job: str) -> list[str]:
    """The scripts of a job's steps."""
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def used(file: Path) -> list[str]:
    """The actions that a file uses, each with its pin and the comment after it."""
    return re.findall(r"uses: (\S.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)


def test_ci_runs_on_every_python_of_the_classifiers() -> None:
    """The oldest of them is the minimum of `requires-python`."""
    named = re.findall(r"Python :: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)
    assert JOBS["linux"]["strategy"]["matrix"]["python"] == named
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_ci_runs_on_other_systems_with_the_oldest_and_newest_python() -> None:
    """On both systems that need `truststore`."""
    pythons = JOBS["linux"]["strategy"]["matrix"]["python"]
    matrix = JOBS["elsewhere"]["strategy"]["matrix"]
    assert matrix["python"] == [pythons[0], pythons[-1]]
    assert [system.partition("-")[0] for system in matrix["system"]] == ["macos", "windows"]


def test_linux_runs_the_full_ci() -> None:
    """As root, so that `.ci/run` installs what is missing and skips no test."""
    *_, last = scripts("linux")[-1].splitlines()
    assert last == 'sudo env "PATH=$PATH" .ci/run'


def test_other_systems_test_existing_directories() -> None:
    """A renamed directory of tests must be renamed in the workflow, too."""
    folders = re.findall(r"tests/\w+", scripts("elsewhere")[-1])
    assert len(folders) == 5
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: str(file.stem))
def test_every_action_is_pinned_to_a_commit(file: Path) -> None:
    """The documentation recommends the same commits."""
    pins = used(file)
    assert pins
    assert [pin for pin in pins if not PINNED.fullmatch(pin)] == []
    recommended = {pin.partition("@")[0]: pin for pin in used(ROOT / ".github" / "docs" / "pipelines.md")}
    assert [pin for pin in pins if recommended.get(pin.partition("@")[0], pin) != pin] == []


def test_jobs_have_minimal_permissions_and_a_timeout() -> None:
    """They can read the repository, and keep no token."""
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert [job for job in JOBS.values() if "permissions" in job] == []
    for job in ALL_JOBS:
        assert job["timeout-minutes"] <= 60
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert [step for step in checkouts if step["with"]["persist-credentials"]] == []


def test_no_script_contains_an_expression() -> None:
    """Otherwise the name of a branch could be executed."""
    assert [step for job in ALL_JOBS for step in job["steps"] if "${{" in step.get("run", "")] == []


def test_the_hooks_are_valid() -> None:
    """According to the installed pre-commit."""
    checking = [sys.executable, "-m", "pre_commit", "validate-config", str(HOOKS_FILE)]
    checked = subprocess.run(checking, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    "hook", yaml.safe_load(HOOKS_FILE.read_text("utf-8"))["repos"][0]["hooks"], ids=lambda hook: hook["id"]
)
def test_hooks_run_the_checks_of_ci(hook: dict[str, Any]) -> None:
    """With the same program of the same environment."""
    assert f"\n{hook['entry'].removesuffix(' --force-exclude')}" in CI_RUN
    assert hook["language"] == "system"
