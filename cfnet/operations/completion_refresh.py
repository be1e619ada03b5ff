"""Update the completion cache for sessions in the keyring: commands pass their token on."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cfnet.errors import CfnetError
from cfnet.operations.completion_cache import REFRESH, TRY_AGAIN_SECONDS, completion_cache

if TYPE_CHECKING:
    from cfnet.foundation.session.session import Tokens
    from cfnet.operations.environment import Environment


def refresh_completion(environment: Environment, tokens: Tokens) -> None:
    """Start a process that updates the completion cache with the access token of the command that is ending.

    Only if the tokens are in the keyring, which must not be opened without the user's knowledge, and if completion was
    ever used; as rarely as completion itself would start an update. The token is passed through a pipe.
    """
    with suppress(CfnetError, OSError):  # errors of completion do not affect the command
        cache, now = completion_cache(environment), environment.now()
        if cache is None or not cache.keyring or not cache.is_wanted or cache.is_quiet(now):
            return
        cache.be_quiet(now + TRY_AGAIN_SECONDS)
        environment.start(["__complete", REFRESH], tokens.access)
