"""Tables of names and values in the layout of `cf`, without a header."""

from collections.abc import Sequence

from cfnet.show.columns import width
from cfnet.show.printable import printable


def pairs(rows: Sequence[tuple[str, str]]) -> str:
    """Format `rows` as two aligned columns; values are escaped for a terminal."""
    room = max((width(name) for name, _value in rows), default=0) + 3
    return "".join(f"{name}{' ' * (room - width(name))}{printable(value)}".rstrip() + "\n" for name, value in rows)
