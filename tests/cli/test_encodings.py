"""Files are UTF-8 with LF line ends in any locale; plain text uses the terminal's encoding."""

import io
from pathlib import Path

import pytest

from cfnet.cli.command_line import run
from cfnet.operations.environment import Environment
from cfnet.sandbox import WorldApp
from tests.cli.document_world import WEB, WORLD, with_policies, write
from tests.conftest import Served
from tests.policies import policy
from tests.processes import start

NAME = "名前-é"
OTHER = WorldApp(NAME, "demo/dev", "guid-name")
ENTRIES = f"  - {{source: {NAME}, destination: web}}\n  - {{source: web, destination: {NAME}}}\n"
DOCUMENT = f"version: 1\nspace: demo/dev\npolicies:\n{ENTRIES}"


FILES = {
    "a document": ["export"],
    "a picture": ["graph", "--format", "svg"],
    "a page": ["graph", "--format", "html"],
    "a diagram for Graphviz": ["graph", "--format", "dot"],
    "a table": ["graph", "--format", "csv"],
    "a comment": ["diff", "policies.yml", "--format", "markdown", "--exit-zero"],
    "annotations": ["diff", "policies.yml", "--format", "github", "--exit-zero"],
    "a comment about rules": ["diff", "policies.yml", "--rules", "--format", "markdown", "--exit-zero"],
    "a report": ["report", "policies.yml"],
    "a report as text": ["report", "policies.yml", "--format", "markdown"],
    "faults as XML": ["validate", f"{NAME}.yml", "--format", "junit", "--exit-zero"],
    "faults as annotations": ["validate", f"{NAME}.yml", "--format", "github", "--exit-zero"],
}
ASCII = {
    "the schema": ["schema"],
    "a diagram": ["graph", "--format", "mermaid"],
    "a completion script": ["completion", "bash"],
    "a manual page": ["man", "render"],
    "a listing as JSON": ["network-policies", "--json"],
    "rules": ["render"],
    "rules to load": ["render", "--format", "save"],
    "rules as JSON": ["render", "--json"],
    "faults as SARIF": ["validate", "policies.yml", "--format", "sarif"],
    "capacity as JSON": ["capacity", "--json"],
    "a trace as JSON": ["trace", NAME, "web", "--json"],
    "an explanation as JSON": ["explain", "--json", "-A", "FORWARD", "-j", "vpa--1"],
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with a document with faults and a valid one."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, DOCUMENT)
    write(tmp_path, DOCUMENT.replace("version: 1", f"version: {NAME}"), f"{NAME}.yml")
    return tmp_path


def printed(words: list[str], served: Served, folder: Path) -> bytes:
    """The output of a command in a locale with another encoding and other line ends."""
    with_policies(served, policy("guid-name", WEB), world=WORLD._replace(apps=(*WORLD.apps, OTHER)))
    bytes_out = io.BytesIO()
    stdout = io.TextIOWrapper(bytes_out, encoding="latin-1", errors="backslashreplace", newline="\r\n")
    environment = Environment(served.home(folder), io.StringIO(), stdout, io.StringIO())
    assert run(words, environment) == 0
    return bytes_out.getvalue()


@pytest.mark.parametrize("words", [*FILES.values(), *ASCII.values()], ids=[*FILES, *ASCII])
def test_a_file_is_utf_8(words: list[str], served: Served, tmp_path: Path) -> None:
    """As its format requires, or as its readers assume."""
    text = printed(words, served, tmp_path).decode("utf-8")
    assert (NAME in text) == (words in FILES.values())
    without_csv = text if "csv" not in words else text.replace("\r\n", "\n")
    assert "\r" not in without_csv
    assert without_csv.endswith("\n")


@pytest.mark.parametrize("words", [["network-policies"], ["graph"], ["diff", "policies.yml", "--exit-zero"]])
def test_plain_text_uses_the_terminals_encoding(words: list[str], served: Served, tmp_path: Path) -> None:
    """Characters that it lacks are escaped."""
    result = printed(words, served, tmp_path)
    assert b"\r\n" in result
    assert "名前".encode() not in result
    assert b"\\u540d\\u524d-\xe9" in result


def test_a_process_uses_them_too(served: Served, tmp_path: Path) -> None:
    """Even if Python was given other encodings for its streams."""
    with_policies(served, policy("guid-name", WEB), world=WORLD._replace(apps=(*WORLD.apps, OTHER)))
    variables = served.home(tmp_path) | {"PYTHONIOENCODING": "latin-1"}
    process = start("export", variables=variables)
    assert process.communicate()[0].endswith(f'  - source: "{NAME}"\n    destination: web\n')
