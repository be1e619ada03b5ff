"""What the servers answer, as values: the policy server's policies and tags; the Cloud Controller's apps, spaces, orgs.

Every function takes a parsed document (`shapes.parse`, or `JsonValue(json)`) and raises `WrongShape` with the place.
Unknown keys are passed over, as the servers themselves do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from cfnet.foundation.json_values import JsonValue, WrongShape, parse
from cfnet.policy import NOWHERE, App, Org, Policy, Ports, Protocol, Space

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PROTOCOLS: Final = {str(protocol): protocol for protocol in Protocol}
_new = tuple.__new__
"""What a NamedTuple's own does, without a call in between."""

_TAG = re.compile(r"[0-9A-Fa-f]{1,8}", re.ASCII)


def read_policies(data: bytes) -> list[Policy]:
    """The policies in the bytes of an answer to `GET /networking/v1/external/policies`, in its order.

    There may be half a million: each is made as soon as its object is parsed, so that they are never all there as such.

    Raises:
        WrongShape: that is no such answer.
    """
    return policies(parse(data, make=_at_once))


def policies(answer: JsonValue) -> list[Policy]:
    """The policies of such an answer.

    Ports are any whole numbers: a version 0 client can put 99999 into the server, and it must still be listed.
    """
    listed = answer.key("policies")
    found = map(_at_once, listed.items())
    return [each if type(each) is Policy else _policy(listed.item(at)) for at, each in enumerate(found)]


def _at_once(item: Any) -> Any:  # noqa: ANN401 - parsed JSON, on its way to become a value
    """The policy that an object says, if it has the right shape; anything else as it is."""
    if type(item) is not dict or "source" not in item:
        return item
    try:
        destination = item["destination"]
        ports = destination["ports"]
        source, app, protocol = item["source"]["id"], destination["id"], _PROTOCOLS[destination["protocol"]]
        start, end = ports["start"], ports["end"]
    except (KeyError, TypeError):
        return item
    if source and app and type(source) is type(app) is str and type(start) is type(end) is int:
        return _new(Policy, (source, app, protocol, _new(Ports, (start, end))))
    return item


def _policy(node: JsonValue) -> Policy:
    source = node.key("source").key("id").name("an app's GUID")
    destination = node.key("destination")
    app = destination.key("id").name("an app's GUID")
    protocol = destination.key("protocol")
    known = _PROTOCOLS.get(protocol.text(expected='"tcp" or "udp"'))
    if known is None:
        protocol.wrong('"tcp" or "udp"')
    ports = destination.key("ports")
    return Policy(source, app, known, Ports(ports.key("start").number(), ports.key("end").number()))


def tags(answer: JsonValue) -> dict[str, str]:
    """The tags of `GET /networking/v1/external/tags`: app GUID (or another id, as INGRESS_ROUTER) to tag text."""
    found: dict[str, str] = {}
    owners: dict[int, str] = {}
    listed = answer.key("tags")
    for position, item in enumerate(listed.items()):
        group, tag = _tag_at_once(item) or _tag(listed.item(position))
        if group in found:
            raise WrongShape(f"{listed.item(position).place}.id", f"{group} has a tag already, {found[group]}")
        other = owners.setdefault(int(tag, 16), group)
        if other != group:
            raise WrongShape(f"{listed.item(position).place}.tag", f"{tag} is already the tag of {other}")
        found[group] = tag
    return found


def _tag_at_once(item: Any) -> tuple[str, str] | None:  # noqa: ANN401 - parsed JSON, on its way to become a value
    try:
        group, tag = item["id"], item["tag"]
    except (KeyError, TypeError):
        return None
    return (group, tag) if group and type(group) is type(tag) is str and _TAG.fullmatch(tag) else None


def _tag(node: JsonValue) -> tuple[str, str]:
    """An id and a tag's text: two hexadecimal digits for each byte of the policy server's `tag_length`."""
    group = node.key("id").name("an app's GUID")
    text = node.key("tag").text(expected='hexadecimal digits as in "00FF"')
    if not _TAG.fullmatch(text):
        node.key("tag").wrong('hexadecimal digits as in "00FF"')
    return group, text


def policy_tags(answer: JsonValue) -> dict[str, str]:
    """The tags inside policies, as the policy server's internal API has them: app GUID to tag text; none elsewhere.

    Raises:
        WrongShape: an app has two tags, two apps have one, or a tag is no hexadecimal number.
    """
    found: dict[str, str] = {}
    owners: dict[int, str] = {}
    for policy in answer.key("policies").nodes():
        for end in (policy.key("source"), policy.key("destination")):
            if end.key("tag").absent():
                continue
            app, tag = _tag(end)
            if int(found.setdefault(app, tag), 16) != int(tag, 16):
                raise WrongShape(end.key("tag").place, f"{app} has a tag already, {found[app]}")
            other = owners.setdefault(int(tag, 16), app)
            if other != app:
                raise WrongShape(end.key("tag").place, f"{tag} is already the tag of {other}")
    return found


def resources(answer: JsonValue) -> Iterator[JsonValue]:
    """What a Cloud Controller v3 list lists: the `resources` of the answer, or of each page in a list of answers."""
    for page in _pages(answer):
        yield from page.key("resources").nodes()


def whole_list(answer: JsonValue) -> Iterator[JsonValue]:
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


def included(answer: JsonValue, kind: str) -> Iterator[JsonValue]:
    """What `include=space.organization` brings along: the `spaces` or `organizations` of the answer, or its pages."""
    for page in _pages(answer):
        beside = page.key("included")
        if not beside.absent() and not beside.key(kind).absent():
            yield from beside.key(kind).nodes()


def _pages(answer: JsonValue) -> Iterable[JsonValue]:
    return answer.nodes() if isinstance(answer.value, list) else (answer,)


def orgs(listed: Iterable[JsonValue]) -> dict[str, Org]:
    """Organizations by GUID."""
    return {(guid := _guid(node)): Org(guid, _name(node)) for node in listed}


def spaces(listed: Iterable[JsonValue], known: Mapping[str, Org]) -> dict[str, Space]:
    """Spaces by GUID; an org that is not `known` has an empty name."""
    found = {}
    for node in listed:
        guid, org = _guid(node), _related(node, "organization")
        found[guid] = Space(guid, _name(node), known.get(org) or Org(org, ""))
    return found


def apps(listed: Iterable[JsonValue], known: Mapping[str, Space]) -> dict[str, App]:
    """Apps by GUID; a space that is not `known` has an empty name, and so has its org."""
    found = {}
    for node in listed:
        guid, space = _guid(node), _related(node, "space")
        found[guid] = App(guid, _name(node), known.get(space) or NOWHERE._replace(guid=space))
    return found


def spaces_of_roles(listed: Iterable[JsonValue]) -> Iterator[str]:
    """The GUIDs of the spaces that roles are in."""
    return (_related(node, "space") for node in listed)


def _guid(node: JsonValue) -> str:
    return node.key("guid").name("a GUID")


def _name(node: JsonValue) -> str:
    return node.key("name").name("a name")


def _related(node: JsonValue, kind: str) -> str:
    return node.key("relationships").key(kind).key("data").key("guid").name("a GUID")
