"""SARIF 2.1.0 (OASIS), the format of code scanning: one run, with a rule for each kind of finding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from cfnet import __version__
from cfnet.show.annotations import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.document import Place


class SarifRule(NamedTuple):
    """A kind of finding: its id, its name in code, a few words, and a description, which may be empty."""

    id: str
    name: str
    title: str
    description: str = ""

    def json(self) -> dict[str, object]:
        """Convert the rule to a `reportingDescriptor`."""
        full = {"fullDescription": {"text": self.description}} if self.description else {}
        return {"id": self.id, "name": self.name, "shortDescription": {"text": self.title}, **full}


class SarifFinding(NamedTuple):
    """A finding.

    Attributes:
        rule: its kind.
        level: its severity.
        message: what was found.
        place: where it is; None if it is in no file.
        also: another place that it is about.
        ignored: the reason, which may be empty, for which its file ignores it; None if it does not.
    """

    rule: SarifRule
    level: Level
    message: str
    place: Place | None
    also: Place | None = None
    ignored: str | None = None


def sarif_log(findings: Iterable[SarifFinding]) -> str:
    """Format `findings` as a log of one run."""
    findings = list(findings)
    rules = sorted({finding.rule for finding in findings})
    index = {rule: number for number, rule in enumerate(rules)}
    driver = {
        "name": "cfnet",
        "version": __version__,
        "rules": [rule.json() for rule in rules],
    }
    results = [_result(finding, index[finding.rule]) for finding in findings]
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, indent=2) + "\n"


def _result(finding: SarifFinding, rule: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.rule.id,
        "ruleIndex": rule,
        "level": _level(finding.level),
        "message": {"text": finding.message},
        "locations": [_location(finding.place)] if finding.place else [],
    }
    if finding.also:
        result["relatedLocations"] = [{"id": 1, "message": {"text": "the other one"}, **_location(finding.also)}]
    if finding.ignored is not None:
        reason = {"justification": finding.ignored} if finding.ignored else {}
        result["suppressions"] = [{"kind": "inSource", **reason}]
    return result


def _level(level: Level) -> str:
    return "note" if level is Level.NOTICE else level.value


def _location(place: Place) -> dict[str, object]:
    uri = quote(place.file.replace("\\", "/"), safe="/", errors="surrogateescape")
    region = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
