"""Makes a session from environment variables, for CI scripts: `CF_API_URL`, credentials, `CF_ORG`, `CF_SPACE`."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cfnet.errors import NotLoggedIn, UnknownName, UsageFault
from cfnet.foundation.api.cloud_controller import CloudController
from cfnet.foundation.session import uaa
from cfnet.foundation.session.connection import Connection
from cfnet.foundation.session.endpoints import address, endpoints
from cfnet.foundation.session.session import Client, NoKeeper, Session
from cfnet.policy import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cfnet.foundation.http.wire import Wire


_AS_CLIENT: Final = ("CF_CLIENT_ID", "CF_CLIENT_SECRET")
_LONGEST_TOKEN: Final = 1 << 16
_AS_USER: Final = ("CF_USERNAME", "CF_PASSWORD")


def log_in(
    variables: Mapping[str, str],
    wire: Wire,
    *,
    targeted: bool = True,
    warn: Callable[[str], object] = lambda _warning: None,
) -> Session:
    """Log in with the variables, and look up the org and space, which are required if `targeted`.

    An identity token (`CF_ASSERTION`, `CF_ASSERTION_FILE`) takes precedence over a client's secret, which takes
    precedence over a user's password. Warnings of the Cloud Controller are passed to `warn`.

    Raises:
        UsageFault: a required variable is missing.
        NotLoggedIn: the UAA rejects the credentials.
        UnknownName: the org or space does not exist or is not visible.
        Unreachable, ServerTrouble: see `Wire.send`.
    """
    who = _credentials(variables)
    found = endpoints(wire, address(variables["CF_API_URL"], of="CF_API_URL"), hint="Fix CF_API_URL.")
    try:
        if not isinstance(who, Client):
            client = uaa.CF
            tokens = uaa.by_answers(wire, found.uaa, {"username": who[0], "password": who[1]})
        elif who.grants_itself:
            client, tokens = who, uaa.by_client(wire, found.uaa, who)
        else:
            client, tokens = who, uaa.by_assertion(wire, found.uaa, who)
    except NotLoggedIn as error:
        raise NotLoggedIn(str(error), hint=_whose(who, variables)) from error
    session = Session(
        origin=f"the environment (CF_API_URL={found.api})",
        api=found.api,
        uaa=found.uaa,
        policies=found.policies,
        org=NOWHERE.org,
        space=NOWHERE,
        tokens=tokens,
        client=client,
        skip_ssl_validation=False,
        keeper=NoKeeper(),
        version=found.version,
    )
    missing = untargeted(variables)
    if not missing:
        connection = Connection(session, wire)
        try:
            return _targeted(connection, variables["CF_ORG"], variables["CF_SPACE"])
        finally:
            for warning in connection.warnings:
                warn(warning)
    if targeted:
        told, one = " and ".join(missing), len(missing) == 1
        raise UsageFault(
            f"No space targeted: CF_API_URL is set, but {told} {'is' if one else 'are'} not.", hint=f"Set {told}."
        )
    return session


def untargeted(variables: Mapping[str, str]) -> list[str]:
    """Return the missing variables that would set the targeted space."""
    return [name for name in ("CF_ORG", "CF_SPACE") if not variables.get(name)]


def _credentials(variables: Mapping[str, str]) -> Client | tuple[str, str]:
    name, secret = (variables.get(each, "") for each in _AS_CLIENT)
    asserted = assertion(variables)
    if asserted is not None:
        # As with 'auth --assertion': a client without a secret is the user.
        return Client(name or uaa.CF.name, secret, grants_itself=bool(name and not secret), assertion=asserted)
    if name and secret:
        return Client(name, secret, grants_itself=True)
    user, password = (variables.get(each, "") for each in _AS_USER)
    if user and password:
        return user, password
    raise UsageFault(
        "CF_API_URL is set, but credentials are missing.",
        hint="Set CF_USERNAME and CF_PASSWORD, CF_CLIENT_ID and CF_CLIENT_SECRET, or CF_ASSERTION; or unset CF_API_URL"
        " to use the session of cf.",
    )


def assertion(variables: Mapping[str, str]) -> Callable[[], str] | None:
    """Return a function that returns the identity token set by the variables; None if they set none.

    A file is read on every call, because such tokens are renewed.
    """
    given, path = variables.get("CF_ASSERTION", ""), variables.get("CF_ASSERTION_FILE", "")
    if given:
        return lambda: given
    return (lambda: _kept_in(Path(path))) if path else None


def _kept_in(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_TOKEN + 1)
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise UsageFault(f"CF_ASSERTION_FILE names a file that cannot be read ({reason})", where=str(path)) from error
    token = text.removeprefix(BOM_UTF8).strip()
    if not token or len(text) > _LONGEST_TOKEN or not token.isascii():
        raise UsageFault("CF_ASSERTION_FILE names a file without an identity token", where=str(path))
    return token.decode("ascii")


def _whose(who: Client | tuple[str, str], variables: Mapping[str, str]) -> str:
    """Name the variables with the rejected credentials."""
    names: tuple[str, ...]
    if not isinstance(who, Client):
        names = _AS_USER
    elif who.assertion is None:
        names = _AS_CLIENT
    else:
        token = "CF_ASSERTION" if variables.get("CF_ASSERTION") else "CF_ASSERTION_FILE"
        used = tuple(name for name in _AS_CLIENT if variables.get(name))
        if not used:
            return f"Check {token}."
        names = (token, *used)
    return f"Check {', '.join(names[:-1])} and {names[-1]}."


def _targeted(connection: Connection, org_name: str, space_name: str) -> Session:
    for space in CloudController(connection).spaces(names=[space_name]):
        if space.org.name.lower() == org_name.lower() and space.name.lower() == space_name.lower():
            return connection.session._replace(org=space.org, space=space)
    raise UnknownName(
        f"Space '{space_name}' of org '{org_name}' not found.",
        hint="Fix CF_ORG and CF_SPACE, or grant the user a role in that space.",
    )
