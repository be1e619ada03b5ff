"""Translates error responses to errors with the texts of `cf`, and detects invalid responses."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from cfnet.errors import CfnetError, Forbidden, NotLoggedIn, Rejected, ServerTrouble, Unconfirmed
from cfnet.foundation.http.excerpt import excerpt
from cfnet.foundation.http.retries import seconds_asked
from cfnet.foundation.json_values import JsonValue, WrongShape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.foundation.http.wire import Answer

SESSION_OVER: Final = (
    "The token expired, was revoked, or the token ID is incorrect. Please log back in to re-authenticate."
)

LOCKED: Final = "Your account has been locked because of too many failed attempts to login."

_NOT_AN_API: Final = (
    "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses."
)
NOT_A_UAA: Final = (
    "Check that this is the login server of a Cloud Foundry, and check for a proxy that alters responses."
)

_WHOLE: Final = 2_000
"""The most characters of a body that are shown unchanged."""
_LONGEST_REASON: Final = 200
_LONGEST_ADDRESS: Final = 200
_SCOPES: Final = "provided scopes ["
_ERROR_START: Final = b'{"error": "'
_ERROR_END: Final = b'"}'
OAUTH_ERRORS: Final = frozenset(
    {
        "access_denied",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "unauthorized",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
"""The error codes of a UAA (RFC 6749), which never contain parts of the request."""

_TOLD_BARE: Final = frozenset({400, 401, 403, 406, 409})


def json_of(answer: Answer) -> object:
    """Parse the body of `answer` as JSON, regardless of its content type (the policy server sends `text/plain`).

    Raises:
        ServerTrouble: it is not JSON, or truncated.
    """
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _unread(answer, "something other than JSON") from error


def nonsense(answer: Answer) -> ServerTrouble:
    """Make the error for a response whose body is a page, truncated, empty, or unexpected JSON."""
    try:
        json_of(answer)
    except ServerTrouble as error:
        return error
    return _unread(answer, "unexpected JSON")


def _unread(answer: Answer, what: str) -> ServerTrouble:
    if answer.is_redirection:
        return redirected(answer)
    request_id = f" (request ID {answer.request_id})" if answer.request_id else ""
    return ServerTrouble(
        f"{answer.host} answered {answer.status} with {what}{request_id}: {excerpt(answer.body)}",
        hint=_hint(
            answer,
            "Check that this is the address of a Cloud Foundry API, and check for a proxy that alters responses.",
        ),
    )


def redirected(answer: Answer, *, bare: bool = False) -> ServerTrouble:
    """Make the error for a redirection; `bare` omits the path, which may contain parts of the request."""
    parts = urlsplit(urljoin(answer.url, answer.headers.get("location", "")))
    host = parts.netloc.rpartition("@")[2]
    target = f"{parts.scheme}://{host}{'' if bare else parts.path}"[:_LONGEST_ADDRESS]
    where = f"to {target}" if "location" in answer.headers else "without a location"
    return ServerTrouble(
        f"{answer.host} answered {answer.status}, a redirection {where}",
        hint="Redirections are not followed, because your token would be sent along. Check the address of the API, and"
        " check for a proxy that requires a login.",
    )


def _hint(answer: Answer, otherwise: str) -> str:
    """Say when to try again if the server says so or failed; return `otherwise` for other responses."""
    if again := _when_again(answer):
        return again
    return "Try again; if it keeps failing, contact the operator." if answer.is_server_trouble else otherwise


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8", errors="replace").strip()


def cloud_controller_trouble(answer: Answer) -> CfnetError:
    """Translate an error response of the Cloud Controller."""
    if answer.is_server_trouble:
        text = _text(answer)
        if not text or text.startswith("<"):
            return nonsense(answer)
        # For a server error, cf parses no code and no title, and shows the body unchanged.
        detail = text if len(text) <= _WHOLE else f"{text[:_WHOLE]}…"
        return _unexpected(answer, "Code", f"Code: 0, Title: , Detail: {detail}")
    faults = _faults(answer)
    if not faults:
        return nonsense(answer)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        code, title, detail = faults[0]
        return _unexpected(answer, "Code", f"Code: {code}, Title: {title}, Detail: {detail}")
    if len(faults) > 1:
        details = [f"- {detail}" for _code, _title, detail in faults]
        return Rejected("\n".join(["Multiple errors occurred:", *details]))
    return _by_status(answer.status, faults[0][2])


def policy_server_trouble(answer: Answer) -> CfnetError:
    """Translate an error response of the policy server."""
    text = _error_text(answer)
    if text is None:
        return nonsense(answer)
    if answer.status in _TOLD_BARE:
        return _by_status(answer.status, text, hint=_missing_scope(answer, text))
    return _unexpected(answer, "code", f"Description:   {text}")


def require_confirmation(answer: Answer) -> None:
    """Check that `answer` is `{}`, with which the policy server confirms a change.

    Raises:
        CfnetError: the policy server rejected the change.
        Unconfirmed: the response is something else, such as a login page or the page of a proxy.
    """
    if answer.status == HTTPStatus.OK and _is_empty_object(answer.body):
        return
    if answer.is_success:
        raise Unconfirmed(
            f"{answer.host} answered {answer.status}, but not like a policy server: {excerpt(answer.body)}",
            hint="Check for a proxy that alters responses.",
        )
    trouble = policy_server_trouble(answer)
    is_refusal = answer.status >= HTTPStatus.BAD_REQUEST and _error_text(answer) is not None
    if is_refusal or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise trouble
    raise Unconfirmed(trouble.message, hint=trouble.hint)


def _is_empty_object(body: bytes) -> bool:
    try:
        return bool(json.loads(body) == {})
    except (ValueError, RecursionError):
        return False


def uaa_trouble(answer: Answer, *, passcode: str = "") -> CfnetError:
    """Translate an error response of the UAA.

    Texts that may contain parts of the request are not quoted, because the request contains passwords. The reason why a
    `passcode` is rejected is quoted, as in `cf`, unless it contains the passcode.
    """
    try:
        told = JsonValue(json.loads(answer.body))
        kind, text = told.key("error").text(""), told.key("error_description").text("")
    except (ValueError, RecursionError):  # WrongShape is a ValueError
        kind = text = ""
    if answer.status == HTTPStatus.UNAUTHORIZED and kind:
        return NotLoggedIn(SESSION_OVER if kind == "invalid_token" else _refused_credentials(text, passcode))
    if answer.status == HTTPStatus.FORBIDDEN and kind == "insufficient_scope":
        return Forbidden("You are not authorized to perform the requested action.")
    if answer.is_redirection:
        return redirected(answer, bare=True)
    why = f" ({kind})" if kind in OAUTH_ERRORS else ""
    request_id = f" (request ID {answer.request_id})" if answer.request_id else ""
    return ServerTrouble(
        f"{answer.host} returned no token: it answered {answer.status}{why}{request_id}.",
        hint=_hint(answer, NOT_A_UAA),
    )


def _refused_credentials(text: str, passcode: str) -> str:
    if "origin provided in the login hint" in text or "does not match an active Identity Provider" in text:
        return "The origin provided is invalid."
    if "locked" in text:
        return LOCKED
    if passcode and text.strip() and passcode not in text:
        return text.strip()[:_LONGEST_REASON]
    return "Credentials were rejected, please try again."


def _by_status(status: int, text: str, *, hint: str = "") -> CfnetError:
    if status == HTTPStatus.UNAUTHORIZED:
        return NotLoggedIn(text, hint=hint)
    return Forbidden(text, hint=hint) if status == HTTPStatus.FORBIDDEN else Rejected(text, hint=hint)


def _unexpected(answer: Answer, word: str, last_line: str) -> ServerTrouble:
    """Format an unexpected response as `cf` does; `word` is how it spells "code" for that server."""
    request_id = [f"Request ID:    {answer.request_id}"] if answer.request_id else []
    lines = ["Unexpected Response", f"Response {word}: {answer.status}", *request_id, last_line]
    return ServerTrouble("\n".join(lines), hint=_when_again(answer))


def _faults(answer: Answer) -> list[tuple[int, str, str]]:
    """Return code, title and detail of each error, with Go's defaults for missing ones; empty if there are none."""
    try:
        errors = JsonValue(json.loads(answer.body)).key("errors").nodes()
        faults = [
            (each.key("code").number(0), each.key("title").text(""), each.key("detail").text()) for each in errors
        ]
    except (ValueError, RecursionError):  # WrongShape is a ValueError
        return []
    return faults


