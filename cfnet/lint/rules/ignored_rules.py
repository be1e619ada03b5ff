"""Rules about what documents ignore."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfnet.document.lint_section import LintId
from cfnet.lint.finding import Severity
from cfnet.lint.rule import LintRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.lint.finding import Finding
    from cfnet.lint.subject import LintSubject


class UnusedIgnore(LintRule):
    """A document ignores a rule that finds nothing there: the reason has gone, or the ID is the wrong one.

    Left in place, it would hide a later finding that nobody has looked at. Rules that need to know more than was read,
    such as all policies of the foundation, are not reported.
    """

    id: ClassVar = LintId.UNUSED_IGNORE
    severity: ClassVar = Severity.NOTICE
    remedy: ClassVar = "Remove the ID from the list under ignore."

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each rule that was ignored in vain, which the subject lists after all other rules."""
        for suppression in subject.unused:
            if suppression.place:
                yield self.found(f"{suppression.rule.id} is ignored, but finds nothing here.", [suppression.place])
