"""`cfnet logout`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import CfCommand, Usage
from cfnet.errors import CfnetError
from cfnet.foundation.session import uaa
from cfnet.foundation.session.accounts import TokenStorage
from cfnet.operations.stored_session import cfnet_sessions, refuse_sandbox
from cfnet.show.cf_messages import CfMessages
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from cfnet.cli.parsing.go_flags import Read
    from cfnet.foundation.session.accounts import Account
    from cfnet.foundation.session.cfnet_session import CfnetSessions
    from cfnet.operations.environment import Environment

_NAME: Final = "logout"
_USAGE = Usage(arguments=(), synopsis="", examples=(), flags=(), beyond=(), see_also=("login, target",), sandbox=False)


def _log_out(environment: Environment, found: Read) -> None:
    del found
    refuse_sandbox(environment)
    own = cfnet_sessions(environment)
    account = own.current()
    out = environment.stdout
    if account is None or account.kept is TokenStorage.NOWHERE:
        out.write("Not logged in with cfnet.\n")
    else:
        out.write(f"Logging out {printable(account.user)}...\n")
        _revoke(environment, own, account)
        own.log_out(account)
        out.write(CfMessages(environment.colour()).ok())
    _tell_of_cf(environment)


def _revoke(environment: Environment, own: CfnetSessions, account: Account) -> None:
    """Revoke the tokens at the UAA, if possible: deleting them here is more important."""
    from cfnet.operations.connect import session_wire

    try:
        session = own.session(account)
        with session_wire(environment, environment.stdout, session) as wire:
            uaa.revoke(wire, session.uaa, session.tokens)
    except CfnetError:
        return


def _tell_of_cf(environment: Environment) -> None:
    """Print that commands will use the session of `cf`, if there is one: only `cf` can end it."""
    from cfnet.operations.cf_cli_session import session_of_cf

    try:
        session = session_of_cf(environment)
    except CfnetError:
        return
    if session.tokens.access or session.tokens.refresh:
        environment.say(f"Commands now use {printable(session.origin)}. Use 'cf logout' to end it.")


command = CfCommand(_NAME, COMMANDS[_NAME].summary, _USAGE, _log_out)
