"""A position in a file."""

from typing import NamedTuple


class Place(NamedTuple):
    """A position in a file: lines and columns start at 1; columns count code points."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """`policies.yml:3:5`, the format of compilers, which editors turn into links."""
        return f"{self.file}:{self.line}:{self.column}"
