"""Applies all rules, and marks the findings that documents ignore."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.document import Place
    from cfnet.document.document import Document
    from cfnet.document.lint_section import LintId, Suppression
    from cfnet.lint.finding import Finding
    from cfnet.lint.subject import LintSubject


def lint(subject: LintSubject, documents: Sequence[Document] = ()) -> list[Finding]:
    """Find what deserves attention: first what documents declare, by place, then the rest, by rule.

    What `documents` ignore is included, with the suppression.
    """
    order = {document.file: number for number, document in enumerate(documents)}
    ignored = _Suppressions.of(documents)
    found = [ignored.applied(finding) for rule in RULES for finding in rule.check(subject)]

    def key(finding: Finding) -> tuple[int, int, int, str, str]:
        place = finding.place
        if place is None:
            return len(order), 0, 0, finding.rule.id, finding.message
        return order.get(place.file, 0), place.line, place.column, finding.rule.id, finding.message

    return sorted(found, key=key)


class _Suppressions(NamedTuple):
    """What documents ignore.

    Attributes:
        at: at the places of items.
        files: in whole files.
        elsewhere: about policies that no document declares: what documents without policies ignore.
        anywhere: about the foundation: what any document ignores.
    """

    at: Mapping[Place, Mapping[LintId, Suppression]]
    files: Mapping[str, Mapping[LintId, Suppression]]
    elsewhere: Mapping[LintId, Suppression]
    anywhere: Mapping[LintId, Suppression]

    @classmethod
    def of(cls, documents: Sequence[Document]) -> _Suppressions:
        at = {place: each for document in documents for place, each in _places(document)}
        files = {
            document.file: {each.rule: each for each in document.lint.ignored}
            for document in documents
            if document.lint
        }
        without_policies = [files.get(document.file, {}) for document in documents if not document.entries]
        return cls(at, files, _united(without_policies), _united(files.values()))

    def applied(self, finding: Finding) -> Finding:
        """Return `finding`, suppressed if it is ignored at each of its places."""
        if not finding.places:
            return finding._replace(suppression=self.anywhere.get(finding.rule))
        reasons = [self._reason(finding.rule, place) for place in finding.places]
        return finding._replace(suppression=reasons[0]) if all(reasons) else finding

    def _reason(self, rule: LintId, place: Place | None) -> Suppression | None:
        if place is None:
            return self.elsewhere.get(rule)
        return self.at.get(place, {}).get(rule) or self.files.get(place.file, {}).get(rule)


def _united(ignored: Iterable[Mapping[LintId, Suppression]]) -> dict[LintId, Suppression]:
    return {rule: each for some in ignored for rule, each in some.items()}


def _places(document: Document) -> Iterator[tuple[Place, Mapping[LintId, Suppression]]]:
    """Yield the places of the items that ignore rules, and of what is in them.

    What an alias refers to is in another item, before this one.
    """
    for entry in document.entries:
        if entry.ignored_rules:
            ignored = {each.rule: each for each in entry.ignored_rules}
            mentioned = {each.place for each in (*entry.sources, *entry.destinations)}
            there = {entry.place, *mentioned, *(each.place for each in entry.ports)}
            yield from ((place, ignored) for place in there if place >= entry.place)
    for expectation in document.expectations:
        yield expectation.place, {each.rule: each for each in expectation.ignored_rules}
