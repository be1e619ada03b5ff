"""Values as Go formats and parses them."""

import pytest

from cfnet.cell.model import go_text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2f978b7f-b3d2", "2f978b7f-b3d2"),
        ("é 漢\x7f", "é 漢\x7f"),
        ("<a>&", "\\u003ca\\u003e\\u0026"),
        ('"\\', '\\"\\\\'),
        ("\n\r\t\b\f\x00\x1f", "\\n\\r\\t\\b\\f\\u0000\\u001f"),
        ("\u2028\u2029", "\\u2028\\u2029"),
    ],
)
def test_json_strings(text: str, written: str) -> None:
    """As encoding/json writes them, escaped for HTML."""
    assert go_text.json_text(text) == written


@pytest.mark.parametrize(
    ("text", "number"), [("80", 80), (" 80\n", 80), ("+80", 80), ("-80", -80), ("0080", 80), ("\u200280\u3000", 80)]
)
def test_integers(text: str, number: int) -> None:
    """Signs, leading zeros and surrounding space are accepted."""
    assert go_text.integer(text) == number


@pytest.mark.parametrize("text", ["", " ", "8 0", "8_0", "0x50", "80.0", "٨٠", "--8", "\x1c80"])
def test_invalid_integers(text: str) -> None:
    """Python accepts some of these; Go accepts none."""
    with pytest.raises(ValueError, match="not an integer"):
        go_text.integer(text)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("abc", b"abc"),
        ("abcdef", b"abcd"),
        ("abcé", b"abc\xc3"),
        ("éé", "éé".encode()),
        ("a\ud800", "a\N{REPLACEMENT CHARACTER}".encode()),
    ],
    ids=ascii,
)
def test_texts_are_cut_by_bytes(text: str, cut: bytes) -> None:
    """Like slices of Go strings: half a character is kept."""
    assert go_text.cut(text, 4).encode(errors="surrogateescape") == cut
