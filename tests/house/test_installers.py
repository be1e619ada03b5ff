"""Pip, pipx and uv: each installs cfnet and its dependencies into a new environment of each available Python."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cfnet import __version__
from tests.docs import README
from tests.golden import HERE
from tests.house.package_build import MACHINE, ROOT

OLDEST, BEYOND_NEWEST = 11, 30
GOLDEN = HERE / "02-walkthrough"
LINES = [f"{words} ." for words in re.findall(r"`((?:pip|pipx|uv tool) install) cfnet-cli`", README)]
"""The installation commands of the README, for a checkout."""


def pythons() -> Iterator[str]:
    """The Pythons in PATH that can create virtual environments."""
    for minor in range(OLDEST, BEYOND_NEWEST):
        name = f"python3.{minor}"
        try:
            made = subprocess.run([name, "-c", "import ensurepip, venv"], check=False, capture_output=True)
        except OSError:  # missing or not executable
            continue
        if made.returncode == 0:
            yield name


class Place(NamedTuple):
    """Where an installer puts it: `programs` go to the front of PATH, `variables` set the location and the Python."""

    programs: Path
    variables: Mapping[str, str]
    program: Path
    manual: Path


def place(line: str, python: str, folder: Path) -> Place:
    """The environment for the installer of `line`."""
    ours = Path(sys.executable).parent
    match line.split():
        case ["pipx", *_]:
            variables = {"PIPX_HOME": "home", "PIPX_BIN_DIR": "bin", "PIPX_MAN_DIR": "man"}
            manual = folder / "man"
            chosen = {"PIPX_DEFAULT_PYTHON": python}
        case ["uv", *_]:
            variables = {"UV_TOOL_DIR": "tools", "UV_TOOL_BIN_DIR": "bin"}
            manual = folder / "tools" / "cfnet-cli" / "share" / "man"
            chosen = {"UV_PYTHON": python}
        case _:
            subprocess.run([python, "-m", "venv", folder], check=True)
            return Place(folder / "bin", {}, folder / "bin" / "cfnet", folder / "share" / "man")
    output = {name: str(folder / value) for name, value in variables.items()} | chosen
    return Place(ours, output, folder / "bin" / "cfnet", manual)


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("python", list(pythons()))
def test_the_installed_program_works(line: str, python: str, tmp_path: Path) -> None:
    """It prints its version and Python, runs the tour, and has its manual pages."""
    put = place(line, python, tmp_path / "installed")
    installing = subprocess.run(
        line.split(),
        cwd=ROOT,
        env={**MACHINE, **put.variables, "PATH": f"{put.programs}{os.pathsep}{os.environ['PATH']}"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert installing.returncode == 0, installing.stdout + installing.stderr
    version = subprocess.run(
        [python, "-c", "import platform; print(platform.python_version())"], capture_output=True, text=True, check=True
    )
    for words, ending in (
        (["--version"], f"cfnet {__version__} (Python {version.stdout.strip()})\n"),
        (["tour"], "\n"),
        (["man", "render"], "\n"),
    ):
        ran = subprocess.run(
            [put.program, *words],
            cwd=tmp_path,
            env={"PATH": os.defpath, "PYTHONWARNINGS": "error"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.endswith(ending)
    assert (put.manual / "man1" / "cfnet-render.1").is_file()


def test_the_readme_has_three_installers() -> None:
    """All of them are tested above."""
    assert LINES == ["pipx install .", "uv tool install .", "pip install ."]


LOWEST = {
    "the walkthrough": ["tour"],
    "policies of the sandbox": ["--sandbox", "network-policies", "--all"],
    "a document": ["validate", "policies.yml"],
    "rules": ["render", "--from", str(GOLDEN)],
    "a page": ["graph", "--from", str(GOLDEN), "--format", "html"],
}


@pytest.fixture(scope="module")
def lowest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cfnet installed with the lowest versions of its dependencies that `pyproject.toml` allows."""
    folder = tmp_path_factory.mktemp("lowest") / "venv"
    uv = Path(sys.executable).parent / "uv"
    for words in (
        ["venv", "-q", "-p", sys.executable, str(folder)],
        ["pip", "install", "-q", "-p", str(folder / "bin" / "python"), "--resolution", "lowest-direct", str(ROOT)],
    ):
        ran = subprocess.run([uv, *words], env=MACHINE, check=False, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
    return folder / "bin" / "cfnet"


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("words", LOWEST.values(), ids=LOWEST)
def test_the_lowest_allowed_versions_work(words: list[str], lowest: Path, tmp_path: Path) -> None:
    """Commands that use each library, including a login over HTTP (`tour`)."""
    (tmp_path / "policies.yml").write_text("version: 1\nspace: a/b\npolicies: []\n", encoding="utf-8")
    ran = subprocess.run(
        [lowest, *words],
        cwd=tmp_path,
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr.splitlines()[-1:]) in [(0, []), (0, ["1 file, 0 policies, no faults."])]


LOCKS = {
    ".ci/release-requirements.txt": ["dependency-groups.release"],
    ".ci/requirements.txt": ["project.dependencies", "project.optional-dependencies.test"],
    ".github/actions/network-policies/requirements.txt": ["project.dependencies"],
}


@pytest.mark.parametrize(("file", "keys"), LOCKS.items(), ids=LOCKS)
def test_the_locks_match_the_project(file: str, keys: list[str]) -> None:
    """Every dependency, in a version that `pyproject.toml` allows, with hashes; `.ci/lock` updates them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / file).read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)(?: ;.*)? \\\n    --hash=sha256:[0-9a-f]{64}", lock, re.MULTILINE))
    for key in keys:
        wanted = reduce(lambda table, name: table[name], key.split("."), project)
        for requirement in map(Requirement, wanted):
            assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement
