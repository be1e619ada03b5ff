"""The completion cache, in the user's cache directory: one file for each user and space of an API."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.operations.completion_names import KnownNames

if TYPE_CHECKING:
    from cfnet.operations.environment import Environment

REFRESH: Final = "refresh"
"""The argument of `cfnet __complete` to update the cache and print nothing."""

TRY_AGAIN_SECONDS: Final = 60
"""How long other processes wait, unless the current update succeeds sooner. An update may not take longer."""

LONGEST_QUIET: Final = 3_600.0
"""A longer quiet period, in seconds, results from a wrong clock."""


class CompletionCache(NamedTuple):
    """The cache of one session.

    Attributes:
        folder: its directory; created when needed.
        key: identifies the session, but reveals nothing about it.
        keyring: whether the session's tokens are in the keyring. Then TAB sends no requests, because a keyring may open
            a window: it leaves a note, and the user's next command passes its token on.
    """

    folder: Path
    key: str
    keyring: bool = False

    def read(self) -> KnownNames | None:
        """Return the cached values, if any."""
        try:
            return KnownNames.parse((self.folder / f"{self.key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def keep(self, known: KnownNames) -> None:
        """Replace the cached values atomically, readable only by the user.

        Raises:
            OSError: they cannot be written.
        """
        import tempfile  # needed only to write

        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{self.key}-", dir=self.folder)  # with mode 0600
        beside = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(known.as_json())
            beside.replace(self.folder / f"{self.key}.json")
        except BaseException:
            beside.unlink()
            raise

    def is_quiet(self, now: float) -> bool:
        """Whether the foundation must not be queried yet; `now` in seconds since the epoch."""
        try:
            until = self._quiet.stat().st_mtime
        except OSError:
            return False
        return now < until <= now + LONGEST_QUIET

    def be_quiet(self, until: float) -> None:
        """Prevent queries before `until`, in seconds since the epoch.

        Raises:
            OSError: this cannot be stored.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._quiet.touch(mode=0o600)
        os.utime(self._quiet, (until, until))

    def want(self, now: float) -> None:
        """Note that values are wanted; raises the errors of `be_quiet`."""
        if not self.is_wanted:
            self.be_quiet(now)

    @property
    def is_wanted(self) -> bool:
        """Whether values were ever wanted."""
        return self._quiet.exists()

    @property
    def _quiet(self) -> Path:
        """The file whose time is the end of the quiet period."""
        return self.folder / f"{self.key}.quiet"

    def forget_old(self, before: float) -> None:
        """Delete files of all sessions that were not used since `before`."""
        for path in self.folder.iterdir():
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()


def completion_cache(environment: Environment) -> CompletionCache | None:
    """Return the cache of the session of `environment`; None without a session or a cache directory.

    Raises:
        CfnetError: the session cannot be read.
    """
    whose, keyring = _whose(environment)
    folder = environment.cache_folder / "completion"
    if not whose or not folder.is_absolute():
        return None
    return CompletionCache(folder, hashlib.sha256(json.dumps(whose).encode()).hexdigest()[:32], keyring)


def _whose(environment: Environment) -> tuple[tuple[str, ...], bool]:
    """Return what identifies the session, and whether its tokens are in the keyring.

    The identity is API, user and space, or the file of the sandbox; empty without a session.
    """
    variables = environment.variables
    if environment.uses_sandbox:
        return ("sandbox", str(environment.data_folder)), False
    if variables.get("CF_API_URL"):
        names = ("CF_API_URL", "CF_CLIENT_ID", "CF_USERNAME", "CF_ORG", "CF_SPACE")
        return ("environment", *(variables.get(name, "") for name in names)), False
    own = _of_own_session(environment)
    return own if own is not None else (_of_cf(environment), False)


def _of_own_session(environment: Environment) -> tuple[tuple[str, ...], bool] | None:
    """Return the same for cfnet's own session; None if it is not logged in."""
    from cfnet.foundation.session.private_file import is_there

    if not is_there(environment.config_folder / "session.json"):
        return None
    from cfnet.foundation.session import accounts

    account = accounts.read(environment.config_folder).account
    if account is None or account.kept is accounts.TokenStorage.NOWHERE:
        return None
    whose = ("own", account.api, account.user, account.space.guid) if account.space.guid else ()
    return whose, account.kept is accounts.TokenStorage.KEYRING


def _of_cf(environment: Environment) -> tuple[str, ...]:
    from cfnet.foundation.session import cf_session
    from cfnet.foundation.session.session import claims

    session = cf_session.read(environment.cf_session, environment.say)
    told = claims(session.tokens.access)
    if told is None or not session.api or not session.space.guid:
        return ()
    return ("session", session.api, told.user, session.space.guid)
