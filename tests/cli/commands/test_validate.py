"""`cfnet validate`: check documents without a foundation."""

from pathlib import Path

import pytest

from tests.conftest import Cfnet
from tests.processes import HEAVY, modules_of

GOOD = "version: 1\nspace: shop/web\npolicies:\n  - source: ((app))\n    destination: [b, c]\n"
BAD = "version: 1\nspace: shop/web\npolicies:\n  - source: a\n    destination: b\n    ports: 0x50\n"
WRONG_PORTS = (
    "E208 invalid ports: 0x50; expected a port from 1 to 65535, or a range such as 9000-9010; did you mean 80?\n"
    "    6 |     ports: 0x50\n"
    "      |            ^^^^\n"
)


NOT_NEEDED = HEAVY - {"yaml"} | {
    "cfnet.change", "dataclasses", "difflib", "email", "hashlib", "http", "http.client", "pathlib", "ssl", "tempfile",
    "urllib.request", "xml.sax.saxutils",
}  # fmt: skip
"""Modules that a document without faults is checked without."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with a valid document, an invalid one and values."""
    monkeypatch.chdir(tmp_path)
    Path("good.yml").write_text(GOOD, "utf-8")
    Path("bad.yml").write_text(BAD, "utf-8")
    Path("values.yml").write_text("app: from-file\n", "utf-8")
    return tmp_path


def test_a_valid_document(cfnet: Cfnet) -> None:
    """Nothing on stdout; what was checked is on stderr."""
    assert cfnet("validate", "good.yml", "--var", "app=a") == (0, "", "1 file, 2 policies, no faults.\n")


def test_faults_are_in_the_order_of_the_files(cfnet: Cfnet) -> None:
    """Including missing files, which make it wrong usage, exit 2."""
    assert cfnet("validate", "bad.yml", "no.yml", "good.yml") == (
        2,
        (
            f"bad.yml:6:12: {WRONG_PORTS}"
            "no.yml:1:1: E101 file cannot be read: No such file or directory\n"
            "good.yml:4:13: E114 variable without a value: ((app)); "
            "expected --var app=VALUE, a --vars-file or CFNET_VAR_app\n"
            "    4 |   - source: ((app))\n"
            "      |             ^^^^^^^\n"
        ),
        "3 faults in 3 files.\n",
    )


def test_faults_without_failing_a_build(cfnet: Cfnet) -> None:
    """`--exit-zero` still reports them."""
    assert cfnet("validate", "bad.yml", "--exit-zero") == (0, f"bad.yml:6:12: {WRONG_PORTS}", "1 fault in 1 file.\n")


@pytest.mark.parametrize(
    "words", [["no.yml"], ["bad.yml", "--vars-file", "no.yml"], ["bad.yml", "x/y.yml"]], ids=" ".join
)
def test_an_unreadable_file_is_not_a_finding(words: list[str], cfnet: Cfnet) -> None:
    """A mistyped name must not pass as a checked document; other files are still checked."""
    ran = cfnet("validate", *words, "--exit-zero")
    assert (ran.exit, "E101 file cannot be read: " in ran.stdout) == (2, True)
    assert ("E208" in ran.stdout) == ("bad.yml" in words)


def test_a_file_given_twice_is_one_file(cfnet: Cfnet) -> None:
    """Its policies are not declared twice."""
    ran = cfnet("validate", "good.yml", "good.yml", "--var", "app=a")
    assert ran == (0, "", "1 file, 2 policies, no faults.\n")


