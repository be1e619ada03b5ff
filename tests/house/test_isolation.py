"""Tests do not depend on the environment of the machine."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import isolated

CFNET = Path(__file__).parents[2] / "cfnet"
NAME = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]*|HOME|TERM|(?:LOCAL)?APPDATA|USERPROFILE")
OF_OTHERS = {
    *("PYTHONIOENCODING", "PYTHON_KEYRING_BACKEND", "LC_ALL", "LC_CTYPE", "LANG", "COLUMNS", "LINES", "SSL_CERT_FILE"),
    *(f"{scheme}_proxy" for scheme in ("http", "https", "all", "no")),
}
"""Variables read by Python and by cfnet's libraries."""


def asked_for() -> Iterator[str]:
    """The names of environment variables in the source of cfnet; families of variables with an example."""
    for path in CFNET.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
                yield f"{node.value}x" if node.value.endswith("_") else node.value


def test_variables_read_by_cfnet_are_isolated() -> None:
    """Every variable in the source, whatever its value on this machine."""
    names = {*asked_for(), *OF_OTHERS}
    assert names > {"CF_TRACE", "CFNET_VAR_x", "NO_COLOR", "TERM", "XDG_CACHE_HOME", "LOCALAPPDATA"}
    seen = isolated(dict.fromkeys(names, "of the machine"), "home")
    assert [name for name, value in seen.items() if value == "of the machine"] == []


def test_a_test_runs_in_the_isolated_environment() -> None:
    assert isolated(os.environ, os.environ["HOME"]) == dict(os.environ)
