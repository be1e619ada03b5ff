"""Security groups as the Cloud Controller lists them."""

import pytest

from cfnet.cell.model.security_group import GroupRule, SecurityGroup
from cfnet.foundation.api import answers
from cfnet.foundation.api.security_groups import security_groups
from cfnet.foundation.json_values import JsonValue, WrongShape


def test_a_group_with_all_its_keys() -> None:
    """Unknown keys are ignored."""
    group = {
        "guid": "g",
        "name": "dns",
        "globally_enabled": {"running": True, "staging": False},
        "rules": [
            {"protocol": "udp", "destination": "10.0.0.2", "ports": "53", "log": True, "description": "d"},
            {"protocol": "icmp", "destination": "0.0.0.0/0", "type": -1, "code": 3},
        ],
        "relationships": {"running_spaces": {"data": [{"guid": "s1"}, {"guid": "s1"}]}, "staging_spaces": {"data": []}},
    }
    rules = (GroupRule("udp", "10.0.0.2", "53", log=True), GroupRule("icmp", "0.0.0.0/0", "", -1, 3))
    expected = [SecurityGroup("dns", rules, running=True, running_spaces=frozenset({"s1"}))]
    assert security_groups(answers.resources(JsonValue({"resources": [group]}))) == expected


def test_a_minimal_group() -> None:
    """No rules and no spaces."""
    assert security_groups([JsonValue({"name": "empty", "rules": []})]) == [SecurityGroup("empty", ())]


BAD = {
    "no name": ({"rules": []}, "name: expected a name, found nothing"),
    "no rules": ({"name": "a"}, "rules: expected a list, found nothing"),
    "a rule without destination": (
        {"name": "a", "rules": [{"protocol": "all"}]},
        "rules[0].destination: expected a network, an IP or a range of IPs, found nothing",
    ),
    "ports as a number": (
        {"name": "a", "rules": [{"protocol": "tcp", "destination": "1.1.1.1", "ports": 80}]},
        "rules[0].ports: expected text, found 80",
    ),
    "a space without GUID": (
        {"name": "a", "rules": [], "relationships": {"staging_spaces": {"data": [{}]}}},
        "relationships.staging_spaces.data[0].guid: expected a GUID, found nothing",
    ),
}


@pytest.mark.parametrize(("group", "message"), BAD.values(), ids=BAD)
def test_malformed_groups(group: object, message: str) -> None:
    """The error has the position."""
    with pytest.raises(WrongShape) as caught:
        security_groups([JsonValue(group)])
    assert str(caught.value) == message
