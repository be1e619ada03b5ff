"""Suggests how to allow a call: the command that adds the policy, and the entry for a policy document."""

from __future__ import annotations

import shlex
import textwrap
from typing import TYPE_CHECKING, NamedTuple

from cfnet.document.writer import write
from cfnet.show.machine import policy_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfnet.policy import App, Policy


class Remedy(NamedTuple):
    """How to allow a call.

    Attributes:
        policy: the missing policy.
        command: the command line that adds it; None if an app's name is unknown, as the command takes names only.
        target: the `ORG/SPACE` of the source, which must be targeted to run the command.
        entry: the lines that declare it in a policy document, as an item of `policies`.
    """

    policy: Policy
    command: str | None
    target: str | None
    entry: str

    def json(self) -> dict[str, object]:
        """Convert the remedy to JSON: `{"policy": POLICY, "command", "target", "entry"}`."""
        return {**self._asdict(), "policy": policy_json(self.policy)}

    def lines(self, what: str = "it") -> list[str]:
        """Format the remedy for people; `what` names the call or calls that it would allow."""
        indented = textwrap.indent(self.entry.rstrip("\n"), "  ").split("\n")
        if self.command is None:
            return [f"To allow {what}, add this to a policy document:", *indented]
        run = f"target {self.target} and run" if self.target else "run"
        return [f"To allow {what}, {run}:", f"  {self.command}", "Or add this to a policy document:", *indented]


def remedy(policy: Policy, apps: Mapping[str, App]) -> Remedy:
    """Suggest how to add `policy`; `apps` are those with known names, by GUID."""
    source, destination = apps.get(policy.source), apps.get(policy.destination)
    entry = write([policy], apps, space=None, owns=None).partition("policies:\n")[2]
    command, target = None, None
    if source and destination:
        words = ["cfnet", "add-network-policy", source.name, destination.name]
        if destination.space != source.space:
            words += ["-s", destination.space.name]
        if destination.space.org != source.space.org:
            words += ["-o", destination.space.org.name]
        command = shlex.join([*words, "--protocol", policy.protocol.value, "--port", str(policy.ports)])
        target = source.path.rpartition("/")[0].strip("/") or None
    return Remedy(policy, command, target, textwrap.dedent(entry))
