"""Plan files: they replace no other file, and every command distinguishes them from documents."""

from pathlib import Path

import pytest

from tests.cli.document_world import DECLARED, DOCUMENT, with_policies, write
from tests.conftest import Cfnet, Ran, Served

pytestmark = pytest.mark.usefixtures("folder")

PLAN = '{"format_version": 1}'


def linked(folder: Path) -> None:
    """The document under another name."""
    (folder / "link.yml").symlink_to("policies.yml")
    (folder / "twin.yml").hardlink_to(folder / "policies.yml")


TAKEN = {
    "the document": (["policies.yml"], "policies.yml", "--out policies.yml would overwrite policies.yml.\n"),
    "by a link": (["policies.yml"], "link.yml", "--out link.yml would overwrite policies.yml.\n"),
    "by a hard link": (["policies.yml"], "twin.yml", "--out twin.yml would overwrite policies.yml.\n"),
    "by another path": (
        ["./policies.yml"],
        "policies.yml",
        "--out policies.yml would overwrite ./policies.yml.\n",
    ),
    "values": (
        ["policies.yml", "--vars-file", "values.yml"],
        "values.yml",
        "--out values.yml would overwrite values.yml.\n",
    ),
    "another document": (["policies.yml"], "other.yml", "other.yml exists and is not a plan file.\n"),
    "a folder": (["policies.yml"], "folder", "folder exists and is not a plan file.\n"),
    "a device": (["policies.yml"], "/dev/null", "/dev/null exists and is not a plan file.\n"),
}


@pytest.mark.parametrize(("words", "out", "stderr"), TAKEN.values(), ids=TAKEN)
def test_a_plan_replaces_no_other_file(
    *, words: list[str], out: str, stderr: str, served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Exit 2 before any request, and every file is unchanged."""
    linked(tmp_path)
    write(tmp_path, "a: b\n", "values.yml")
    write(tmp_path, DOCUMENT, "other.yml")
    (tmp_path / "folder").mkdir()
    variables = with_policies(served).home(tmp_path)
    ran = cfnet("diff", *words, "--out", out, variables=variables)
    assert ran == Ran(2, "", f"{stderr}Use another name for the plan.\n")
    assert served.asked == []
    assert (tmp_path / "policies.yml").read_text(encoding="utf-8") == DOCUMENT
    assert (tmp_path / "values.yml").read_text(encoding="utf-8") == "a: b\n"


def test_a_plan_replaces_another_plan(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Also through a link, and an empty file made by mktemp; no temporary file remains."""
    variables = with_policies(served, DECLARED[0]).home(tmp_path)
    (tmp_path / "plan.json").touch()
    (tmp_path / "link.json").symlink_to("plan.json")
    for out in ("plan.json", "plan.json", "link.json"):
        assert cfnet("diff", "policies.yml", "--out", out, variables=variables).exit == 1
    assert (tmp_path / "link.json").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cf", "link.json", "plan.json", "policies.yml"]
    assert cfnet("apply", "link.json", "--yes", variables=variables).exit == 0


READERS = {
    "validate": ["validate", "plan.json"],
    "validate, annotated": ["validate", "plan.json", "--format", "github"],
    "diff": ["diff", "plan.json"],
    "diff --rules": ["diff", "--rules", "plan.json"],
    "a base": ["diff", "--rules", "policies.yml", "--base", "plan.json"],
    "graph": ["graph", "-f", "plan.json"],
    "report": ["report", "plan.json"],
    "trace": ["trace", "a", "b", "-f", "plan.json"],
    "capacity": ["capacity", "--what-if", "add=plan.json"],
}


@pytest.mark.parametrize("start", ["", "\ufeff", "\ufeff\n "], ids=["as written", "after a BOM", "after blanks"])
@pytest.mark.parametrize("words", READERS.values(), ids=READERS)
def test_a_plan_is_not_a_document(words: list[str], start: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """It is not parsed as YAML, which would report faults."""
    write(tmp_path, f"{start}{PLAN}", "plan.json")
    output = "plan.json is a plan, not a policy document.\nUse 'cfnet apply plan.json' to apply it.\n"
    assert cfnet(*words) == Ran(2, "", output)


def test_a_plan_may_have_a_bom(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Editors on Windows add one."""
    variables = with_policies(served).home(tmp_path)
    assert cfnet("diff", "policies.yml", "--out", "plan.json", variables=variables).exit == 1
    plan = (tmp_path / "plan.json").read_text(encoding="utf-8")
    write(tmp_path, f"\ufeff{plan}", "plan.json")
    assert cfnet("apply", "plan.json", "--yes", variables=variables).exit == 0
