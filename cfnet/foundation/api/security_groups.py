"""Parses lists of application security groups (`GET /v3/security_groups`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.cell.model.security_group import GroupRule, SecurityGroup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.foundation.json_values import JsonValue


def security_groups(listed: Iterable[JsonValue]) -> list[SecurityGroup]:
    """Return the security groups in a list of resources, in its order, in which their rules are applied.

    Raises:
        WrongShape: one of them is invalid.
    """
    return [_group(node) for node in listed]


def _group(node: JsonValue) -> SecurityGroup:
    everywhere, bound = node.key("globally_enabled"), node.key("relationships")
    return SecurityGroup(
        name=node.key("name").name("a name"),
        rules=tuple(_rule(rule) for rule in node.key("rules").nodes()),
        running=not everywhere.absent() and everywhere.key("running").flag(default=False),
        staging=not everywhere.absent() and everywhere.key("staging").flag(default=False),
        running_spaces=_spaces(bound, "running_spaces"),
        staging_spaces=_spaces(bound, "staging_spaces"),
    )


def _rule(node: JsonValue) -> GroupRule:
    return GroupRule(
        protocol=node.key("protocol").name("a protocol"),
        destination=node.key("destination").name("a network, an IP or a range of IPs"),
        ports=node.key("ports").text(""),
        icmp_type=node.key("type").number(0),
        icmp_code=node.key("code").number(0),
        log=node.key("log").flag(default=False),
    )


def _spaces(bound: JsonValue, kind: str) -> frozenset[str]:
    if bound.absent() or bound.key(kind).absent():
        return frozenset()
    return frozenset(space.key("guid").name("a GUID") for space in bound.key(kind).key("data").nodes())
