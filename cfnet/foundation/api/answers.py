"""Parses responses: the policy server's policies and tags; the Cloud Controller's apps, spaces and orgs.

Every function takes a parsed document (`shapes.parse`, or `JsonValue(json)`) and raises `WrongShape` with the place.
Unknown keys are ignored, as in the servers.
"""

from __future__ import annotations

import re
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from cfnet.foundation.json_values import JsonValue, WrongShape
from cfnet.policy import NOWHERE, App, Org, Policy, Ports, Protocol, Space

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_PROTOCOLS: Final = {str(protocol): protocol for protocol in Protocol}
_new = tuple.__new__
"""Creates a NamedTuple without the overhead of its own `__new__`."""

_TAG = re.compile(r"[0-9A-Fa-f]{1,8}", re.ASCII)


def policies(answer: JsonValue) -> list[Policy]:
    """Return the policies of such a response.

    Ports may be any integers: a version 0 client can store 99999 in the server, and it must still be listed.
    """
    listed = answer.key("policies")
    found = map(policy_at_once, listed.items())
    return [each if type(each) is Policy else _policy(listed.item(at)) for at, each in enumerate(found)]


def policy_at_once(item: Any) -> Any:  # noqa: ANN401 - parsed JSON
    """Convert an object that is a valid policy; return anything else unchanged."""
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
    """Return the tags of `GET /networking/v1/external/tags`: app GUID (or another ID, as INGRESS_ROUTER) to tag."""
    listed = answer.key("tags")
    return _tags_at_once(listed.items()) or _tags_one_by_one(listed)


def _tags_at_once(items: Sequence[Any]) -> dict[str, str] | None:
    """Return the tags if all are valid."""
    try:
        groups = [item["id"] for item in items]
        given = [item["tag"] for item in items]
        found = dict(zip(groups, given, strict=True))
        "".join(groups)  # raises TypeError if one is not a text
        valid = all(map(_TAG.fullmatch, given)) and "" not in found
    except (KeyError, TypeError):
        return None
    return found if valid and len(set(map(int, given, repeat(16)))) == len(found) == len(items) else None


def _tags_one_by_one(listed: JsonValue) -> dict[str, str]:
    """Return the tags, or raise WrongShape with the position of the first invalid one."""
    found: dict[str, str] = {}
    owners: dict[int, str] = {}
    for item in listed.nodes():
        group, tag = _tag(item)
        if group in found:
            raise WrongShape(f"{item.place}.id", f"{group} already has the tag {found[group]}")
        other = owners.setdefault(int(tag, 16), group)
        if other != group:
            raise WrongShape(f"{item.place}.tag", f"{tag} is already the tag of {other}")
        found[group] = tag
    return found


def _tag(node: JsonValue) -> tuple[str, str]:
    """Return an ID and a tag: two hexadecimal digits for each byte of the policy server's `tag_length`."""
    group = node.key("id").name("an app's GUID")
    text = node.key("tag").text(expected='hexadecimal digits such as "00FF"')
    if not _TAG.fullmatch(text):
        node.key("tag").wrong('hexadecimal digits such as "00FF"')
    return group, text


def policy_tags(answer: JsonValue) -> dict[str, str]:
    """Return the tags inside policies (app GUID to tag), which only the policy server's internal API includes.

    Raises:
        WrongShape: an app has two tags, two apps have the same one, or a tag is not a hexadecimal number.
    """
    found: dict[str, str] = {}
    owners: dict[int, str] = {}
    for policy in answer.key("policies").nodes():
        for end in (policy.key("source"), policy.key("destination")):
            if end.key("tag").absent():
                continue
            app, tag = _tag(end)
            if int(found.setdefault(app, tag), 16) != int(tag, 16):
                raise WrongShape(end.key("tag").place, f"{app} already has the tag {found[app]}")
            other = owners.setdefault(int(tag, 16), app)
            if other != app:
                raise WrongShape(end.key("tag").place, f"{tag} is already the tag of {other}")
    return found


def resources(answer: JsonValue) -> Iterator[JsonValue]:
    """Yield the `resources` of a Cloud Controller v3 list, given as one response or as a list of pages."""
    for page in _pages(answer):
        yield from page.key("resources").nodes()


def whole_list(answer: JsonValue) -> Iterator[JsonValue]:
    """Yield the same, but check that no pages are missing.

    Raises:
        WrongShape: some are missing.
    """
    pages = list(_pages(answer))
    told = [page.key("pagination") for page in pages if not page.key("pagination").absent()]
    for pagination in told:
        total = pagination.key("total_pages").number(1)
        if total > len(pages):
            raise WrongShape(pagination.place, f"expected all {total:,} pages of the list, found {len(pages):,}")
    if told and not any(pagination.key("next").absent() for pagination in told):
        raise WrongShape(
            told[-1].key("next").place, "expected the last page of the list, found one that has a next page"
        )
    return resources(answer)


def included(answer: JsonValue, kind: str) -> Iterator[JsonValue]:
    """Yield the `spaces` or `organizations` that `include=space.organization` adds to the response or its pages."""
    for page in _pages(answer):
        beside = page.key("included")
        if not beside.absent() and not beside.key(kind).absent():
            yield from beside.key(kind).nodes()


def _pages(answer: JsonValue) -> Iterable[JsonValue]:
    return answer.nodes() if isinstance(answer.value, list) else (answer,)


def orgs(listed: Iterable[JsonValue]) -> dict[str, Org]:
    """Return orgs by GUID."""
    return {(guid := _guid(node)): Org(guid, _name(node)) for node in listed}


def spaces(listed: Iterable[JsonValue], known: Mapping[str, Org]) -> dict[str, Space]:
    """Return spaces by GUID; an org that is not `known` has an empty name."""
    found = {}
    for node in listed:
        guid, org = _guid(node), _related(node, "organization")
        found[guid] = Space(guid, _name(node), known.get(org) or Org(org, ""))
    return found


def apps(listed: Iterable[JsonValue], known: Mapping[str, Space]) -> dict[str, App]:
    """Return apps by GUID; a space that is not `known` and its org have empty names."""
    found = {}
    for node in listed:
        guid, space = _guid(node), _related(node, "space")
        found[guid] = App(guid, _name(node), known.get(space) or NOWHERE._replace(guid=space))
    return found


def stopped_apps(listed: Iterable[JsonValue]) -> Iterator[str]:
    """Yield the GUIDs of the apps whose requested state is STOPPED."""
    return (_guid(node) for node in listed if node.key("state").text("") == "STOPPED")


def spaces_of_roles(listed: Iterable[JsonValue]) -> Iterator[str]:
    """Yield the GUIDs of the spaces of roles."""
    return (_related(node, "space") for node in listed)


def _guid(node: JsonValue) -> str:
    return node.key("guid").name("a GUID")


def _name(node: JsonValue) -> str:
    return node.key("name").name("a name")


def _related(node: JsonValue, kind: str) -> str:
    return node.key("relationships").key(kind).key("data").key("guid").name("a GUID")
