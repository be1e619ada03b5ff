"""Policies, written briefly."""

from cfnet.policy import Policy, Ports, Protocol


def policy(source: str, destination: str, ports: str | int = 8080, protocol: Protocol | str = Protocol.TCP) -> Policy:
    """A policy between the apps of these GUIDs; of TCP, and port 8080, where nothing else is said."""
    return Policy(source, destination, Protocol(protocol), Ports.parse(str(ports)))
