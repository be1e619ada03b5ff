"""What is known of a foundation, kept in the user's cache folder, one file for each user and space of an API."""

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
"""What `cfnet __complete` is called with to ask the foundation now, and print nothing."""

TRY_AGAIN_SECONDS: Final = 60
"""How long nobody else asks, unless the process that asks now succeeds sooner. It may not take longer than that."""

LONGEST_QUIET: Final = 3_600.0
"""A quiet time beyond this, in seconds, comes from a clock that was wrong."""


class CompletionCache(NamedTuple):
    """The memory of one session.

    Attributes:
        folder: where it is kept; made where it is needed.
        key: tells this session from others, and nothing else about it.
        keyring: whether the session's tokens are in the keyring. Then TAB asks nobody, for a keyring may open a window
            of its own: it notes that it would like to know, and the next command of the user's hands its token on.
    """

    folder: Path
    key: str
    keyring: bool = False

    def read(self) -> KnownNames | None:
        """What is known; None where that is nothing."""
        try:
            return KnownNames.parse((self.folder / f"{self.key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def keep(self, known: KnownNames) -> None:
        """Keep `known` in the place of what was known before, at once, for nobody else to read.

        Raises:
            OSError: that is not possible.
        """
        import tempfile  # only where something is kept

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
        """Whether the foundation is not to be asked again yet; `now` in seconds since the epoch."""
        try:
            until = self._quiet.stat().st_mtime
        except OSError:
            return False
        return now < until <= now + LONGEST_QUIET

    def be_quiet(self, until: float) -> None:
        """Let nobody ask the foundation before `until`, in seconds since the epoch.

        Raises:
            OSError: that cannot be kept.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._quiet.touch(mode=0o600)
        os.utime(self._quiet, (until, until))

    def want(self, now: float) -> None:
        """Note that somebody would like to know; raises as `be_quiet`."""
        if not self.is_wanted:
            self.be_quiet(now)

    @property
    def is_wanted(self) -> bool:
        """Whether anybody ever wanted to know."""
        return self._quiet.exists()

    @property
    def _quiet(self) -> Path:
        """A file whose time is the end of the quiet."""
        return self.folder / f"{self.key}.quiet"

    def forget_old(self, before: float) -> None:
        """Delete what nobody has used since `before`, of all sessions."""
        for path in self.folder.iterdir():
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()


def completion_cache(environment: Environment) -> CompletionCache | None:
    """The memory of the session that `environment` points at; None where there is no session, or nowhere to keep it.

    Raises:
        CfnetError: the session cannot be read.
    """
    whose, keyring = _whose(environment)
    folder = environment.cache_folder / "completion"
    if not whose or not folder.is_absolute():
        return None
    return CompletionCache(folder, hashlib.sha256(json.dumps(whose).encode()).hexdigest()[:32], keyring)


def _whose(environment: Environment) -> tuple[tuple[str, ...], bool]:
    """What tells the session from others, and whether its tokens are in the keyring.

    That is API, user and space, or the file of the sandbox; empty without a session.
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
    """The same of cfnet's own session; None where nobody is logged in there."""
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

    session = cf_session.read(cf_session.path_of_config(environment.variables, environment.home), environment.say)
    told = claims(session.tokens.access)
    if told is None or not session.api or not session.space.guid:
        return ()
    return ("session", session.api, told.user, session.space.guid)
