"""cfnet's own session, for commands that log in, log out, or select a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.errors import UsageFault
from cfnet.foundation.session.accounts import Account, TokenStorage
from cfnet.foundation.session.cfnet_session import CfnetSessions
from cfnet.foundation.session.endpoints import address, endpoints
from cfnet.foundation.session.session import NOT_LOGGED_IN, claims
from cfnet.operations.environment import go_bool, whole_number
from cfnet.show.columns import pairs
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from cfnet.foundation.http.wire import Wire
    from cfnet.foundation.session.session import Session, Tokens
    from cfnet.operations.environment import Environment

NO_TARGET: Final = "No org or space targeted, use 'cfnet target -o ORG -s SPACE'"
NO_SPACE: Final = "No space targeted, use 'cfnet target -s SPACE'"

_KEYRING_SECONDS: Final = 5.0
_LONGEST_KEYRING_SECONDS: Final = 3600


def cfnet_sessions(environment: Environment) -> CfnetSessions:
    """Return the accounts in the user's config directory, and how the keyring may be used."""
    wanted = environment.variables.get("CFNET_KEYRING", "")
    return CfnetSessions(
        environment.config_folder,
        keyring=wanted.lower() != "off" and go_bool(wanted) is not False,
        seconds=_keyring_seconds(environment.variables.get("CFNET_KEYRING_TIMEOUT", "")),
        say=environment.say,
    )


def cfnet_session(environment: Environment, tokens: Tokens | None = None) -> Session | None:
    """Return cfnet's own session; None if that of `cf` is to be used. With `tokens`, it reads none.

    If the selected foundation has no login, the user must log in there, unless they are logged in with `cf`.

    Raises:
        CfnetError: the session cannot be read.
    """
    own = cfnet_sessions(environment)
    account = cfnet_account(environment)
    if account is None:
        return None
    return own.session(account, tokens)


def cfnet_account(environment: Environment) -> Account | None:
    """Return the account used by commands, without its tokens; None if `cf`'s session is used. Raises InputFault."""
    account = cfnet_sessions(environment).current()
    if account is None or account.kept is not TokenStorage.NOWHERE:
        return account
    from cfnet.operations.cf_cli_session import session_of_cf

    return None if session_of_cf(environment).api else account


def reach(wire: Wire, api: str, *, skip_ssl_validation: bool) -> Account:
    """Return an account, not logged in, for the foundation at the address `api`.

    Raises:
        Unreachable, ServerTrouble: as `endpoints`.
    """
    hint = "Check the address: it usually begins with 'api.'."
    return Account(endpoints(wire, api, hint=hint), skip_ssl_validation)


def logged_in(own: CfnetSessions, account: Account, tokens: Tokens, *, keyring: bool) -> Account:
    """Store `tokens` as the session of `account`; raises UsageFault if they cannot be stored."""
    told = claims(tokens.access)
    return own.log_in(account._replace(user=told.user if told else ""), tokens, keyring=keyring)


def refuse_sandbox(environment: Environment) -> None:
    """Refuse to log in to, or out of, the embedded foundation.

    Raises:
        UsageFault: the embedded foundation is selected.
    """
    if environment.uses_sandbox:
        raise UsageFault(
            "The sandbox does not require a login.", hint="Omit --sandbox and unset CFNET_SANDBOX to log in elsewhere."
        )


def warn_of_variables(environment: Environment) -> None:
    """Warn that commands will not use the new session if the environment variables define one."""
    if environment.variables.get("CF_API_URL"):
        environment.say("CF_API_URL is set: commands use the environment variables instead of this session.")


def warn_of_certificate(environment: Environment, account: Account) -> None:
    """Warn that the certificate of the foundation is not verified, if the user requested this."""
    if account.skip_ssl_validation and account.api.startswith("https:"):
        environment.say(
            f"Warning: the certificate of {printable(account.api)} is not verified (--skip-ssl-validation)."
        )


def warn_of_plain_http(stream: TextIO, api: str) -> None:
    """Warn about unencrypted connections, in the words of `cf`."""
    if api.startswith("http:"):
        stream.write("Warning: Insecure http API endpoint detected: secure https API endpoints are recommended\n")


def refuse_service_account(account: Account | None) -> None:
    """Refuse to replace the login of a service account by that of a user, as `cf` does.

    Raises:
        UsageFault: a service account is logged in.
    """
    if account is not None and account.client and account.kept is not TokenStorage.NOWHERE:
        raise UsageFault(
            "Service account currently logged in. Use 'cfnet logout' to log out service account and try again."
        )


def trust_tip(command: str) -> str:
    """Return the hint for an untrusted certificate: a flag of the command."""
    return f"TIP: Use 'cfnet {command} --skip-ssl-validation' to continue with an insecure API endpoint"


def where_to(typed: str, remembered: Account | None, *, skip: bool) -> tuple[str, bool]:
    """Return the address, and whether its certificates are not verified: remembered for the same address."""
    api = address(typed)
    return api, skip or (remembered is not None and remembered.api == api and remembered.skip_ssl_validation)


def place_table(api: str, version: str, more: Sequence[tuple[str, str]] = ()) -> str:
    """Return the table of `cf api` and `cf target`; rows of `more` without a value are omitted."""
    return pairs([("API endpoint:", api), ("API version:", version), *(row for row in more if row[1])])


def status(account: Account) -> str:
    """Return the API, user and target of `account`, and the next steps if something is missing."""
    shown = [("user:", account.user), ("org:", account.org.name), ("space:", account.space.name)]
    table = place_table(account.api, account.endpoints.version, shown)
    return table + next_step(account.user, account.org.guid, account.space.guid)


def login_status(account: Account) -> str:
    """Return the final table of `cf login`: like `status`, but a missing space is shown in the table."""
    if account.user and account.org.guid and not account.space.guid:
        shown = [("user:", account.user), ("org:", account.org.name), ("space:", NO_SPACE)]
        return place_table(account.api, account.endpoints.version, shown)
    return status(account)


def next_step(user: str, org: str, space: str) -> str:
    """Return what is missing in a session, and how to fix it: a line, or nothing."""
    if not user:
        return f"{NOT_LOGGED_IN}\n"
    if not org:
        return f"{NO_TARGET}\n"
    return "" if space else f"{NO_SPACE}\n"


def _keyring_seconds(text: str) -> float:
    """Return the timeout of the keyring: `CFNET_KEYRING_TIMEOUT`, if it is a whole number of seconds."""
    return float(whole_number(text, _LONGEST_KEYRING_SECONDS) or _KEYRING_SECONDS)
