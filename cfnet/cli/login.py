"""`cfnet login`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cli.commands import COMMANDS
from cfnet.cli.go_flags import Flag
from cfnet.cli.mirrored import Mirrored, Usage
from cfnet.cli.own import (
    logged_in,
    own_sessions,
    reach,
    refuse_sandbox,
    status,
    warn_of_certificate,
    warn_of_plain_http,
    warn_of_variables,
    where_to,
)
from cfnet.cli.prompts import ask, ask_unseen
from cfnet.errors import CfnetError, NotLoggedIn, UsageFault
from cfnet.foundation import uaa
from cfnet.foundation.connection import Connection
from cfnet.foundation.trouble import LOCKED
from cfnet.show.flavour import Flavour
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import click

    from cfnet.cli.environment import Environment
    from cfnet.cli.go_flags import Read
    from cfnet.foundation.accounts import Account
    from cfnet.foundation.own_session import OwnSessions
    from cfnet.foundation.session import Tokens
    from cfnet.foundation.wire import Wire

_NAME: Final = "login"
_TRIES: Final = 3
NO_KEYRING: Final = Flag("--no-keyring", "Keep the tokens in a file that only you can read", takes_value=False)
SKIP_SSL_VALIDATION: Final = Flag(
    "--skip-ssl-validation", "Skip verification of the API endpoint. Not recommended!", takes_value=False
)
_USAGE = Usage(
    arguments=(),
    synopsis="[-a API_URL] [-u USERNAME] [-p PASSWORD] [-o ORG] [-s SPACE] [--sso | --sso-passcode PASSCODE]"
    " [--origin ORIGIN]",
    sections=(
        (
            "WARNING",
            (
                "Providing your password as a command line option is highly discouraged",
                "Your password may be visible to others and may be recorded in your shell history",
            ),
        ),
    ),
    examples=(
        "(omit username and password to login interactively -- cfnet will prompt for both)",
        "-u name@example.com -p pa55woRD (specify username and password as arguments)",
        '-u name@example.com -p "my password" (use quotes for passwords with a space)',
        "--sso (cfnet will provide a url to obtain a one-time passcode to login)",
        "--origin ldap",
    ),
    flags=(
        Flag("-a", "API endpoint (e.g. https://api.example.com)"),
        Flag("-o", "Org"),
        Flag("-p", "Password"),
        Flag("-s", "Space"),
        SKIP_SSL_VALIDATION,
        Flag("--sso", "Prompt for a one-time passcode to login", takes_value=False),
        Flag("--sso-passcode", "One-time passcode"),
        Flag("-u", "Username"),
        Flag("--origin", "Indicates the identity provider to be used for login"),
    ),
    beyond=(NO_KEYRING,),
    see_also=("api", "auth", "target"),
    sandbox=False,
)
_NOT_TOGETHER: Final = (("--sso", "--origin"), ("--sso-passcode", "--origin"), ("--sso-passcode", "--sso"))


def _log_in(ctx: click.Context, found: Read) -> None:
    environment: Environment = ctx.obj
    for one, other in _NOT_TOGETHER:
        if found.flags.get(one) and found.flags.get(other):
            raise command.misuse(ctx, f"The following arguments cannot be used together: {one}, {other}")
    refuse_sandbox(environment)
    from cfnet.cli.live import open_wire

    own = own_sessions(environment)
    out, flavour = environment.stdout, Flavour(environment.colour())
    before = own.current()
    typed = _text(found, "-a") or (before.api if before is not None else "")
    asked = not typed
    if asked:
        typed = ask(environment, "API endpoint")
        if not typed:
            raise UsageFault("No API endpoint was given.")
    api, skip = where_to(typed, before, skip="--skip-ssl-validation" in found.flags)
    out.write("\n" if asked else flavour.sentence("API endpoint: {}", typed) + "\n\n")
    warn_of_plain_http(environment, api)
    with open_wire(environment, out, skip_ssl_validation=skip) as wire:
        account = reach(wire, api, skip_ssl_validation=skip)
        warn_of_certificate(environment, account)
        account = own.fresh(account)
        try:
            tokens = _authenticated(environment, found, wire, account)
            account = logged_in(own, account, tokens, keyring="--no-keyring" not in found.flags)
            connection = Connection(own.session(account, tokens), wire)
            account = _targeted(environment, found, own, account, connection)
        except CfnetError:
            out.write(status(own.current() or account))
            raise
    out.write(status(account))
    warn_of_variables(environment)


def _authenticated(environment: Environment, found: Read, wire: Wire, account: Account) -> Tokens:
    """The tokens of whoever answers the UAA's questions; they have three tries, where there is a terminal.

    Raises:
        NotLoggedIn: they fail.
    """
    where = account.endpoints.uaa
    wanted = uaa.prompts(wire, where)
    origin = _text(found, "--origin")
    given = {"username": _text(found, "-u"), "password": _text(found, "-p"), "passcode": _text(found, "--sso-passcode")}
    if "--sso" in found.flags or given["passcode"]:
        code = next((prompt for prompt in wanted if prompt.key == "passcode"), None)
        label = f"Temporary Authentication Code ( Get one at {where}/passcode )"
        seen, unseen = [], [code or uaa.Prompt("passcode", label, unseen=True)]
    else:
        seen = [prompt for prompt in wanted if not prompt.unseen]
        unseen = sorted(
            (prompt for prompt in wanted if prompt.unseen and prompt.key != "passcode"),
            key=lambda prompt: prompt.key != "password",  # before codes that soon expire
        )
    answers = _answers(environment, seen, given, ask)
    for _ in range(_TRIES):
        answers |= _answers(environment, unseen, given, ask_unseen)
        given = {}
        environment.stdout.write("Authenticating...\n")
        environment.stdout.flush()
        try:
            tokens = uaa.by_answers(wire, where, answers, origin=origin)
        except NotLoggedIn as error:
            environment.say(f"{printable(str(error))}\n")
            if str(error) == LOCKED or not environment.stdin.isatty():
                break
        else:
            environment.stdout.write(Flavour(environment.colour()).ok())
            return tokens
    raise NotLoggedIn("Unable to authenticate.")


def _answers(
    environment: Environment,
    prompts: list[uaa.Prompt],
    given: Mapping[str, str],
    asked: Callable[[Environment, str], str],
) -> dict[str, str]:
    answers = {}
    for prompt in prompts:
        answers[prompt.key] = given.get(prompt.key, "")
        if not answers[prompt.key]:
            answers[prompt.key] = asked(environment, prompt.label)
            environment.say("")
    return answers


def _targeted(
    environment: Environment, found: Read, own: OwnSessions, account: Account, connection: Connection
) -> Account:
    from cfnet.cli.targeting import pick_org, pick_space
    from cfnet.foundation.cloud_controller import CloudController

    cloud_controller = CloudController(connection)
    try:
        org = pick_org(environment, cloud_controller, _text(found, "-o"))
        if org is not None:
            account = own.target(account, org, None)
            account = own.target(account, org, pick_space(environment, cloud_controller, org, _text(found, "-s")))
        elif _text(found, "-s"):
            environment.say(f"Space '{printable(_text(found, '-s'))}' is not targeted, for no org is: name it with -o.")
    finally:
        for warning in connection.warnings:
            environment.say(printable(warning))
    return account


def _text(found: Read, flag: str) -> str:
    return str(found.flags.get(flag, ""))


command = Mirrored(_NAME, COMMANDS[_NAME].summary, _USAGE, _log_in)
