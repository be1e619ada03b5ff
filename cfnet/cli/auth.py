"""`cfnet auth`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cli.commands import COMMANDS
from cfnet.cli.go_flags import Flag
from cfnet.cli.login import NO_KEYRING, SKIP_SSL_VALIDATION
from cfnet.cli.mirrored import Mirrored, Usage
from cfnet.cli.own import (
    logged_in,
    own_sessions,
    reach,
    refuse_sandbox,
    warn_of_certificate,
    warn_of_plain_http,
    warn_of_variables,
    where_to,
)
from cfnet.errors import UsageFault
from cfnet.foundation import uaa
from cfnet.foundation.session import NO_API, Client
from cfnet.show.flavour import Flavour

if TYPE_CHECKING:
    import click

    from cfnet.cli.environment import Environment
    from cfnet.cli.go_flags import Read

_NAME: Final = "auth"
_USAGE = Usage(
    arguments=(),
    optional=("USERNAME", "PASSWORD"),
    synopsis="USERNAME PASSWORD\nUSERNAME PASSWORD --origin ORIGIN\nCLIENT_ID CLIENT_SECRET --client-credentials",
    sections=(
        (
            "ENVIRONMENT VARIABLES",
            (
                "CF_USERNAME=user              Authenticating user. Overridden if USERNAME argument is provided.",
                "CF_PASSWORD=password          Password of that user. Overridden if PASSWORD argument is provided.",
                "CF_CLIENT_ID=client           With --client-credentials: the service account.",
                "CF_CLIENT_SECRET=secret       With --client-credentials: its secret.",
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
    ),
    beyond=(
        Flag("-a", "API endpoint (Default: the one of 'cfnet api', else CF_API_URL)"),
        SKIP_SSL_VALIDATION,
        NO_KEYRING,
    ),
    see_also=("api", "login", "target"),
    sandbox=False,
)


def _authenticate(ctx: click.Context, found: Read) -> None:
    environment: Environment = ctx.obj
    as_client = "--client-credentials" in found.flags
    origin = str(found.flags.get("--origin", ""))
    if as_client and origin:
        raise command.misuse(ctx, "The following arguments cannot be used together: --client-credentials, --origin")
    user, password = _credentials(ctx, found, as_client=as_client)
    refuse_sandbox(environment)
    from cfnet.cli.live import open_wire

    own = own_sessions(environment)
    out, flavour = environment.stdout, Flavour(environment.colour())
    before = own.current()
    typed = str(found.flags.get("-a", "")) or (
        before.api if before is not None else environment.variables.get("CF_API_URL", "")
    )
    if not typed:
        raise UsageFault(NO_API)
    api, skip = where_to(typed, before, skip="--skip-ssl-validation" in found.flags)
    out.write(flavour.sentence("API endpoint: {}", api) + "\n\n")
    warn_of_plain_http(environment, api)
    with open_wire(environment, out, skip_ssl_validation=skip) as wire:
        account = reach(wire, api, skip_ssl_validation=skip)
        warn_of_certificate(environment, account)
        account = own.fresh(account)
        out.write("Authenticating...\n")
        if as_client:
            account = account._replace(client=user)
            tokens = uaa.by_client(wire, account.endpoints.uaa, Client(user, password, grants_itself=True))
        else:
            answers = {"username": user, "password": password}
            tokens = uaa.by_answers(wire, account.endpoints.uaa, answers, origin=origin)
    logged_in(own, account, tokens, keyring="--no-keyring" not in found.flags)
    out.write(
        flavour.ok() + flavour.sentence("Use '{}' to view or set your target org and space.", "cfnet target") + "\n"
    )
    warn_of_variables(environment)


def _credentials(ctx: click.Context, found: Read, *, as_client: bool) -> tuple[str, str]:
    """User and password, or client and secret: as typed, else from the environment.

    As in cf, a client may be named by the variables of users; what is of the one is no secret of the other.

    Raises:
        Misuse: they are not all there.
    """
    variables = ctx.obj.variables
    first, second = (*found.arguments, "", "")[:2]
    names = ("CF_CLIENT_ID", "CF_CLIENT_SECRET")
    if not as_client or not any(variables.get(name) for name in names):
        names = ("CF_USERNAME", "CF_PASSWORD")
    user, password = first or variables.get(names[0], ""), second or variables.get(names[1], "")
    missing = [name for name, value in (("Username", user), ("password", password)) if not value]
    if missing:
        raise command.misuse(ctx, f"{' and '.join(missing).capitalize()} not provided.")
    return user, password


command = Mirrored(_NAME, COMMANDS[_NAME].summary, _USAGE, _authenticate)
