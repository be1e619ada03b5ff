"""Build the packages of this tree."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from cfnet import __version__

ROOT = Path(__file__).parents[2]
MACHINE = dict(os.environ)
"""Proxies, certificates and caches of the machine: installers need them, other tests do not see them."""
NAME = f"cfnet_cli-{__version__}"
"""The normalized name of the distribution, which is not that of the package, and its version."""


class Packages(NamedTuple):
    """The result of a build."""

    wheel: Path
    sdist: Path


def build(tree: Path, into: Path) -> Packages:
    """Build both packages of the source in `tree`, without network access."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", into],
        cwd=tree,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"},
        capture_output=True,
        check=True,
    )
    return Packages(into / f"{NAME}-py3-none-any.whl", into / f"{NAME}.tar.gz")
