"""The documentation: the README and the pages that `cfnet help TOPIC` prints."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / ".github" / "docs"
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES: Final = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))}
EVERYTHING: Final = {"README": README, **PAGES}
FENCED: Final = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
API: Final = "https://api.example.com"


class FencedBlock(NamedTuple):
    """A fenced block; `name` is the file name, empty if it is not a file."""

    language: str
    name: str
    text: str


def blocks(text: str) -> Iterator[FencedBlock]:
    """The fenced blocks of `text`, in order."""
    return (FencedBlock(*found) for found in FENCED.findall(text))


def files(page: str) -> dict[str, str]:
    """The files on a page, by name."""
    return {block.name: block.text for block in blocks(EVERYTHING[page]) if block.name}


def of(page: str, language: str) -> list[str]:
    """The blocks of a language on a page that are not files."""
    return [block.text for block in blocks(EVERYTHING[page]) if block.language == language and not block.name]
