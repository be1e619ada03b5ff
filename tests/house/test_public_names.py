"""The stable names of the library, recorded in `public_names.txt`."""

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path

import pytest

RECORD = Path(__file__).with_name("public_names.txt")
PACKAGES = ("cfnet.policy", "cfnet.document", "cfnet.change", "cfnet.cell")


def described(package: str) -> Iterator[str]:
    """Each public name, with the parameters of functions and the fields and methods of classes."""
    module = import_module(package)
    for name in sorted(module.__all__):
        value = getattr(module, name)
        yield f"{package}.{name}{_parameters(value)}"
        if inspect.isclass(value):
            members = vars(value).items()
            public = [(each, member) for each, member in members if not each.startswith("_")]
            yield from sorted(f"{package}.{name}.{each}{_parameters(member)}" for each, member in public)


def _parameters(value: object) -> str:
    if isinstance(value, classmethod | staticmethod):
        value = value.__func__
    if not (
        inspect.isfunction(value)
        or (inspect.isclass(value) and "__init__" in vars(value) and not issubclass(value, Enum))
    ):
        return ""
    parameters = inspect.signature(value).parameters.values()
    return f"({', '.join(each.name + ('=' if each.default is not each.empty else '') for each in parameters)})"


def test_public_names_are_as_recorded() -> None:
    """Programs use them: a change of the record belongs in the changelog. Members may be added without a record."""
    actual = [line for package in PACKAGES for line in described(package)]
    recorded = RECORD.read_text("utf-8").splitlines()
    assert [line for line in recorded if line not in actual] == []
    exported = [f"{package}.{name}" for package in PACKAGES for name in import_module(package).__all__]
    assert [name for name in exported if name not in {line.partition("(")[0] for line in recorded}] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_list_all_public_names(package: str) -> None:
    """Readers of `pydoc` find each of them."""
    module = import_module(package)
    listed = set(re.findall(r"\w+", module.__doc__ or ""))
    assert {name for name in module.__all__ if name not in listed and f"{name}s" not in listed} == set()
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(module, "nothing")  # noqa: B009 - a name that does not exist


def test_importing_the_cell_loads_none_of_its_modules() -> None:
    """They are loaded by the first use of a name; a star import loads all."""
    code = (
        "import sys, cfnet.cell; print([each for each in sys.modules if each.startswith('cfnet.cell.')]);"
        "cfnet.cell.Container; print(sorted(each for each in sys.modules if each.startswith('cfnet.cell.')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["[]", "['cfnet.cell.model', 'cfnet.cell.model.container']"]
