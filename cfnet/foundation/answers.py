"""What the servers answer, as values: the policy server's policies and tags; the Cloud Controller's apps, spaces, orgs.

Every function takes a parsed document (`shapes.parse`, or `Spot(json)`) and raises `WrongShape` with the place.
Unknown keys are passed over, as the servers themselves do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from cfnet.foundation.shapes import Spot, WrongShape
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PROTOCOLS: Final = {str(protocol): protocol for protocol in Protocol}
_TAG = re.compile(r"[0-9A-Fa-f]{1,8}", re.ASCII)


def policies(answer: Spot) -> list[Policy]:
    """The policies of `GET /networking/v1/external/policies`, in the answer's order.

    Ports are any whole numbers: a version 0 client can put 99999 into the server, and it must still be listed.
    """
    listed = answer.key("policies")
    # There may be half a million of them: who has the right shape is read directly, who has not is told the place.
    return [_policy_at_once(item) or _policy(listed.item(position)) for position, item in enumerate(listed.items())]


def _policy_at_once(item: Any) -> Policy | None:  # noqa: ANN401 - parsed JSON, on its way to become a value
    try:
        destination = item["destination"]
        ports = destination["ports"]
        source, app, protocol = item["source"]["id"], destination["id"], destination["protocol"]
        start, end = ports["start"], ports["end"]
    except (KeyError, TypeError):
        return None
    if source and app and type(source) is type(app) is type(protocol) is str and type(start) is type(end) is int:
        known = _PROTOCOLS.get(protocol)
        return None if known is None else Policy(source, app, known, Ports(start, end))
    return None


def _policy(spot: Spot) -> Policy:
    source = spot.key("source").key("id").name("an app's GUID")
    destination = spot.key("destination")
    app = destination.key("id").name("an app's GUID")
    protocol = destination.key("protocol")
    known = _PROTOCOLS.get(protocol.text(expected='"tcp" or "udp"'))
    if known is None:
        protocol.wrong('"tcp" or "udp"')
    ports = destination.key("ports")
    return Policy(source, app, known, Ports(ports.key("start").number(), ports.key("end").number()))


def tags(answer: Spot) -> dict[str, str]:
    """The tags of `GET /networking/v1/external/tags`: app GUID (or another id, as INGRESS_ROUTER) to tag text."""
    found: dict[str, str] = {}
    owners: dict[int, str] = {}
    for spot in answer.key("tags").spots():
        group = spot.key("id").name("an app's GUID")
        if group in found:
            raise WrongShape(spot.key("id").place, f"{group} has a tag already, {found[group]}")
        tag = _tag(spot.key("tag"))
        other = owners.setdefault(int(tag, 16), group)
        if other != group:
            raise WrongShape(spot.key("tag").place, f"{tag} is already the tag of {other}")
        found[group] = tag
    return found


def _tag(spot: Spot) -> str:
    """A tag's text: two hexadecimal digits for each byte of the policy server's `tag_length`."""
    text = spot.text(expected='hexadecimal digits as in "00FF"')
    if not _TAG.fullmatch(text):
        spot.wrong('hexadecimal digits as in "00FF"')
    return text


def resources(answer: Spot) -> Iterator[Spot]:
    """What a Cloud Controller v3 list lists: the `resources` of the answer, or of each page in a list of answers."""
    for page in _pages(answer):
        yield from page.key("resources").spots()


def whole_list(answer: Spot) -> Iterator[Spot]:
    """The same, where nobody can ask for the pages that are missing.

    Raises:
        WrongShape: some are.
    """
    pages = list(_pages(answer))
    told = [page.key("pagination") for page in pages if not page.key("pagination").absent()]
    for pagination in told:
        total = pagination.key("total_pages").number(1)
        if total > len(pages):
            raise WrongShape(pagination.place, f"expected all {total:,} pages of the list, found {len(pages):,}")
    if told and not any(pagination.key("next").absent() for pagination in told):
        raise WrongShape(told[-1].key("next").place, "expected the last page of the list, found one with a next")
    return resources(answer)


def included(answer: Spot, kind: str) -> Iterator[Spot]:
    """What `include=space.organization` brings along: the `spaces` or `organizations` of the answer, or its pages."""
    for page in _pages(answer):
        beside = page.key("included")
        if not beside.absent() and not beside.key(kind).absent():
            yield from beside.key(kind).spots()


def _pages(answer: Spot) -> Iterable[Spot]:
    return answer.spots() if isinstance(answer.value, list) else (answer,)


def orgs(listed: Iterable[Spot]) -> dict[str, Org]:
    """Organizations by GUID."""
    return {(guid := _guid(spot)): Org(guid, _name(spot)) for spot in listed}


def spaces(listed: Iterable[Spot], known: Mapping[str, Org]) -> dict[str, Space]:
    """Spaces by GUID; an org that is not `known` has an empty name."""
    found = {}
    for spot in listed:
        guid, org = _guid(spot), _related(spot, "organization")
        found[guid] = Space(guid, _name(spot), known.get(org) or Org(org, ""))
    return found


def apps(listed: Iterable[Spot], known: Mapping[str, Space]) -> dict[str, App]:
    """Apps by GUID; a space that is not `known` has an empty name, and so has its org."""
    found = {}
    for spot in listed:
        guid, space = _guid(spot), _related(spot, "space")
        found[guid] = App(guid, _name(spot), known.get(space) or Space(space, "", Org("", "")))
    return found


def spaces_of_roles(listed: Iterable[Spot]) -> Iterator[str]:
    """The GUIDs of the spaces that roles are in."""
    return (_related(spot, "space") for spot in listed)


def _guid(spot: Spot) -> str:
    return spot.key("guid").name("a GUID")


def _name(spot: Spot) -> str:
    return spot.key("name").name("a name")


def _related(spot: Spot, kind: str) -> str:
    return spot.key("relationships").key(kind).key("data").key("guid").name("a GUID")
