"""No text makes a regular expression of cfnet slow: its time is at most linear in the length of the text."""

import ast
import pkgutil
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

import cfnet
from cfnet.document import grammar
from tests.house.slow_texts import slow_texts

ROOT = Path(cfnet.__file__).parent
METHODS = ("search", "match", "fullmatch", "sub", "split", "findall", "finditer")
SHORT, LONG = 2_000, 8_000
LINEAR = 8
"""The allowed factor of time for a text four times as long: quadratic time would take 16."""
NOTHING = 0.002
"""CPU seconds below which a measurement is too noisy."""


def expressions() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every compiled expression in cfnet's modules and in the grammar of documents, by name."""
    for info in pkgutil.walk_packages([str(ROOT)], "cfnet."):
        if not info.name.endswith("__main__"):
            for name, value in vars(import_module(info.name)).items():
                for position, found in enumerate(_patterns(value)):
                    yield f"{info.name.removeprefix('cfnet.')}:{name}[{position}]", found
    for position, text in enumerate(dict.fromkeys(_of_forms(grammar.DOCUMENT))):
        yield f"document.grammar[{position}]", re.compile(text)


def _patterns(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value if isinstance(value.pattern, str) else re.compile(value.pattern.decode(), value.flags | re.ASCII)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _patterns(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _patterns(each)


def _of_forms(form: object) -> Iterator[str]:
    pattern = getattr(form, "pattern", None)
    if isinstance(pattern, str):
        yield pattern
    for inner in (getattr(form, "forms", ()), (getattr(form, "of", None),)):
        for each in inner:
            if each is not None:
                yield from _of_forms(each)
    for key in getattr(form, "keys", {}).values():
        yield from _of_forms(key.form)


def inline() -> Iterator[tuple[str, re.Pattern[str], str]]:
    """The expressions written inline, by position, each with its method; including f-strings."""
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr in METHODS
                and isinstance(call.func.value, ast.Name)
                and call.func.value.id == "re"
            ):
                text = eval(compile(ast.Expression(call.args[0]), name, "eval"), vars(import_module(name)))
                text = text if isinstance(text, str) else text.decode("latin-1")
                yield f"{name}:{call.lineno}", re.compile(text), call.func.attr


def uses(name: str) -> set[str]:
    """The methods called on an expression with this name; all methods if it is in a table."""
    module, _, variable = name.partition(":")
    variable = variable.partition("[")[0]
    source = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    text = source.read_text("utf-8") if source.exists() else ""
    found = set(re.findall(rf"\b{re.escape(variable)}\.({'|'.join(METHODS)})\b", text)) if variable else set()
    return found or {"search", "match", "fullmatch"}


def runs(pattern: re.Pattern[str], methods: set[str]) -> Iterator[Callable[[str], object]]:
    """Call one method on a text."""
    if methods & {"sub", "split", "findall", "finditer"}:
        yield lambda text: deque(pattern.finditer(text), maxlen=0)
    for method in methods & {"search", "match", "fullmatch"}:
        yield getattr(pattern, method)


def seconds(run: Callable[[str], object], text: str) -> float:
    """The CPU time in seconds, best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        run(text)
        best = min(best, time.process_time() - start)
        if best < NOTHING:
            break
    return best


ALL = {f"{name} {pattern.pattern[:40]!r}": (pattern, uses(name)) for name, pattern in expressions()}
ALL |= {f"{name} {pattern.pattern[:40]!r}": (pattern, {method}) for name, pattern, method in inline()}


@pytest.mark.parametrize(("pattern", "methods"), ALL.values(), ids=ALL)
def test_time_is_linear_in_the_length_of_the_text(pattern: re.Pattern[str], methods: set[str]) -> None:
    """For texts generated from the expression, with every method that is called on it."""
    for run in runs(pattern, methods):
        for short, long in zip(slow_texts(pattern, SHORT), slow_texts(pattern, LONG), strict=True):
            taken = seconds(run, long)
            if taken >= NOTHING:
                assert taken <= LINEAR * max(seconds(run, short), NOTHING / LINEAR), f"{long[:60]!r}…{long[-5:]!r}"
