"""`cfnet api`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import CfCommand, Usage
from cfnet.cli.parsing.go_flags import Flag
from cfnet.cli.parsing.session_flags import SKIP_SSL_VALIDATION
from cfnet.foundation.session.endpoints import address
from cfnet.foundation.session.session import NOT_LOGGED_IN
from cfnet.operations.stored_session import (
    cfnet_account,
    cfnet_sessions,
    place_table,
    reach,
    refuse_sandbox,
    trust_tip,
    warn_of_certificate,
    warn_of_plain_http,
)
from cfnet.show.cf_messages import CfMessages

if TYPE_CHECKING:
    from cfnet.cli.parsing.go_flags import Read
    from cfnet.operations.environment import Environment

_NAME: Final = "api"
_USAGE = Usage(
    arguments=(),
    optional=("URL",),
    synopsis="[URL] [--skip-ssl-validation]\n--unset",
    examples=("https://api.example.com",),
    flags=(SKIP_SSL_VALIDATION, Flag("--unset", "Remove all api endpoint targeting", takes_value=False)),
    beyond=(),
    see_also=("auth, login, target",),
    sandbox=False,
)


def _api(environment: Environment, found: Read) -> None:
    refuse_sandbox(environment)
    skip = "--skip-ssl-validation" in found.flags
    if "--unset" in found.flags:
        environment.stdout.write("Unsetting API endpoint...\n")
        cfnet_sessions(environment).unset()
        environment.stdout.write(CfMessages(environment.colour()).ok())
    elif found.arguments and found.arguments[0]:
        _set(environment, found.arguments[0], skip=skip)
    else:
        _show(environment)


def _set(environment: Environment, typed: str, *, skip: bool) -> None:
    """Select the foundation at this address; an existing login there is kept."""
    from cfnet.operations.connect import open_wire

    own, out = cfnet_sessions(environment), environment.stdout
    messages = CfMessages(environment.colour())
    api = address(typed)
    out.write(messages.line("Setting API endpoint to {}", typed))
    out.flush()
    with open_wire(environment, out, skip_ssl_validation=skip, trust_tip=trust_tip(_NAME)) as wire:
        account = reach(wire, api, skip_ssl_validation=skip)
    warn_of_plain_http(out, api)
    warn_of_certificate(environment, account)
    before = own.read().by_api.get(api)
    if before is not None:
        account = before._replace(endpoints=account.endpoints, skip_ssl_validation=skip)
    own.choose(account)
    out.write(messages.ok())
    _show(environment)


def _show(environment: Environment) -> None:
    from cfnet.operations.cf_cli_session import session_of_cf

    account = cfnet_account(environment)
    if account is not None:
        table, user = place_table(account.api, account.endpoints.version), account.user
    else:
        session = session_of_cf(environment)
        if not session.api:
            environment.stdout.write("No API endpoint set. Use 'cfnet api' to set an endpoint\n")
            return
        table, user = place_table(session.api, session.version), session.tokens.access or session.tokens.refresh
    environment.stdout.write(table + ("" if user else f"\n{NOT_LOGGED_IN}\n"))


command = CfCommand(_NAME, COMMANDS[_NAME].summary, _USAGE, _api)
