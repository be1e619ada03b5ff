"""What would allow a call: the command that adds the policy, and the entry of a policy document."""

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
    """What would allow a call.

    Attributes:
        policy: the policy that is missing.
        command: the command line that adds it; None where an app's name is not known, for it takes names only.
        target: `ORG/SPACE`, which has to be targeted for the command: that of the source.
        entry: the lines of a policy document that declare it, as an item of `policies`.
    """

    policy: Policy
    command: str | None
    target: str | None
    entry: str

    def json(self) -> dict[str, object]:
        """The remedy for programs: `{"policy": POLICY, "command", "target", "entry"}`."""
        return {**self._asdict(), "policy": policy_json(self.policy)}

    def lines(self, what: str = "it") -> list[str]:
        """The remedy for people; `what` is the call, or calls, that it would allow."""
        indented = textwrap.indent(self.entry.rstrip("\n"), "  ").split("\n")
        if self.command is None:
            return [f"What would allow {what}, in a policy document:", *indented]
        where = f" (with {self.target} targeted)" if self.target else ""
        return [f"What would allow {what}{where}:", f"  {self.command}", "Or in a policy document:", *indented]


def remedy(policy: Policy, apps: Mapping[str, App]) -> Remedy:
    """How to add `policy`; `apps` are those whose names are known, by GUID."""
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
