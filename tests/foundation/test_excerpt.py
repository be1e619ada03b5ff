"""A one-line excerpt of any response body, in one pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.foundation.http.excerpt import excerpt

PAGES = {
    "text": (b"a\n  b", '"a b"'),
    "a title": (b"<html><TITLE lang=en>\n502\n</TITLE><body>x</body></html>", '"502"'),
    "an empty title": (b"<title></title><body>x</body>", "(empty)"),
    "an unclosed title": (b"<title>a<b>c", '"a c"'),
    "a script": (b"<p>a</p><script>b</script><style>c</style> d", '"a d"'),
    "a script in capitals": (b"<SCRIPT src=x>b<i></SCRIPT>d", '"d"'),
    "an unclosed script": (b"a<script>b<p>c", '"a"'),
    "an element whose name starts with script": (b"<scripted>a</scripted>", '"a"'),
    "an unclosed tag": (b"a<b c", '"a <b c"'),
    "a character that is longer in lower case": ("İ<title>a</title>".encode(), '"a"'),
    "bytes that are not text": (b"\xff<p>", '"\N{REPLACEMENT CHARACTER}"'),
    "more than the limit": (b" " * 20_000 + b"a", "(empty)"),
}


@pytest.mark.parametrize(("body", "line"), PAGES.values(), ids=PAGES)
def test_the_excerpt_of_a_page(body: bytes, line: str) -> None:
    """Its title, else its text."""
    assert excerpt(body) == line


@given(
    st.lists(st.sampled_from(["<", ">", "<script ", "<script>", "</script>", "<title", "</title>", "a", " ", "İ"])).map(
        "".join
    )
)
def test_any_page_has_a_short_excerpt(page: str) -> None:
    """One line, without the content of closed scripts."""
    line = excerpt(page.encode())
    assert len(line) <= 162
    assert "\n" not in line
