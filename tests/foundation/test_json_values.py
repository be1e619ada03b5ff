"""Narrow JSON to values: what is refused, and where."""

import pytest

from cfnet.foundation.json_values import JsonValue, WrongShape, parse

NOT_JSON = {
    "empty": (b"", "not JSON: it is empty"),
    "only space": (b" \n", "not JSON: it is empty"),
    "truncated": (b'{"a": [1,\n 2', "not JSON: Expecting ',' delimiter, line 2 column 3"),
    "a page": (b"<html>", "not JSON: Expecting value, line 1 column 1"),
    "two documents": (b"{}\n{}", "not JSON: Extra data, line 2 column 1"),
    "another encoding": (b'{"a": "\xe9"}', "not UTF-8 at byte 8"),
    "no number": (b'{"a": NaN}', "not JSON: NaN is not a JSON number"),
    "an infinite number": (b'{"a": -Infinity}', "not JSON: -Infinity is not a JSON number"),
    "a duplicate key": (b'{"a": {"b": 1, "c": 2, "b": 3}}', 'duplicate key "b" in an object'),
}


@pytest.mark.parametrize(("data", "message"), NOT_JSON.values(), ids=NOT_JSON)
def test_invalid_json(data: bytes, message: str) -> None:
    """The error has line and column if known."""
    with pytest.raises(WrongShape) as caught:
        parse(data, unique_keys=True)
    assert str(caught.value) == message


@pytest.mark.parametrize("data", [b"[" * 200_000, b"9" * 5000], ids=["nested too deeply", "too many digits"])
def test_hostile_documents(data: bytes) -> None:
    """They are refused like other invalid JSON."""
    with pytest.raises(WrongShape, match=r"^JSON that cannot be parsed: "):
        parse(data)


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (rb"\ud83d\ude00", "\N{GRINNING FACE}"),
        (rb"\uD83D\uDE00", "\N{GRINNING FACE}"),
        (rb"\ud800", "\N{REPLACEMENT CHARACTER}"),
        (rb"\uDfff!", "\N{REPLACEMENT CHARACTER}!"),
        (rb"\ud800\ud83d\ude00", "\N{REPLACEMENT CHARACTER}\N{GRINNING FACE}"),
        (rb"\ude00\ud83d", "\N{REPLACEMENT CHARACTER}" * 2),
        (rb"\\ud800", r"\ud800"),
        (rb"\\\ud800", "\\\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_lone_surrogate_is_replaced_like_in_go(escaped: bytes, text: str) -> None:
    """The servers and the agent read it as U+FFFD."""
    assert parse(b'{"a": "' + escaped + b'"}') == JsonValue({"a": text})


def test_a_byte_order_mark_is_ignored() -> None:
    """Some editors write one."""
    assert parse(b"\xef\xbb\xbf[1]") == JsonValue([1])


DOCUMENT = parse(
    b'{"text": "x", "empty": "", "number": 70000, "half": 1.5, "yes": true, "none": null,'
    b' "list": [{"inner": {}}], "a.b c": 1, "long": "0123456789012345678901234567890123456789012345678901234567890123"}'
)

WRONG = {
    "a key of a non-object": (lambda: DOCUMENT.key("text").key("x"), 'text: expected an object, found "x"'),
    "items of a non-list": (lambda: DOCUMENT.key("number").items(), "number: expected a list, found 70000"),
    "a missing text": (lambda: DOCUMENT.key("nope").text(), "nope: expected text, found nothing"),
    "null for a text": (lambda: DOCUMENT.key("none").text(), "none: expected text, found null"),
    "an empty name": (lambda: DOCUMENT.key("empty").name("a GUID"), 'empty: expected a GUID, found ""'),
    "a fraction": (lambda: DOCUMENT.key("half").number(), "half: expected a whole number, found 1.5"),
    "true for a number": (lambda: DOCUMENT.key("yes").number(), "yes: expected a whole number, found true"),
    "a number out of range": (
        lambda: DOCUMENT.key("number").number(low=1, high=65535),
        "number: expected a whole number from 1 to 65535, found 70000",
    ),
    "a number for true": (
        lambda: DOCUMENT.key("number").flag(default=True),
        "number: expected true or false, found 70000",
    ),
    "deep inside": (
        lambda: DOCUMENT.key("list").item(0).key("inner").key("x").text(),
        "list[0].inner.x: expected text, found nothing",
    ),
    "an object": (lambda: DOCUMENT.key("list").item(0).text(), "list[0]: expected text, found an object"),
    "a list": (lambda: DOCUMENT.key("list").text(), "list: expected text, found a list"),
    "below an odd key": (lambda: DOCUMENT.key("a.b c").text(), '"a.b c": expected text, found 1'),
    "the whole": (DOCUMENT.items, "expected a list, found an object"),
    "a long text": (
        lambda: DOCUMENT.key("long").number(),
        'long: expected a whole number, found "012345678901234567890123456789012345678901234567890123456789…"',
    ),
}


@pytest.mark.parametrize(("ask", "message"), WRONG.values(), ids=WRONG)
def test_a_mismatch_is_reported_with_its_position(ask, message: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - any question
    """The error has the position, the expected type and the actual value."""
    with pytest.raises(WrongShape) as caught:
        ask()
    assert str(caught.value) == message


def test_matching_values() -> None:
    """And defaults for missing or null values."""
    assert DOCUMENT.key("text").text() == "x"
    assert DOCUMENT.key("none").text("default") == "default"
    assert DOCUMENT.key("nope").number(5) == 5
    assert DOCUMENT.key("yes").flag(default=False) is True
    assert DOCUMENT.key("nope").flag(default=True) is True
    assert DOCUMENT.key("nope").texts() == ()
    assert JsonValue(["a", "b"]).texts() == ("a", "b")
