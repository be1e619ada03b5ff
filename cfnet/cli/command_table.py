"""The table of commands: name, module, summary; and of the options they share.

A module is imported when its command is called, not before.
"""

from enum import StrEnum
from typing import Final, NamedTuple

HEADLINE: Final = "Manage network policies and inspect their iptables rules"
"""The summary of cfnet itself."""


class Audience(StrEnum):
    """The groups of commands: the section titles of `cfnet --help`, in order."""

    DEVELOPER = "LOGIN AND NETWORK POLICIES"
    DOCUMENT = "POLICY DOCUMENTS"
    OPERATOR = "RULES AND CELLS"
    SANDBOX = "SANDBOX"
    SHELL = "SHELL INTEGRATION"


class CommandEntry(NamedTuple):
    """A command of the table.

    Attributes:
        module: in `cfnet.cli.commands`: its `command` is a click command, or a `CfCommand`.
        summary: one line about it.
        audience: the section of the help.
        mirrors_cf: whether it is a `CfCommand`.
    """

    module: str
    summary: str
    audience: Audience
    mirrors_cf: bool = False


COMMANDS: dict[str, CommandEntry] = {
    "login": CommandEntry("login", "Log user in", Audience.DEVELOPER, mirrors_cf=True),
    "auth": CommandEntry("auth", "Authenticate non-interactively", Audience.DEVELOPER, mirrors_cf=True),
    "logout": CommandEntry("logout", "Log user out", Audience.DEVELOPER, mirrors_cf=True),
    "target": CommandEntry("target", "Set or view the targeted org or space", Audience.DEVELOPER, mirrors_cf=True),
    "whoami": CommandEntry("whoami", "Print the user that commands act as", Audience.DEVELOPER),
    "api": CommandEntry("api", "Set or view target api url", Audience.DEVELOPER, mirrors_cf=True),
    "network-policies": CommandEntry(
        "network_policies", "List direct network traffic policies", Audience.DEVELOPER, mirrors_cf=True
    ),
    "add-network-policy": CommandEntry(
        "add_network_policy",
        "Create policy to allow direct network traffic from one app to another",
        Audience.DEVELOPER,
        mirrors_cf=True,
    ),
    "remove-network-policy": CommandEntry(
        "remove_network_policy", "Remove network traffic policy of an app", Audience.DEVELOPER, mirrors_cf=True
    ),
    "copy-network-policies": CommandEntry(
        "copy_network_policies",
        "Copy the policies of one app to another",
        Audience.DEVELOPER,
    ),
    "validate": CommandEntry("validate", "Check policy documents offline", Audience.DOCUMENT),
    "test": CommandEntry("test", "Check the expectations in policy documents", Audience.DOCUMENT),
    "lint": CommandEntry("lint", "Report allowed traffic that deserves attention", Audience.DOCUMENT),
    "diff": CommandEntry("diff", "Show what applying policy documents would change", Audience.DOCUMENT),
    "apply": CommandEntry("apply", "Apply policy documents to the foundation", Audience.DOCUMENT),
    "export": CommandEntry("export", "Export existing policies as a document", Audience.DOCUMENT),
    "schema": CommandEntry("schema", "Print the JSON Schema of policy documents for editors", Audience.DOCUMENT),
    "render": CommandEntry("render", "Show the iptables rules that each cell would get", Audience.OPERATOR),
    "report": CommandEntry("report", "Write a report of a planned change", Audience.OPERATOR),
    "graph": CommandEntry("graph", "Show which apps may call each other", Audience.OPERATOR),
    "snapshot": CommandEntry("snapshot", "Save everything that 'render' needs to a directory", Audience.OPERATOR),
    "explain": CommandEntry("explain", "Explain iptables rules and kernel log lines", Audience.OPERATOR),
    "advise": CommandEntry("advise", "Propose policies from logged calls and find unused ones", Audience.OPERATOR),
    "trace": CommandEntry("trace", "Trace a packet between two apps to its verdict", Audience.OPERATOR),
    "verify": CommandEntry("verify", "Compare a cell's actual rules with the expected ones", Audience.OPERATOR),
    "capacity": CommandEntry("capacity", "Show the usage of tags, quotas and cells", Audience.OPERATOR),
    "sandbox": CommandEntry("sandbox", "Run and modify the embedded foundation", Audience.SANDBOX),
    "tour": CommandEntry("tour", "Walk through policies and their rules in the sandbox", Audience.SANDBOX),
    "completion": CommandEntry("completion", "Print the completion script of a shell", Audience.SHELL),
    "man": CommandEntry("man", "Print the manual page of a command", Audience.SHELL),
}

GLOBAL_OPTIONS: Final = {
    "--sandbox": (("--sandbox",), "Use the embedded foundation (or set CFNET_SANDBOX=1)"),
    "--quiet": (("-q", "--quiet"), "Suppress notes about unknown or omitted data"),
    "--verbose": (("-v", "--verbose"), "Show requests and responses, with secrets redacted"),
    "--no-wait": (("--no-wait",), "Fail instead of waiting when a server is busy"),
    "--debug": (("--debug",), "Show tracebacks of internal errors"),
}
"""The options that all commands accept: names and help."""

OF_CF = frozenset(
    [
        "app",
        "apps",
        "curl",
        "env",
        "events",
        "org",
        "orgs",
        "push",
        "restage",
        "restart",
        "routes",
        "scale",
        "security-group",
        "security-groups",
        "services",
        "space",
        "spaces",
        "ssh",
        "stop",
        "tasks",
    ]
)
"""Commands of `cf` that users may try here, but that cfnet does not have."""

SHORT: Final = {"l": "login", "t": "target", "lo": "logout", "status": "target"}
"""Other names of commands, most of them short names that `cf` has; they are not listed in the help."""

SYNONYMS: Final = {
    "allow": ("add-network-policy",),
    "audit": ("verify", "lint"),
    "autocomplete": ("completion",),
    "backup": ("export", "snapshot"),
    "block": ("remove-network-policy",),
    "check": ("validate", "verify"),
    "clone": ("copy-network-policies",),
    "compare": ("diff", "verify"),
    "connect": ("login", "add-network-policy"),
    "cp": ("copy-network-policies",),
    "create": ("add-network-policy",),
    "delete": ("remove-network-policy",),
    "demo": ("tour", "sandbox"),
    "deny": ("remove-network-policy",),
    "deploy": ("apply",),
    "describe": ("explain",),
    "docs": ("man",),
    "drift": ("verify",),
    "dump": ("export", "snapshot"),
    "endpoint": ("api",),
    "get": ("network-policies", "export"),
    "import": ("apply",),
    "info": ("target",),
    "iptables": ("render",),
    "limits": ("capacity",),
    "list": ("network-policies",),
    "log": ("explain",),
    "logs": ("explain",),
    "ls": ("network-policies",),
    "manual": ("man",),
    "map": ("graph",),
    "packet": ("trace",),
    "plan": ("diff",),
    "preview": ("diff", "render"),
    "quota": ("capacity",),
    "restore": ("apply",),
    "revoke": ("remove-network-policy",),
    "rm": ("remove-network-policy",),
    "rules": ("render",),
    "save": ("export", "snapshot"),
    "serve": ("sandbox",),
    "show": ("network-policies", "render"),
    "signin": ("login",),
    "signout": ("logout",),
    "simulate": ("trace",),
    "start": ("sandbox",),
    "sync": ("apply",),
    "tutorial": ("tour",),
    "update": ("apply",),
    "usage": ("capacity",),
    "visualize": ("graph",),
}
"""Words that users may type for a command, with the commands to suggest."""
