"""The session of `cf` for this process; apart, so that commands with it load nothing of cfnet's own sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.foundation.session import cf_session

if TYPE_CHECKING:
    from cfnet.foundation.session.session import Session
    from cfnet.operations.environment import Environment


def session_of_cf(environment: Environment) -> Session:
    """Return the session of `cf`; raises the errors of `cf_session.read`."""
    return cf_session.read(environment.cf_session, environment.say)
