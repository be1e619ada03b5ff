"""`cfnet add-network-policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import APPS_OF_CF, CfCommand, Usage
from cfnet.cli.parsing.policy_flags import (
    DESTINATION_FLAGS,
    NEITHER_OR_BOTH,
    check_destination,
    port_flag,
    protocol_flag,
    typed_policy,
)
from cfnet.show.cf_messages import CfMessages

if TYPE_CHECKING:
    from cfnet.cli.parsing.go_flags import Read
    from cfnet.operations.environment import Environment

_NAME = "add-network-policy"
_USAGE = Usage(
    arguments=("SOURCE_APP", "DESTINATION_APP"),
    synopsis="SOURCE_APP DESTINATION_APP [-s DESTINATION_SPACE_NAME [-o DESTINATION_ORG_NAME]]"
    " [--protocol (tcp | udp) --port RANGE]",
    examples=(
        "frontend backend --protocol tcp --port 8081",
        "frontend backend -s backend-space -o backend-org --protocol tcp --port 8080-8090",
    ),
    flags=(
        port_flag("Port or range of ports for connection to destination app (Default: 8080)"),
        protocol_flag("Protocol to connect apps with (Default: tcp)"),
        *DESTINATION_FLAGS,
    ),
    beyond=(),
    see_also=("apps, network-policies, remove-network-policy", "apply, copy-network-policies, trace", APPS_OF_CF),
)


def _add(environment: Environment, found: Read) -> None:
    def check() -> None:
        if ("--port" in found.flags) != ("--protocol" in found.flags):
            raise command.misuse(environment, NEITHER_OR_BOTH)
        check_destination(command, environment, found)

    from cfnet.change.planning import Action
    from cfnet.operations.confirm import carry_out
    from cfnet.operations.connect import connect
    from cfnet.operations.resolve_policy import resolve

    out = environment.stdout
    with connect(environment, check=check, talk=out) as foundation:
        policy = resolve(foundation, typed_policy(found), "Adding", out)
        carry_out(Action.ADD, policy, foundation, environment)
        foundation.tell_warnings(environment)
        out.write(CfMessages(foundation.colour).ok())


command = CfCommand(_NAME, COMMANDS[_NAME].summary, _USAGE, _add)
