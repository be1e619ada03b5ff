"""Findings of lint in every format."""

import json

import pytest

from cfnet.document import Place
from cfnet.document.lint_section import LintId, Suppression
from cfnet.lint.finding import Finding, Severity
from cfnet.policy import App, Org, Space
from cfnet.show.lint import LintFormat, LintResults, lint_as
from tests.policies import policy

PLACE = Place("ci/a b.yml", 3, 12)
WIDE = Finding(LintId.WIDE_RANGE, Severity.WARNING, "a to b is wide.", [PLACE], [policy("a", "b", "1-200")])
GROUP = Finding(LintId.OPEN_OVERLAY, Severity.ERROR, "g\x1b[31m\r\n::error::x opens 10.255.0.0/16.")
NOTICE = Finding(LintId.BETWEEN_ORGS, Severity.NOTICE, "a to b.", [None, PLACE])
IGNORED = WIDE._replace(suppression=Suppression(LintId.WIDE_RANGE, "passive FTP"))
APPS = {"a": App("a", "web", Space("s", "dev", Org("o", "demo")))}


def results(*findings: Finding) -> LintResults:
    """These findings, with one app of a known name."""
    return LintResults(findings, APPS)


def test_text_has_a_line_for_each_finding_and_each_remedy() -> None:
    """Control characters are escaped; ignored findings are only counted."""
    assert lint_as(LintFormat.TEXT, results(WIDE, WIDE, GROUP, IGNORED)) == (
        "ci/a b.yml:3:12: L301 warning: a to b is wide.\n"
        "ci/a b.yml:3:12: L301 warning: a to b is wide.\n"
        "L312 error: g\\x1b[31m\\r\\n::error::x opens 10.255.0.0/16.\n"
        "\n"
        "L301 wide port range: Allow only the ports that the destination listens on, or raise max-range.\n"
        "L312 security group opens the overlay: Exclude the overlay network from the destinations, and add policies "
        "instead.\n"
        "\n"
        "3 findings: 1 error, 2 warnings (1 ignored).\n"
    )


def test_text_has_colours_for_severities() -> None:
    text = lint_as(LintFormat.TEXT, results(WIDE, GROUP), colour=True)
    assert "L301 \x1b[33mwarning\x1b[0m: " in text
    assert "L312 \x1b[31merror\x1b[0m: " in text


def test_json_has_all_parts_of_a_finding() -> None:
    document = json.loads(lint_as(LintFormat.JSON, results(IGNORED, GROUP)))
    assert document["format_version"] == 1
    first, second = document["findings"]
    assert first == {
        "id": "L301",
        "title": "wide port range",
        "severity": "warning",
        "message": "a to b is wide.",
        "remedy": "Allow only the ports that the destination listens on, or raise max-range.",
        "place": {"file": "ci/a b.yml", "line": 3, "column": 12},
        "policies": [
            {
                "source": {"guid": "a", "name": "web", "space": "dev", "org": "demo"},
                "destination": {"guid": "b", "name": None, "space": None, "org": None},
                "protocol": "tcp",
                "ports": {"start": 1, "end": 200},
            }
        ],
        "ignored": {"because": "passive FTP"},
    }
    assert (second["place"], second["ignored"]) == (None, None)


def test_github_gets_annotations_of_each_severity() -> None:
    """A finding without a place has none; characters that could start another command are escaped."""
    assert lint_as(LintFormat.GITHUB, results(WIDE, GROUP, NOTICE, IGNORED)) == (
        "::warning file=ci/a b.yml,line=3,col=12,title=L301 wide port range::a to b is wide.%0A"
        "Allow only the ports that the destination listens on, or raise max-range.\n"
        "::error title=L312 security group opens the overlay::g\\x1b[31m%0D%0A::error::x opens 10.255.0.0/16.%0A"
        "Exclude the overlay network from the destinations, and add policies instead.\n"
        "::notice file=ci/a b.yml,line=3,col=12,title=L303 policy between orgs::a to b.%0A"
        "Check that both teams know of it, and ignore the finding with a reason.\n"
    )


def test_sarif_has_levels_rules_and_suppressions() -> None:
    """A notice is a note; a finding without a place has no location."""
    (run,) = json.loads(lint_as(LintFormat.SARIF, results(WIDE, GROUP, NOTICE, IGNORED)))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["L301", "L303", "L312"]
    assert run["tool"]["driver"]["rules"][0]["fullDescription"]["text"].startswith("A policy that allows a wide range")
    assert [(each["level"], len(each["locations"]), each.get("suppressions")) for each in run["results"]] == [
        ("warning", 1, None),
        ("error", 0, None),
        ("note", 1, None),
        ("warning", 1, [{"kind": "inSource", "justification": "passive FTP"}]),
    ]
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "ci/a%20b.yml"}
    assert location["region"] == {"startLine": 3, "startColumn": 12}


def test_gitlab_gets_a_code_quality_report() -> None:
    """What is in no document has a made-up file, because GitLab requires one."""
    rows = json.loads(lint_as(LintFormat.GITLAB, results(WIDE, GROUP, NOTICE, IGNORED)))
    assert [(row["check_name"], row["severity"], row["location"]) for row in rows] == [
        ("L301", "minor", {"path": "ci/a b.yml", "lines": {"begin": 3}}),
        ("L312", "major", {"path": "foundation", "lines": {"begin": 1}}),
        ("L303", "info", {"path": "ci/a b.yml", "lines": {"begin": 3}}),
    ]


def test_gitlab_recognizes_a_finding_on_another_line() -> None:
    """Fingerprints differ within a report, even of equal findings, and do not depend on lines."""
    moved = WIDE._replace(places=[PLACE._replace(line=30)])
    one, two = (
        [row["fingerprint"] for row in json.loads(lint_as(LintFormat.GITLAB, results(*each)))]
        for each in ((WIDE, moved, GROUP), (moved, WIDE, GROUP))
    )
    assert one == two
    assert len({*one}) == 3


@pytest.mark.parametrize("form", LintFormat)
def test_every_format_can_have_no_findings(form: LintFormat) -> None:
    assert lint_as(form, results()).endswith("\n") or form is LintFormat.GITHUB


THRESHOLDS = {
    Severity.NOTICE: (NOTICE, True, False, False),
    Severity.WARNING: (WIDE, True, True, False),
    Severity.ERROR: (GROUP, True, True, True),
}


@pytest.mark.parametrize(("finding", "notice", "warning", "error"), THRESHOLDS.values(), ids=THRESHOLDS)
def test_findings_reach_thresholds(finding: Finding, *, notice: bool, warning: bool, error: bool) -> None:
    """Ignored ones reach none."""
    found = results(finding)
    assert [found.has(each) for each in Severity] == [notice, warning, error]
    assert not any(map(results(IGNORED).has, Severity))
