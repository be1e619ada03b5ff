"""A plan kept in a file: what was reviewed, to be applied later as it is or not at all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cfnet.change.plan import Plan
from cfnet.errors import InputFault, StalePlan
from cfnet.policy import BadPorts, Policy, Ports, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

FORMAT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan, and the foundation it was made for.

    Attributes:
        foundation: the address of its API.
        plan: what is to be sent.
        names: `ORG/SPACE/APP` of the apps of the plan whose names are known, by GUID.
        scope: the GUIDs of the apps whose outgoing policies were reviewed, sorted.
        digest: of these policies, as they were.
    """

    foundation: str
    plan: Plan
    names: Mapping[str, str]
    scope: tuple[str, ...]
    digest: str

    @classmethod
    def of(
        cls, plan: Plan, live: Collection[Policy], *, foundation: str, names: Mapping[str, str], scope: Iterable[str]
    ) -> PlanFile:
        """Keep `plan`, made where `live` was there; policies of other sources than `scope` do not matter to it."""
        changed = (*plan.add, *plan.remove)
        apps = {guid for policy in changed for guid in (policy.source, policy.destination)}
        sources = {*scope, *(policy.source for policy in changed)}
        return cls(
            foundation,
            plan,
            {guid: names[guid] for guid in sorted(apps) if guid in names},
            tuple(sorted(sources)),
            _digest(live, sources),
        )

    def still_to_do(self, live: Collection[Policy], *, foundation: str, names: Mapping[str, str]) -> Plan:
        """What of the plan is left where `live` is there now: all of it, or what an interrupted run left.

        Args:
            live: the policies there are now.
            foundation: the address of the API they were asked of.
            names: `ORG/SPACE/APP` of the apps there are now, by GUID.

        Raises:
            StalePlan: what was reviewed is no longer what is there, but for what the plan itself changes.
        """
        if foundation != self.foundation:
            raise StalePlan(
                f"The plan was made for {self.foundation}, and this is {foundation}. Nothing was sent.",
                hint="Target the other foundation, or make a plan for this one with 'cfnet diff --out'.",
            )
        for guid, name in self.names.items():
            if names.get(guid) != name:
                raise StalePlan(
                    f"The app {name} of the plan is no longer the one it was. Nothing was sent.",
                    hint="It was deleted, pushed anew or renamed: make a new plan with 'cfnet diff --out'.",
                )
        # Undoing on paper what the plan does must give what was reviewed, however much of it is done already.
        before = (frozenset(live) - frozenset(self.plan.add)) | frozenset(self.plan.remove)
        if _digest(before, frozenset(self.scope)) != self.digest:
            raise StalePlan(
                "The policies of the foundation have changed since the plan was made. Nothing was sent.",
                hint="Make a new plan with 'cfnet diff --out', and review that.",
            )
        return self.plan.rest(live)

    def write(self) -> str:
        """The file's text: JSON, the same for the same plan."""
        content = {
            "format_version": FORMAT_VERSION,
            "foundation": self.foundation,
            "add": [_row(policy) for policy in self.plan.add],
            "remove": [_row(policy) for policy in self.plan.remove],
            "names": dict(sorted(self.names.items())),
            "reviewed": {"sources": list(self.scope), "digest": self.digest},
        }
        return json.dumps(content, indent=2) + "\n"


def read_plan_file(text: str, file: str) -> PlanFile:
    """Read what `PlanFile.write` wrote.

    Raises:
        InputFault: it is something else.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_a_plan(file, "it is no JSON") from error
    try:
        version = content["format_version"]
        if version != FORMAT_VERSION:
            raise _not_a_plan(file, f"its format_version is {version!r}, and this cfnet reads {FORMAT_VERSION}")
        return PlanFile(
            _text(content["foundation"]),
            Plan(tuple(map(_policy, content["add"])), tuple(map(_policy, content["remove"]))),
            {_text(guid): _text(name) for guid, name in content["names"].items()},
            tuple(map(_text, content["reviewed"]["sources"])),
            _text(content["reviewed"]["digest"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, BadPorts) as error:
        raise _not_a_plan(file, "its content is not what 'cfnet diff --out' writes") from error


def is_plan_file(data: bytes) -> bool:
    """Whether `data` begins as a plan file does: a policy document is no JSON object with a format_version."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and b'"format_version"' in data


def _not_a_plan(file: str, why: str) -> InputFault:
    return InputFault(f"This is no plan: {why}", where=file, hint="'cfnet diff FILE --out PLAN.json' makes one.")


def _digest(live: Iterable[Policy], sources: Collection[str]) -> str:
    rows = sorted("\t".join(_row(policy).values()) for policy in live if policy.source in sources)
    return "sha256:" + hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _row(policy: Policy) -> dict[str, str]:
    return {
        "source": policy.source,
        "destination": policy.destination,
        "protocol": policy.protocol.value,
        "ports": str(policy.ports),
    }


def _policy(row: Mapping[str, object]) -> Policy:
    return Policy(
        _text(row["source"]),
        _text(row["destination"]),
        Protocol(_text(row["protocol"])),
        Ports.parse(_text(row["ports"])),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
