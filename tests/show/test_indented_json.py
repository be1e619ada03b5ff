"""JSON with indentation is the same as that of the standard library."""

import json

from hypothesis import given
from hypothesis import strategies as st

from cfnet.policy import Protocol
from cfnet.show.indented_json import indented_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(Protocol),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_the_same_as_of_the_standard_library(value: object) -> None:
    """Byte by byte."""
    assert indented_json(value) == json.dumps(value, indent=2)
