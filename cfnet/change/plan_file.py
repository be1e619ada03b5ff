"""Plan files: a plan saved for review, which is applied exactly as reviewed or rejected."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cfnet.change.planning import Plan
from cfnet.errors import InputFault, StalePlan
from cfnet.policy import BadPorts, Policy, Ports, Protocol, ends
from cfnet.policy.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

FORMAT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan and the state it was made for.

    Attributes:
        foundation: the URL of the foundation's API.
        plan: the changes.
        names: `ORG/SPACE/APP` of the plan's apps, by GUID, where known.
        scope: the GUIDs of the apps whose outgoing policies were reviewed, sorted.
        digest: a digest of these policies at the time of the review.
        made: what the plan was made from; None if unknown.
    """

    foundation: str
    plan: Plan
    names: Mapping[str, str]
    scope: tuple[str, ...]
    digest: str
    made: Provenance | None = None

    @classmethod
    def of(
        cls, plan: Plan, live: Collection[Policy], *, foundation: str, names: Mapping[str, str], scope: Iterable[str]
    ) -> PlanFile:
        """Record `plan` and the policies of `live` it was made for, limited to the sources in `scope` and the plan."""
        changed = (*plan.add, *plan.remove)
        apps = set(ends(changed))
        sources = {*scope, *(policy.source for policy in changed)}
        return cls(
            foundation,
            plan,
            {guid: names[guid] for guid in sorted(apps) if guid in names},
            tuple(sorted(sources)),
            _digest(live, sources),
        )

    def still_to_do(self, live: Collection[Policy], *, foundation: str, names: Mapping[str, str]) -> Plan:
        """Return the changes that remain: the whole plan, or the rest after an interrupted run.

        Args:
            live: the existing policies.
            foundation: the URL of the API they were read from.
            names: `ORG/SPACE/APP` of the existing apps, by GUID.

        Raises:
            StalePlan: the foundation has changed since the review, other than by this plan.
        """
        if foundation != self.foundation:
            raise StalePlan(
                f"The plan was made for {self.foundation}, but the target is {foundation}. Nothing was sent.",
                hint="Target the plan's foundation, or make a plan for this one with 'cfnet diff --out'.",
            )
        for guid, name in self.names.items():
            if names.get(guid) != name:
                raise StalePlan(
                    f"The app {name} has changed since the plan was made. Nothing was sent.",
                    hint="It was deleted, recreated or renamed. Make a new plan with 'cfnet diff --out'.",
                )
        # Reverting the plan must give the reviewed policies, however much of it has been applied.
        before = (frozenset(live) - frozenset(self.plan.add)) | frozenset(self.plan.remove)
        if _digest(before, frozenset(self.scope)) != self.digest:
            raise StalePlan(
                "The policies of the foundation have changed since the plan was made. Nothing was sent.",
                hint="Make a new plan with 'cfnet diff --out' and review it.",
            )
        return self.plan.rest(live)

    def write(self) -> str:
        """Return the text of the plan file, JSON; equal plans, made at the same time, give equal text."""
        content = {
            "format_version": FORMAT_VERSION,
            "foundation": self.foundation,
            **({"made": self.made.json()} if self.made else {}),
            "add": [_row(policy) for policy in self.plan.add],
            "remove": [_row(policy) for policy in self.plan.remove],
            "names": dict(sorted(self.names.items())),
            "reviewed": {"sources": list(self.scope), "digest": self.digest},
        }
        return json.dumps(content, indent=2) + "\n"


def read_plan_file(text: str, file: str) -> PlanFile:
    """Read the output of `PlanFile.write`.

    Raises:
        InputFault: the text is not a plan file.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_a_plan(file, "it is not JSON") from error
    try:
        version = content["format_version"]
        if version != FORMAT_VERSION:
            raise _not_a_plan(file, f"its format_version is {version!r}, but this cfnet reads {FORMAT_VERSION}")
        return PlanFile(
            _text(content["foundation"]),
            Plan(tuple(map(_policy, content["add"])), tuple(map(_policy, content["remove"]))),
            {_text(guid): _text(name) for guid, name in content["names"].items()},
            tuple(map(_text, content["reviewed"]["sources"])),
            _text(content["reviewed"]["digest"]),
            _made(content["made"]) if "made" in content else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError, BadPorts) as error:
        raise _not_a_plan(file, "it was not written by 'cfnet diff --out'") from error


def is_plan_file(data: bytes) -> bool:
    """Whether `data` looks like a plan file: a JSON object with a `format_version`, unlike a policy document."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and b'"format_version"' in data


def _not_a_plan(file: str, why: str) -> InputFault:
    return InputFault(f"Not a plan file: {why}", where=file, hint="Make one with 'cfnet diff FILE --out PLAN.json'.")


def _digest(live: Iterable[Policy], sources: Collection[str]) -> str:
    import hashlib  # noqa: PLC0415 - rarely needed

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


def _made(row: Mapping[str, object]) -> Provenance:
    return Provenance(*(_text(row[name]) for name in ("at", "user", "api", "cfnet")))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
