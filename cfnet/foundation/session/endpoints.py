"""Finds the servers of a foundation in the root document of its API (`GET /`, without a login)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import ServerTrouble, UsageFault
from cfnet.foundation.http.error_answers import cloud_controller_trouble, json_of
from cfnet.foundation.http.excerpt import excerpt

if TYPE_CHECKING:
    from cfnet.foundation.http.wire import Answer, Wire


_REFUSALS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Endpoints(NamedTuple):
    """The addresses of a foundation, without trailing slashes.

    Attributes:
        api: the Cloud Controller.
        version: the version of its API; empty if unknown.
        uaa: the UAA, for requesting tokens.
        policies: the base of the policy server's external API, version 1; empty if there is none.
    """

    api: str
    version: str
    uaa: str
    policies: str


def address(typed: str, *, of: str = "") -> str:
    """Normalize an address that a user typed; `https://` is added if there is no scheme.

    Raises:
        UsageFault: it contains a user or password, which would be displayed and stored; `of` names the setting.
    """
    typed = typed.strip().rstrip("/")
    if "@" in typed:
        raise UsageFault(
            "The address of the API contains a user name or password, or a stray @.",
            where=of,
            hint="Remove it, and use 'cfnet login', or CF_USERNAME and CF_PASSWORD.",
        )
    return typed if not typed or "://" in typed else f"https://{typed}"


def endpoints(wire: Wire, api: str, *, hint: str) -> Endpoints:
    """Read the root document of the API at the address `api`.

    Raises:
        ServerTrouble: this is not a Cloud Foundry API; with `hint`.
        Unreachable: see `Wire.send`.
    """
    answer = wire.send("GET", f"{api}/")
    if answer.status in _REFUSALS:
        raise ServerTrouble(
            f"{answer.host} answered {answer.status}: {excerpt(answer.body)}",
            hint="This request requires no login: a proxy or firewall in front of the API may be rejecting it. Ask its"
            " operator.",
        )
    try:
        document = json_of(answer)
    except ServerTrouble:
        if answer.is_redirection or _is_busy(answer):
            raise
        document = None
    if answer.is_redirection or _is_busy(answer):
        raise cloud_controller_trouble(answer)
    match document:
        case {"links": {"login": {"href": str(login)}, **links}}:
            return Endpoints(api, _version(links), login.rstrip("/"), _href(links.get("network_policy_v1")).rstrip("/"))
    raise ServerTrouble(f"{answer.host} is not a Cloud Foundry API.", hint=hint)


def _is_busy(answer: Answer) -> bool:
    return answer.is_server_trouble or answer.status == HTTPStatus.TOO_MANY_REQUESTS


def _href(link: object) -> str:
    match link:
        case {"href": str(href)}:
            return href
    return ""


def _version(links: dict[object, object]) -> str:
    match links.get("cloud_controller_v3"):
        case {"meta": {"version": str(version)}}:
            return version
    return ""
