"""A session made of environment variables, for CI scripts: `CF_API_URL`, credentials, `CF_ORG`, `CF_SPACE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.errors import UnknownName, UsageFault
from cfnet.foundation import uaa
from cfnet.foundation.cloud_controller import CloudController
from cfnet.foundation.connection import Connection
from cfnet.foundation.endpoints import address, endpoints
from cfnet.foundation.session import Client, Session, Unkept
from cfnet.policy import Org, Space

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfnet.foundation.wire import Wire


def log_in(variables: Mapping[str, str], wire: Wire, *, targeted: bool = True) -> Session:
    """Log in as the variables say, and find the org and space that they name; unless `targeted`, they may name none.

    `CF_USERNAME` and `CF_PASSWORD`, or `CF_CLIENT_ID` and `CF_CLIENT_SECRET`; the client where both are there.

    Raises:
        UsageFault: variables that belong together are not all there.
        NotLoggedIn: the UAA rejects the credentials.
        UnknownName: no such org or space, or it may not be seen.
        Unreachable, ServerTrouble: as `Wire.send`.
    """
    who = _credentials(variables)
    found = endpoints(wire, address(variables["CF_API_URL"]), hint="Mend CF_API_URL.")
    if isinstance(who, Client):
        client, tokens = who, uaa.by_client(wire, found.uaa, who)
    else:
        user, password = who
        client, tokens = uaa.CF, uaa.by_answers(wire, found.uaa, {"username": user, "password": password})
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
    org_name, space_name = variables.get("CF_ORG", ""), variables.get("CF_SPACE", "")
    if not targeted and not (org_name and space_name):
        return session
    return _targeted(session, wire, org_name, space_name)


def _credentials(variables: Mapping[str, str]) -> Client | tuple[str, str]:
    if variables.get("CF_CLIENT_ID") and variables.get("CF_CLIENT_SECRET"):
        return Client(variables["CF_CLIENT_ID"], variables["CF_CLIENT_SECRET"], grants_itself=True)
    if variables.get("CF_USERNAME") and variables.get("CF_PASSWORD"):
        return variables["CF_USERNAME"], variables["CF_PASSWORD"]
    raise UsageFault(
        "CF_API_URL is set, but no credentials are.",
        hint="Set CF_USERNAME and CF_PASSWORD, or CF_CLIENT_ID and CF_CLIENT_SECRET; or unset CF_API_URL to use the"
        " session of cf.",
    )


def _targeted(session: Session, wire: Wire, org_name: str, space_name: str) -> Session:
    if not org_name or not space_name:
        missing = " and ".join(name for name, value in (("CF_ORG", org_name), ("CF_SPACE", space_name)) if not value)
        raise UsageFault(f"No space targeted: CF_API_URL is set, but {missing} is not.", hint=f"Set {missing}.")
    spaces = CloudController(Connection(session, wire)).spaces(names=[space_name])
    for space in spaces:
        if space.org.name.lower() == org_name.lower() and space.name.lower() == space_name.lower():
            return session._replace(org=space.org, space=space)
    raise UnknownName(
        f"Space '{space_name}' of org '{org_name}' not found.",
        hint="Mend CF_ORG and CF_SPACE, or let the user have a role in that space.",
    )
