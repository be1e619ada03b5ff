"""Read YAML into nodes that know their places. The only module that imports yaml.

It processes parser events instead of objects: no objects are constructed, nothing recurses, and documents designed to
exhaust the reader are rejected after a bounded amount of work.
"""

from __future__ import annotations

import difflib
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from cfnet.document.faults import Code, FaultReport
from cfnet.document.nodes import Mapping, Node, Scalar, ScalarKind, Sequence, kind_of
from cfnet.document.place import Place
from cfnet.policy.invisible import character_name, find_invisible, without_invisible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST: Final = 8 * 1024 * 1024
"""Maximum bytes per file: about 100,000 entries."""
MOST: Final = 1_200_000
"""Maximum values per file (keys, texts, lists, mappings); an entry has about ten."""
DEEPEST: Final = 20
"""Maximum levels of nesting; a document needs five."""
ALIASED: Final = 100_000
"""Maximum nodes that all aliases of a file may expand to."""
COMPARED: Final = 200
"""Maximum known names to compare an unknown name with when guessing."""

_new = tuple.__new__
"""Creates a NamedTuple without a call in between: a file may have a million nodes."""

_BOM = "\ufeff"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_TAB = re.compile(r"^ *+(\t)[ \t]*+[^\s#]", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")


_VARIABLE: Final = "(("
"""How a variable begins, in `((name))`."""

_PATTERN_KEYS = frozenset({"ignore", "expect"})
_TOP_KEY = re.compile(r"""^["']?(\w+)["']?[ ]*:""", re.MULTILINE)


class _Unreadable(Exception):
    """A fault, already reported, after which the rest of the file cannot be read."""


def read(
    data: bytes, file: str, report: FaultReport, fill: Callable[[Scalar], Scalar] | None = None, *, pure: bool = False
) -> Node | None:
    """Read the single YAML document in `data`.

    Args:
        data: the content of the file in UTF-8, with or without a byte order mark; for files that are too large, any
            part longer than `LARGEST`.
        file: the file name used in places.
        report: collects the faults, E102 to E119.
        fill: replaces variables in text scalars.
        pure: do not use libyaml, as if PyYAML had been installed without it.

    Returns:
        The document, or None if it could not be read, which has been reported.
    """
    try:
        text = _decoded(data, file, report)
        return _Builder(file, report, fill).build(_events(text, file, report, pure=pure))
    except _Unreadable:
        return None


def _decoded(data: bytes, file: str, report: FaultReport) -> str:
    if len(data) > LARGEST:
        found = f"more than {LARGEST:,} bytes"
        report(Code.TOO_LARGE, Place(file, 1, 1), found, "several smaller files, which can be applied together")
        raise _Unreadable
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        expected = "UTF-8 (this looks like UTF-16: save it as UTF-8)" if utf16 else "UTF-8"
        found = f"the byte 0x{data[error.start]:02x}"
        report(Code.NOT_UTF8, _place_of(before, len(before), file), found, expected)
        raise _Unreadable from error
    text = text.removeprefix(_BOM)
    if control := _CONTROL.search(text):
        found = f"the character U+{ord(control[0]):04X}"
        report(Code.CONTROL, _place_of(text, control.start(), file), found, "text")
        raise _Unreadable
    if tab := _TAB.search(text):
        report(Code.TAB, _place_of(text, tab.start(1), file), "a tab", "spaces")
        raise _Unreadable
    return text


def _place_of(text: str, offset: int, file: str) -> Place:
    line_start = text.rfind("\n", 0, offset) + 1
    return Place(file, text.count("\n", 0, offset) + 1, offset - line_start + 1)


def _events(text: str, file: str, report: FaultReport, *, pure: bool) -> Iterator[Any]:
    """Yield the parser's events, typed as loosely as PyYAML types them."""
    import yaml

    loader = yaml.SafeLoader if pure else getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        _report_syntax(error, text, file, report)
        raise _Unreadable from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # Numbers that PyYAML's scanner does not handle: "\UFFFFFFFF", or a %YAML directive with 5,000 digits.
        report(Code.NOT_YAML, Place(file, 1, 1), "invalid character or YAML version")
        raise _Unreadable from error


def _report_syntax(error: Any, text: str, file: str, report: FaultReport) -> None:  # noqa: ANN401 - yaml.MarkedYAMLError
    mark, context = _syntax_context(error, text)
    place = Place(file, mark.line + 1, mark.column + 1)
    if text[mark.index : mark.index + 1] == "\t":
        report(Code.TAB, place, "a tab", "spaces")
        return
    if not text.isascii() and (found := _invisible_between(text, error, mark, file)):
        report(Code.INVISIBLE, found[0], found[1], "an ordinary space, or nothing")
        return
    guess = 'a quoted wildcard, "*"' if "alias" in context and _takes_patterns(text[: mark.index]) else ""
    report(Code.NOT_YAML, place, f"{error.problem}{context}", guess=guess)


def _syntax_context(error: Any, text: str) -> tuple[Any, str]:  # noqa: ANN401 - PyYAML's
    """Return where a syntax error is, and what was being parsed there."""
    mark, begun = error.problem_mark or error.context_mark, error.context_mark
    context = f" {error.context}" if error.context else ""
    if begun and mark.index >= len(text.rstrip()):
        return begun, f"{context}, up to the end of the file"
    if context and begun and begun.line != mark.line:
        context += f" that begins on line {begun.line + 1}"
    return mark, context


def _invisible_between(text: str, error: Any, mark: Any, file: str) -> tuple[Place, str] | None:  # noqa: ANN401 - PyYAML's
    """Return place and name of the first invisible character in the lines of a syntax error."""
    first = min(each.line for each in (error.context_mark, error.problem_mark, mark) if each)
    for number, line in enumerate(text.split("\n")[first : mark.line + 1], first + 1):
        if found := find_invisible(line):
            return Place(file, number, found.start() + 1), character_name(found[0])
    return None


def _takes_patterns(before: str) -> bool:
    """Whether the text after `before` is part of `ignore` or `expect`, where names may have wildcards."""
    keys = _TOP_KEY.findall(before)
    return bool(keys) and keys[-1] in _PATTERN_KEYS


def _invisible_in(scalar: Scalar, character: str) -> str:
    return f"{character_name(character)} in {scalar}"


def _passed(scalar: Scalar) -> Scalar:
    """Mark `scalar` as reported, so that no further fault is reported for it."""
    return scalar._replace(kind=ScalarKind.VARIABLE)


def _is_name(key: Scalar) -> bool:
    return key.kind is ScalarKind.TEXT and key.text != "<<"


class _Open:
    """An unfinished collection: its children so far, and the number of nodes they expand to."""

    __slots__ = ("anchor", "children", "is_mapping", "place", "weight")

    def __init__(self, place: Place, anchor: str | None, *, is_mapping: bool) -> None:
        self.place = place
        self.anchor = anchor
        self.is_mapping = is_mapping
        self.children: list[Node] = []
        self.weight = 1


class _Kinds(dict[str, ScalarKind]):
    """The kinds of unquoted scalars; most texts of a large file occur many times."""

    def __missing__(self, text: str) -> ScalarKind:
        kind = self[text] = kind_of(text)
        return kind


class _Builder:
    """Builds the node tree of a file from its events."""

    def __init__(self, file: str, report: FaultReport, fill: Callable[[Scalar], Scalar] | None) -> None:
        self._file = file
        self._report = report
        self._fill = fill
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._aliased = 0
        self._documents = 0
        self._values = 0
        self._root: Node | None = None
        self._kinds = _Kinds()

    def build(self, events: Iterator[Any]) -> Node:
        handlers = {
            "ScalarEvent": self._scalar,
            "MappingStartEvent": self._begin,
            "SequenceStartEvent": self._begin,
            "MappingEndEvent": self._end,
            "SequenceEndEvent": self._end,
            "AliasEvent": self._alias,
            "DocumentStartEvent": self._document,
        }
        for event in events:
            handle = handlers.get(event.__class__.__name__)
            if handle:
                handle(event)
        root = self._root or Scalar("", ScalarKind.NULL, Place(self._file, 1, 1))
        if isinstance(root, Scalar) and root.kind is ScalarKind.NULL:
            self._report(Code.EMPTY_FILE, root.place, "nothing", "at least 'version: 1' and 'policies: []'")
            raise _Unreadable
        return root

    def _document(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        self._documents += 1
        if self._documents > 1:
            self._report(Code.SECOND_DOCUMENT, self._place(event), "a second document", "one per file")
            raise _Unreadable

    def _place(self, event: Any) -> Place:  # noqa: ANN401 - PyYAML's events
        mark = event.start_mark
        return _new(Place, (self._file, mark.line + 1, mark.column + 1))

    def _scalar(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        place = self._place(event)
        if event.tag:
            self._refuse_tag(event, place)
        text: str = event.value
        kind = ScalarKind.TEXT if event.style else self._kinds[text]
        scalar = _new(Scalar, (text, kind, place))
        if not text.isascii() or _VARIABLE in text:
            scalar = self._filled(scalar)
        self._add(scalar, event.anchor, 1)

    def _filled(self, scalar: Scalar) -> Scalar:
        """Return `scalar` with its variables replaced and without invisible characters."""
        if _SURROGATE.search(scalar.text):
            self._report(Code.CONTROL, scalar.place, "half of a surrogate pair", "text")
            raise _Unreadable
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
            raise _Unreadable
        is_mapping = type(event).__name__ == "MappingStartEvent"
        self._open.append(_Open(place, event.anchor, is_mapping=is_mapping))

    def _end(self, _event: Any) -> None:  # noqa: ANN401 - PyYAML's events
        done = self._open.pop()
        node = self._mapping(done) if done.is_mapping else Sequence(tuple(done.children), done.place)
        self._add(node, done.anchor, done.weight)

    def _mapping(self, done: _Open) -> Mapping:
        keys, values = done.children[::2], done.children[1::2]
        if len({key.text for key in keys if isinstance(key, Scalar) and _is_name(key)}) == len(keys):
            return _new(Mapping, (tuple(zip(keys, values, strict=True)), done.place, False))
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
            near = difflib.get_close_matches(event.anchor[:100], islice(self._anchors, COMPARED), n=1)
            wildcard = f'a quoted wildcard, "*{event.anchor}"' if self._takes_patterns() else ""
            guess = f"*{near[0]}" if near else wildcard
            expected = f"&{event.anchor} before it"
            self._report(Code.UNKNOWN_ANCHOR, place, f"*{event.anchor}", expected, guess=guess)
            raise _Unreadable
        node, weight = known
        self._aliased += weight
        if self._aliased > ALIASED:
            self._report(Code.ALIASES_EXPLODE, place, f"*{event.anchor}", f"at most {ALIASED:,} values from aliases")
            raise _Unreadable
        self._add(node, None, weight)

    def _takes_patterns(self) -> bool:
        """Whether the next value belongs to the key `ignore` or `expect`, where names may have wildcards."""
        top = self._open[0].children if self._open and self._open[0].is_mapping else []
        return len(top) % 2 == 1 and isinstance(top[-1], Scalar) and top[-1].text in _PATTERN_KEYS

    def _add(self, node: Node, anchor: str | None, weight: int) -> None:
        self._values += 1
        if self._values > MOST:
            self._report(Code.TOO_LARGE, node.place, f"value number {MOST + 1:,}", f"at most {MOST:,} values")
            raise _Unreadable
        if anchor:
            self._anchors[anchor] = (node, weight)
        if self._open:
            self._open[-1].children.append(node)
            self._open[-1].weight += weight
        else:
            self._root = node
