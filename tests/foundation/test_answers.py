"""The servers' responses as values."""

import contextlib
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.foundation.api import answers
from cfnet.foundation.api.long_policy_list import read_policies
from cfnet.foundation.json_values import JsonValue, WrongShape
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space

POLICY: dict[str, Any] = {
    "source": {"id": "s"},
    "destination": {"id": "d", "protocol": "tcp", "ports": {"start": 80, "end": 90}},
}


def policies(*listed: object) -> list[Policy]:
    """The policies of a response that lists these."""
    return answers.policies(JsonValue({"total_policies": len(listed), "policies": list(listed)}))


def changed(path: str, value: object) -> dict[str, Any]:
    """The policy above, with another value at `path`; `...` removes it."""
    made = copy.deepcopy(POLICY)
    *parents, last = path.split(".")
    inner = made
    for parent in parents:
        inner = inner[parent]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return made


def test_policies_keep_their_order() -> None:
    """Duplicates included; unknown keys are ignored."""
    udp = {**changed("destination.protocol", "udp"), "tag": "0001"}
    assert policies(udp, POLICY, POLICY) == [
        Policy("s", "d", Protocol.UDP, Ports(80, 90)),
        Policy("s", "d", Protocol.TCP, Ports(80, 90)),
        Policy("s", "d", Protocol.TCP, Ports(80, 90)),
    ]


def test_ports_that_only_the_version_0_api_accepts_are_listed() -> None:
    """The version 0 API has no upper limit, and version 1 shows whatever exists."""
    assert policies(changed("destination.ports", {"start": 99999, "end": 99999}))[0].ports == Ports(99999, 99999)


BAD_POLICIES = {
    "no object": ("x", 'policies[1]: expected an object, found "x"'),
    "no source": (changed("source", ...), "policies[1].source: expected an object, found nothing"),
    "a source that is not an object": (changed("source", "s"), 'policies[1].source: expected an object, found "s"'),
    "no id": (changed("source.id", ...), "policies[1].source.id: expected an app's GUID, found nothing"),
    "an empty id": (changed("source.id", ""), 'policies[1].source.id: expected an app\'s GUID, found ""'),
    "a number as id": (changed("destination.id", 7), "policies[1].destination.id: expected an app's GUID, found 7"),
    "no destination": (changed("destination", None), "policies[1].destination: expected an object, found null"),
    "no protocol": (
        changed("destination.protocol", ...),
        'policies[1].destination.protocol: expected "tcp" or "udp", found nothing',
    ),
    "another protocol": (
        changed("destination.protocol", "icmp"),
        'policies[1].destination.protocol: expected "tcp" or "udp", found "icmp"',
    ),
    "a protocol in capitals": (
        changed("destination.protocol", "TCP"),
        'policies[1].destination.protocol: expected "tcp" or "udp", found "TCP"',
    ),
    "a list as protocol": (
        changed("destination.protocol", ["tcp"]),
        'policies[1].destination.protocol: expected "tcp" or "udp", found a list',
    ),
    "no ports": (
        changed("destination.ports", ...),
        "policies[1].destination.ports: expected an object, found nothing",
    ),
    "a text as port": (
        changed("destination.ports.start", "x"),
        'policies[1].destination.ports.start: expected a whole number, found "x"',
    ),
    "a fraction as port": (
        changed("destination.ports.end", 80.5),
        "policies[1].destination.ports.end: expected a whole number, found 80.5",
    ),
    "true as port": (
        changed("destination.ports.end", True),  # noqa: FBT003 - a value of JSON
        "policies[1].destination.ports.end: expected a whole number, found true",
    ),
    "no end": (
        changed("destination.ports.end", ...),
        "policies[1].destination.ports.end: expected a whole number, found nothing",
    ),
}


@pytest.mark.parametrize(("policy", "message"), BAD_POLICIES.values(), ids=BAD_POLICIES)
def test_malformed_policies(policy: object, message: str) -> None:
    """Positions count from 0, as in JSON; also for bytes, where earlier policies are already parsed."""
    with pytest.raises(WrongShape) as caught:
        policies(POLICY, policy)
    assert str(caught.value) == message
    with pytest.raises(WrongShape) as caught:
        read_policies(json.dumps({"policies": [POLICY, policy]}).encode())
    assert str(caught.value) == message


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["tcp", "udp"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["source", "destination", "id", "ports", "start", "protocol"]), inner)
    ),
)


READERS: list[Callable[[JsonValue], object]] = [
    answers.policies,
    answers.tags,
    lambda node: answers.orgs(answers.resources(node)),
    lambda node: answers.spaces(answers.included(node, "spaces"), {}),
]


@given(JUNK)
def test_any_bytes_are_policies_or_a_malformed_answer(junk: object) -> None:
    """No other exception escapes."""
    for read in READERS:
        for document in (junk, {"policies": junk, "tags": junk, "resources": junk, "included": junk}):
            with contextlib.suppress(WrongShape):
                read(JsonValue(document))
            with contextlib.suppress(WrongShape):
                read(JsonValue({"policies": [document], "tags": [document], "resources": [document]}))


