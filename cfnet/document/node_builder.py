"""Build the nodes of a file from the events of a YAML parser.

Nothing recurses, and documents designed to exhaust the reader are rejected after a bounded amount of work.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from cfnet.document.faults import Code, FaultReport
from cfnet.document.guesses import closest
from cfnet.document.nodes import Mapping, Node, Scalar, ScalarKind, Sequence, kind_of
from cfnet.document.place import Place
from cfnet.document.plain_entries import MARKER, MisplacedRun
from cfnet.policy.invisible import character_name, find_invisible, without_invisible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Sequence as ListOf

    from cfnet.document.plain_entries import PlainRun

MOST: Final = 1_200_000
"""Maximum values per file (keys, texts, lists, mappings); an entry has about ten."""
DEEPEST: Final = 20
"""Maximum levels of nesting; a document needs five."""
ALIASED: Final = 100_000
"""Maximum nodes that all aliases of a file may expand to."""
COMPARED: Final = 200
"""Maximum known names to compare an unknown name with when guessing."""
PATTERN_KEYS: Final = frozenset({"ignore", "expect"})
"""The top-level keys under which names may have wildcards."""

_new = tuple.__new__
"""Creates a NamedTuple without a call in between: a file may have a million nodes."""

_DEPTH_OF_POLICIES: Final = 2
_SURROGATE = re.compile("[\ud800-\udfff]")
_VARIABLE: Final = "(("
"""How a variable begins, in `((name))`."""


class UnreadableRest(Exception):
    """A fault, already reported, after which the rest of the file cannot be read."""


def _invisible_in(scalar: Scalar, character: str) -> str:
    return f"{character_name(character)} in {scalar}"


def _passed(scalar: Scalar) -> Scalar:
    """Mark `scalar` as reported, so that no further fault is reported for it."""
    return scalar._replace(kind=ScalarKind.VARIABLE)


def _is_name(key: Scalar) -> bool:
    return key.kind is ScalarKind.TEXT and key.text != "<<"


class _Open:
    """An unfinished collection: its children so far, and how many more nodes they expand to."""

    __slots__ = ("anchor", "children", "is_mapping", "more", "place")

    def __init__(self, place: Place, anchor: str | None, *, is_mapping: bool) -> None:
        self.place = place
        self.anchor = anchor
        self.is_mapping = is_mapping
        self.children: list[Node] = []
        self.more = 0


class _Kinds(dict[str, ScalarKind]):
    """The kinds of unquoted scalars; most texts of a large file occur many times."""

    def __missing__(self, text: str) -> ScalarKind:
        kind = self[text] = kind_of(text)
        return kind


class NodeBuilder:
    """Builds the node tree of a file from its events."""

    def __init__(
        self,
        file: str,
        report: FaultReport,
        fill: Callable[[Scalar], Scalar] | None,
        runs: ListOf[PlainRun] = (),
    ) -> None:
        """Start with an empty tree; the arguments are those of `read`, and the runs replaced in its text."""
        self._runs = list(reversed(runs))
        self._file = file
        self._report = report
        self._fill = fill
        self._open: list[_Open] = []
        self._top: list[Node] = []
        self._children = self._top
        """The children of the innermost unfinished collection."""
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._aliased = 0
        self._documents = 0
        self._values = 0
        self._kinds = _Kinds()
        self._known_keys: set[tuple[str, ...]] = set()

    def build(self, events: Iterator[Any]) -> Node:
        """Return the node of the single document in `events`.

        Raises:
            UnreadableRest: a fault that has been reported.
            MisplacedRun: a run of plain entries is elsewhere than in `policies`; faults may have been reported.
        """
        handlers = {
            "MappingStartEvent": self._begin,
            "SequenceStartEvent": self._begin,
            "MappingEndEvent": self._end,
            "SequenceEndEvent": self._end,
            "AliasEvent": self._alias,
            "DocumentStartEvent": self._document,
        }
        file, kinds, text_kind = self._file, self._kinds, ScalarKind.TEXT
        for event in events:
            if event.__class__.__name__ != "ScalarEvent":
                if handle := handlers.get(event.__class__.__name__):
                    handle(event)
                continue
            # Written out, because a file may have a million scalars.
            text = event.value
            mark = event.start_mark
            place = _new(Place, (file, mark.line + 1, mark.column + 1))
            scalar = _new(Scalar, (text, text_kind if event.style else kinds[text], place))
            if event.anchor or event.tag or not text.isascii() or _VARIABLE in text:
                self._add_unusual(scalar, event)
                continue
            self._values += 1
            if self._values > MOST:
                self._refuse_more(scalar)
            self._children.append(scalar)
        return self._root()

    def _root(self) -> Node:
        if self._runs:
            raise MisplacedRun
        root = self._top[-1] if self._top else Scalar("", ScalarKind.NULL, Place(self._file, 1, 1))
        if isinstance(root, Scalar) and root.kind is ScalarKind.NULL:
            self._report(Code.EMPTY_FILE, root.place, "nothing", "at least 'version: 1' and 'policies: []'")
            raise UnreadableRest
        return root

    def _document(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        self._documents += 1
        if self._documents > 1:
            self._report(Code.SECOND_DOCUMENT, self._place(event), "a second document", "one per file")
            raise UnreadableRest

    def _place(self, event: Any) -> Place:  # noqa: ANN401 - PyYAML's events
        mark = event.start_mark
        return _new(Place, (self._file, mark.line + 1, mark.column + 1))

    def _add_unusual(self, scalar: Scalar, event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        """Add a scalar that has an anchor or a tag, or may contain variables or invisible characters, or is a run."""
        if self._runs and MARKER in scalar.text:
            self._add_run(scalar, event)
            return
        if event.tag:
            self._refuse_tag(event, scalar.place)
        if not scalar.text.isascii() or _VARIABLE in scalar.text:
            scalar = self._filled(scalar)
        self._add(scalar, event.anchor, 1)

    def _add_run(self, scalar: Scalar, event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        """Add the entries that `scalar` stands for, if it is an item of the list `policies`."""
        run = self._runs.pop()
        is_whole = (
            scalar.text == MARKER and scalar.place == run.place and not (event.style or event.anchor or event.tag)
        )
        if not is_whole or not self._is_in_policies() or self._values + run.values > MOST:
            raise MisplacedRun
        self._values += run.values
        self._children += run.entries

    def _is_in_policies(self) -> bool:
        """Whether the next value is an item of the top-level list `policies`, and no alias refers to that list."""
        if len(self._open) != _DEPTH_OF_POLICIES or any(each.anchor for each in self._open):
            return False
        top, inner = self._open
        key = top.children[-1] if top.is_mapping and len(top.children) % 2 else None
        return isinstance(key, Scalar) and key.text == "policies" and not inner.is_mapping

    def _filled(self, scalar: Scalar) -> Scalar:
        """Return `scalar` with its variables replaced and without invisible characters."""
        if _SURROGATE.search(scalar.text):
            self._report(Code.CONTROL, scalar.place, "half of a surrogate pair", "text")
            raise UnreadableRest
        is_key = bool(self._open) and self._open[-1].is_mapping and len(self._open[-1].children) % 2 == 0
        if self._fill and not is_key and scalar.kind is ScalarKind.TEXT:
            scalar = self._fill(scalar)
        return self._visible(scalar, is_key=is_key)

    def _visible(self, scalar: Scalar, *, is_key: bool) -> Scalar:
        """Return `scalar`; report an invisible character and let the other checks continue as if it were absent."""
        found = find_invisible(scalar.text) if scalar.kind is not ScalarKind.VARIABLE else None
        if found is None:
            return scalar
        self._report(Code.INVISIBLE, scalar.place, _invisible_in(scalar, found[0]), "visible characters")
        return scalar._replace(text=without_invisible(scalar.text).strip()) if is_key else _passed(scalar)

    def _refuse_tag(self, event: Any, place: Place) -> None:  # noqa: ANN401 - PyYAML's events
        self._report(Code.TAG, place, f'the tag "{event.tag}"', "a value without a tag")

    def _begin(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        place = self._place(event)
        if event.tag:
            self._refuse_tag(event, place)
        if len(self._open) == DEEPEST:
            self._report(Code.TOO_DEEP, place, f"level {DEEPEST + 1} of nesting", f"at most {DEEPEST}")
            raise UnreadableRest
        is_mapping = type(event).__name__ == "MappingStartEvent"
        self._open.append(_Open(place, event.anchor, is_mapping=is_mapping))
        self._children = self._open[-1].children

    def _end(self, _event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        done = self._open.pop()
        self._children = self._open[-1].children if self._open else self._top
        node = self._mapping(done) if done.is_mapping else Sequence(tuple(done.children), done.place)
        self._add(node, done.anchor, 1 + len(done.children) + done.more)

    def _mapping(self, done: _Open) -> Mapping:
        keys, values = done.children[::2], done.children[1::2]
        names = tuple([key.text if key.__class__ is Scalar else "<<" for key in keys])
        if names in self._known_keys or self._are_names(names, keys):
            return _new(Mapping, (tuple(zip(keys, values, strict=True)), done.place, False))
        return self._with_faults(done)

    def _are_names(self, names: tuple[str, ...], keys: list[Node]) -> bool:
        """Whether keys are different names; those that are names even without quotes are remembered."""
        if len(set(names)) < len(names):
            return False
        if "<<" not in names and all(kind_of(name) is ScalarKind.TEXT for name in names):
            self._known_keys.add(names)
            return True
        return all(isinstance(key, Scalar) and _is_name(key) for key in keys)

    def _with_faults(self, done: _Open) -> Mapping:
        """Return a mapping without the keys that are no names or occur twice, and report these."""
        pairs: dict[str, tuple[Scalar, Node]] = {}
        merged = False
        children = iter(done.children)
        for key, value in zip(children, children, strict=True):
            if not isinstance(key, Scalar) or key.kind is not ScalarKind.TEXT:
                self._report(Code.KEY_NOT_TEXT, key.place, key, "a name")
            elif key.text == "<<":
                self._report(Code.MERGE_KEY, key.place, "<<", "each key written out")
                merged = True
            elif key.text in pairs:
                self._report(Code.DUPLICATE_KEY, key.place, key, also=pairs[key.text][0].place)
            else:
                pairs[key.text] = (key, value)
        return Mapping(tuple(pairs.values()), done.place, merged)

    def _alias(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        place = self._place(event)
        known = self._anchors.get(event.anchor)
        if known is None:
            near = closest(event.anchor[:100], islice(self._anchors, COMPARED))
            wildcard = f'a quoted wildcard, "*{event.anchor}"' if self._takes_patterns() else ""
            guess = f"*{near}" if near else wildcard
            expected = f"&{event.anchor} before it"
            self._report(Code.UNKNOWN_ANCHOR, place, f"*{event.anchor}", expected, guess=guess)
            raise UnreadableRest
        node, weight = known
        self._aliased += weight
        if self._aliased > ALIASED:
            self._report(Code.ALIASES_EXPLODE, place, f"*{event.anchor}", f"at most {ALIASED:,} values from aliases")
            raise UnreadableRest
        self._add(node, None, weight)

    def _takes_patterns(self) -> bool:
        """Whether the next value belongs to the key `ignore` or `expect`, where names may have wildcards."""
        top = self._open[0].children if self._open and self._open[0].is_mapping else []
        return len(top) % 2 == 1 and isinstance(top[-1], Scalar) and top[-1].text in PATTERN_KEYS

    def _add(self, node: Node, anchor: str | None, weight: int) -> None:
        self._values += 1
        if self._values > MOST:
            self._refuse_more(node)
        if anchor:
            self._anchors[anchor] = (node, weight)
        self._children.append(node)
        if self._open:
            self._open[-1].more += weight - 1

    def _refuse_more(self, node: Node) -> None:
        self._report(Code.TOO_LARGE, node.place, f"value number {MOST + 1:,}", f"at most {MOST:,} values")
        raise UnreadableRest
