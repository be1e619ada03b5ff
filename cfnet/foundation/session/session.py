"""A session: which foundation, who, and where to, wherever that is kept."""

from __future__ import annotations

import base64
import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from cfnet.errors import NotLoggedIn, NotTargeted, ServerTrouble, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from cfnet.policy import Org, Space


NO_API: Final = "No API endpoint set. Use 'cfnet login' or 'cfnet api' to target an endpoint."
NOT_LOGGED_IN: Final = "Not logged in. Use 'cfnet login' or 'cfnet login --sso' to log in."
NO_ORG: Final = "No org targeted, use 'cfnet target -o ORG' to target an org."


class Tokens(NamedTuple):
    """What the UAA gave: the access token with its type in front (`bearer ey…`), and the refresh token.

    Either may be empty. Neither is ever shown.
    """

    access: str
    refresh: str

    def __repr__(self) -> str:
        """Whether there are tokens, not what they are."""
        return f"Tokens(access={'…' if self.access else ''!r}, refresh={'…' if self.refresh else ''!r})"


class Client(NamedTuple):
    """The UAA client that asks for tokens.

    Attributes:
        name: its id.
        secret: its secret; may be empty.
        grants_itself: whether the client is the user (client credentials).
        assertion: gives the identity token that stands for a password or secret; it is asked at every log-in, because
            such tokens are soon renewed.
    """

    name: str
    secret: str
    grants_itself: bool = False
    assertion: Callable[[], str] | None = None

    def __repr__(self) -> str:
        """The client without its secret."""
        return f"Client(name={self.name!r}, secret=…, grants_itself={self.grants_itself})"


_END_OF_TIME: Final = 2**53
"""A time that no clock will show."""


class Claims(NamedTuple):
    """What an access token says of its bearer.

    Attributes:
        user: the user's name, or the client's where there is no user.
        expires: seconds since the epoch, 0 where the token does not say.
        scopes: what the bearer may do, e.g. `network.admin`.
        guid: the user's GUID, or the client's name where there is no user: what roles are given to.
    """

    user: str
    expires: float
    scopes: frozenset[str]
    guid: str = ""


def claims(access_token: str) -> Claims | None:
    """Read a token's claims without checking its signature (RFC 7519); None where it is no JSON Web Token."""
    told = payload(access_token)
    if told is None:
        return None
    user = _first(told, "user_name", "client_id")
    expires, scopes = told.get("exp", 0), told.get("scope", [])
    if not isinstance(user, str) or not isinstance(expires, int | float) or not isinstance(scopes, list):
        return None
    if expires:
        # Compared with the clock, which is a float: numbers beyond its range are as good as its ends.
        expires = min(max(expires, 1), _END_OF_TIME)
    guid = _first(told, "user_id", "client_id")
    return Claims(user, expires, frozenset(scope for scope in scopes if isinstance(scope, str)), str(guid))


def _first(told: Mapping[str, object], *names: str) -> object:
    """The first of these claims that is not empty, or an empty text."""
    return next((told[name] for name in names if told.get(name)), "")


def payload(token: str) -> dict[str, object] | None:
    """The claims of a token as they stand in it; None where it is no JSON Web Token."""
    try:
        encoded = token.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (IndexError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


class TokenKeeper(Protocol):
    """Where the tokens of a session are kept, for this process and others."""

    def alone(self) -> AbstractContextManager[None]:
        """While this lasts, no other process of cfnet's is in it: for refreshing tokens."""

    def kept(self) -> Tokens:
        """The tokens that are kept now for this foundation: another process may have refreshed or forgotten them."""

    def keep(self, tokens: Tokens, *, instead_of: Tokens) -> None:
        """Keep `tokens`, unless those that they came of are no longer kept: somebody has logged in or out meanwhile.

        Where they cannot be kept they are still good for this command: nothing is raised, and the user is told.
        """


class NoKeeper(NamedTuple):
    """The keeper of tokens that nobody keeps: they end with the process."""

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else has these tokens."""
        return nullcontext()

    def kept(self) -> Tokens:
        """None."""
        return Tokens("", "")

    def keep(self, tokens: Tokens, *, instead_of: Tokens) -> None:
        """Let them go."""


class Session(NamedTuple):
    """A session as its keeper has it; any part may be missing.

    Attributes:
        origin: where the session comes from, in words.
        api: the Cloud Controller's address.
        uaa: the address where tokens are asked for.
        policies: the base address of the policy server's external API, version 1.
        org: the targeted org, its GUID empty where there is none.
        space: the targeted space, likewise.
        tokens: of the user.
        client: the UAA client that they were asked for by.
        skip_ssl_validation: whether any certificate is believed.
        version: of the Cloud Controller's API; empty where it is not known.
        colour: `cf`'s setting, `true`, `false` or empty.
        trace: `cf`'s setting, as `CF_TRACE`.
        trust_tip: what to tell the user where the foundation's certificate is not believed.
        again: what to tell the user when the session is over; empty for the words of `cf`.
        keeper: where the tokens are kept.
    """

    origin: str
    api: str
    uaa: str
    policies: str
    org: Org
    space: Space
    tokens: Tokens
    client: Client
    skip_ssl_validation: bool
    keeper: TokenKeeper
    version: str = ""
    colour: str = ""
    trace: str = ""
    trust_tip: str = "TIP: Use 'cf api --skip-ssl-validation' to continue with an insecure API endpoint"
    again: str = ""

    def require_api(self) -> None:
        """Check that the session says where the foundation is.

        Raises:
            UsageFault: it does not.
            ServerTrouble: the foundation has no policy server, or a very old one.
        """
        if not self.api:
            raise UsageFault(NO_API)
        if not self.policies:
            raise ServerTrouble(
                "This command requires Network Policy API V1. Your targeted endpoint does not expose it."
            )

    def require_login(self) -> None:
        """Check that the session is logged in.

        Raises:
            NotLoggedIn: there are no tokens.
        """
        if not self.tokens.access and not self.tokens.refresh:
            raise NotLoggedIn(NOT_LOGGED_IN)

    def require_target(self) -> Space:
        """The targeted space.

        Raises:
            NotTargeted: no org or no space.
        """
        if not self.org.guid:
            raise NotTargeted(NO_ORG)
        if not self.space.guid:
            raise NotTargeted("No space targeted, use 'cfnet target -s SPACE' to target a space.")
        return self.space
