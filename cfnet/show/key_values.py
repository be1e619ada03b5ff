"""Tables of names and values as `cf` prints them, without a header."""

from collections.abc import Sequence

from cfnet.show.columns import width
from cfnet.show.printable import printable


def pairs(rows: Sequence[tuple[str, str]]) -> str:
    """A line each: the name, then the value in a column of its own, made safe for a terminal."""
    room = max((width(name) for name, _value in rows), default=0) + 3
    return "".join(f"{name}{' ' * (room - width(name))}{printable(value)}".rstrip() + "\n" for name, value in rows)
