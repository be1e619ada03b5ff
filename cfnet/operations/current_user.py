"""The user that commands act as, without a request if the session is a stored one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.errors import NotLoggedIn, UsageFault
from cfnet.foundation.session.session import NO_API, NOT_LOGGED_IN, claims
from cfnet.show.machine import ActingUser

if TYPE_CHECKING:
    from cfnet.operations.environment import Environment


def current_user(environment: Environment) -> ActingUser:
    """Return the user of the sandbox, the environment, cfnet's session or that of `cf`: the first found wins.

    Raises:
        UsageFault: no API is set.
        NotLoggedIn: there is no login.
    """
    if environment.uses_sandbox or environment.variables.get("CF_API_URL"):
        from cfnet.operations.connect import connect

        with connect(environment, targeted=False) as foundation:
            session = foundation.connection.session
            return ActingUser(foundation.user, session.api, session.org.name, session.space.name)
    from cfnet.foundation.session.accounts import TokenStorage
    from cfnet.operations.stored_session import cfnet_account

    account = cfnet_account(environment)
    if account is None:
        return _user_of_cf(environment)
    if account.kept is TokenStorage.NOWHERE or not account.user:
        raise NotLoggedIn(NOT_LOGGED_IN)
    return ActingUser(account.user, account.api, account.org.name, account.space.name)


def _user_of_cf(environment: Environment) -> ActingUser:
    from cfnet.operations.cf_cli_session import session_of_cf

    session = session_of_cf(environment)
    if not session.api:
        raise UsageFault(NO_API)
    session.require_login()
    told = claims(session.tokens.access)
    if told is None:
        raise NotLoggedIn(NOT_LOGGED_IN)
    return ActingUser(told.user, session.api, session.org.name, session.space.name)
