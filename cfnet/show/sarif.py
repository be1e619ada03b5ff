"""SARIF 2.1.0 (OASIS), the format of code scanning: one run, with a rule for each kind of finding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from cfnet import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.document import Place
    from cfnet.show.annotations import Level


class SarifRule(NamedTuple):
    """A kind of finding: its id, its name in code, and a few words."""

    id: str
    name: str
    title: str


class SarifFinding(NamedTuple):
    """A finding at a place, optionally with another place that it is about."""

    rule: SarifRule
    level: Level
    message: str
    place: Place
    also: Place | None = None


def sarif_log(findings: Iterable[SarifFinding]) -> str:
    """Format `findings` as a log of one run."""
    findings = list(findings)
    rules = sorted({finding.rule for finding in findings})
    index = {rule: number for number, rule in enumerate(rules)}
    driver = {
        "name": "cfnet",
        "version": __version__,
        "rules": [{"id": rule.id, "name": rule.name, "shortDescription": {"text": rule.title}} for rule in rules],
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
        "level": finding.level.value,
        "message": {"text": finding.message},
        "locations": [_location(finding.place)],
    }
    if finding.also:
        result["relatedLocations"] = [{"id": 1, "message": {"text": "the other one"}, **_location(finding.also)}]
    return result


def _location(place: Place) -> dict[str, object]:
    uri = quote(place.file.replace("\\", "/"), safe="/", errors="surrogateescape")
    region = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
