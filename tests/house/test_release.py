"""The release: its script builds what the workflow attests and publishes."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml  # noqa: TID253 - the test reads what GitHub reads

from cfnet import __version__
from tests.house.package_build import MACHINE, NAME, ROOT
from tests.skipping import skip_or_fail

WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What the script reads of this tree."""
    folder = tmp_path / "tree"
    for name in (".ci", ".github", "cfnet", "completions", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "*.actual", ".hypothesis")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def release(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the script."""
    environment = {**MACHINE, "SOURCE_DATE_EPOCH": "1700000000"}
    return subprocess.run(
        [tree / ".ci" / "release", *words], env=environment, capture_output=True, text=True, check=False
    )


def test_there_is_one_more_step_for_each_permission() -> None:
    """Only the jobs that sign, publish and announce may do more than read, each only what it needs."""
    permissions = {name: job.get("permissions") for name, job in JOBS.items()}
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert permissions == {
        "build": None,
        "attest": {"id-token": "write", "attestations": "write"},
        "publish": {"id-token": "write"},
        "announce": {"contents": "write"},
    }
    assert [job.get("needs") for job in JOBS.values()] == [None, "build", "attest", "publish"]


def test_no_secret_is_stored_for_the_index() -> None:
    """It trusts the workflow, in an environment that a person must approve."""
    assert "secrets." not in json.dumps(WORKFLOW)
    assert "password" not in json.dumps(WORKFLOW)
    assert JOBS["publish"]["environment"]["name"] == "pypi"


def test_the_announcement_has_the_section_of_the_changelog(tmp_path: Path) -> None:
    """Without the headings of versions."""
    script = JOBS["announce"]["steps"][-1]["run"]
    (tmp_path / "gh").write_text("#!/bin/sh\ncat notes.md\n", encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    text = (
        "# Changelog\n\n## [0.3.0] - 2\n\nthird\n\n## [0.2.0] - 1\n\n### Added\n\nsecond\n\n## [0.1.0] - 0\n\nfirst\n"
    )
    (tmp_path / "CHANGELOG.md").write_text(text, encoding="utf-8")
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "GITHUB_REF_NAME": "v0.2.0"}
    ran = subprocess.run(
        ["bash", "-ec", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "\n### Added\n\nsecond\n\n"


def release_of(tree: Path, version: str) -> None:
    """Make the tree that of a version, with its section of the changelog, in a known repository."""
    (tree / "cfnet" / "__init__.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")
    (tree / "CHANGELOG.md").write_text(f"# Changelog\n\n## [{version}] - 2026-01-01\n", encoding="utf-8")
    readme = (tree / "README.md").read_text(encoding="utf-8")
    (tree / "README.md").write_text(readme.replace("OWNER/cfnet", "demo/cfnet"), encoding="utf-8")


REFUSED = {
    "another version": ("v1.2.4", "README.md", {}, "The tag is v1.2.4, but the version in cfnet/__init__.py is 1.2.3."),
    "a development version": (
        "v1.2.3.dev0",
        "cfnet/__init__.py",
        {"1.2.3": "1.2.3.dev0"},
        "1.2.3.dev0 is a development version.",
    ),
    "no changelog": (
        "v1.2.3",
        "CHANGELOG.md",
        {"1.2.3": "Unreleased"},
        "CHANGELOG.md has no section for version 1.2.3 with a date.",
    ),
    "no address": (
        "v1.2.3",
        "README.md",
        {"demo/cfnet": "OWNER/cfnet"},
        "The address of the repository is missing: run .ci/owner OWNER once.",
    ),
}
"""A tag, a file with replacements, and the message."""


@pytest.mark.parametrize(("tag", "file", "replaced", "refusal"), REFUSED.values(), ids=REFUSED)
def test_a_commit_that_cannot_be_released_is_refused(
    tag: str, file: str, replaced: Mapping[str, str], refusal: str, tree: Path
) -> None:
    """Before anything is built."""
    release_of(tree, "1.2.3")
    text = (tree / file).read_text(encoding="utf-8")
    for old, new in replaced.items():
        text = text.replace(old, new)
    (tree / file).write_text(text, encoding="utf-8")
    ran = release(tree, tag)
    assert (ran.returncode, ran.stderr) == (1, f"{refusal}\n")
    assert not (tree / "dist").exists()


@pytest.mark.usefixtures("index")
def test_a_release_has_both_packages_and_the_bill_of_materials(tree: Path) -> None:
    """It lists the versions that the action installs, on this platform."""
    ran = release(tree)
    assert ran.returncode == 0, ran.stderr
    assert {path.name for path in (tree / "dist").iterdir()} == {f"{NAME}-py3-none-any.whl", f"{NAME}.tar.gz"}
    bill = json.loads((tree / "build" / f"{NAME}.cdx.json").read_text(encoding="utf-8"))
    described = bill["metadata"]["component"]
    assert (described["name"], described["version"]) == ("cfnet-cli", __version__)
    lock = (ROOT / ".github" / "actions" / "network-policies" / "requirements.txt").read_text(encoding="utf-8")
    locked = set(re.findall(r"^(\S+)==(\S+)", lock, re.MULTILINE))
    listed = {(re.sub(r"[-_.]+", "-", each["name"]).lower(), each["version"]) for each in bill["components"]}
    assert listed <= locked
    assert {"click", "httpx", "keyring", "pyyaml"} <= {name for name, _ in listed}


def test_the_owner_is_replaced_everywhere(tree: Path) -> None:
    """Once, before the first release."""
    if shutil.which("git") is None:
        skip_or_fail("the script uses git")
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=tree, check=True)
    subprocess.run([tree / ".ci" / "owner", "demo"], check=True)
    found = subprocess.run(
        ["git", "grep", "-l", "OWNER", "--", ":!.ci", ":!tests/house/test_release.py"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == ".github/CONTRIBUTING.md\n"
    assert "https://github.com/demo/cfnet" in (tree / "README.md").read_text(encoding="utf-8")
