"""Read YAML into nodes that know their places. The only module that imports yaml.

It processes parser events instead of objects: no objects are constructed, nothing recurses, and documents designed to
exhaust the reader are rejected after a bounded amount of work.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from cfnet.document.faults import Code, FaultReport
from cfnet.document.node_builder import PATTERN_KEYS, NodeBuilder, UnreadableRest
from cfnet.document.place import Place
from cfnet.document.plain_entries import MisplacedRun, shortened
from cfnet.policy.invisible import character_name, find_invisible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cfnet.document.nodes import Node, Scalar

LARGEST: Final = 8 * 1024 * 1024
"""Maximum bytes per file: about 100,000 entries."""

_BOM = "\ufeff"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_TAB = re.compile(r"^ *+(\t)[ \t]*+[^\s#]", re.MULTILINE)
_TOP_KEY = re.compile(r"""^["']?(\w+)["']?[ ]*:""", re.MULTILINE)


class _NotYaml(Exception):
    """A text cannot be parsed; `error` is PyYAML's."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


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
        short = shortened(text, file)
        if short.runs:
            before = len(report)
            try:
                return NodeBuilder(file, report, fill, short.runs).build(_events(short.text, pure=pure))
            except (MisplacedRun, _NotYaml):
                report.withdraw(before)
        try:
            return NodeBuilder(file, report, fill).build(_events(text, pure=pure))
        except _NotYaml as fault:
            _report_not_yaml(fault.error, text, file, report)
    except UnreadableRest:
        pass
    return None


def parsed(text: str) -> Iterator[Any]:
    """Yield the parser's events of a document that has been read without faults."""
    return _events(text, pure=False)


def _decoded(data: bytes, file: str, report: FaultReport) -> str:
    if len(data) > LARGEST:
        found = f"more than {LARGEST:,} bytes"
        report(Code.TOO_LARGE, Place(file, 1, 1), found, "several smaller files, which can be applied together")
        raise UnreadableRest
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        expected = "UTF-8 (this looks like UTF-16: save it as UTF-8)" if utf16 else "UTF-8"
        found = f"the byte 0x{data[error.start]:02x}"
        report(Code.NOT_UTF8, _place_of(before, len(before), file), found, expected)
        raise UnreadableRest from error
    text = text.removeprefix(_BOM)
    if control := _CONTROL.search(text):
        found = f"the character U+{ord(control[0]):04X}"
        report(Code.CONTROL, _place_of(text, control.start(), file), found, "text")
        raise UnreadableRest
    if tab := _TAB.search(text):
        report(Code.TAB, _place_of(text, tab.start(1), file), "a tab", "spaces")
        raise UnreadableRest
    return text


def _place_of(text: str, offset: int, file: str) -> Place:
    line_start = text.rfind("\n", 0, offset) + 1
    return Place(file, text.count("\n", 0, offset) + 1, offset - line_start + 1)


def _events(text: str, *, pure: bool) -> Iterator[Any]:
    """Yield the parser's events, typed as loosely as PyYAML types them.

    Raises:
        _NotYaml: the rest cannot be parsed.
    """
    import yaml

    loader = yaml.SafeLoader if pure else getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    try:
        # Not yaml.parse(), which looks at each event twice.
        yield from iter(loader(text).get_event, None)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise _NotYaml(error) from error


def _report_not_yaml(error: Exception, text: str, file: str, report: FaultReport) -> None:
    import yaml

    if isinstance(error, yaml.MarkedYAMLError):
        _report_syntax(error, text, file, report)
    else:
        # Numbers that PyYAML's scanner does not handle: "\UFFFFFFFF", or a %YAML directive with 5,000 digits.
        report(Code.NOT_YAML, Place(file, 1, 1), "invalid character or YAML version")


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
    return bool(keys) and keys[-1] in PATTERN_KEYS
