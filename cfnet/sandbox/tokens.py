"""Tokens of the UAA: JSON Web Tokens signed with the database's secret (RFC 7519, HS256 of RFC 7518)."""

import base64
import hashlib
import hmac
import json
from typing import Final, NamedTuple

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
"""The grant that exchanges another token for tokens (RFC 7523)."""

REFRESH_SUFFIX: Final = "-r"
"""The end of the `jti` of a refresh token, as in the UAA."""


class TokenClaims(NamedTuple):
    """The claims of a token.

    Attributes:
        jti: the token's ID.
        client: the client that requested it.
        user_guid: the user's GUID; empty if the client is the user.
        user_name: the user's name.
        scopes: the permissions.
        grant: how it was requested (`password`, `client_credentials`).
        issued: when it was issued, in seconds since 1970.
        expires: when it expires, in seconds since 1970.
    """

    jti: str
    client: str
    user_guid: str
    user_name: str
    scopes: tuple[str, ...]
    grant: str
    issued: int
    expires: int

    @property
    def subject(self) -> str:
        """The user's GUID, or the client's name if there is no user."""
        return self.user_guid or self.client

    @property
    def refreshes(self) -> bool:
        """Whether this is a refresh token, which only the UAA accepts."""
        return self.jti.endswith(REFRESH_SUFFIX)


def sign(claims: TokenClaims, secret: str, issuer: str) -> str:
    """Create a signed token."""
    user = (
        {"user_id": claims.user_guid, "user_name": claims.user_name, "email": claims.user_name, "origin": "uaa"}
        if claims.user_guid
        else {"authorities": list(claims.scopes)}
    )
    payload = {
        "jti": claims.jti,
        "sub": claims.subject,
        "scope": list(claims.scopes),
        "client_id": claims.client,
        "cid": claims.client,
        "azp": claims.client,
        "grant_type": claims.grant,
        **user,
        "revocable": True,
        "iat": claims.issued,
        "exp": claims.expires,
        "iss": f"{issuer}/oauth/token",
        "zid": "uaa",
        "aud": sorted({scope.partition(".")[0] for scope in claims.scopes} | {claims.client}),
    }
    signed = f"{_encode({'alg': 'HS256', 'typ': 'JWT', 'kid': 'sandbox'})}.{_encode(payload)}"
    return f"{signed}.{_signature(signed, secret)}"


def verify(token: str, secret: str, now: float) -> TokenClaims | None:
    """Verify a token; return None if its signature is invalid or it has expired."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(signed, secret).encode()):
        return None
    # The signature is valid, so the payload was written by `sign`.
    payload = json.loads(_decode(signed.partition(".")[2]))
    claims = TokenClaims(
        jti=payload["jti"],
        client=payload["client_id"],
        user_guid=payload.get("user_id", ""),
        user_name=payload.get("user_name", ""),
        scopes=tuple(payload["scope"]),
        grant=payload["grant_type"],
        issued=payload["iat"],
        expires=payload["exp"],
    )
    return claims if now < claims.expires else None


def _encode(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(signed: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
