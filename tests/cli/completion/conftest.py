"""A typist for each supported shell."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.completion.typists import TYPISTS, Typist
from tests.skipping import skip_or_fail


@pytest.fixture(params=TYPISTS, scope="module")
def typist(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typist]:
    """A typist at the prompt of a shell with an empty home directory."""
    shell = str(request.param)
    need(shell)
    home = tmp_path_factory.mktemp("home")
    with TYPISTS[shell](home, {"HOME": str(home)}) as sitting:
        yield sitting


def need(shell: str) -> None:
    """Skip the test if the shell is missing, unless all tests are required."""
    if shutil.which(shell) is None:
        skip_or_fail(f"needs {shell}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with two directories and a file."""
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "stores").mkdir()
    (tmp_path / "snapshot.txt").touch()
    return tmp_path
