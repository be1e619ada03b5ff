"""What is linted: policies with the names of their apps, security groups, tags and expectations."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from cfnet.policy.limits import POLICIES_PER_SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.document import Place
    from cfnet.document.document import Expectation
    from cfnet.document.lint_section import LintSection, Suppression
    from cfnet.policy import App, Policy
    from cfnet.policy.requirement import Requirement

_Value = TypeVar("_Value")

MAX_RANGE: Final = 100
MAX_CALLERS: Final = 50
MAX_USAGE: Final = 80
DEVELOPMENT: Final = (
    "*dev*",
    "*test*",
    "*stag*",
    "*nonprod*",
    "*non-prod*",
    "*preprod*",
    "*pre-prod*",
)
PRODUCTION: Final = ("prod*", "*-prod*", "*_prod*", "*production*")


class LintSettings(NamedTuple):
    """The limits and names that rules compare with; see `LintSection`.

    A space that matches both patterns is one for development: `pre-prod`.
    """

    max_range: int = MAX_RANGE
    max_callers: int = MAX_CALLERS
    max_usage: int = MAX_USAGE
    quota: int = POLICIES_PER_SOURCE
    development: tuple[str, ...] = DEVELOPMENT
    production: tuple[str, ...] = PRODUCTION
    underlay: tuple[str, ...] = ()

    @classmethod
    def of(cls, sections: Sequence[LintSection]) -> LintSettings:
        """The settings in `sections`, which do not contradict each other, and otherwise the defaults."""
        return cls(
            _first((each.max_range for each in sections), MAX_RANGE),
            _first((each.max_callers for each in sections), MAX_CALLERS),
            _first((each.max_usage for each in sections), MAX_USAGE),
            _first((each.quota for each in sections), POLICIES_PER_SOURCE),
            _first((each.development for each in sections), DEVELOPMENT),
            _first((each.production for each in sections), PRODUCTION),
            _first((each.underlay for each in sections), ()),
        )


def _first(values: Iterable[_Value | None], default: _Value) -> _Value:
    return next((each for each in values if each is not None), default)


class MeantApps(NamedTuple):
    """An expectation, and the apps that it means among all apps of the foundation."""

    expectation: Expectation
    requirement: Requirement


@dataclass(frozen=True)
class LintSubject:
    """What is linted. What is not known is empty or None; rules about it find nothing.

    Attributes:
        policies: sorted, each once.
        apps: the apps whose names are known, by GUID, or by another key that `policies` use.
        places: where policies are declared.
        all_apps: whether `apps` are all apps, so that others do not exist.
        tags: the number of tags in use.
        groups: the security groups.
        overlay: the networks (CIDR) of the overlay.
        cells: the addresses of cells.
        expectations: those of documents, if all apps of the foundation are known.
        settings: the limits and names to compare with.
        everything: whether all policies, apps and security groups of the foundation are known.
        unused: what documents ignore, but no other rule finds.
    """

    policies: Sequence[Policy]
    apps: Mapping[str, App] = field(default_factory=dict)
    places: Mapping[Policy, Place] = field(default_factory=dict)
    all_apps: bool = False
    tags: int | None = None
    groups: Sequence[SecurityGroup] = ()
    overlay: Sequence[str] = ()
    cells: Sequence[str] = ()
    expectations: Sequence[MeantApps] = ()
    settings: LintSettings = field(default_factory=LintSettings)
    everything: bool = False
    unused: Sequence[Suppression] = ()

    @cached_property
    def by_pair(self) -> Mapping[tuple[str, str], Sequence[Policy]]:
        """The policies between each two apps, by source and destination."""
        found: dict[tuple[str, str], list[Policy]] = defaultdict(list)
        for policy in self.policies:
            found[policy.source, policy.destination].append(policy)
        return dict(found)

    def name(self, app: str) -> str:
        """`ORG/SPACE/APP`, or the GUID of an app without a known name."""
        known = self.apps.get(app)
        return known.known_path if known else app

    def sentence(self, policy: Policy) -> str:
        """`shop/web/a to shop/web/b, tcp 8080`."""
        return f"{self.pair(policy)}, {policy.protocol} {policy.ports}"

    def pair(self, policy: Policy) -> str:
        """`shop/web/a to shop/web/b`."""
        return f"{self.name(policy.source)} to {self.name(policy.destination)}"

    def places_of(self, policies: Iterable[Policy]) -> list[Place | None]:
        """Where they are declared; None for each that no document declares."""
        return [self.places.get(policy) for policy in policies]
