"""A finding: traffic that deserves attention, or a limit that is nearly reached."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.document import Place
    from cfnet.document.lint_section import LintId, Suppression
    from cfnet.policy import Policy


class Severity(StrEnum):
    """How severe a finding is, the least severe first."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Its position: higher is more severe."""
        return list(Severity).index(self)


class Finding(NamedTuple):
    """What a rule found.

    Attributes:
        rule: its id.
        severity: that of the rule.
        message: a sentence.
        places: where the policies that it is about are declared, None for those that no document declares; empty if
            it is not about something that a document can declare.
        policies: the policies that it is about, if any.
        suppression: why it is ignored; None if it is not.
    """

    rule: LintId
    severity: Severity
    message: str
    places: Sequence[Place | None] = ()
    policies: Sequence[Policy] = ()
    suppression: Suppression | None = None

    @property
    def place(self) -> Place | None:
        """Where it is reported; None if it is about nothing in a document."""
        return next(filter(None, self.places), None)