@pytest.mark.parametrize(
    ("words", "environment", "value"),
    [
        ([], {"CFNET_VAR_app": "a*"}, "a*"),
        (["--vars-file", "values.yml"], {"CFNET_VAR_app": "b*"}, None),
        (["--vars-file", "values.yml", "--var", "app=c*"], {"CFNET_VAR_app": "b*"}, "c*"),
        (["--var", "app=c", "--var", "app=d*"], {}, "d*"),
        (["--var", "app=e=*"], {}, "e=*"),
    ],
    ids=[
        "the environment",
        "a file over the environment",
        "an option over everything",
        "the last option",
        "up to the =",
    ],
)
def test_the_source_of_a_value(words: list[str], environment: dict[str, str], value: str | None, cfnet: Cfnet) -> None:
    """A wildcard in a value makes a fault that shows the source."""
    ran = cfnet("validate", "good.yml", *words, variables=environment)
    if value is None:
        assert ran.exit == 0
    else:
        assert ran.stdout.startswith(f'good.yml:4:13: E204 invalid app name: "{value}";')


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        (["good.yml", "--var", "app"], "--var requires NAME=VALUE, not 'app'\nSee 'cfnet help validate'.\n"),
        (
            ["good.yml", "--json", "--format", "sarif"],
            "--json cannot be combined with --format sarif\nSee 'cfnet help validate'.\n",
        ),
        ([], "Missing argument 'FILE...'.\nSee 'cfnet help validate'.\n"),
    ],
)
def test_wrong_usage(words: list[str], stderr: str, cfnet: Cfnet) -> None:
    """Exit 2, nothing on stdout."""
    assert cfnet("validate", *words) == (2, "", stderr)


@pytest.mark.parametrize(
    ("words", "beginning"),
    [
        (["--json"], '{\n  "format_version": 1,\n  "faults": ['),
        (["--format", "json"], '{\n  "format_version": 1,\n  "faults": ['),
        (["--format", "github"], "::error file=bad.yml,line=6,col=12,title=E208 invalid ports::"),
        (["--format", "sarif"], '{\n  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",'),
        (
            ["--format", "junit"],
            '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="1" failures="1" errors="0">',
        ),
    ],
)
def test_faults_in_formats_for_programs(words: list[str], beginning: str, cfnet: Cfnet) -> None:
    """The exit code does not depend on the format."""
    ran = cfnet("validate", "bad.yml", *words)
    assert (ran.exit, ran.stdout[: len(beginning)]) == (1, beginning)


def test_loads_only_what_it_needs() -> None:
    """YAML, but no HTTP, rich or keyring, and nothing for faults, plans or other formats."""
    modules = modules_of(["validate", "good.yml", "--var", "app=a"], {})
    assert "yaml" in modules
    assert modules & NOT_NEEDED == set()


def test_files_are_checked_separately(cfnet: Cfnet) -> None:
    """Files for different foundations may declare the same policy; as one desired state they must not."""
    for folder in ("staging", "prod"):
        Path(folder).mkdir()
        Path(folder, "policies.yml").write_text(GOOD.replace("((app))", "a"), "utf-8")
    files = ["staging/policies.yml", "prod/policies.yml"]
    assert cfnet("validate", *files) == (0, "", "2 files, 4 policies, no faults.\n")
    together = cfnet("validate", "--together", *files)
    assert (together.exit, together.stdout.count("E301"), together.stderr) == (1, 2, "3 faults in 2 files.\n")
    assert together.stdout.count("E306") == 1


def test_a_directory_means_the_documents_in_it(cfnet: Cfnet) -> None:
    """At any depth, sorted, each once; without hidden and other files."""
    for name in ("d/b.yml", "d/sub/a.YAML", "d/.hidden.yml", "d/.git/c.yml", "d/notes.txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(BAD, "utf-8")
    ran = cfnet("validate", "d", "d/b.yml")
    assert [line.split(":")[0] for line in ran.stdout.splitlines() if line[0] != " "] == ["d/b.yml", "d/sub/a.YAML"]
    assert ran.stderr == "2 faults in 2 files.\n"


def test_a_directory_without_documents_is_wrong_usage(cfnet: Cfnet) -> None:
    """Checking no files is not 'no faults'."""
    Path("empty").mkdir()
    assert cfnet("validate", "empty") == (2, "", "empty: the directory has no *.yml or *.yaml files\n")
