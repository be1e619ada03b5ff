"""What a network policy is: apps, protocol, ports, limits. Pure; the standard library only."""

from cfnet.policy.places import App, Org, Space
from cfnet.policy.policy import Policy, Protocol
from cfnet.policy.ports import BadPorts, Ports

__all__ = ["App", "BadPorts", "Org", "Policy", "Ports", "Protocol", "Space"]
