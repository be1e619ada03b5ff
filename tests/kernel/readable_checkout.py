"""This checkout, with the packages it needs, at a place where every user can read it."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import click

_ROOT = Path(__file__).parents[2]
_PACKAGES = Path(click.__file__).parents[1]


class ReadableCheckout(NamedTuple):
    """The top of the checkout, and the directory of the installed packages."""

    root: Path
    packages: Path

    @property
    def python_path(self) -> str:
        """The variable `PYTHONPATH`, for another Python than this one."""
        return f"{self.root}:{self.packages}"


@cache
def readable_checkout(*, for_all: bool) -> ReadableCheckout:
    """Return the checkout; a copy if it must be readable for all users and is not, as below a private directory."""
    if not for_all or (is_open_to_all(_ROOT) and is_open_to_all(_PACKAGES)):
        return ReadableCheckout(_ROOT, _PACKAGES)
    folder = Path(tempfile.mkdtemp(prefix="cfnet-checkout-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = ReadableCheckout(folder / "checkout", folder / "packages")
    for name in ("cfnet", "tests"):
        _copy(_ROOT / name, copy.root / name)
    shutil.copy(_ROOT / "pyproject.toml", copy.root)
    _copy(_PACKAGES, copy.packages)
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return copy


def is_open_to_all(path: Path) -> bool:
    """Whether all users can enter every directory of a path, and run or enter what is at its end."""
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