def _error_text(answer: Answer) -> str | None:
    """Return the policy server's text, even if quotes in it, which the server does not escape, break the JSON."""
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = answer.body.rstrip()
        if not (body.startswith(_ERROR_START) and body.endswith(_ERROR_END)):
            return None
        return body[len(_ERROR_START) : -len(_ERROR_END)].decode("utf-8", errors="replace")
    return told["error"] if isinstance(told, dict) and isinstance(told.get("error"), str) else None


def _missing_scope(answer: Answer, text: str) -> str:
    """Name the scope that the user lacks, and who can grant it; return an empty text for other errors."""
    if not text.startswith(_SCOPES):
        return ""
    allowed = text.rpartition("[")[2].rstrip("]").split()
    if not allowed:
        return ""
    return (
        f"Your user lacks the scope {' or '.join(allowed)}. Ask the operators of {answer.host} to add it to your user"
        f" (uaac member add {allowed[-1]} USER), then log in again."
    )


def _when_again(answer: Answer) -> str:
    seconds = seconds_asked(answer.headers.get("retry-after", ""), time.time())
    return "" if seconds is None else f"Try again in {ceil(seconds)} seconds."


@contextmanager
def misshapen(answer: Answer) -> Iterator[None]:
    """Translate a `WrongShape` raised while reading `answer` to an error that names the server.

    Raises:
        ServerTrouble: instead of `WrongShape`.
    """
    try:
        yield
    except WrongShape as fault:
        raise ServerTrouble(
            f"{answer.host} sent a response that cfnet cannot read: {fault}",
            hint="Check for a proxy that alters responses. Otherwise report this, with the versions of cfnet and the"
            " foundation.",
        ) from fault
