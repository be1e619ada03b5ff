"""A network policy: who may call whom, by which protocol, on which ports."""

from enum import StrEnum
from typing import NamedTuple

from cfnet.policy.ports import Ports


class Protocol(StrEnum):
    """The protocols a policy can allow."""

    TCP = "tcp"
    UDP = "udp"


class Policy(NamedTuple):
    """One policy as the policy server keeps it: two app GUIDs, a protocol and ports.

    Policies are compared by all four: a range and a part of it are different policies, and the server merges none.
    """

    source: str
    destination: str
    protocol: Protocol
    ports: Ports
