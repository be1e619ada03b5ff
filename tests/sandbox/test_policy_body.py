"""Request bodies of the policy server, parsed the way its Go code does."""

import json

import pytest

from cfnet.policy import Policy
from cfnet.sandbox.policy_body import Malformed, read
from tests.policies import policy
from tests.sandbox.shop import body_of


def entry(source: object = None, destination: object = None) -> bytes:
    """A body of one policy."""
    return json.dumps({"policies": [{"source": source, "destination": destination}]}).encode()


def to(protocol: object = "tcp", **ports: object) -> bytes:
    """A body of one policy from a to b."""
    return entry({"id": "a"}, {"id": "b", "protocol": protocol, "ports": ports})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            json.dumps(body_of(policy("a", "b"), policy("c", "d", "1-65535", "udp"))).encode(),
            [policy("a", "b"), policy("c", "d", "1-65535", "udp")],
            id="as cf writes it",
        ),
        pytest.param(
            b'{"POLICIES":[{"Source":{"ID":"a"},"destination":{"id":"b","Protocol":"tcp","ports":{"START":1,"end":2}}}]}',
            [policy("a", "b", "1-2")],
            id="keys in any case",
        ),
        pytest.param(
            b'{"x":1,"total_policies":7,"policies":[{"y":[],"source":{"id":"a","tag":""},"destination":'
            b'{"id":"b","protocol":"tcp","ports":{"start":1,"end":1}}}]}',
            [policy("a", "b", "1")],
            id="unknown keys, a count, an empty tag",
        ),
        pytest.param(
            b'{"policies":[{"source":{"id":"\\ud800"},"destination":{"id":"\xff","protocol":"tcp","ports":'
            b'{"start":1,"end":1}}}]}',
            [policy("\ufffd", "\ufffd", "1")],
            id="invalid UTF-8 is replaced",
        ),
    ],
)
def test_valid_bodies(body: bytes, expected: list[Policy]) -> None:
    assert read(body) == expected


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(b"{}", "missing policies", id="policies absent"),
        pytest.param(b'{"policies":null}', "missing policies", id="policies null"),
        pytest.param(b'{"policies":[]}', "missing policies", id="policies empty"),
        pytest.param(b"null", "missing policies", id="null"),
        pytest.param(b'{"policies":[null]}', "missing source id", id="a policy that is null"),
        pytest.param(entry(), "missing source id", id="no source"),
        pytest.param(entry({"id": ""}, {"id": "b"}), "missing source id", id="an empty source"),
        pytest.param(entry({"id": "a"}), "missing destination id", id="no destination"),
        pytest.param(
            entry({"id": "a"}, {"id": "b"}),
            "invalid destination protocol, specify either udp or tcp",
            id="no protocol",
        ),
        pytest.param(to("TCP"), "invalid destination protocol, specify either udp or tcp", id="protocol in capitals"),
        pytest.param(to("icmp"), "invalid destination protocol, specify either udp or tcp", id="icmp"),
        pytest.param(
            to(start=9, end=8), "invalid port range 9-8, start must be less than or equal to end", id="ports 9 to 8"
        ),
        pytest.param(
            to(start=9), "invalid port range 9-0, start must be less than or equal to end", id="only a start port"
        ),
        pytest.param(to(start=-2, end=-1), "invalid start port -2, must be in range 1-65535", id="negative"),
        pytest.param(to(start=0, end=80), "missing start port", id="from port 0"),
        pytest.param(to(end=80), "missing start port", id="only an end port"),
        pytest.param(to(), "missing start port", id="no ports"),
        pytest.param(to(start=1, end=65536), "invalid end port 65536, must be in range 1-65535", id="to port 65536"),
        pytest.param(
            entry({"id": "a", "tag": "0001"}, {"id": "b", "protocol": "tcp", "ports": {"start": 1, "end": 1}}),
            "tags may not be specified",
            id="a tag",
        ),
    ],
)
def test_the_first_failing_check_is_reported(body: bytes, fault: str) -> None:
    """Of the first failing policy, with the policy server's message."""
    with pytest.raises(Malformed) as refused:
        read(body)
    assert str(refused.value) == f"mapper: validate policies: {fault}"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(b"", "unexpected end of JSON input", id="empty"),
        pytest.param(b'{"policies":[', "unexpected end of JSON input", id="truncated"),
        pytest.param(b"x", "invalid character 'x' in JSON input", id="not JSON"),
        pytest.param(b"{}{}", "invalid character '{' in JSON input", id="two values"),
        pytest.param(b"NaN", "invalid character 'N' looking for beginning of value", id="not a number"),
        pytest.param(
            b"[]", "json: cannot unmarshal array into Go struct field .policies of type struct", id="an array"
        ),
        pytest.param(
            b'{"policies":{}}',
            "json: cannot unmarshal object into Go struct field .policies of type slice",
            id="policies an object",
        ),
        pytest.param(
            b'{"total_policies":"1"}',
            "json: cannot unmarshal string into Go struct field .total_policies of type int",
            id="a count that is text",
        ),
        pytest.param(
            entry({"id": 1}), "json: cannot unmarshal number into Go struct field .id of type string", id="a number id"
        ),
        pytest.param(
            to(start="80"),
            "json: cannot unmarshal string into Go struct field .start of type int",
            id="a port that is text",
        ),
        pytest.param(
            to(start=1.0), "json: cannot unmarshal number into Go struct field .start of type int", id="a float port"
        ),
        pytest.param(
            to(start=True), "json: cannot unmarshal bool into Go struct field .start of type int", id="true as a port"
        ),
        pytest.param(
            to(start=2**63),
            "json: cannot unmarshal number into Go struct field .start of type int",
            id="a port beyond 64 bits",
        ),
        pytest.param(b"[" * 100_000, "exceeded max depth", id="deeply nested brackets"),
    ],
)
def test_malformed_bodies(body: bytes, fault: str) -> None:
    """Invalid JSON or wrong types, even after a valid policy."""
    with pytest.raises(Malformed) as refused:
        read(body)
    assert str(refused.value) == f"mapper: unmarshal json: {fault}"


def test_huge_numbers() -> None:
    """A number of ten thousand digits is refused like any other number out of range."""
    with pytest.raises(Malformed, match=r"^mapper: unmarshal json: invalid number in JSON input: "):
        read(b'{"total_policies":' + b"9" * 10_000 + b"}")
