"""The format of stored completion values."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.operations.completion_names import KnownNames, Link

NAMES = st.text(max_size=5)
KNOWN = st.builds(
    KnownNames,
    NAMES,
    NAMES,
    st.dictionaries(NAMES, st.dictionaries(NAMES, st.lists(NAMES, max_size=3), max_size=3), max_size=3),
    st.lists(st.builds(Link, *[NAMES] * 6), max_size=3),
    st.lists(NAMES, max_size=3),
)
EMPTY = {"version": 1, "org": "", "space": "", "apps": {}, "links": [], "cells": []}


@given(KNOWN)
def test_stored_values_read_back(known: KnownNames) -> None:
    """Whatever the names."""
    assert KnownNames.parse(known.as_json()) == known


CHANGES: list[dict[str, object]] = [
    {"version": 2}, {"org": 1}, {"apps": []}, {"apps": {"o": 1}}, {"apps": {"o": {"s": 1}}}, {"links": [1]},
    {"links": [["a"]]}, {"cells": None},
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "[" * 100_000, *(json.dumps(EMPTY | change) for change in CHANGES)],
    ids=["not text", "a truncated object", "a list", "null", "deep nesting", "another version", "a number as org",
         "apps in a list", "a number for spaces", "a number for names", "a number for a link", "a truncated link",
         "no cells"],
)  # fmt: skip
def test_other_content_is_ignored(text: str) -> None:
    """It is not an error: the values are fetched again."""
    assert KnownNames.parse(text) is None
