"""pip, pipx and uv: each puts cfnet, and all that it needs, into a fresh environment of each Python that is there."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from cfnet import __version__
from tests.house.building import Packages
from tests.without import do_without

OLDEST, BEYOND_NEWEST = 11, 30
SCRIPTS = Path(sys.executable).parent
MACHINE = dict(os.environ)
"""Its proxies, certificates and caches, of which the tests themselves see nothing: installers need them."""


def pythons() -> Iterator[str]:
    """The Pythons in PATH that can make virtual environments."""
    for minor in range(OLDEST, BEYOND_NEWEST):
        name = f"python3.{minor}"
        try:
            made = subprocess.run([name, "-c", "import ensurepip, venv"], check=False, capture_output=True)
        except FileNotFoundError:
            continue
        if made.returncode == 0:
            yield name


class Installed(NamedTuple):
    """Where an installer has put it."""

    program: Path
    manual: Path


def call(*words: object, **variables: Path) -> None:
    """Run a program, which must end well."""
    ran = subprocess.run(
        [str(word) for word in words],
        env=MACHINE | {name: str(path) for name, path in variables.items()},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def by_pip(python: str, wheel: Path, folder: Path) -> Installed:
    """Into a virtual environment."""
    call(python, "-m", "venv", folder)
    call(folder / "bin" / "pip", "install", "-q", wheel)
    return Installed(folder / "bin" / "cfnet", folder / "share" / "man")


def by_pipx(python: str, wheel: Path, folder: Path) -> Installed:
    """As a program of the user's."""
    folders = {"PIPX_HOME": folder / "home", "PIPX_BIN_DIR": folder / "bin", "PIPX_MAN_DIR": folder / "man"}
    call(SCRIPTS / "pipx", "install", "--python", python, wheel, **folders)
    return Installed(folder / "bin" / "cfnet", folder / "man")


def by_uv(python: str, wheel: Path, folder: Path) -> Installed:
    """As a tool; uv leaves manual pages in the tool's own environment."""
    folders = {"UV_TOOL_DIR": folder / "tools", "UV_TOOL_BIN_DIR": folder / "bin"}
    call(SCRIPTS / "uv", "tool", "install", "--python", python, wheel, **folders)
    return Installed(folder / "bin" / "cfnet", folder / "tools" / "cfnet" / "share" / "man")


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Only where there is an index of Python packages, to take from what cfnet needs."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(tmp_path_factory.mktemp("index"))]
    if subprocess.run([*pip, "click"], check=False, capture_output=True).returncode != 0:
        do_without("there is no index of Python packages to be reached")


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("install", [by_pip, by_pipx, by_uv], ids=["pip", "pipx", "uv"])
@pytest.mark.parametrize("python", list(pythons()))
def test_it_is_installed_and_works(
    install: Callable[[str, Path, Path], Installed], python: str, packages: Packages, tmp_path: Path
) -> None:
    """It says its version and Python, walks through the tour, and has its manual pages."""
    installed = install(python, packages.wheel, tmp_path / "installed")
    version = subprocess.run([python, "-c", "import platform; print(platform.python_version())"], stdout=-1, check=True)
    for words, ending in (
        (["--version"], f"cfnet {__version__} (Python {version.stdout.decode().strip()})\n"),
        (["tour"], "\n"),
        (["man", "render"], "\n"),
    ):
        ran = subprocess.run(
            [installed.program, *words],
            cwd=tmp_path,
            env={"PATH": os.defpath, "PYTHONWARNINGS": "error"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.endswith(ending)
    assert (installed.manual / "man1" / "cfnet-render.1").is_file()
