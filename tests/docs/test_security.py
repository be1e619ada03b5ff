"""The page on security: what is stored where, with which mode, and what remains."""

import re
import stat
import subprocess
import sys
from pathlib import Path

from tests.conftest import Served
from tests.docs import PAGES, README

SECRET = re.compile(r"eyJ|OPAQUE|password", re.IGNORECASE)


def stored(home: Path) -> dict[str, str]:
    """The files below a home directory, with their modes."""
    return {
        path.relative_to(home).as_posix(): f"{stat.S_IMODE(path.stat().st_mode):04o}"
        for path in home.rglob("*")
        if path.is_file()
    }


def described() -> dict[str, str]:
    """The files and directories in the table of the page, with the modes there."""
    table = PAGES["security"].partition("## What is stored\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in row.split("|")] for row in table.splitlines() if row.startswith("|")]
    return {row[2].strip("`").removeprefix("~/"): row[3] for row in rows if row[2].startswith("`~/")}


class Person:
    """Someone who works with cfnet in a home directory, without a keyring."""

    def __init__(self, home: Path, served: Served) -> None:
        self._variables = {"HOME": str(home), "CFNET_KEYRING": "off"}
        self._api = served.url

    def run(self, words: str, **variables: str) -> None:
        """Run a command line of cfnet, which must succeed."""
        subprocess.run(
            [sys.executable, "-m", "cfnet", *words.replace("API", self._api).split()],
            env=self._variables | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            umask=0o022,
        )


def test_files_are_stored_where_the_page_says(tmp_path: Path, served: Served) -> None:
    """With the modes there, and nothing else; tokens only in their file, which disappears with the session."""
    person = Person(tmp_path, served)
    person.run("login -a API -u admin -p admin -o demo -s dev")
    person.run("add-network-policy appA appB", CF_TRACE=str(tmp_path / "trace"))
    person.run("__complete refresh")
    person.run("__complete app")
    person.run("network-policies --sandbox")
    modes = stored(tmp_path)
    expected = described()
    for name, mode in modes.items():
        places = [place for place in expected if name == place or (place.endswith("/") and name.startswith(place))]
        assert [expected[place] for place in places] == ([mode] if name != "trace" else []), name
    assert modes["trace"] == "0600"
    assert {"session.json", "tokens.json", "sandbox.db"} <= {Path(name).name for name in modes}
    with_secrets = {
        name
        for name in modes
        if name.endswith((".json", "trace")) and SECRET.search((tmp_path / name).read_text("utf-8"))
    }
    assert with_secrets == {".config/cfnet/tokens.json"}
    person.run("logout")
    assert set(stored(tmp_path)) == set(modes) - with_secrets


def test_the_readme_names_the_directories_that_remain(tmp_path: Path, served: Served) -> None:
    """After all of this, deleting them leaves nothing."""
    person = Person(tmp_path, served)
    person.run("login -a API -u admin -p admin -o demo -s dev")
    person.run("__complete refresh")
    person.run("__complete app")
    person.run("network-policies --sandbox")
    linux = re.findall(r"^\| [^|]+ \| `~/(\.[^`]+/cfnet)` \|", README, re.MULTILINE)
    assert len(linux) == 3
    assert {name for name in stored(tmp_path) if not name.startswith(tuple(f"{folder}/" for folder in linux))} == set()
