"""`cfnet auth`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import CfCommand, Usage
from cfnet.cli.parsing.go_flags import Flag
from cfnet.cli.parsing.session_flags import NO_KEYRING, SKIP_SSL_VALIDATION
from cfnet.errors import UsageFault
from cfnet.foundation.session import uaa
from cfnet.foundation.session.session import NO_API, Client
from cfnet.operations.stored_session import (
    cfnet_sessions,
    logged_in,
    reach,
    refuse_sandbox,
    refuse_service_account,
    trust_tip,
    warn_of_certificate,
    warn_of_variables,
    where_to,
)
from cfnet.show.cf_messages import CfMessages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cfnet.cli.parsing.go_flags import Read
    from cfnet.foundation.http.wire import Wire
    from cfnet.foundation.session.session import Tokens
    from cfnet.operations.environment import Environment

_NAME: Final = "auth"
_CLIENT: Final = ("CF_CLIENT_ID", "CF_CLIENT_SECRET")
_USER: Final = ("CF_USERNAME", "CF_PASSWORD")
_USAGE = Usage(
    arguments=(),
    optional=("USERNAME", "PASSWORD"),
    synopsis="USERNAME PASSWORD\nUSERNAME PASSWORD --origin ORIGIN\nCLIENT_ID CLIENT_SECRET --client-credentials\n"
    "CLIENT_ID CLIENT_SECRET --assertion ID-TOKEN\nCLIENT_ID --client-credentials --assertion ACCESS-TOKEN\n"
    "USERNAME PASSWORD [-a API_URL] [--skip-ssl-validation] [--no-keyring]",
    sections=(
        (
            "ENVIRONMENT VARIABLES",
            (
                "CF_USERNAME=user              Authenticating user. Overridden if USERNAME argument is provided.",
                "CF_PASSWORD=password          Password of that user. Overridden if PASSWORD argument is provided.",
                "CF_CLIENT_ID=client           Service account, with --client-credentials.",
                "CF_CLIENT_SECRET=secret       Secret of that service account.",
                "CF_ASSERTION=token            Identity token used instead of a password or secret.",
                "CF_ASSERTION_FILE=path        File that contains the token.",
            ),
        ),
        (
            "WARNING",
            (
                "Providing your password as a command line option is highly discouraged",
                "Your password may be visible to others and may be recorded in your shell history",
                "Consider using the CF_PASSWORD environment variable instead",
            ),
        ),
    ),
    examples=('name@example.com "my password" (use quotes for passwords with a space)',),
    flags=(
        Flag(
            "--client-credentials",
            "Use (non-user) service account (also called client credentials)",
            takes_value=False,
        ),
        Flag("--origin", "Indicates the identity provider to be used for authentication"),
        Flag(
            "--assertion",
            "Token based authentication with assertion (user) or in combination with client-credentials (non-user)",
        ),
    ),
    beyond=(
        Flag("-a", "API endpoint (Default: that set by 'cfnet api', otherwise CF_API_URL)"),
        SKIP_SSL_VALIDATION,
        NO_KEYRING,
    ),
    see_also=("api, login, logout, target",),
    sandbox=False,
)


def _authenticate(environment: Environment, found: Read) -> None:
    as_client = "--client-credentials" in found.flags
    origin = str(found.flags.get("--origin", ""))
    refuse_sandbox(environment)
    from cfnet.operations.connect import open_wire

    own = cfnet_sessions(environment)
    out, messages = environment.stdout, CfMessages(environment.colour())
    before = own.current()
    typed = str(found.flags.get("-a", "")) or (
        before.api if before is not None else environment.variables.get("CF_API_URL", "")
    )
    if not typed:
        raise UsageFault(NO_API)
    if as_client and origin:
        raise command.misuse(
            environment, "The following arguments cannot be used together: --client-credentials, --origin"
        )
    who = _credentials(environment, found, as_client=as_client)
    api, skip = where_to(typed, before, skip="--skip-ssl-validation" in found.flags)
    out.write(messages.sentence("API endpoint: {}", api) + "\n")
    if not as_client:
        refuse_service_account(before)
    out.write("\n")
    out.flush()
    with open_wire(environment, out, skip_ssl_validation=skip, trust_tip=trust_tip(_NAME)) as wire:
        account = reach(wire, api, skip_ssl_validation=skip)
        warn_of_certificate(environment, account)
        account = own.fresh(account)
        out.write("Authenticating...\n")
        out.flush()
        tokens = _tokens(wire, account.endpoints.uaa, who, origin=origin)
        if isinstance(who, Client) and who.grants_itself:
            account = account._replace(client=who.name)
    logged_in(own, account, tokens, keyring="--no-keyring" not in found.flags)
    out.write(
        messages.ok() + messages.sentence("Use '{}' to view or set your target org and space.", "cfnet target") + "\n"
    )
    warn_of_variables(environment)


def _tokens(wire: Wire, where: str, who: Client | tuple[str, str], *, origin: str) -> Tokens:
    if not isinstance(who, Client):
        return uaa.by_answers(wire, where, {"username": who[0], "password": who[1]}, origin=origin)
    if who.grants_itself:
        return uaa.by_client(wire, where, who)
    return uaa.by_assertion(wire, where, who, origin=origin)


def _credentials(environment: Environment, found: Read, *, as_client: bool) -> Client | tuple[str, str]:
    """Return a client, or a user and password, from the arguments or the environment.

    As in cf, a client may be given by the variables of users, but the two are never mixed. With an assertion, no
    password is needed: it replaces the user's, or with `--client-credentials` the client's secret.

    Raises:
        Misuse: one of them is missing.
    """
    variables = environment.variables
    asserted = _assertion(found, variables)
    if asserted is not None and not as_client:
        return _asserted(*_given(found, variables, _CLIENT), asserted)
    names = _CLIENT if as_client and any(map(variables.get, _CLIENT)) else _USER
    user, password = _given(found, variables, names)
    needed = {"Username": user} if asserted is not None else {"Username": user, "password": password}
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise command.misuse(environment, f"{' and '.join(missing).capitalize()} not provided.", bare=True)
    return Client(user, password, grants_itself=True, assertion=asserted) if as_client else (user, password)


def _asserted(name: str, secret: str, assertion: Callable[[], str]) -> Client:
    """Return the client used for a login by assertion: the given one, or that of cf."""
    return Client(name, secret, assertion=assertion) if name else Client(uaa.CF.name, "", assertion=assertion)


def _given(found: Read, variables: Mapping[str, str], names: Iterable[str]) -> tuple[str, str]:
    """Return the two arguments, or variables for missing arguments."""
    first, second = (
        argument or variables.get(name, "") for argument, name in zip((*found.arguments, "", ""), names, strict=False)
    )
    return first, second


def _assertion(found: Read, variables: Mapping[str, str]) -> Callable[[], str] | None:
    """Return the identity token: the given one, or that of the environment unless a password or secret is given."""
    typed = str(found.flags.get("--assertion", ""))
    if typed:
        return lambda: typed
    if len(found.arguments) > 1:
        return None
    from cfnet.operations.environment_session import assertion

    return assertion(variables)


command = CfCommand(_NAME, COMMANDS[_NAME].summary, _USAGE, _authenticate)
