"""Streams of JSON values."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.foundation.json_stream import NotJson, values

_SCALARS = st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5)
_OBJECTS = st.dictionaries(st.text(max_size=3), _SCALARS | st.lists(_SCALARS, max_size=3), max_size=3)
_INDENT = st.sampled_from([None, 0, 2, "\t"])


@given(st.lists(st.tuples(st.lists(_OBJECTS, max_size=4), st.booleans(), _INDENT), max_size=4))
def test_lists_and_values_form_one_stream(parts: Sequence[tuple[list[object], bool, int | str | None]]) -> None:
    """In any layout the values come back in order, and the items of lists as single values."""
    text = ""
    for part, as_list, indent in parts:
        written = [part] if as_list else part
        text += "".join(json.dumps(each, indent=indent) + "\n" for each in written)
    assert [node.value for _, node in values(text)] == [each for part, _, _ in parts for each in part]


def test_each_value_has_its_line_number() -> None:
    """The line on which it starts."""
    text = '{"a": 1}\n[\n  {\n    "b": 2\n  },\n  {}\n]\n\n3'
    assert [line for line, _ in values(text)] == [1, 3, 6, 9]


BAD = {
    "text": ("{}\nhello", 2, "Expecting value, column 1"),
    "an unclosed object": ('{"a": 1,\n', 2, "Expecting property name enclosed in double quotes, column 1"),
    "an unclosed list": ("[{}\n", 2, "the list does not end, column 1"),
    "a list that ends after a comma": ("[{},]", 1, "Expecting value, column 5"),
    "a lone opening bracket": ("[\n[", 2, "the list does not end, column 2"),
    "items without a comma": ("[{} {}]", 1, "expected ',' or ']', column 5"),
    "an extra bracket": ("[]\n]", 2, "Expecting value, column 1"),
    "a comma between values": ("{},\n{}", 1, "Expecting value, column 3"),
    "no number": ("[NaN]", 1, "NaN is not a JSON number, column 2"),
}


@pytest.mark.parametrize(("text", "line", "problem"), BAD.values(), ids=BAD)
def test_malformed_streams_are_refused(text: str, line: int, problem: str) -> None:
    """The error has the line and the cause."""
    with pytest.raises(NotJson) as refused:
        list(values(text))
    assert (refused.value.line, refused.value.problem) == (line, problem)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000], ids=["lists", "objects", "digits"])
def test_hostile_streams_are_refused_without_a_traceback(text: str) -> None:
    """Nested too deeply, or a number that is too long."""
    with pytest.raises(NotJson):
        list(values(text))
