"""Tokens from the UAA (`POST /oauth/token`)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from cfnet.errors import NotLoggedIn
from cfnet.foundation.session import Client, Tokens
from cfnet.foundation.trouble import SESSION_OVER, json_of, not_json, uaa_trouble

if TYPE_CHECKING:
    from cfnet.foundation.wire import Wire

CF: Final = Client("cf", "")
"""The UAA client of people who log in."""


def by_password(wire: Wire, uaa: str, user: str, password: str) -> Tokens:
    """The tokens of `user` (grant `password`).

    Raises:
        NotLoggedIn: the UAA rejects them.
    """
    return _grant(wire, uaa, {"grant_type": "password", "password": password, "username": user}, CF)


def by_client(wire: Wire, uaa: str, client: Client) -> Tokens:
    """The tokens of `client` itself (grant `client_credentials`); there is no refresh token.

    Raises:
        NotLoggedIn: the UAA rejects it.
    """
    form = {"client_id": client.name, "client_secret": client.secret, "grant_type": "client_credentials"}
    return _grant(wire, uaa, form, None)


def refreshed(wire: Wire, uaa: str, tokens: Tokens, client: Client) -> Tokens:
    """New tokens in the place of `tokens`.

    Raises:
        NotLoggedIn: the refresh token is no longer good, or there is none.
    """
    if client.grants_itself:
        return by_client(wire, uaa, client)
    if not tokens.refresh:
        raise NotLoggedIn(SESSION_OVER)
    new = _grant(wire, uaa, {"grant_type": "refresh_token", "refresh_token": tokens.refresh}, client)
    return new if new.refresh else new._replace(refresh=tokens.refresh)


def _grant(wire: Wire, uaa: str, form: dict[str, str], client: Client | None) -> Tokens:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if client is not None:
        pair = base64.b64encode(f"{client.name}:{client.secret}".encode()).decode("ascii")
        headers["Authorization"] = f"Basic {pair}"
    content = urlencode(sorted(form.items())).encode("ascii")
    answer = wire.send("POST", f"{uaa}/oauth/token", headers=headers, content=content)
    if not answer.is_success:
        raise uaa_trouble(answer)
    match json_of(answer):
        case {"access_token": str(access), "token_type": str(kind), "refresh_token": str(refresh)}:
            return Tokens(f"{kind} {access}", refresh)
        case {"access_token": str(access), "token_type": str(kind)}:
            return Tokens(f"{kind} {access}", "")
    raise not_json(answer)
