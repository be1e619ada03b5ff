"""The manual pages: up to date, and valid for `man`."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cfnet.cli.command_table import COMMANDS
from tests.conftest import Cfnet, Ran
from tests.skipping import skip_or_fail

PAGES = Path(__file__).parents[3] / "completions" / "man"
NAMES = ["cfnet", *(f"cfnet-{name}" for name in COMMANDS)]


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_current(name: str, cfnet: Cfnet) -> None:
    """`cfnet man --into completions/man` regenerates them."""
    ran = cfnet("man", *([] if name == "cfnet" else [name.removeprefix("cfnet-")]))
    assert ran == Ran(0, (PAGES / f"{name}.1").read_text(encoding="utf-8"), "")


def test_all_pages_are_written(cfnet: Cfnet, tmp_path: Path) -> None:
    """One for cfnet and one per command; the packaged directory has no other files."""
    assert cfnet("man", "--into", str(tmp_path / "man")) == Ran(0, "", "")
    made = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "man").iterdir()}
    assert made == {path.name: path.read_text(encoding="utf-8") for path in PAGES.iterdir()}
    assert sorted(made) == sorted(f"{name}.1" for name in NAMES)


def rendered(name: str) -> str:
    """A page on a terminal of 120 columns; a warning of the formatter is a failure."""
    groff = shutil.which("groff")
    if groff is None:
        skip_or_fail("groff is not there")
    page = (PAGES / f"{name}.1").read_bytes()
    ran = subprocess.run(
        [groff, "-man", "-k", "-Tutf8", "-ww", "-rLL=120n", "-P-cbou"],
        input=page,
        capture_output=True,
        check=True,
    )
    assert ran.stderr.decode() == ""
    return ran.stdout.decode()


@pytest.mark.parametrize("name", NAMES)
def test_the_formatter_accepts_every_page(name: str) -> None:
    """Without warnings; commands are printed in characters that can be typed."""
    text = rendered(name)
    assert text.startswith(name)
    assert not {"\u2010", "\u2019", "\u2018", "\u2212"} & set(text)


def test_a_rendered_page() -> None:
    """Examples come before the explanation, and blocks of lines stay blocks."""
    text = " ".join(rendered("cfnet-schema").split())
    assert text == (
        "cfnet-schema(1) User Commands cfnet-schema(1) "
        "NAME cfnet-schema - Print the JSON Schema of policy documents for editors "
        "SYNOPSIS cfnet schema "
        "EXAMPLES cfnet schema > cfnet.schema.json "
        "DESCRIPTION The schema conforms to draft-07. Save it as cfnet.schema.json next to a document that begins with "
        "this line, and editors can complete and check the document: "
        "# yaml-language-server: $schema=cfnet.schema.json "
        "Some rules cannot be expressed in the schema, e.g. that no policy is declared twice: 'cfnet validate' checks "
        "them. "
        "GLOBAL OPTIONS --debug Show tracebacks of internal errors -h, --help Show this help "
        "EXIT CODES 0 Success 2 Wrong usage, or a file that cannot be read or written "
        "SEE ALSO cfnet(1), cfnet-validate(1) cfnet cfnet-schema(1)"
    )


def test_one_page_or_all(cfnet: Cfnet, tmp_path: Path) -> None:
    assert cfnet("man", "bogus").exit == 2
    assert cfnet("man", "render", "--into", str(tmp_path)).exit == 2
    (tmp_path / "file").touch()
    assert cfnet("man", "--into", str(tmp_path / "file")) == Ran(
        2, "", f"{tmp_path / 'file'}: cannot be written (File exists)\n"
    )
