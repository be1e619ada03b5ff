"""The arguments and flags that add-network-policy and remove-network-policy share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cli.parsing.go_flags import Flag, Misread
from cfnet.operations.resolve_policy import TypedPolicy
from cfnet.policy import BadPorts, Ports, Protocol
from cfnet.policy.limits import DEFAULT_PORTS, DEFAULT_PROTOCOL

if TYPE_CHECKING:
    from cfnet.cli.parsing.cf_command import CfCommand
    from cfnet.cli.parsing.go_flags import Read
    from cfnet.operations.environment import Environment

NEITHER_OR_BOTH: Final = "--protocol and --port flags must be specified together"
SPACE_FIRST: Final = "A space must be provided when an org is provided, but the '-s' flag was not specified."


def typed_policy(found: Read) -> TypedPolicy:
    """Return the policy described by valid flags."""
    source, destination = found.arguments
    ports, protocol = found.flags.get("--port"), found.flags.get("--protocol")
    return TypedPolicy(
        source,
        destination,
        str(found.flags.get("-s", "")),
        str(found.flags.get("-o", "")),
        Protocol(str(protocol).lower()) if protocol else DEFAULT_PROTOCOL,
        Ports.parse(str(ports)) if ports else DEFAULT_PORTS,
    )


def port_flag(summary: str, *, required: bool = False) -> Flag:
    """The flag `--port`."""
    return Flag("--port", summary, required=required, check=_check_ports)


def protocol_flag(summary: str, *, required: bool = False) -> Flag:
    """The flag `--protocol`."""
    return Flag("--protocol", summary, required=required, check=_check_protocol)


DESTINATION_FLAGS: Final = (
    Flag("-o", "The org of the destination app (Default: targeted org)"),
    Flag("-s", "The space of the destination app (Default: targeted space)"),
)


def check_destination(command: CfCommand, environment: Environment, found: Read) -> None:
    """Refuse an org without a space.

    Raises:
        Misuse: in the words of `cf`.
    """
    if found.flags.get("-o") and not found.flags.get("-s"):
        raise command.misuse(environment, SPACE_FIRST)


def _check_ports(value: str) -> None:
    try:
        Ports.parse(value)
    except BadPorts as fault:
        raise Misread(str(fault)) from fault


def _check_protocol(value: str) -> None:
    if value.lower() not in set(Protocol):
        raise Misread('PROTOCOL must be "tcp" or "udp"')
