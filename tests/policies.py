"""Short notation for policies."""

from cfnet.policy import Policy, Ports, Protocol


def policy(source: str, destination: str, ports: str | int = 8080, protocol: Protocol | str = Protocol.TCP) -> Policy:
    """A policy between the apps of these GUIDs, by default for tcp 8080."""
    return Policy(source, destination, Protocol(protocol), Ports.parse(str(ports)))
