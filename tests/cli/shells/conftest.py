"""A typist for each shell that there is a script for."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shells.typists import TYPISTS, Typist
from tests.without import do_without


@pytest.fixture(params=TYPISTS, scope="module")
def typist(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typist]:
    """At the prompt of a shell, in a home folder with nothing in it."""
    shell = str(request.param)
    need(shell)
    home = tmp_path_factory.mktemp("home")
    with TYPISTS[shell](home, {"HOME": str(home)}) as sitting:
        yield sitting


def need(shell: str) -> None:
    """Skip the test where the shell is missing, unless all tests are required."""
    if shutil.which(shell) is None:
        do_without(f"needs {shell}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two folders and a file in it."""
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "stores").mkdir()
    (tmp_path / "snapshot.txt").touch()
    return tmp_path
