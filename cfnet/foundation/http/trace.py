"""Logs requests and responses for people (`CF_TRACE`, `-v`), without their secrets."""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cfnet.foundation.http.error_answers import OAUTH_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HIDDEN: Final = "[PRIVATE DATA HIDDEN]"

_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization", "x-auth-token"})
_OPEN_KEYS: Final = frozenset({"jti", "scope", "token_type"})
"""The fields of a token response whose text may be shown if it matches `_OPEN_VALUE`."""

_OPEN_VALUE: Final = re.compile(r"[\w.: -]*", re.ASCII)

_SECRET_KEY: Final = re.compile(r"token$|password|secret|passcode|assertion", re.IGNORECASE)
_SECRET_TEXT: Final = re.compile(
    r"""("[^"]*(?:token|password|secret|passcode|assertion)"\s*:\s*")(?:[^"\\]|\\.)*""", re.IGNORECASE | re.DOTALL
)
_DOTTED: Final = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]*+)++")
_JWT_START: Final = "eyJ"
"""The beginning of every JSON Web Token: `{"` in base64."""
_JWT_DOTS: Final = 2


class Trace:
    """Writes messages in the layout of `cf`'s trace; thread-safe."""

    def __init__(self, write: Callable[[str], object]) -> None:
        """Pass each complete message to `write`."""
        self._write = write
        self._lock = threading.Lock()

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Log a request."""
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        self._message(f"REQUEST: {_now()}\n{method} {target} HTTP/1.1", headers, HIDDEN if is_form else _shown(body))

    def response(self, url: str, status_line: str, headers: Mapping[str, str], body: bytes) -> None:
        """Log the response to a request to `url`; `status_line` is without the version."""
        if urlsplit(url).path.endswith("/oauth/token"):
            # It may contain part of a token, or the request: a proxy's page may repeat the form.
            headers = {name: value.partition("?")[0] for name, value in headers.items()}
            shown = _of_tokens(body)
        else:
            shown = _shown(body)
        self._message(f"RESPONSE: {_now()}\nHTTP/1.1 {status_line}", headers, shown)

    def _message(self, start: str, headers: Mapping[str, str], body: str) -> None:
        shown = (
            f"{name.title()}: {HIDDEN if name.lower() in _SECRET_HEADERS else value}"
            for name, value in sorted(headers.items())
        )
        text = "\n".join([start, *shown, body])
        with self._lock:
            self._write(_DOTTED.sub(_without_token, text).rstrip("\n") + "\n\n")


def _without_token(found: re.Match[str]) -> str:
    """Hide a JSON Web Token in dotted words."""
    before, start, rest = found[0].partition(_JWT_START)
    return before + HIDDEN if start and rest.count(".") >= _JWT_DOTS else found[0]


def _of_tokens(body: bytes) -> str:
    """Format a token response with only the parts that are known not to be secret."""
    if not body:
        return ""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return HIDDEN
    if not isinstance(told, dict):
        return HIDDEN
    shown = {key: value if _is_open(key, value) else HIDDEN for key, value in told.items()}
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _is_open(key: str, value: object) -> bool:
    if key == "error":
        return value in OAUTH_ERRORS
    is_granted = key in _OPEN_KEYS and isinstance(value, str) and _OPEN_VALUE.fullmatch(value) is not None
    return is_granted or not isinstance(value, str | list | dict)


def _shown(body: bytes) -> str:
    """Format a body without its secrets, as JSON if possible."""
    text = body.decode("utf-8", errors="replace")
    try:
        return json.dumps(_without_secrets(json.loads(text)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return _SECRET_TEXT.sub(rf"\1{HIDDEN}", text)


def _without_secrets(value: object) -> object:
    match value:
        case dict():
            return {
                key: HIDDEN if _SECRET_KEY.search(key) and isinstance(inner, str) else _without_secrets(inner)
                for key, inner in value.items()
            }
        case list():
            return [_without_secrets(inner) for inner in value]
        case _:
            return value


def _now() -> str:
    return f"[{datetime.now().astimezone().isoformat(timespec='seconds')}]"
