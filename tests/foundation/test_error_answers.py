"""Error responses: how much of them is shown, and which kind of error they are."""

import json

import pytest

from cfnet.errors import CfnetError, Forbidden, NotLoggedIn, Rejected, ServerTrouble
from cfnet.foundation.http.error_answers import cloud_controller_trouble, nonsense, policy_server_trouble
from cfnet.foundation.http.wire import Answer


def answer(status: int, body: str) -> Answer:
    """A response of a foundation."""
    return Answer("https://api.example.org/v3", status, {}, body.encode())


BARE: dict[int, type[CfnetError]] = {
    400: Rejected,
    401: NotLoggedIn,
    403: Forbidden,
    406: Rejected,
    409: Rejected,
}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 413, 422, 500])
def test_which_policy_server_errors_are_shown_without_a_status(status: int) -> None:
    """The same as in `cf`; other errors are shown with the status."""
    error = policy_server_trouble(answer(status, '{"error": "no"}'))
    expected = (BARE[status], "no") if status in BARE else (
        ServerTrouble, f"Unexpected Response\nResponse code: {status}\nDescription:   no"
    )  # fmt: skip
    assert (type(error), str(error)) == expected


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_the_kind_of_a_cloud_controller_error(status: int) -> None:
    """By its status; the message is its detail."""
    body = json.dumps({"errors": [{"code": 1, "title": "x", "detail": "no"}]})
    error = cloud_controller_trouble(answer(status, body))
    assert (type(error), str(error)) == ({401: NotLoggedIn, 403: Forbidden}.get(status, Rejected), "no")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 160, f'"{"x" * 160}"'),
        ("x" * 161, f'"{"x" * 159}…"'),
        ("", "(empty)"),
        (" \n", "(empty)"),
        ("a\n  b", '"a b"'),
        ("<p>a</p><script>b</script><style>c</style> d", '"a d"'),
        ("<html><TITLE lang=en>\n502\n</TITLE><body>x</body></html>", '"502"'),
    ],
    ids=["the maximum length", "longer", "empty", "blanks", "lines", "a page", "a page with a title"],
)
def test_how_much_of_a_body_is_shown(text: str, shown: str) -> None:
    """One line, without markup."""
    assert str(nonsense(answer(404, text))) == (f"api.example.org answered 404 with something other than JSON: {shown}")
