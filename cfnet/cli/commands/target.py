"""`cfnet target`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import CfCommand, Usage
from cfnet.cli.parsing.go_flags import Flag
from cfnet.errors import CfnetError, NotLoggedIn, NotTargeted, UsageFault
from cfnet.foundation.session.accounts import NAME, TokenStorage
from cfnet.foundation.session.session import NO_API, NO_ORG, NOT_LOGGED_IN, claims
from cfnet.operations.stored_session import cfnet_account, cfnet_sessions, next_step, place_table, status
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.cli.parsing.go_flags import Read
    from cfnet.foundation.session.accounts import Account
    from cfnet.foundation.session.session import Session
    from cfnet.operations.environment import Environment
    from cfnet.policy import Org, Space

_NAME: Final = "target"
_USAGE = Usage(
    arguments=(),
    synopsis="[-o ORG] [-s SPACE]",
    examples=("", "-o demo -s dev"),
    flags=(Flag("-o", "Organization"), Flag("-s", "Space")),
    beyond=(),
    see_also=("api, login, network-policies",),
)


def _target(environment: Environment, found: Read) -> None:
    org, space = str(found.flags.get("-o", "")), str(found.flags.get("-s", ""))
    if environment.uses_sandbox:
        if org or space:
            raise _not_own("The sandbox targets demo/dev; use -o and -s of a command for another space.")
        _show_live(environment, "the sandbox")
    elif environment.variables.get("CF_API_URL"):
        if org or space:
            raise _not_own("Set CF_ORG and CF_SPACE instead.")
        from cfnet.operations.environment_session import untargeted

        missing = untargeted(environment.variables)
        _show_live(environment, f"the environment (CF_API_URL={environment.variables['CF_API_URL']})", missing)
    else:
        account = cfnet_account(environment)
        if account is None:
            _target_of_cf(environment, org, space)
        else:
            _own_target(environment, account, org, space)


def _target_of_cf(environment: Environment, org: str, space: str) -> None:
    """Show the target of `cf`.

    Raises:
        UsageFault: a change is requested.
    """
    from cfnet.operations.cf_cli_session import session_of_cf

    if org or space:
        _require_login(session_of_cf(environment))
        words = " ".join(f"{flag} {value}" for flag, value in (("-o", org), ("-s", space)) if value)
        raise _not_own(f"It belongs to cf: use 'cf target {words}', or 'cfnet login' for a separate session.")
    _show_cf(environment)


def _own_target(environment: Environment, account: Account, org: str, space: str) -> None:
    """Change the target of `account`, if names are given, and show it.

    Raises:
        NotLoggedIn: there is no login.
    """
    if account.kept is TokenStorage.NOWHERE:
        raise NotLoggedIn(NOT_LOGGED_IN)
    if org or space:
        account = _changed(environment, account, org, space)
    environment.stdout.write(status(account))
    if environment.verbose or _cf_is_logged_in(environment):
        _tell_origin(environment, f"cfnet ({environment.config_folder / NAME}, tokens in {_where(account)})")


def _changed(environment: Environment, account: Account, org_name: str, space_name: str) -> Account:
    """Return `account` with another target.

    As in cf, a failure removes the target: later commands must not change the previous org or space.

    Raises:
        UnknownName: the org or space does not exist.
        NotTargeted: a space is given, but no org is targeted.
    """
    own = cfnet_sessions(environment)
    try:
        org, space = _found(environment, own.session(account), account.org, org_name, space_name)
    except CfnetError:
        own.target(account, None if org_name else account.org, None)
        raise
    return own.target(account, org, space)


def _found(
    environment: Environment, session: Session, targeted: Org, org_name: str, space_name: str
) -> tuple[Org, Space | None]:
    from cfnet.cli.terminal.target_choice import only_space, org_named, space_named
    from cfnet.foundation.api.cloud_controller import CloudController
    from cfnet.foundation.session.connection import Connection
    from cfnet.operations.connect import session_wire

    if not org_name and not targeted.guid:
        raise NotTargeted(NO_ORG)
    with session_wire(environment, environment.stdout, session) as wire:
        connection = Connection(session, wire)
        cloud_controller = CloudController(connection)
        try:
            org = org_named(cloud_controller, org_name) if org_name else targeted
            if space_name:
                return org, space_named(cloud_controller, org, space_name)
            return org, only_space(cloud_controller, org)
        finally:
            for warning in connection.warnings:
                environment.say(printable(warning))


def _show_live(environment: Environment, origin: str, missing: Sequence[str] = ()) -> None:
    """Show the target of a session created for this command, or the variables that are `missing`."""
    from cfnet.operations.connect import connect

    with connect(environment, check=lambda: None, talk=environment.stdout, targeted=False) as foundation:
        session = foundation.connection.session
        shown = [("user:", foundation.user), ("org:", session.org.name), ("space:", session.space.name)]
        environment.stdout.write(place_table(session.api, session.version, shown))
        if missing:
            environment.stdout.write(f"No space targeted, set {' and '.join(missing)}\n")
        _tell_origin(environment, origin)


def _show_cf(environment: Environment) -> None:
    from cfnet.operations.cf_cli_session import session_of_cf

    session = session_of_cf(environment)
    _require_login(session)
    told = claims(session.tokens.access)
    user = told.user if told else ""
    shown = [("user:", user), ("org:", session.org.name), ("space:", session.space.name)]
    environment.stdout.write(place_table(session.api, session.version, shown))
    environment.stdout.write(next_step(user or "-", session.org.guid, session.space.guid))
    own = cfnet_sessions(environment).read().by_api.values()
    if environment.verbose or any(account.kept is not TokenStorage.NOWHERE for account in own):
        _tell_origin(environment, session.origin)


def _require_login(session: Session) -> None:
    """Check that the session of `cf` has an API, with or without a policy server, and a login.

    Raises:
        UsageFault: it has no API.
        NotLoggedIn: it has no tokens.
    """
    if not session.api:
        raise UsageFault(NO_API)
    session.require_login()


def _cf_is_logged_in(environment: Environment) -> bool:
    from cfnet.operations.cf_cli_session import session_of_cf

    try:
        return any(session_of_cf(environment).tokens)
    except CfnetError:
        return False


def _not_own(hint: str) -> UsageFault:
    return UsageFault("cfnet cannot change this target.", hint=hint)


def _tell_origin(environment: Environment, origin: str) -> None:
    """Print which session is used; on stderr, so that stdout is the same as that of cf."""
    environment.say(f"Session: {printable(origin)}")


def _where(account: Account) -> str:
    return "the keyring" if account.kept is TokenStorage.KEYRING else "a file"


command = CfCommand(_NAME, COMMANDS[_NAME].summary, _USAGE, _target)
