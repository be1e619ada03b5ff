"""A network policy: source app, destination app, protocol and ports."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from cfnet.policy.ports import Ports


class Protocol(StrEnum):
    """A protocol that a policy can allow."""

    TCP = "tcp"
    UDP = "udp"

    __hash__ = str.__hash__  # that of Enum is a Python function, and policies are hashed by the hundred thousand


class Policy(NamedTuple):
    """A policy as the policy server stores it: two app GUIDs, a protocol and ports.

    All four fields identify a policy: a port range and a part of it are different policies; the server never merges
    policies.
    """

    source: str
    destination: str
    protocol: Protocol
    ports: Ports


def ends(policies: Iterable[Policy]) -> Iterator[str]:
    """Return the GUIDs of the apps in `policies`: source and destination of each, in order."""
    for policy in policies:
        yield policy.source
        yield policy.destination
