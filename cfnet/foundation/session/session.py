"""Sessions: the foundation, the user and the target, independent of where they are stored."""

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
    """The tokens from the UAA: the access token with its type (`bearer ey…`), and the refresh token.

    Either may be empty. They are never displayed.
    """

    access: str
    refresh: str

    def __repr__(self) -> str:
        """Show which tokens there are, without the tokens."""
        return f"Tokens(access={'…' if self.access else ''!r}, refresh={'…' if self.refresh else ''!r})"


class Client(NamedTuple):
    """The UAA client that requests tokens.

    Attributes:
        name: its ID.
        secret: its secret; may be empty.
        grants_itself: whether the client is the user (client credentials).
        assertion: returns the identity token that replaces a password or secret; it is called for every login, because
            such tokens are short-lived.
    """

    name: str
    secret: str
    grants_itself: bool = False
    assertion: Callable[[], str] | None = None

    def __repr__(self) -> str:
        """Show the client without its secret."""
        return f"Client(name={self.name!r}, secret=…, grants_itself={self.grants_itself})"


_END_OF_TIME: Final = 2**53
"""A time beyond the range of any clock."""


class Claims(NamedTuple):
    """The claims of an access token.

    Attributes:
        user: the user's name, or the client's if there is no user.
        expires: seconds since the epoch; 0 if unknown.
        scopes: the permissions, such as `network.admin`.
        guid: the user's GUID, or the client's name if there is no user; roles refer to it.
    """

    user: str
    expires: float
    scopes: frozenset[str]
    guid: str = ""


def claims(access_token: str) -> Claims | None:
    """Read a token's claims without checking its signature (RFC 7519); return None if it is not a JSON Web Token."""
    told = payload(access_token)
    if told is None:
        return None
    user = _first(told, "user_name", "client_id")
    expires, scopes = told.get("exp", 0), told.get("scope", [])
    if not isinstance(user, str) or not isinstance(expires, int | float) or not isinstance(scopes, list):
        return None
    if expires:
        # It is compared with the clock, a float, so limit it to the range of a float.
        expires = min(max(expires, 1), _END_OF_TIME)
    guid = _first(told, "user_id", "client_id")
    return Claims(user, expires, frozenset(scope for scope in scopes if isinstance(scope, str)), str(guid))


def _first(told: Mapping[str, object], *names: str) -> object:
    """Return the first of these claims that is not empty, or an empty text."""
    return next((told[name] for name in names if told.get(name)), "")


def payload(token: str) -> dict[str, object] | None:
    """Decode the claims of a token; return None if it is not a JSON Web Token."""
    try:
        encoded = token.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (IndexError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


class TokenKeeper(Protocol):
    """Stores the tokens of a session, shared with other processes."""

    def alone(self) -> AbstractContextManager[None]:
        """Lock out other cfnet processes, while tokens are refreshed."""

    def kept(self) -> Tokens:
        """Return the stored tokens for this foundation, which another process may have refreshed or deleted."""

    def keep(self, tokens: Tokens, *, instead_of: Tokens) -> None:
        """Store `tokens`, unless the user has logged in or out meanwhile, so that `instead_of` is no longer stored.

        If they cannot be stored, they can still be used for this command: warn the user and raise nothing.
        """


class NoKeeper(NamedTuple):
    """Does not store tokens: they are lost when the process ends."""

    def alone(self) -> AbstractContextManager[None]:
        """Do nothing: no other process has these tokens."""
        return nullcontext()

    def kept(self) -> Tokens:
        """Return no tokens."""
        return Tokens("", "")

    def keep(self, tokens: Tokens, *, instead_of: Tokens) -> None:
        """Do nothing."""


class Session(NamedTuple):
    """A session as it was stored; any part may be missing.

    Attributes:
        origin: where the session comes from, in words.
        api: the address of the Cloud Controller.
        uaa: the address of the UAA, for requesting tokens.
        policies: the base address of the policy server's external API, version 1.
        org: the targeted org; its GUID is empty if there is none.
        space: the targeted space; its GUID is empty if there is none.
        tokens: the tokens of the user.
        client: the UAA client that requested them.
        skip_ssl_validation: whether certificates are not verified.
        version: the version of the Cloud Controller's API; empty if unknown.
        colour: `cf`'s setting: `true`, `false` or empty.
        trace: `cf`'s setting, in the form of `CF_TRACE`.
        trust_tip: the hint if the foundation's certificate is not trusted.
        again: the message if the session has expired; empty for the message of `cf`.
        keeper: stores the tokens.
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
        """Check that the session has an API endpoint and a policy server.

        Raises:
            UsageFault: no endpoint is set.
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
        """Return the targeted space.

        Raises:
            NotTargeted: no org or no space is targeted.
        """
        if not self.org.guid:
            raise NotTargeted(NO_ORG)
        if not self.space.guid:
            raise NotTargeted("No space targeted, use 'cfnet target -s SPACE' to target a space.")
        return self.space
