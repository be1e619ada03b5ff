"""What a body says, in a line: in one pass, whatever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.foundation.http.excerpt import excerpt

PAGES = {
    "text": (b"a\n  b", '"a b"'),
    "a title": (b"<html><TITLE lang=en>\n502\n</TITLE><body>x</body></html>", '"502"'),
    "an empty title": (b"<title></title><body>x</body>", "nothing"),
    "a title without an end": (b"<title>a<b>c", '"a c"'),
    "a script": (b"<p>a</p><script>b</script><style>c</style> d", '"a d"'),
    "a script in capitals": (b"<SCRIPT src=x>b<i></SCRIPT>d", '"d"'),
    "a script without an end": (b"a<script>b<p>c", '"a"'),
    "an element that only begins as a script": (b"<scripted>a</scripted>", '"a"'),
    "a tag without an end": (b"a<b c", '"a <b c"'),
    "a character that is longer in lower case": ("İ<title>a</title>".encode(), '"a"'),
    "bytes that are no text": (b"\xff<p>", '"\N{REPLACEMENT CHARACTER}"'),
    "more than is looked at": (b" " * 20_000 + b"a", "nothing"),
}


@pytest.mark.parametrize(("body", "line"), PAGES.values(), ids=PAGES)
def test_what_a_body_says(body: bytes, line: str) -> None:
    """Its title, else its text."""
    assert excerpt(body) == line


@given(
    st.lists(st.sampled_from(["<", ">", "<script ", "<script>", "</script>", "<title", "</title>", "a", " ", "İ"])).map(
        "".join
    )
)
def test_any_page_has_a_line(page: str) -> None:
    """Short, and without a script in it that has an end."""
    line = excerpt(page.encode())
    assert len(line) <= 162
    assert "\n" not in line
