"""The targeted space, found without requests."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cfnet.errors import CfnetError
from cfnet.foundation.session.private_file import is_there
from cfnet.operations.cf_cli_session import session_of_cf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.operations.environment import Environment
    from cfnet.policy import Space


def targeted_space(environment: Environment, spaces: Iterable[Space]) -> Space | None:
    """Return the space in `spaces` that the session targets; None without a session, or with another target.

    A space is identified by its GUID, or by its name if it is given by the environment (`CF_ORG`, `CF_SPACE`).
    """
    variables = environment.variables
    if variables.get("CF_API_URL"):
        wanted = (variables.get("CF_ORG", "").lower(), variables.get("CF_SPACE", "").lower())
        return next((each for each in spaces if (each.org.name.lower(), each.name.lower()) == wanted), None)
    guid = ""
    # A snapshot can be read without a session, and therefore also with a damaged one.
    with suppress(CfnetError):
        guid = _targeted_guid(environment)
    return next((each for each in spaces if guid and each.guid == guid), None)


def _targeted_guid(environment: Environment) -> str:
    if is_there(environment.config_folder / "session.json"):
        from cfnet.operations.stored_session import cfnet_account

        account = cfnet_account(environment)
        if account is not None:
            return account.space.guid
    return session_of_cf(environment).space.guid
