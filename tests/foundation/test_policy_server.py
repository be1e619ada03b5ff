"""The policy server's client, against a server that ignores its filters."""

import json
from collections.abc import Sequence

import pytest

from cfnet.foundation.api.policy_server import PolicyServer, as_json
from cfnet.foundation.http.wire import Wire
from cfnet.foundation.session.connection import Connection
from cfnet.foundation.session.session import Client, NoKeeper, Session, Tokens
from cfnet.policy import Org, Policy, Ports, Protocol, Space
from cfnet.sandbox import Foundation
from tests.scripted_server import Reply, scripted

NOWHERE = Org("", "")
EVERYTHING = [
    Policy(source, destination, Protocol.TCP, Ports(1, 1))
    for source, destination in (("a", "b"), ("b", "a"), ("c", "b"), ("z", "z"))
]


def session_at(url: str) -> Session:
    """A session with a valid token."""
    with Foundation.open(None) as foundation:
        tokens = Tokens(f"bearer {foundation.sign_in('admin').access}", "")
    space = Space("", "", NOWHERE)
    return Session("", url, url, url, NOWHERE, space, tokens, Client("cf", ""), False, NoKeeper())  # noqa: FBT003


@pytest.mark.parametrize(
    ("sources", "destinations", "found"),
    [
        (None, None, "a-b b-a c-b z-z"),
        (["a", "c"], None, "a-b c-b"),
        (None, ["b"], "a-b c-b"),
        (["a", "b"], ["b", "z"], "a-b"),
        ([f"{number}" for number in range(500)] + ["a", "c"], None, "a-b c-b"),
        ([], None, ""),
        (["x"], None, ""),
    ],
    ids=["all", "of two sources", "to one destination", "between some", "of many sources", "of no source", "of others"],
)
def test_policies_outside_the_filter_are_ignored(
    sources: Sequence[str] | None, destinations: Sequence[str] | None, found: str
) -> None:
    """The server always returns all policies; each is listed once, in the server's order."""
    body = json.dumps({"policies": [as_json(policy) for policy in EVERYTHING]}).encode()
    with scripted(lambda _method, _path: Reply(200, body)) as server, Wire() as wire:
        client = PolicyServer(Connection(session_at(server.url), wire))
        policies = client.policies(sources=sources, destinations=destinations)
    assert " ".join(f"{policy.source}-{policy.destination}" for policy in policies) == found
