"""Where the servers of a foundation are: the root document of its API (`GET /`, without a login)."""

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
    """The addresses of a foundation, without slashes at their ends.

    Attributes:
        api: the Cloud Controller's.
        version: of its API; empty where it does not say.
        uaa: where tokens are asked for.
        policies: the base of the policy server's external API, version 1; empty where there is none.
    """

    api: str
    version: str
    uaa: str
    policies: str


def address(typed: str, *, of: str = "") -> str:
    """The address that a person means: `https://` is added where there is no scheme.

    Raises:
        UsageFault: there is a user or password in it, which would be shown and kept with it; `of` says who named it.
    """
    typed = typed.strip().rstrip("/")
    if "@" in typed:
        raise UsageFault(
            "There is a user or password in the address of the API, or an @ too much.",
            where=of,
            hint="Leave it out: who you are is for 'cfnet login', or for CF_USERNAME and CF_PASSWORD.",
        )
    return typed if not typed or "://" in typed else f"https://{typed}"


def endpoints(wire: Wire, api: str, *, hint: str) -> Endpoints:
    """Ask the API at the address `api` where everything is.

    Raises:
        ServerTrouble: this is not the API of a Cloud Foundry; with `hint`.
        Unreachable: as `Wire.send`.
    """
    answer = wire.send("GET", f"{api}/")
    if answer.status in _REFUSALS:
        raise ServerTrouble(
            f"{answer.host} answered {answer.status}: {excerpt(answer.body)}",
            hint="The API says where its servers are without a login: a proxy or firewall in front of it may refuse"
            " you. Ask whoever runs it.",
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
    raise ServerTrouble(f"{answer.host} is not the API of a Cloud Foundry.", hint=hint)


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
