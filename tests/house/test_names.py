"""One name for one thing: classes, modules and functions have no names that a reader could confuse."""

import ast
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import cfnet

PACKAGE = Path(cfnet.__file__).parent


def _public_classes() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, str(path.relative_to(PACKAGE))


def test_no_public_class_name_is_defined_twice() -> None:
    places = defaultdict(list)
    for name, place in _public_classes():
        places[name].append(place)
    assert len(places) > 200
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_no_package_hides_a_module_behind_a_name() -> None:
    """`import cfnet.change.plan` must not return a function that the package exports as `plan`."""
    hidden = []
    for found in pkgutil.walk_packages(cfnet.__path__, "cfnet."):
        if found.name.endswith("__main__"):
            continue
        import_module(found.name)
        package, _, name = found.name.rpartition(".")
        if not isinstance(getattr(import_module(package), name), ModuleType):
            hidden.append(found.name)
    assert hidden == []