SOME = st.sampled_from([POLICY, changed("destination.ports.end", 80), {**POLICY, "x": {"source": 7}}])


@given(st.lists(SOME | JUNK, max_size=4))
def test_streamed_and_whole_parsing_agree(listed: list[object]) -> None:
    """Policies are made either one by one while parsing, or all at the end."""
    document = {"policies": listed, "source": {"id": "x"}}
    data = json.dumps(document).encode()
    try:
        expected = answers.policies(JsonValue(document))
    except WrongShape:
        with pytest.raises(WrongShape):
            read_policies(data)
    else:
        assert read_policies(data).policies == expected


def test_tags() -> None:
    """The text stays as the API shows it; tags that belong to no app are kept."""
    answer = {"tags": [{"id": "a", "tag": "00FF", "type": "app"}, {"id": "INGRESS_ROUTER", "tag": "0001"}]}
    assert answers.tags(JsonValue(answer)) == {"a": "00FF", "INGRESS_ROUTER": "0001"}


BAD_TAGS = {
    "a duplicate id": (
        [{"id": "a", "tag": "0001"}, {"id": "a", "tag": "0002"}],
        "tags[1].id: a already has the tag 0001",
    ),
    "a duplicate tag": (
        [{"id": "a", "tag": "00ff"}, {"id": "b", "tag": "00FF"}],
        "tags[1].tag: 00FF is already the tag of a",
    ),
    "not hexadecimal": (
        [{"id": "a", "tag": "0x1"}],
        'tags[0].tag: expected hexadecimal digits such as "00FF", found "0x1"',
    ),
    "empty": ([{"id": "a", "tag": ""}], 'tags[0].tag: expected hexadecimal digits such as "00FF", found ""'),
    "a number": ([{"id": "a", "tag": 1}], 'tags[0].tag: expected hexadecimal digits such as "00FF", found 1'),
    "none": ([{"id": "a"}], 'tags[0].tag: expected hexadecimal digits such as "00FF", found nothing'),
    "no id": ([{"tag": "0001"}], "tags[0].id: expected an app's GUID, found nothing"),
}


@pytest.mark.parametrize(("listed", "message"), BAD_TAGS.values(), ids=BAD_TAGS)
def test_malformed_tags(listed: list[object], message: str) -> None:
    """Including two apps with one tag, which no server has."""
    with pytest.raises(WrongShape) as caught:
        answers.tags(JsonValue({"tags": listed}))
    assert str(caught.value) == message


def resource(guid: str, name: str, kind: str = "", parent: str = "") -> dict[str, object]:
    """A resource of the v3 API."""
    related = {"relationships": {kind: {"data": {"guid": parent}}}} if kind else {}
    return {"guid": guid, "name": name, **related}


ORG = Org("o1", "shop")
PAGE = {
    "pagination": {},
    "resources": [resource("a1", "web", "space", "s1"), resource("a2", "db", "space", "s9")],
    "included": {
        "spaces": [resource("s1", "dev", "organization", "o1"), resource("s2", "prod", "organization", "o9")],
        "organizations": [resource("o1", "shop")],
    },
}


@pytest.mark.parametrize("answer", [PAGE, [PAGE], [{"resources": []}, PAGE]], ids=["one answer", "a page", "two pages"])
def test_apps_with_their_spaces_and_orgs(answer: object) -> None:
    """A space or org that is not included has a GUID and an empty name."""
    node = JsonValue(answer)
    orgs = answers.orgs(answers.included(node, "organizations"))
    spaces = answers.spaces(answers.included(node, "spaces"), orgs)
    assert orgs == {"o1": ORG}
    assert spaces == {"s1": Space("s1", "dev", ORG), "s2": Space("s2", "prod", Org("o9", ""))}
    assert answers.apps(answers.resources(node), spaces) == {
        "a1": App("a1", "web", Space("s1", "dev", ORG)),
        "a2": App("a2", "db", Space("s9", "", Org("", ""))),
    }


def test_without_included_resources_names_are_empty() -> None:
    """With or without the key."""
    beside: list[dict[str, object]] = [{}, {"included": None}, {"included": {}}]
    for included in beside:
        assert list(answers.included(JsonValue({"resources": [], **included}), "spaces")) == []


BAD_APPS = {
    "no list": ({"resource": []}, "resources: expected a list, found nothing"),
    "a page that is not an object": ([{"resources": []}, 7], "[1]: expected an object, found 7"),
    "no guid": ({"resources": [{"name": "x"}]}, "resources[0].guid: expected a GUID, found nothing"),
    "no name": (
        {"resources": [resource("a", "", "space", "s")]},
        'resources[0].name: expected a name, found ""',
    ),
    "no space": (
        [{"resources": [{"guid": "a", "name": "n", "relationships": {"space": {"data": None}}}]}],
        "[0].resources[0].relationships.space.data: expected an object, found null",
    ),
}


@pytest.mark.parametrize(("answer", "message"), BAD_APPS.values(), ids=BAD_APPS)
def test_malformed_apps(answer: object, message: str) -> None:
    """The error names the page."""
    with pytest.raises(WrongShape) as caught:
        answers.apps(answers.resources(JsonValue(answer)), {})
    assert str(caught.value) == message
