"""What is known, as text."""

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
def test_what_was_written_is_read(known: KnownNames) -> None:
    """Whatever the names are."""
    assert KnownNames.parse(known.as_json()) == known


CHANGES: list[dict[str, object]] = [
    {"version": 2}, {"org": 1}, {"apps": []}, {"apps": {"o": 1}}, {"apps": {"o": {"s": 1}}}, {"links": [1]},
    {"links": [["a"]]}, {"cells": None},
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "[" * 100_000, *(json.dumps(EMPTY | change) for change in CHANGES)],
    ids=["no text", "half an object", "a list", "null", "a deep hole", "another version", "an org that is a number",
         "apps in a list", "a number for spaces", "a number for names", "a number for a link", "half a link",
         "no cells"],
)  # fmt: skip
def test_what_was_not_written_by_this_version_is_nothing(text: str) -> None:
    """No error: it is asked for again."""
    assert KnownNames.parse(text) is None
