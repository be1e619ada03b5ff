"""What an answer that is no success means, in the words of `cf`; and answers that are not what they should be."""

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

_WHOLE: Final = 2_000
"""How long a body may be to be shown as it came."""
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
"""What a UAA calls its errors (RFC 6749): words that it does not take from the request."""

_TOLD_BARE: Final = frozenset({400, 401, 403, 406, 409})


def json_of(answer: Answer) -> object:
    """The JSON in the body of `answer`, whatever its content type says (the policy server calls it text).

    Raises:
        ServerTrouble: it is not JSON, or only the beginning of some.
    """
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _unread(answer, "something that is not JSON") from error


def nonsense(answer: Answer) -> ServerTrouble:
    """The error for an answer whose body is a page, a truncated text, nothing, or JSON of another kind."""
    try:
        json_of(answer)
    except ServerTrouble as error:
        return error
    return _unread(answer, "JSON of a kind that cfnet does not know")


def _unread(answer: Answer, what: str) -> ServerTrouble:
    if answer.is_redirection:
        return redirected(answer)
    request_id = f" (request ID {answer.request_id})" if answer.request_id else ""
    return ServerTrouble(
        f"{answer.host} answered {answer.status} with {what}{request_id}: {excerpt(answer.body)}",
        hint=_hint(answer, "Is this the address of a Cloud Foundry API, and is there a proxy in between?"),
    )


def redirected(answer: Answer, *, bare: bool = False) -> ServerTrouble:
    """The error for an answer that sends elsewhere; `bare` for one whose address may have in it what was sent."""
    parts = urlsplit(urljoin(answer.url, answer.headers.get("location", "")))
    host = parts.netloc.rpartition("@")[2]
    target = f"{parts.scheme}://{host}{'' if bare else parts.path}"[:_LONGEST_ADDRESS]
    where = f"sends elsewhere: {target}" if "location" in answer.headers else "does not say where to"
    return ServerTrouble(
        f"{answer.host} answered {answer.status} and {where}",
        hint="Redirections are not followed, because your token would go along. Check the address of the API, and"
        " check for a proxy that wants you to log in.",
    )


def _hint(answer: Answer, otherwise: str) -> str:
    """When to try again, where the server says so or is in trouble; `otherwise` for other answers."""
    if again := _when_again(answer):
        return again
    return "Try again; if it stays so, tell the operator." if answer.is_server_trouble else otherwise


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8", errors="replace").strip()


def cloud_controller_trouble(answer: Answer) -> CfnetError:
    """What an answer of the Cloud Controller that is no success means."""
    if answer.is_server_trouble:
        text = _text(answer)
        if not text or text.startswith("<"):
            return nonsense(answer)
        # Of a server's own trouble cf knows no code and no title, and shows the body as it came.
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
    """What an answer of the policy server that is no success means."""
    text = _error_text(answer)
    if text is None:
        return nonsense(answer)
    if answer.status in _TOLD_BARE:
        return _by_status(answer.status, text, hint=_missing_scope(answer, text))
    return _unexpected(answer, "code", f"Description:   {text}")


def require_confirmation(answer: Answer) -> None:
    """Check that `answer` is the policy server's `{}`, by which it says that it has carried out a change.

    Raises:
        CfnetError: it says that it has not.
        Unconfirmed: somebody else answers, or something else: a login page, a proxy.
    """
    if answer.status == HTTPStatus.OK and _is_empty_object(answer.body):
        return
    if answer.is_success:
        raise Unconfirmed(
            f"{answer.host} answered {answer.status}, but not as a policy server does: {excerpt(answer.body)}",
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
    """What an answer of the UAA that is no success means.

    Nothing is quoted that the server could have taken from the request: there are passwords in it. Why it refuses a
    `passcode` is told in its own words, as in `cf`, unless the passcode is among them.
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
        f"{answer.host} gave no token: it answered {answer.status}{why}{request_id}.",
        hint=_hint(answer, "Is this the login server of a Cloud Foundry, and is there a proxy in between?"),
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
    """What `cf` shows of an answer that it has no words for; `word` is how it spells "code" for that server."""
    request_id = [f"Request ID:    {answer.request_id}"] if answer.request_id else []
    lines = ["Unexpected Response", f"Response {word}: {answer.status}", *request_id, last_line]
    return ServerTrouble("\n".join(lines), hint=_when_again(answer))


def _faults(answer: Answer) -> list[tuple[int, str, str]]:
    """Code, title and detail of each error, what is missing as Go reads it; none where that says nothing."""
    try:
        errors = JsonValue(json.loads(answer.body)).key("errors").nodes()
        faults = [
            (each.key("code").number(0), each.key("title").text(""), each.key("detail").text()) for each in errors
        ]
    except (ValueError, RecursionError):  # WrongShape is a ValueError
        return []
    return faults


def _error_text(answer: Answer) -> str | None:
    """The policy server's text; it pastes it into JSON without escaping, so that quotes in it break the JSON."""
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = answer.body.rstrip()
        if not (body.startswith(_ERROR_START) and body.endswith(_ERROR_END)):
            return None
        return body[len(_ERROR_START) : -len(_ERROR_END)].decode("utf-8", errors="replace")
    return told["error"] if isinstance(told, dict) and isinstance(told.get("error"), str) else None


def _missing_scope(answer: Answer, text: str) -> str:
    """Which scope the user lacks, and who can give it; empty where the policy server says something else."""
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
    """Turn `WrongShape`, met while reading `answer`, into the error that says whose answer it was.

    Raises:
        ServerTrouble: in its place.
    """
    try:
        yield
    except WrongShape as fault:
        raise ServerTrouble(
            f"{answer.host} gave an answer that cfnet cannot read: {fault}",
            hint="Is there something in between that changes answers? Else report it, with the versions of both.",
        ) from fault
