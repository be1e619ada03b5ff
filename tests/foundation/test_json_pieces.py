"""Parse a long JSON list piece by piece: with the same result as parsing it as a whole, or not at all."""

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.foundation.api import answers
from cfnet.foundation.api.long_policy_list import read_policies
from cfnet.foundation.json_pieces import PIECE_BYTES, NotInPieces, pieces
from cfnet.foundation.json_pieces import items as items_of
from cfnet.foundation.json_values import WrongShape, parse
from cfnet.policy import Policy, Ports, Protocol, ends

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["},{", "[", "]", '"', "\\", "{}"])
ITEMS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
OBJECTS = st.lists(st.dictionaries(st.text(), ITEMS, max_size=3))


@given(
    items=OBJECTS | st.lists(ITEMS),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
    more=ITEMS,
    size=st.integers(0, 20),
)
def test_pieces_equal_the_whole(
    items: list[object],
    indent: int | None,
    ascii_only: bool,  # noqa: FBT001 - drawn
    more: object,
    size: int,
) -> None:
    """Whatever the list and the other values contain; in doubtful cases there are no pieces."""
    document = {"total_policies": more, "policies": items}
    data = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    try:
        found = [item for piece in pieces(data, "policies", size) for item in items_of(piece)]
    except NotInPieces:
        return
    assert found == items


def policy_text(number: int) -> str:
    """A policy as the server formats it."""
    ends = f'{{"source":{{"id":"app-{number}"}},"destination":{{"id":"app-{number % 2}"'
    return f'{ends},"protocol":"tcp","ports":{{"start":{number + 1},"end":{number + 1}}}}}}}'


POLICIES = [Policy(f"app-{at}", f"app-{at % 2}", Protocol.TCP, Ports(at + 1, at + 1)) for at in range(5)]


@pytest.mark.parametrize("between", [",", ", ", ",\n  ", " ,\r\n\t"])
def test_policies_are_parsed_in_pieces(between: str) -> None:
    """Equal GUIDs are shared objects: there may be half a million policies."""
    listed = between.join(map(policy_text, range(5)))
    data = f'{{"total_policies":5,"policies":[{listed}]}}'.encode()
    assert len(list(pieces(data, "policies", 0))) == 5
    read = read_policies(data)
    assert (read.policies, set(read.apps), read.may_have_tags) == (POLICIES, set(ends(POLICIES)), False)
    assert len({id(each.destination) for each in read.policies}) == 2


WHOLE = {
    "another list": b'{"policies":[%s],"more":[1]}',
    "a duplicate list": b'{"policies":[],"policies":[%s]}',
    "a byte order mark": b'\xef\xbb\xbf{"policies":[%s]}',
    "half of a surrogate pair": b'{"more":"\\ud800","policies":[%s]}',
    "a line break before it": b'\n{"policies":[%s]}',
}


@pytest.mark.parametrize("form", WHOLE.values(), ids=WHOLE)
def test_other_formats_are_parsed_as_a_whole(form: bytes) -> None:
    """With the same result."""
    data = form % ",".join(map(policy_text, range(5))).encode()
    with pytest.raises(NotInPieces):
        list(map(items_of, pieces(data, "policies", 0)))
    assert read_policies(data).policies == POLICIES


FAULTS = {
    "a list that does not end": b'{"policies":[%s',
    "an extra comma": b'{"policies":[%s,]}',
    "something after it": b'{"policies":[%s]} x',
    "an invalid number": b'{"policies":[%s,NaN]}',
    "not a policy": b'{"policies":[%s,{"source":{}}]}',
    "another encoding": b'{"policies":[%s,"\xe9"]}',
    "a vertical tab": b'{"policies":[%s,\x0b{}]}',
}


@pytest.mark.parametrize("form", FAULTS.values(), ids=FAULTS)
def test_errors_equal_those_of_the_whole(form: bytes) -> None:
    """With their positions."""
    data = form % ",".join(map(policy_text, range(5))).encode()
    assert isinstance(outcome(quickly, data), str)
    assert outcome(quickly, data) == outcome(as_objects, data)


def quickly(data: bytes) -> list[Policy]:
    """The policies of a response that is parsed in pieces; its apps are theirs."""
    read = read_policies(data)
    assert set(read.apps) == set(ends(read.policies))
    return list(read.policies)


def as_objects(data: bytes) -> list[Policy]:
    """The policies of a response that is parsed as a whole."""
    return answers.policies(parse(data))


def outcome(read: Callable[[bytes], list[Policy]], data: bytes) -> list[Policy] | str:
    """The policies, or the error."""
    try:
        return read(data)
    except WrongShape as fault:
        return str(fault)


def test_an_invalid_id_is_an_error_although_it_was_valid_before() -> None:
    """As an escape in one piece, and unescaped in another."""
    one, other = (policy_text(0).replace("app-0", f"a{written}b") for written in ("\\n", "\n"))
    data = f'{{"policies":[{" " * PIECE_BYTES}{one},{other}]}}'.encode()
    assert len(list(pieces(data, "policies"))) == 2
    assert outcome(quickly, data) == outcome(as_objects, data)
    assert isinstance(outcome(quickly, data), str)


TOKENS = re.compile(r'"[^"]*"|[0-9]+|[][{}:,]')
ODD_TOKENS = (
    "",
    " ",
    "\n",
    "\v",
    "\0",
    ",",
    "{",
    "}",
    "[",
    "]",
    ":",
    '"',
    '""',
    "null",
    "true",
    "1.0",
    "1e3",
    "-1",
    "01",
    "-0",
    "1-2",
    "-",
)
ODD_STRINGS = (
    '"\\u0041"',
    '"\\ud83d\\ude00"',
    '"\\udc00"',
    '"é"',
    '"a\tb"',
    '"\u2028"',
    '"\x7f"',
    '"\\n"',
    '"icmp"',
    '"tag"',
)
NUMBERS = (str(2**31), "1234567890", "123456789", "65536")


@given(data=st.data(), count=st.integers(0, 3))
def test_any_text_reads_as_if_parsed_as_a_whole(data: st.DataObject, count: int) -> None:
    """Policies or error: with white space between tokens, and some tokens replaced."""
    text = f'{{"total_policies":5,"policies":[{",".join(map(policy_text, range(count)))}]}}'
    tokens = TOKENS.findall(text)
    for _ in range(data.draw(st.integers(0, 2))):
        odd = st.sampled_from((*ODD_TOKENS, *ODD_STRINGS, *NUMBERS, *tokens))
        tokens[data.draw(st.integers(0, len(tokens) - 1))] = data.draw(odd)
    spaced = st.sampled_from(["", "", "", " ", "\n", "\r\n\t", "\xa0", "\f"])
    blanks = data.draw(st.sampled_from([spaced, st.just(""), st.just(" ")]))
    document = "".join(f"{data.draw(blanks)}{token}" if index else token for index, token in enumerate(tokens)).encode()
    assert outcome(quickly, document) == outcome(as_objects, document)
