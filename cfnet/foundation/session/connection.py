"""Sends requests with the access token of a session, which is refreshed when necessary, and collects warnings."""

from __future__ import annotations

import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import unquote_plus, urlencode

from cfnet.errors import NotLoggedIn
from cfnet.foundation.http.body import LIST_BYTES, SMALL_BYTES
from cfnet.foundation.session import uaa
from cfnet.foundation.session.deferred_interruption import deferred_interruption
from cfnet.foundation.session.session import Claims, claims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cfnet.foundation.http.wire import Answer, Wire
    from cfnet.foundation.session.session import Session, Tokens

Result = TypeVar("Result")

REFRESH_BEFORE_SECONDS: Final = 60
"""A token that expires sooner than this is refreshed before use, as in `cf`."""

SIDE_BY_SIDE: Final = 4
"""The maximum number of concurrent requests."""

_FEW: Final = 2 * SIDE_BY_SIDE
"""The most requests that need no progress bar."""

_TOKEN_NOT_TAKEN: Final = b"failed to verify token with uaa"


class Connection:
    """Sends requests with the session's token; thread-safe."""

    def __init__(self, session: Session, wire: Wire, now: Callable[[], float] = time.time) -> None:
        """Connect `session` over `wire`; `now` returns the time in seconds since the epoch."""
        self.session = session
        self.warnings: list[str] = []
        self._wire = wire
        self._now = now
        self._tokens = session.tokens
        self._lock = threading.Lock()

    @property
    def tokens(self) -> Tokens:
        """The current tokens, possibly refreshed."""
        return self._tokens

    @property
    def bearer(self) -> Claims:
        """The claims of the access token, which is refreshed first if it cannot be parsed.

        Raises:
            NotLoggedIn: the token cannot be refreshed.
        """
        told = claims(self._tokens.access)
        if told is None:
            self._refresh(self._tokens)
            told = claims(self._tokens.access)
        if told is None:
            raise NotLoggedIn("The access token cannot be read.", hint="Log in again.")
        return told

    def get(self, url: str, query: Mapping[str, str]) -> Answer:
        """GET `url`, with the size limit for lists; the keys of the query are sorted, as in `cf`.

        Raises:
            NotLoggedIn: the token has expired and cannot be refreshed.
            Unreachable, ServerTrouble: see `Wire.send`.
        """
        full = f"{url}?{urlencode(sorted(query.items()))}" if query else url
        return self._send("GET", full, {"Content-Type": "application/json"}, b"", LIST_BYTES)

    def post(self, url: str, content: bytes) -> Answer:
        """POST JSON `content` to `url`; raises the same as `get`."""
        return self._send("POST", url, {"Content-Type": "application/json"}, content, SMALL_BYTES)

    def together(
        self, calls: Sequence[Callable[[], Result]], after_each: Callable[[], None] = lambda: None
    ) -> list[Result]:
        """Run `calls` concurrently, a few at a time, and return their results; raise the first error.

        `after_each` is called in this thread for each result.
        """
        if len(calls) <= 1:
            return [call() for call in calls]
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most commands never need it

        self._fresh_tokens()
        with (
            self._wire.patience.notices.bar("Reading", len(calls) if len(calls) > _FEW else 0) as step,
            ThreadPoolExecutor(min(SIDE_BY_SIDE, len(calls))) as pool,
        ):
            results = []
            for result in pool.map(lambda call: call(), calls):
                results.append(result)
                step()
                after_each()
            return results

    def _send(self, method: str, url: str, headers: Mapping[str, str], content: bytes, most_bytes: int) -> Answer:
        def send(tokens: Tokens) -> Answer:
            signed = {**headers, "Authorization": tokens.access}
            return self._wire.send(method, url, headers=signed, content=content, most_bytes=most_bytes)

        tokens = self._fresh_tokens()
        answer = send(tokens)
        if _token_not_taken(answer):
            answer = send(self._refresh(tokens))
        for warnings in answer.headers.get("x-cf-warnings", "").split(","):
            if warnings.strip():
                self.warnings.append(unquote_plus(warnings.strip()))
        return answer

    def _fresh_tokens(self) -> Tokens:
        tokens = self._tokens
        return tokens if self._lasts(tokens) else self._refresh(tokens)

    def _refresh(self, stale: Tokens) -> Tokens:
        """Replace the tokens `stale`, only once even if several threads found them stale."""
        with self._lock:
            if self._tokens is stale:
                self._tokens = self._refreshed(stale)
            return self._tokens

    def _refreshed(self, stale: Tokens) -> Tokens:
        session, keeper = self.session, self.session.keeper
        # A UAA that rotates refresh tokens accepts each one only once, so the new one must not be lost.
        with keeper.alone(), deferred_interruption():
            if (kept := self._kept_by_another(stale)) is not None:
                return kept
            try:
                tokens = uaa.refreshed(self._wire, session.uaa, stale, session.client)
            except NotLoggedIn as error:
                # cf does not lock; if it refreshed first, a UAA that rotates refresh tokens rejects ours.
                if (kept := self._kept_by_another(stale)) is not None:
                    return kept
                if session.again:
                    raise NotLoggedIn(session.again) from error
                raise
            keeper.keep(tokens, instead_of=stale)
            return tokens

    def _kept_by_another(self, stale: Tokens) -> Tokens | None:
        kept = self.session.keeper.kept()
        return kept if kept.access != stale.access and self._lasts(kept) else None

    def _lasts(self, tokens: Tokens) -> bool:
        told = claims(tokens.access)
        return told is not None and (not told.expires or told.expires - self._now() >= REFRESH_BEFORE_SECONDS)


def _token_not_taken(answer: Answer) -> bool:
    """Whether the token was rejected; older policy servers respond with 403 (cf-networking-release, issue 75)."""
    return answer.status == HTTPStatus.UNAUTHORIZED or (
        answer.status == HTTPStatus.FORBIDDEN and _TOKEN_NOT_TAKEN in answer.body
    )
