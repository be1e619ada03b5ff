"""A session made of environment variables, for CI scripts: `CF_API_URL`, credentials, `CF_ORG`, `CF_SPACE`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.errors import NotLoggedIn, UnknownName, UsageFault
from cfnet.foundation import uaa
from cfnet.foundation.cloud_controller import CloudController
from cfnet.foundation.connection import Connection
from cfnet.foundation.endpoints import address, endpoints
from cfnet.foundation.session import Client, Session, Unkept
from cfnet.policy import Org, Space

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cfnet.foundation.wire import Wire


_AS_CLIENT: Final = ("CF_CLIENT_ID", "CF_CLIENT_SECRET")
_AS_USER: Final = ("CF_USERNAME", "CF_PASSWORD")


def log_in(
    variables: Mapping[str, str],
    wire: Wire,
    *,
    targeted: bool = True,
    warn: Callable[[str], object] = lambda _warning: None,
) -> Session:
    """Log in as the variables say, and find the org and space that they name; unless `targeted`, they may name none.

    `CF_USERNAME` and `CF_PASSWORD`, or `CF_CLIENT_ID` and `CF_CLIENT_SECRET`; the client where both are there. What the
    Cloud Controller warns of goes to `warn`.

    Raises:
        UsageFault: variables that belong together are not all there.
        NotLoggedIn: the UAA rejects the credentials.
        UnknownName: no such org or space, or it may not be seen.
        Unreachable, ServerTrouble: as `Wire.send`.
    """
    who = _credentials(variables)
    found = endpoints(wire, address(variables["CF_API_URL"], of="CF_API_URL"), hint="Mend CF_API_URL.")
    try:
        if isinstance(who, Client):
            client, tokens = who, uaa.by_client(wire, found.uaa, who)
        else:
            user, password = who
            client, tokens = uaa.CF, uaa.by_answers(wire, found.uaa, {"username": user, "password": password})
    except NotLoggedIn as error:
        names = _AS_CLIENT if isinstance(who, Client) else _AS_USER
        raise NotLoggedIn(str(error), hint=f"They are those of {' and '.join(names)}.") from error
    nowhere = Org("", "")
    session = Session(
        origin=f"the environment (CF_API_URL={found.api})",
        api=found.api,
        uaa=found.uaa,
        policies=found.policies,
        org=nowhere,
        space=Space("", "", nowhere),
        tokens=tokens,
        client=client,
        skip_ssl_validation=False,
        keeper=Unkept(),
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
    """The variables that do not say, and would have to say, which space is targeted."""
    return [name for name in ("CF_ORG", "CF_SPACE") if not variables.get(name)]


def _credentials(variables: Mapping[str, str]) -> Client | tuple[str, str]:
    name, secret = (variables.get(each, "") for each in _AS_CLIENT)
    if name and secret:
        return Client(name, secret, grants_itself=True)
    user, password = (variables.get(each, "") for each in _AS_USER)
    if user and password:
        return user, password
    raise UsageFault(
        "CF_API_URL is set, but no credentials are.",
        hint="Set CF_USERNAME and CF_PASSWORD, or CF_CLIENT_ID and CF_CLIENT_SECRET; or unset CF_API_URL to use the"
        " session of cf.",
    )


def _targeted(connection: Connection, org_name: str, space_name: str) -> Session:
    for space in CloudController(connection).spaces(names=[space_name]):
        if space.org.name.lower() == org_name.lower() and space.name.lower() == space_name.lower():
            return connection.session._replace(org=space.org, space=space)
    raise UnknownName(
        f"Space '{space_name}' of org '{org_name}' not found.",
        hint="Mend CF_ORG and CF_SPACE, or let the user have a role in that space.",
    )
