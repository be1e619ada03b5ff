"""pip, pipx and uv: each puts cfnet, and all that it needs, into a fresh environment of each Python that is there."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from cfnet import __version__
from tests.house.building import MACHINE, ROOT

OLDEST, BEYOND_NEWEST = 11, 30
LINES = re.findall(r"^(?:pip|pipx|uv tool) install \.$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
"""How the README says that it is installed."""


def pythons() -> Iterator[str]:
    """The Pythons in PATH that can make virtual environments."""
    for minor in range(OLDEST, BEYOND_NEWEST):
        name = f"python3.{minor}"
        try:
            made = subprocess.run([name, "-c", "import ensurepip, venv"], check=False, capture_output=True)
        except OSError:  # it is not there, or not for us
            continue
        if made.returncode == 0:
            yield name


class Place(NamedTuple):
    """Where an installer puts it: `programs` are in front of PATH, `variables` tell it where and with which Python."""

    programs: Path
    variables: Mapping[str, str]
    program: Path
    manual: Path


def place(line: str, python: str, folder: Path) -> Place:
    """The place for what `line` installs."""
    ours = Path(sys.executable).parent
    match line.split():
        case ["pipx", *_]:
            variables = {"PIPX_HOME": "home", "PIPX_BIN_DIR": "bin", "PIPX_MAN_DIR": "man"}
            manual = folder / "man"
            chosen = {"PIPX_DEFAULT_PYTHON": python}
        case ["uv", *_]:
            variables = {"UV_TOOL_DIR": "tools", "UV_TOOL_BIN_DIR": "bin"}
            manual = folder / "tools" / "cfnet" / "share" / "man"
            chosen = {"UV_PYTHON": python}
        case _:
            subprocess.run([python, "-m", "venv", folder], check=True)
            return Place(folder / "bin", {}, folder / "bin" / "cfnet", folder / "share" / "man")
    told = {name: str(folder / value) for name, value in variables.items()} | chosen
    return Place(ours, told, folder / "bin" / "cfnet", manual)


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("python", list(pythons()))
def test_it_is_installed_and_works(line: str, python: str, tmp_path: Path) -> None:
    """It says its version and Python, walks through the tour, and has its manual pages."""
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


def test_the_readme_names_three_installers() -> None:
    """Each of which is tried."""
    assert LINES == ["pipx install .", "uv tool install .", "pip install ."]
