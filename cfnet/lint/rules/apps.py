"""Rules about the apps that policies connect."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, ClassVar

from cfnet.document.lint_section import LintId
from cfnet.document.wildcards import matches
from cfnet.lint.finding import Severity
from cfnet.lint.rule import LintRule
from cfnet.policy import ends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.lint.finding import Finding
    from cfnet.lint.subject import LintSubject
    from cfnet.policy import Policy


class BetweenOrgs(LintRule):
    """A policy between apps of different orgs crosses the line between tenants.

    Users of one org usually cannot see the apps of the other: neither team alone knows whether it is still needed.
    """

    id: ClassVar = LintId.BETWEEN_ORGS
    severity: ClassVar = Severity.NOTICE
    remedy: ClassVar = "Check that both teams know of it, and ignore the finding with a reason."

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each two apps."""
        for (one, two), policies in subject.by_pair.items():
            source, destination = subject.apps.get(one), subject.apps.get(two)
            if not (source and destination):
                continue
            orgs = [each.space.org.name.lower() for each in (source, destination)]
            if all(orgs) and orgs[0] != orgs[1]:
                message = f"{subject.pair(policies[0])} is between different orgs."
                yield self.found(message, subject.places_of(policies), policies)


class IntoProduction(LintRule):
    """A policy lets an app of a space for development, testing or staging call an app of a space for production.

    Developers of the first space reach production through it, without a role there.

    Spaces are classified by name. Patterns can be set under `lint` in a document: `development` (default: *dev*,
    *test*, *stag*, *nonprod*, *non-prod*, *preprod*, *pre-prod*) and `production` (default: prod*, *-prod*, *_prod*,
    *production*). A space that matches both is for development.
    """

    id: ClassVar = LintId.INTO_PRODUCTION
    severity: ClassVar = Severity.WARNING
    remedy: ClassVar = "Remove the policy, or correct the patterns of development and production."

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each two apps."""
        spaces = {app.space.name for app in subject.apps.values()}
        development = _matching(subject.settings.development, spaces)
        production = _matching(subject.settings.production, spaces) - development
        for (one, two), policies in subject.by_pair.items():
            source, destination = subject.apps.get(one), subject.apps.get(two)
            if not (source and destination):
                continue
            if source.space.name in development and destination.space.name in production:
                message = f"{subject.pair(policies[0])} is from development to production."
                yield self.found(message, subject.places_of(policies), policies)


class ManyCallers(LintRule):
    """An app that many others may call is a shared service, or has been opened too widely.

    A shared service should be known as one: a fault in it reaches all of its callers.

    The limit is `max-callers` under `lint` in a document; the default is 50 apps.
    """

    id: ClassVar = LintId.MANY_CALLERS
    severity: ClassVar = Severity.WARNING
    remedy: ClassVar = "Remove policies that are not needed, or raise max-callers."

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each app with more callers than the limit."""
        limit = subject.settings.max_callers
        callers: dict[str, list[Policy]] = defaultdict(list)
        for (source, destination), policies in subject.by_pair.items():
            if source != destination:
                callers[destination].append(policies[0])
        for app, policies in callers.items():
            if len(policies) > limit:
                message = f"{len(policies):,} apps may call {subject.name(app)}; the limit is {limit:,}."
                declared = next(filter(None, subject.places_of(policies)), None)
                yield self.found(message, [declared])


class DeletedApp(LintRule):
    """A policy refers to an app that does not exist.

    The policy server removes such policies after a while. If it does not, they keep tags in use, and documents that
    declare them by GUID cannot have the effect that their authors expect.

    The rule needs to see all apps: without network.admin and a role for all spaces it finds nothing.
    """

    id: ClassVar = LintId.DELETED_APP
    severity: ClassVar = Severity.ERROR
    remedy: ClassVar = "Remove the policies."

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each missing app."""
        missing: dict[str, list[Policy]] = defaultdict(list)
        for policy in subject.policies if subject.all_apps else ():
            for app in dict.fromkeys(ends([policy])):
                if app not in subject.apps:
                    missing[app].append(policy)
        for app, policies in missing.items():
            first, more = policies[0], len(policies) - 1
            rest = f", and {more:,} more" if more else ""
            message = f"The app {app} does not exist, but has policies: {subject.sentence(first)}{rest}."
            yield self.found(message, subject.places_of(policies), policies)


def _matching(patterns: tuple[str, ...], spaces: set[str]) -> set[str]:
    return {space for space in spaces if any(matches(pattern, space) for pattern in patterns)}
