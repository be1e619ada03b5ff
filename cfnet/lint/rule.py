"""What all rules have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from inspect import getdoc
from typing import TYPE_CHECKING, ClassVar

from cfnet.lint.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.document import Place
    from cfnet.document.lint_section import LintId
    from cfnet.lint.finding import Severity
    from cfnet.lint.subject import LintSubject
    from cfnet.policy import Policy


class LintRule(ABC):
    """A rule of `cfnet lint`. Its docstring is its documentation: `cfnet help L301` prints it."""

    id: ClassVar[LintId]
    severity: ClassVar[Severity]
    remedy: ClassVar[str]
    is_about_items: ClassVar[bool] = True
    """Whether findings belong to items of documents; others are about the foundation as a whole."""

    is_local: ClassVar[bool] = False
    """Whether each finding follows from one policy alone, so that nothing else needs to be known."""

    @abstractmethod
    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield the findings in `subject`."""

    @property
    def documentation(self) -> str:
        """The documentation, in paragraphs."""
        return getdoc(type(self)) or ""

    def found(self, message: str, places: Sequence[Place | None] = (), policies: Sequence[Policy] = ()) -> Finding:
        """Make a finding of this rule."""
        return Finding(self.id, self.severity, message, places, policies)
