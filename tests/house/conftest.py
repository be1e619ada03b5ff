"""Fixtures for the tests of packages."""

import subprocess
import sys

import pytest

from tests.house.package_build import MACHINE, ROOT, Packages, build
from tests.skipping import skip_or_fail


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """The packages of this tree."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip without an index of Python packages that has cfnet's dependencies."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(tmp_path_factory.mktemp("index"))]
    if subprocess.run([*pip, "click"], env=MACHINE, check=False, capture_output=True).returncode != 0:
        skip_or_fail("there is no index of Python packages to be reached")
