"""Rules about the limits of a foundation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from cfnet.document.lint_section import LintId
from cfnet.lint.finding import Severity
from cfnet.lint.rule import LintRule
from cfnet.policy.limits import GROUP_SPACES, TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.lint.finding import Finding
    from cfnet.lint.subject import LintSubject


class QuotaUsage(LintRule):
    """The quota of an app is nearly used up: users without network.admin can soon add no policy from it.

    The quota is `quota` under `lint` in a document (default: 150, as `max_policies_per_app_source` of the policy
    server); the percentage above which it counts as nearly used up is `max-usage` (default: 80).
    """

    id: ClassVar = LintId.QUOTA
    severity: ClassVar = Severity.WARNING
    remedy: ClassVar = "Join policies for adjacent ports, remove unused ones, or raise the quota of the server."

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each source app."""
        quota, most = subject.settings.quota, subject.settings.max_usage
        first = {policy.source: policy for policy in reversed(subject.policies)}
        for app, count in Counter(policy.source for policy in subject.policies).items():
            if count * 100 > quota * most:
                used = f"{count:,} of {quota:,} policies ({count * 100 // quota} %)"
                yield self.found(f"{subject.name(app)} is the source of {used}.", subject.places_of([first[app]]))


class TagUsage(LintRule):
    """The tags of the foundation are nearly used up: without a free tag, policies of further apps cannot be added.

    Each app that is the source or destination of a policy has a tag, of 65,535. The percentage above which they count
    as nearly used up is `max-usage` under `lint` in a document (default: 80).
    """

    id: ClassVar = LintId.TAGS
    severity: ClassVar = Severity.WARNING
    remedy: ClassVar = "Remove policies of apps that no longer need any; 'cfnet capacity' shows the usage."
    is_about_items: ClassVar = False

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding if too many tags are in use."""
        tags = subject.tags
        if tags is not None and tags * 100 > TAGS * subject.settings.max_usage:
            yield self.found(f"{tags:,} of {TAGS:,} tags are in use ({tags * 100 // TAGS} %).")


class ManySpaces(LintRule):
    """A security group is bound to more spaces than a policy server on MySQL can store.

    That policy server then fails to update its copy of the security groups, and cells keep applying old ones
    (cf-networking-release 3.68 and later, known issue 12). The limit is 148 spaces each for running and staging.
    """

    id: ClassVar = LintId.MANY_SPACES
    severity: ClassVar = Severity.WARNING
    remedy: ClassVar = "Bind the group globally, or split it into several groups."
    is_about_items: ClassVar = False

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each such group."""
        for group in subject.groups:
            count = max(len(group.running_spaces), len(group.staging_spaces))
            if count > GROUP_SPACES:
                message = f"The security group {group.name} is bound to {count:,} spaces; the limit is {GROUP_SPACES}."
                yield self.found(message)
