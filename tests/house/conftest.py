"""What the tests of the packages share."""

import pytest

from tests.house.building import ROOT, Packages, build


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Those of this tree."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))
