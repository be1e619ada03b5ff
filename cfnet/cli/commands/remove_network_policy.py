"""`cfnet remove-network-policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import APPS_OF_CF, CfCommand, Usage
from cfnet.cli.parsing.policy_flags import DESTINATION_FLAGS, check_destination, port_flag, protocol_flag, typed_policy
from cfnet.show.cf_messages import CfMessages

if TYPE_CHECKING:
    from cfnet.cli.parsing.go_flags import Read
    from cfnet.operations.environment import Environment

_NAME = "remove-network-policy"
_USAGE = Usage(
    arguments=("SOURCE_APP", "DESTINATION_APP"),
    synopsis="SOURCE_APP DESTINATION_APP [-s DESTINATION_SPACE_NAME [-o DESTINATION_ORG_NAME]]"
    " --protocol (tcp | udp) --port RANGE",
    examples=(
        "frontend backend --protocol tcp --port 8081",
        "frontend backend -s backend-space -o backend-org --protocol tcp --port 8080-8090",
    ),
    flags=(
        port_flag("Port or range of ports that destination app is connected with", required=True),
        protocol_flag("Protocol that apps are connected with", required=True),
        *DESTINATION_FLAGS,
    ),
    beyond=(),
    see_also=("add-network-policy, apps, network-policies", "apply, copy-network-policies, trace", APPS_OF_CF),
)


def _remove(environment: Environment, found: Read) -> None:
    from cfnet.change.planning import Action
    from cfnet.operations.confirm import carry_out
    from cfnet.operations.connect import connect
    from cfnet.operations.resolve_policy import resolve

    out = environment.stdout
    with connect(environment, check=lambda: check_destination(command, environment, found), talk=out) as foundation:
        policy = resolve(foundation, typed_policy(found), "Removing", out, deleted=True)
        there = foundation.policy_server.policies(sources=[policy.source], destinations=[policy.destination])
        if policy in there:
            carry_out(Action.REMOVE, policy, foundation, environment)
        foundation.tell_warnings(environment)
        if policy not in there:
            out.write("Policy does not exist.\n")
        out.write(CfMessages(foundation.colour).ok())


command = CfCommand(_NAME, COMMANDS[_NAME].summary, _USAGE, _remove)
