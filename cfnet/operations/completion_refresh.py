"""How TAB comes to know a foundation whose tokens are in the keyring: the user's own commands hand theirs on."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cfnet.errors import CfnetError
from cfnet.operations.completion_cache import REFRESH, TRY_AGAIN_SECONDS, completion_cache

if TYPE_CHECKING:
    from cfnet.foundation.session.session import Tokens
    from cfnet.operations.environment import Environment


def refresh_completion(environment: Environment, tokens: Tokens) -> None:
    """Let a process of its own ask the foundation for the next TAB, with the access token of a command that ends.

    Only where tokens are in the keyring, which nobody opens behind the user's back, and TAB was ever pressed; never
    more often than TAB itself would let others ask. The token goes through a pipe.
    """
    with suppress(CfnetError, OSError):  # no trouble of TAB's is one of the command's
        cache, now = completion_cache(environment), environment.now()
        if cache is None or not cache.keyring or not cache.is_wanted or cache.is_quiet(now):
            return
        cache.be_quiet(now + TRY_AGAIN_SECONDS)
        environment.start(["__complete", REFRESH], tokens.access)
