"""Where in a file something stands."""

from typing import NamedTuple


class Place(NamedTuple):
    """A character of a file: lines and columns count from 1, columns in code points."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """`policies.yml:3:5`, as compilers write it and editors follow it."""
        return f"{self.file}:{self.line}:{self.column}"
