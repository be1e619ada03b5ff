"""Findings of `cfnet lint`, for people and for programs that read build logs."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from cfnet.lint.finding import Severity
from cfnet.lint.rules import RULES
from cfnet.show.annotations import Level, annotation
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.machine import FORMAT_VERSION, named_policy_json
from cfnet.show.plurals import counted
from cfnet.show.printable import printable
from cfnet.show.sarif import SarifFinding, SarifRule, sarif_log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.document import Place
    from cfnet.document.lint_section import LintId
    from cfnet.lint.finding import Finding
    from cfnet.lint.rule import LintRule
    from cfnet.policy import App

_STYLES: Final = {
    Severity.NOTICE: LineStyle.UNSURE,
    Severity.WARNING: LineStyle.UNSURE,
    Severity.ERROR: LineStyle.BAD,
}
_GITLAB: Final = {Severity.NOTICE: "info", Severity.WARNING: "minor", Severity.ERROR: "major"}
_NO_FILE: Final = "foundation"
"""The file of findings that are in no document, for formats that require one."""
_BY_ID: Final[Mapping[LintId, LintRule]] = {rule.id: rule for rule in RULES}


class LintFormat(StrEnum):
    """The forms of the findings."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    GITLAB = "gitlab"


class LintResults(NamedTuple):
    """Findings, also those that documents ignore, and the apps whose names are known, by GUID.

    `complete` is whether the user sees all policies of the foundation; None if only documents were checked.
    """

    findings: Sequence[Finding]
    apps: Mapping[str, App]
    complete: bool | None = None

    @property
    def reported(self) -> Sequence[Finding]:
        """Those that are not ignored."""
        return [each for each in self.findings if not each.suppression]

    def has(self, severity: Severity) -> bool:
        """Whether there are findings that are at least as severe."""
        return any(each.severity.rank >= severity.rank for each in self.reported)

    @property
    def summary(self) -> str:
        """How many there are, in a sentence."""
        counts = Counter(each.severity for each in self.reported)
        parts = [counted(counts[each], each) for each in reversed(Severity) if counts[each]]
        ignored = len(self.findings) - len(self.reported)
        also = f" ({ignored:,} ignored)" if ignored else ""
        of_them = f": {', '.join(parts)}" if parts else ""
        return f"{counted(len(self.reported), 'finding')}{of_them}{also}."


def lint_as(form: LintFormat, results: LintResults, *, colour: bool = False) -> str:
    """The findings in the form `form`, each line ended by a newline; `colour` is for text only."""
    match form:
        case LintFormat.TEXT:
            return _text(results, colour=colour)
        case LintFormat.JSON:
            return lint_json(results)
        case LintFormat.GITHUB:
            return _github(results)
        case LintFormat.SARIF:
            return _sarif(results)
        case LintFormat.GITLAB:
            return _gitlab(results)
        case _ as never:
            assert_never(never)


def _text(results: LintResults, *, colour: bool) -> str:
    """A line for each finding, then one for each rule that found something, with its remedy."""
    lines = []
    for each in results.reported:
        at = f"{each.place}: " if each.place else ""
        severity = styled(each.severity, _STYLES[each.severity], colour=colour)
        lines.append(f"{printable(at)}{each.rule.id} {severity}: {printable(each.message)}")
    found = {each.rule for each in results.reported}
    remedies = [f"{rule.id.id} {rule.id.title}: {rule.remedy}" for rule in RULES if rule.id in found]
    if remedies:
        lines += ["", *remedies, ""]
    return "".join(f"{line}\n" for line in (*lines, results.summary))


def lint_json(results: LintResults) -> str:
    """The document of `lint --json`.

        {"format_version": 1, "complete": true, "findings": [FINDING, …]}

    `complete` is false if the user can see only some of the foundation's policies, null if only documents were checked.
    FINDING:

        {"id": "L301", "title": "wide port range", "severity": "warning", "message": "shop/web/a to …",
         "remedy": "Allow only …", "place": {"file": "policies.yml", "line": 5, "column": 5}, "policies": [POLICY, …],
         "ignored": null}

    `place` is null if the finding is about nothing in a document. POLICY is as in `network-policies --json`. `ignored`
    is `{"because": "…"}` if a document ignores the finding; the text is empty if it gives no reason.
    """
    rows = [
        {
            "id": each.rule.id,
            "title": each.rule.title,
            "severity": each.severity,
            "message": each.message,
            "remedy": _BY_ID[each.rule].remedy,
            "place": _place_json(each.place),
            "policies": [named_policy_json(policy, results.apps) for policy in each.policies],
            "ignored": {"because": each.suppression.because} if each.suppression else None,
        }
        for each in results.findings
    ]
    document = {"format_version": FORMAT_VERSION, "complete": results.complete, "findings": rows}
    return json.dumps(document, indent=2) + "\n"


def _place_json(place: Place | None) -> dict[str, object] | None:
    return {"file": place.file, "line": place.line, "column": place.column} if place else None


def _github(results: LintResults) -> str:
    return "".join(
        annotation(Level(each.severity), f"{each.rule.id} {each.rule.title}", _with_remedy(each), each.place)
        for each in results.reported
    )


def _with_remedy(finding: Finding) -> str:
    return f"{finding.message}\n{_BY_ID[finding.rule].remedy}"


def _sarif(results: LintResults) -> str:
    return sarif_log(
        SarifFinding(
            SarifRule(each.rule.id, each.rule.name, each.rule.title, _BY_ID[each.rule].documentation),
            Level(each.severity),
            _with_remedy(each),
            each.place,
            ignored=each.suppression.because if each.suppression else None,
        )
        for each in results.findings
    )


def _gitlab(results: LintResults) -> str:
    """A report for GitLab's code quality: findings are recognized by fingerprint, which does not change with lines."""
    seen: Counter[str] = Counter()
    rows = []
    for each in results.reported:
        path = each.place.file.replace("\\", "/") if each.place else _NO_FILE
        identity = f"{each.rule.id}\n{path}\n{each.message}"
        seen[identity] += 1
        rows.append(
            {
                "description": each.message,
                "check_name": each.rule.id,
                "fingerprint": hashlib.sha256(f"{identity}\n{seen[identity]}".encode(errors="replace")).hexdigest(),
                "severity": _GITLAB[each.severity],
                "location": {"path": path, "lines": {"begin": each.place.line if each.place else 1}},
            }
        )
    return json.dumps(rows, indent=2) + "\n"


def rules_text() -> str:
    """A line for each rule: its id, severity and title."""
    return "".join(f"{rule.id.id}  {rule.severity:<7}  {rule.id.title}\n" for rule in RULES)


def rules_json() -> str:
    """The document of `lint --list --json`.

    {"format_version": 1, "rules": [{"id": "L301", "title": "wide port range", "severity": "warning",
     "documentation": "…", "remedy": "…"}, …]}
    """
    rows = [
        {
            "id": rule.id.id,
            "title": rule.id.title,
            "severity": rule.severity,
            "documentation": rule.documentation,
            "remedy": rule.remedy,
        }
        for rule in RULES
    ]
    return json.dumps({"format_version": FORMAT_VERSION, "rules": rows}, indent=2) + "\n"


def rule_text(rule: LintRule) -> str:
    """The explanation of a rule, for `cfnet help L301`."""
    return f"{rule.id.id} {rule.id.title} ({rule.severity})\n\n{rule.documentation}\n\n{rule.remedy}\n"
