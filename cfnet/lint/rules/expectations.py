"""Rules about the expectations of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfnet.document.lint_section import LintId
from cfnet.lint.finding import Severity
from cfnet.lint.rule import LintRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.lint.finding import Finding
    from cfnet.lint.subject import LintSubject


class NoEffect(LintRule):
    """An expectation is about no apps: no policy could ever affect it, and a denied one always holds.

    Usually a pattern is mistyped, or an app was renamed. The rule needs to see all apps.
    """

    id: ClassVar = LintId.NO_EFFECT
    severity: ClassVar = Severity.WARNING
    remedy: ClassVar = "Correct the names and patterns of the expectation, or remove it."

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each expectation without sources or destinations."""
        for expectation, requirement in subject.expectations:
            missing = "" if requirement.destinations else "destination"
            missing = missing if requirement.sources else "source"
            if missing:
                place = [expectation.place]
                yield self.found(f'No app is a {missing} of the expectation "{expectation}".', place)
