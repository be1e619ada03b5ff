"""The table of commands: name, the module that has it, a line of summary. Nothing is imported until it is called."""

from enum import StrEnum
from typing import Final, NamedTuple

HEADLINE: Final = "Cloud Foundry's network policies, and the iptables rules they become"
"""What cfnet is about, behind its name."""


class Audience(StrEnum):
    """Who a command is for: the headings of `cfnet --help`, in order."""

    DEVELOPER = "As in cf, and a little more:"
    DOCUMENT = "Policies in a file:"
    OPERATOR = "What policies become:"
    SANDBOX = "Try it without a foundation:"
    SHELL = "In your shell:"


class CommandEntry(NamedTuple):
    """A command of the table: `module` is below `cfnet.cli` and its `command` is a click command."""

    module: str
    summary: str
    audience: Audience


COMMANDS: dict[str, CommandEntry] = {
    "login": CommandEntry("login", "Log user in", Audience.DEVELOPER),
    "auth": CommandEntry("auth", "Authenticate non-interactively", Audience.DEVELOPER),
    "logout": CommandEntry("logout", "Log user out", Audience.DEVELOPER),
    "target": CommandEntry("target", "Set or view the targeted org or space", Audience.DEVELOPER),
    "api": CommandEntry("api", "Set or view target api url", Audience.DEVELOPER),
    "network-policies": CommandEntry("network_policies", "List direct network traffic policies", Audience.DEVELOPER),
    "add-network-policy": CommandEntry(
        "add_network_policy",
        "Create policy to allow direct network traffic from one app to another",
        Audience.DEVELOPER,
    ),
    "remove-network-policy": CommandEntry(
        "remove_network_policy", "Remove network traffic policy of an app", Audience.DEVELOPER
    ),
    "copy-network-policies": CommandEntry(
        "copy_network_policies", "Give an app the policies of another, for blue-green deployments", Audience.DEVELOPER
    ),
    "validate": CommandEntry("validate", "Check policy documents, offline", Audience.DOCUMENT),
    "diff": CommandEntry("diff", "Show what applying policy documents would change", Audience.DOCUMENT),
    "apply": CommandEntry("apply", "Make the foundation as policy documents say", Audience.DOCUMENT),
    "export": CommandEntry("export", "Print the policies there are as a document", Audience.DOCUMENT),
    "schema": CommandEntry("schema", "Print the JSON Schema of policy documents, for editors", Audience.DOCUMENT),
    "render": CommandEntry("render", "Show the iptables rules that each cell would get", Audience.OPERATOR),
    "report": CommandEntry("report", "Write a planned change down, for a change ticket", Audience.OPERATOR),
    "graph": CommandEntry("graph", "Show who may call whom: as text, as a picture, as a page", Audience.OPERATOR),
    "snapshot": CommandEntry("snapshot", "Keep all that rendering needs in a folder", Audience.OPERATOR),
    "explain": CommandEntry("explain", "Explain iptables rules and kernel log lines", Audience.OPERATOR),
    "trace": CommandEntry("trace", "Follow a packet between two apps to its verdict", Audience.OPERATOR),
    "verify": CommandEntry("verify", "Hold a cell's own rules against what it should have", Audience.OPERATOR),
    "capacity": CommandEntry("capacity", "Show how full tags, quotas and cells are", Audience.OPERATOR),
    "sandbox": CommandEntry("sandbox", "Run and change the embedded foundation", Audience.SANDBOX),
    "tour": CommandEntry("tour", "Walk through policies and their rules on the sandbox", Audience.SANDBOX),
    "completion": CommandEntry("completion", "Print the completion script of a shell", Audience.SHELL),
    "man": CommandEntry("man", "Print the manual page of a command", Audience.SHELL),
}

OF_CF = frozenset({"apps", "app", "curl", "org", "orgs", "push", "space", "spaces"})
"""Commands of `cf` that people try here, and that cfnet does not have."""

SHORT: Final = {"l": "login", "t": "target", "lo": "logout"}
"""The short names that `cf` has for commands; help does not list them."""
