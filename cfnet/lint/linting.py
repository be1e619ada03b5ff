"""Applies all rules, and marks the findings that documents ignore."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cfnet.lint.rules import RULES
from cfnet.lint.rules.ignored_rules import UnusedIgnore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from cfnet.document import Place
    from cfnet.document.document import Document, PolicyEntry
    from cfnet.document.lint_section import LintId, Suppression
    from cfnet.lint.finding import Finding
    from cfnet.lint.subject import LintSubject


def lint(subject: LintSubject, documents: Sequence[Document] = ()) -> list[Finding]:
    """Find what deserves attention: first what documents declare, by place, then the rest, by rule.

    What `documents` ignore is included, with the suppression.
    """
    order = {document.file: number for number, document in enumerate(documents)}
    ignored = _Suppressions.of(documents)
    findings = [finding for rule in RULES for finding in rule.check(subject)]
    unused = _unused(findings, subject, documents, ignored)
    findings += UnusedIgnore().check(replace(subject, unused=unused))
    found = list(map(ignored.applied, findings))

    def key(finding: Finding) -> tuple[int, int, int, str, str]:
        place = finding.place
        if place is None:
            return len(order), 0, 0, finding.rule.id, finding.message
        return order.get(place.file, 0), place.line, place.column, finding.rule.id, finding.message

    return sorted(found, key=key)


def _unused(
    findings: Iterable[Finding], subject: LintSubject, documents: Iterable[Document], ignored: _Suppressions
) -> list[Suppression]:
    """Return what documents ignore, but rules that could find everything have not found."""
    used = {suppression.place for finding in findings for suppression in ignored.matching(finding)}
    judged = {rule.id for rule in RULES if rule.is_local or subject.everything} - {UnusedIgnore.id}
    declared = set(subject.places.values())
    return [
        suppression
        for document in documents
        for suppression in _suppressions(document, declared)
        if suppression.rule in judged and suppression.place not in used
    ]


def _suppressions(document: Document, declared: AbstractSet[Place]) -> Iterator[Suppression]:
    """Yield what a document ignores, without items whose policies are not `declared` because they are pending."""
    yield from document.lint.ignored if document.lint else ()
    for entry in document.entries:
        if entry.ignored_rules and not declared.isdisjoint(_within(entry)):
            yield from entry.ignored_rules
    for expectation in document.expectations:
        yield from expectation.ignored_rules


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

    def matching(self, finding: Finding) -> Iterator[Suppression]:
        """Yield what could suppress `finding`, at any of its places, or in any file if it is about none."""
        places = [place for place in finding.places if place]
        is_inside = len(places) == len(finding.places) > 0
        files = {place.file for place in places} if is_inside else self.files.keys()
        at = (self.at.get(place, {}).get(finding.rule) for place in places)
        return filter(None, (*at, *(self.files.get(file, {}).get(finding.rule) for file in files)))

    def _reason(self, rule: LintId, place: Place | None) -> Suppression | None:
        if place is None:
            return self.elsewhere.get(rule)
        return self.at.get(place, {}).get(rule) or self.files.get(place.file, {}).get(rule)


def _united(ignored: Iterable[Mapping[LintId, Suppression]]) -> dict[LintId, Suppression]:
    return {rule: each for some in ignored for rule, each in some.items()}


def _places(document: Document) -> Iterator[tuple[Place, Mapping[LintId, Suppression]]]:
    """Yield the places of the items that ignore rules, and of what is in them."""
    for entry in document.entries:
        if entry.ignored_rules:
            ignored = {each.rule: each for each in entry.ignored_rules}
            yield from ((place, ignored) for place in _within(entry))
    for expectation in document.expectations:
        yield expectation.place, {each.rule: each for each in expectation.ignored_rules}


def _within(entry: PolicyEntry) -> Iterator[Place]:
    """Yield the places in an item; what an alias refers to is in another item, before this one."""
    mentioned = {each.place for each in (*entry.sources, *entry.destinations)}
    suppressions = (each.place for each in entry.ignored_rules if each.place)
    there = {entry.place, *mentioned, *(each.place for each in entry.ports), *suppressions}
    return (place for place in there if place >= entry.place)
