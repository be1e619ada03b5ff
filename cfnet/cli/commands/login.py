"""`cfnet login`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import CfCommand, Usage
from cfnet.cli.parsing.go_flags import Flag
from cfnet.cli.parsing.session_flags import NO_KEYRING, SKIP_SSL_VALIDATION
from cfnet.cli.terminal.prompts import EndOfInput, ask
from cfnet.errors import CfnetError, Forbidden, NotLoggedIn, Rejected, ServerTrouble
from cfnet.foundation.http.error_answers import LOCKED
from cfnet.foundation.session import uaa
from cfnet.foundation.session.connection import Connection
from cfnet.foundation.session.endpoints import address
from cfnet.operations.stored_session import (
    cfnet_sessions,
    logged_in,
    login_status,
    reach,
    refuse_sandbox,
    refuse_service_account,
    trust_tip,
    warn_of_certificate,
    warn_of_plain_http,
    warn_of_variables,
    where_to,
)
from cfnet.show.cf_messages import CfMessages
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfnet.cli.parsing.go_flags import Read
    from cfnet.foundation.http.wire import Wire
    from cfnet.foundation.session.accounts import Account
    from cfnet.foundation.session.cfnet_session import CfnetSessions
    from cfnet.foundation.session.session import Tokens
    from cfnet.operations.environment import Environment

_NAME: Final = "login"
_TRIES: Final = 3
_REFUSALS: Final = (NotLoggedIn, Forbidden, Rejected, ServerTrouble)
"""Errors of the UAA after which cf prompts again."""
_USAGE = Usage(
    arguments=(),
    synopsis="[-a API_URL] [-u USERNAME] [-p PASSWORD] [-o ORG] [-s SPACE]\n"
    "   [--sso | --sso-passcode PASSCODE] [--origin ORIGIN]\n"
    "   [--skip-ssl-validation] [--no-keyring]",
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
    see_also=("api, auth, logout, target",),
    sandbox=False,
)
_NOT_TOGETHER: Final = (("--sso", "--origin"), ("--sso-passcode", "--origin"), ("--sso-passcode", "--sso"))


def _log_in(environment: Environment, found: Read) -> None:
    refuse_sandbox(environment)
    own = cfnet_sessions(environment)
    before = own.current()
    refuse_service_account(before)
    for one, other in _NOT_TOGETHER:
        if found.flags.get(one) and found.flags.get(other):
            raise command.misuse(environment, f"The following arguments cannot be used together: {one}, {other}")
    from cfnet.operations.connect import open_wire

    out = environment.stdout
    typed = _text(found, "-a") or (before.api if before is not None else "")
    if typed:
        address(typed)  # an address with a password is refused before it is printed
        out.write(CfMessages(environment.colour()).sentence("API endpoint: {}", typed) + "\n")
    else:
        try:
            typed = ask(environment, "API endpoint")
        except EndOfInput as end:
            raise end.fault() from end
    api, skip = where_to(typed, before, skip="--skip-ssl-validation" in found.flags)
    out.flush()
    with open_wire(environment, out, skip_ssl_validation=skip, trust_tip=trust_tip(_NAME)) as wire:
        account = reach(wire, api, skip_ssl_validation=skip)
        warn_of_plain_http(environment.stderr, api)
        warn_of_certificate(environment, account)
        out.write("\n")
        account = own.fresh(account)
        try:
            tokens = _authenticated(environment, found, wire, account)
            account = logged_in(own, account, tokens, keyring="--no-keyring" not in found.flags)
            connection = Connection(own.session(account, tokens), wire)
            account = _targeted(environment, found, own, account, connection)
        except CfnetError:
            out.write(login_status(own.current() or account))
            raise
    out.write(login_status(account))
    warn_of_variables(environment)


def _authenticated(environment: Environment, found: Read, wire: Wire, account: Account) -> Tokens:
    """Answer the UAA's prompts and return the tokens; hidden answers may be given three times.

    Raises:
        NotLoggedIn: all attempts are refused or fail, the account is locked, or the input ends after that.
        UsageFault: the input ends before that.
    """
    where = account.endpoints.uaa
    wanted = uaa.prompts(wire, where)
    origin = _text(found, "--origin")
    given = {"username": _text(found, "-u"), "password": _text(found, "-p"), "passcode": _text(found, "--sso-passcode")}
    once = "--sso" in found.flags or bool(given["passcode"])
    seen, unseen = _questions(wanted, where, once=once)
    refusal: CfnetError | None = None
    try:
        answers = _answers(environment, seen, given)
        for _ in range(_TRIES):
            answers |= _answers(environment, unseen, given)
            given = {}
            try:
                return _attempt(environment, wire, where, answers, origin=origin, once=once)
            except _REFUSALS as error:
                refusal = error
                environment.say(printable(str(error)))
                environment.stdout.write("\n")
                if str(error) == LOCKED:
                    break
    except EndOfInput as end:
        if refusal is None:
            raise end.fault() from end
    except click.Abort:  # Ctrl-D at a prompt ends the attempts, as in cf
        environment.stdout.write("\n")
    raise NotLoggedIn("Unable to authenticate.")


def _attempt(
    environment: Environment, wire: Wire, where: str, answers: Mapping[str, str], *, origin: str, once: bool
) -> Tokens:
    """Print the progress; with a passcode, which is requested `once`, the blank line comes last."""
    out = environment.stdout
    out.write("Authenticating...\n" if once else "\nAuthenticating...\n")
    out.flush()
    tokens = uaa.by_answers(wire, where, answers, origin=origin)
    out.write(CfMessages(environment.colour()).ok() + ("\n" if once else ""))
    return tokens


def _questions(wanted: list[uaa.Prompt], where: str, *, once: bool) -> tuple[list[uaa.Prompt], list[uaa.Prompt]]:
    """Return the prompts shown once, and those shown up to three times: only the passcode if it is used `once`."""
    if once:
        code = next((prompt for prompt in wanted if prompt.key == "passcode"), None)
        label = f"Temporary Authentication Code ( Get one at {where}/passcode )"
        return [], [code or uaa.Prompt("passcode", label, unseen=True)]
    seen = sorted((prompt for prompt in wanted if not prompt.unseen), key=lambda prompt: prompt.key != "username")
    unseen = sorted(
        (prompt for prompt in wanted if prompt.unseen and prompt.key != "passcode"),
        key=lambda prompt: prompt.key != "password",  # before codes that expire soon
    )
    return seen, unseen


def _answers(environment: Environment, prompts: list[uaa.Prompt], given: Mapping[str, str]) -> dict[str, str]:
    return {
        prompt.key: given.get(prompt.key, "") or ask(environment, prompt.label, unseen=prompt.unseen)
        for prompt in prompts
    }


def _targeted(
    environment: Environment, found: Read, own: CfnetSessions, account: Account, connection: Connection
) -> Account:
    from cfnet.cli.terminal.target_choice import pick_org, pick_space
    from cfnet.foundation.api.cloud_controller import CloudController

    cloud_controller = CloudController(connection)
    space_name = _text(found, "-s")
    try:
        org = pick_org(environment, cloud_controller, _text(found, "-o"), holding=space_name)
        if org is not None:
            account = own.target(account, org, None)
            account = own.target(account, org, pick_space(environment, cloud_controller, org, space_name))
    finally:
        for warning in connection.warnings:
            environment.say(printable(warning))
    return account


def _text(found: Read, flag: str) -> str:
    return str(found.flags.get(flag, ""))


command = CfCommand(_NAME, COMMANDS[_NAME].summary, _USAGE, _log_in)
