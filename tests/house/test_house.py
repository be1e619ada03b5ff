"""The structure of the source tree: contents, size of modules, direction of imports."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from cfnet import cell, change, document, policy

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "cfnet").rglob("*.py"))


def test_the_top_level_matches_the_design() -> None:
    """Except for dot files and files that tools create."""
    allowed = {"cfnet", "tests", "completions", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"}
    made_by_tools = {"build", "dist"}
    names = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert names - made_by_tools == allowed


def test_imports_satisfy_the_contracts() -> None:
    """The contracts of `pyproject.toml`: layers, independent siblings, and one importer per heavy library."""
    script = Path(sys.executable).parent / "lint-imports"
    ran = subprocess.run([script], cwd=ROOT, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout


def too_many_branches(path: Path) -> str:
    """The output of the check of `.ci/run` for too many branches in a file or directory."""
    (line,) = re.findall(r"^\.venv/bin/(lizard .*) cfnet$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    program, *words = line.split()
    script = Path(sys.executable).parent / program
    ran = subprocess.run([script, *words, path], check=False, capture_output=True, text=True)
    assert ran.returncode == (1 if ran.stdout else 0), ran.stderr
    return ran.stdout


def test_every_function_has_fewer_than_ten_branches() -> None:
    assert too_many_branches(ROOT / "cfnet") == ""


@pytest.mark.parametrize("branches", ["any(y for y in x if y)", "x and 1 or 2", "1 if x else 2 if x is None else 3"])
def test_branches_of_expressions_count(branches: str, tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(f"def made(x):\n    return [{', '.join([branches] * 4)}]\n", encoding="utf-8")
    assert too_many_branches(module) == ""
    module.write_text(f"def made(x):\n    return [{', '.join([branches] * 5)}]\n", encoding="utf-8")
    assert " 11 CCN, " in too_many_branches(module)


def test_no_module_exceeds_350_lines() -> None:
    assert {path.name: lines for path in MODULES if (lines := len(path.read_text("utf-8").splitlines())) > 350} == {}


def test_every_module_has_a_docstring() -> None:
    assert [path.name for path in MODULES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


@pytest.mark.parametrize("package", [change, document, policy], ids=lambda package: str(package.__name__))
def test_a_package_documents_its_public_names(package: ModuleType) -> None:
    """Each in its docstring, in backticks."""
    printed = set(re.findall(r"`([A-Za-z_]+)", package.__doc__ or ""))
    assert set(package.__all__) - printed == set()


def test_names_in_the_docstring_of_cell_exist() -> None:
    """Each `module.name`."""
    printed = re.findall(r"`([a-z_]+\.[a-z_]+)\.([A-Za-z_]+)`", cell.__doc__ or "")
    assert len(printed) > 10
    for module, name in printed:
        assert hasattr(import_module(f"cfnet.cell.{module}"), name), f"{module}.{name}"
