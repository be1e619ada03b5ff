"""Requests tokens from the UAA (`POST /oauth/token`)."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, urlencode

from cfnet.errors import CfnetError, NotLoggedIn, ServerTrouble
from cfnet.foundation.http.error_answers import NOT_A_UAA, SESSION_OVER, json_of, nonsense, uaa_trouble
from cfnet.foundation.session.session import Client, Tokens, payload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfnet.foundation.http.wire import Wire

CF: Final = Client("cf", "")
"""The UAA client for people who log in."""

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_CLIENT_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Prompt(NamedTuple):
    """A prompt of the UAA's login; `key` identifies it to the UAA, `label` is shown to people."""

    key: str
    label: str
    unseen: bool


def prompts(wire: Wire, uaa: str) -> list[Prompt]:
    """Return the prompts of the UAA (`GET /login`), including the one for a one-time passcode, in its order.

    Raises:
        Unreachable, ServerTrouble: see `Wire.send`; or the response is invalid.
    """
    answer = wire.send("GET", f"{uaa}/login")
    match json_of(answer):
        case {"prompts": dict(listed)}:
            return [
                Prompt(str(key), label, unseen=kind == "password")
                for key, (kind, label) in ((key, _two_texts(value)) for key, value in listed.items())
            ]
    raise nonsense(answer)


def by_answers(wire: Wire, uaa: str, answers: Mapping[str, str], *, origin: str = "") -> Tokens:
    """Request tokens with the answers to the UAA's prompts (grant `password`).

    Args:
        wire: sends the request.
        uaa: the address of the UAA.
        answers: the answers by key of the prompt: `username` and `password`, or `passcode`, and any others.
        origin: the identity provider; empty for the UAA's default.

    Raises:
        NotLoggedIn: the UAA rejects them.
    """
    return _grant(wire, uaa, {"grant_type": "password", **answers}, CF, origin)


def by_client(wire: Wire, uaa: str, client: Client) -> Tokens:
    """Request a token for `client` itself (grant `client_credentials`) with its secret or an assertion.

    There is no refresh token.

    Raises:
        NotLoggedIn: the UAA rejects it.
    """
    form = {"client_id": client.name, "grant_type": "client_credentials"}
    if client.assertion is None:
        form["client_secret"] = client.secret
    else:
        form |= {"client_assertion": client.assertion(), "client_assertion_type": _CLIENT_ASSERTION}
    return _grant(wire, uaa, form, None)


def by_assertion(wire: Wire, uaa: str, client: Client, *, origin: str = "") -> Tokens:
    """Request tokens for the user of an identity token (grant `jwt-bearer`, RFC 7523) as `client`.

    Raises:
        NotLoggedIn: the UAA rejects it.
    """
    assertion = client.assertion() if client.assertion is not None else ""
    form = {"grant_type": JWT_BEARER, "assertion": assertion}
    if client.name != CF.name or client.secret:
        form |= {"client_id": client.name, "client_secret": client.secret}
    return _grant(wire, uaa, form, client, origin)


def refreshed(wire: Wire, uaa: str, tokens: Tokens, client: Client) -> Tokens:
    """Request new tokens to replace `tokens`.

    Raises:
        NotLoggedIn: the refresh token has expired, or there is none.
    """
    if client.grants_itself and (client.secret or client.assertion):
        return by_client(wire, uaa, client)
    if client.assertion:
        return by_assertion(wire, uaa, client)
    if not tokens.refresh:
        raise NotLoggedIn(SESSION_OVER)
    new = _grant(wire, uaa, {"grant_type": "refresh_token", "refresh_token": tokens.refresh}, client)
    return new if new.refresh else new._replace(refresh=tokens.refresh)


def revoke(wire: Wire, uaa: str, tokens: Tokens) -> None:
    """Revoke `tokens` if they are `revocable`; ignore errors."""
    for token in (tokens.refresh, tokens.access.rpartition(" ")[2]):
        match payload(token):
            case {"revocable": True, "jti": str(jti)}:
                with suppress(CfnetError):
                    headers = {"Authorization": f"Bearer {token}"}
                    wire.send("DELETE", f"{uaa}/oauth/token/revoke/{quote(jti, safe='')}", headers=headers)


def _grant(wire: Wire, uaa: str, form: Mapping[str, str], client: Client | None, origin: str = "") -> Tokens:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if client is not None:
        pair = base64.b64encode(f"{client.name}:{client.secret}".encode()).decode("ascii")
        headers["Authorization"] = f"Basic {pair}"
    content = urlencode(sorted(form.items())).encode("ascii")
    hint = "?" + urlencode({"login_hint": json.dumps({"origin": origin}, separators=(",", ":"))}) if origin else ""
    answer = wire.send("POST", f"{uaa}/oauth/token{hint}", headers=headers, content=content)
    if not answer.is_success:
        raise uaa_trouble(answer, passcode=form.get("passcode", ""))
    tokens: Tokens | None = None
    with suppress(ServerTrouble):
        match json_of(answer):
            case {"access_token": str(access), "token_type": str(kind), "refresh_token": str(refresh)}:
                tokens = Tokens(f"{kind} {access}", refresh)
            case {"access_token": str(access), "token_type": str(kind)}:
                tokens = Tokens(f"{kind} {access}", "")
    # Texts that cannot be sent in a header or stored in a file are not tokens.
    if tokens and all(text.isascii() for text in tokens):
        return tokens
    # Do not quote the response, which may contain tokens.
    raise ServerTrouble(
        f"{answer.host} returned no valid token: it answered {answer.status} with something else.",
        hint=NOT_A_UAA,
    )


def _two_texts(value: object) -> tuple[str, str]:
    match value:
        case [str(kind), str(label), *_]:
            return kind, label
    return "text", ""
