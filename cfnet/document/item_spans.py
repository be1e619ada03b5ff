"""Find the lines that items of a list take in a document, from the parser's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BEGINS: Final = frozenset({"MappingStartEvent", "SequenceStartEvent"})
_ENDS: Final = frozenset({"MappingEndEvent", "SequenceEndEvent"})
_LEAVES: Final = frozenset({"ScalarEvent", "AliasEvent"})


class CannotAmend(Exception):
    """The document is written in a way that cannot be changed line by line; the message says how."""


class ItemSpan(NamedTuple):
    """The lines of an item; lines and columns start at 1.

    Attributes:
        line: the line of its first value.
        column: the column of its first value.
        last: its last line. Blank lines after a text of several lines belong to it.
        shared: whether a value in it has an anchor that is used elsewhere.
    """

    line: int
    column: int
    last: int
    shared: bool


class ListSpan(NamedTuple):
    """Where a list under a top-level key is.

    Attributes:
        key_line: the line of the key.
        key_end: the column after the key.
        flow: whether it is written in brackets.
        is_list: whether it is a list, not an alias or nothing.
        end: line and column after the list, if it is written in brackets.
        items: its items.
    """

    key_line: int
    key_end: int
    flow: bool
    is_list: bool
    end: tuple[int, int]
    items: Sequence[ItemSpan]

    def require_lines(self) -> None:
        """Require that it is empty, or has each item on lines of its own.

        Raises:
            CannotAmend: it is not.
        """
        if not self.is_list or (self.flow and self.items):
            raise CannotAmend("'policies' must be a list with an item on each line, not in brackets or an alias")


class _Item:
    def __init__(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        self.line = event.start_mark.line + 1
        self.column = event.start_mark.column + 1
        self.last = self.line
        self.anchors: set[str] = set()


class _Finder:
    """Follows the events of a document; `depth` is that of the next event, 1 within the top-level mapping."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._depth = 0
        self._is_key = True
        self._value: Any = None
        self._found: Any = None
        self._end: Any = None
        self._items: list[_Item] = []
        self._uses: list[tuple[str, _Item | None]] = []
        self._inside = False

    def add(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        name = type(event).__name__
        if name in _ENDS:
            self._depth -= 1
            self._leave(event)
        elif name in _BEGINS or name in _LEAVES:
            self._enter(event, name)
            self._depth += name in _BEGINS

    def _enter(self, event: Any, name: str) -> None:  # noqa: ANN401 - PyYAML's events
        if self._depth == 1:
            self._enter_pair(event, name)
        elif self._depth == 2 and self._inside:  # noqa: PLR2004 - within the list
            self._items.append(_Item(event))
        item = self._items[-1] if self._inside and self._items else None
        self._note(event, name, item)

    def _enter_pair(self, event: Any, name: str) -> None:  # noqa: ANN401 - PyYAML's events
        """Follow a key or value of the top-level mapping."""
        if self._is_key and name == "ScalarEvent" and event.value == self._key:
            self._found = event
        elif self._found is not None and self._value is None:
            self._value = event
            self._inside = name == "SequenceStartEvent"
        self._is_key = not self._is_key

    def _note(self, event: Any, name: str, item: _Item | None) -> None:  # noqa: ANN401 - PyYAML's events
        if name == "AliasEvent":
            self._uses.append((event.anchor, item))
        elif event.anchor and item:
            item.anchors.add(event.anchor)
        if item and name in _LEAVES:
            item.last = max(item.last, _last_line(event.end_mark))

    def _leave(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        is_flow = event.end_mark.index != event.start_mark.index
        if self._inside and self._items and self._depth > 1 and is_flow:
            self._items[-1].last = max(self._items[-1].last, _last_line(event.end_mark))
        if self._depth == 1 and self._inside:
            self._inside = False
            self._end = event.end_mark

    def span(self) -> ListSpan | None:
        if self._found is None or self._value is None:
            return None
        mark = self._found.end_mark
        end = (self._end.line + 1, self._end.column + 1) if self._end else (0, 0)
        is_list = type(self._value).__name__ == "SequenceStartEvent"
        return ListSpan(
            mark.line + 1,
            mark.column + 1,
            is_list and bool(self._value.flow_style),
            is_list,
            end,
            [ItemSpan(item.line, item.column, item.last, self._is_shared(item)) for item in self._items],
        )

    def _is_shared(self, item: _Item) -> bool:
        return any(anchor in item.anchors and user is not item for anchor, user in self._uses)


def list_span(events: Iterable[Any], key: str) -> ListSpan | None:
    """Return where the list under the top-level `key` is; None without the key."""
    finder = _Finder(key)
    for event in events:
        finder.add(event)
    return finder.span()


def _last_line(mark: Any) -> int:  # noqa: ANN401 - PyYAML's
    """Return the last line of what ends at `mark`, which may be the start of the next line."""
    return int(mark.line if mark.column == 0 else mark.line + 1)
