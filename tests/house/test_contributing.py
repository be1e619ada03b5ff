"""The guide for contributors and the decision records refer to things that exist."""

import re
from pathlib import Path

import pytest

from tests.house.package_build import ROOT

GITHUB = ROOT / ".github"
GUIDE = (GITHUB / "CONTRIBUTING.md").read_text(encoding="utf-8")
DECISIONS = sorted((GITHUB / "decisions").glob("*.md"))
TEXTS = [GITHUB / "CONTRIBUTING.md", *DECISIONS]


def section(title: str) -> str:
    """The text of a section of the guide."""
    return GUIDE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: str(path.name))
def test_every_path_in_the_guide_exists(text: Path) -> None:
    """Code and tests in backticks; links relative to the text."""
    content = text.read_text(encoding="utf-8")
    named = {path for path in re.findall(r"`((?:cfnet|tests|completions|\.ci)/[^`\s]*)`", content) if "NN-" not in path}
    modules = re.findall(r"`(\w+\.py)`", content)
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", content)
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert [name for name in modules if not any((ROOT / "cfnet").rglob(name))] == []
    assert [path for path in linked if not (text.parent / path).exists()] == []


def test_the_drawing_has_every_package() -> None:
    """Each package of the first two levels, and nothing else."""
    drawing = section("The house").split("```")[1]
    drawn: set[str] = set()
    floor = ""
    for indent, name in re.findall(r"^( {2,4})(\w+)/ ", drawing, re.MULTILINE):
        floor = name if len(indent) == 2 else floor
        drawn.add(name if len(indent) == 2 else f"{floor}/{name}")
    packages = {path.parent.relative_to(ROOT / "cfnet").as_posix() for path in (ROOT / "cfnet").rglob("__init__.py")}
    assert drawn == packages - {".", "show/graph"}


def test_the_glossary_is_sorted() -> None:
    """It explains at least thirty terms."""
    terms = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", section("Glossary"), re.MULTILINE)[2:]
    assert len(terms) >= 30
    assert terms == sorted(terms, key=str.lower)


def test_each_decision_fits_on_a_page() -> None:
    """Context, decision and consequences, in at most forty lines."""
    assert len(DECISIONS) >= 5
    for path in DECISIONS:
        content = path.read_text(encoding="utf-8")
        assert re.findall(r"^\*\*(\w+)\.\*\*", content, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert len(content.splitlines()) <= 40


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: str(path.name))
def test_every_class_in_the_guide_exists(text: Path) -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "cfnet").rglob("*.py"))
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)*)`", text.read_text(encoding="utf-8")))
    assert [name for name in named if f"class {name}" not in source] == []
