"""Faults of documents, for people and for programs."""

import json
import xml.etree.ElementTree as ET

import pytest

from cfnet import __version__
from cfnet.document import Code, Fault, Place
from cfnet.show.faults import FaultFormat, faults_as

PORTS = Fault(Place("ci/a b.yml", 3, 12), Code.BAD_PORTS, "0x50", "a port", "80")
TWICE = Fault(Place("b.yml", 7, 3), Code.DECLARED_TWICE, "a to b, tcp 80", also=Place("ci/a b.yml", 1, 5))
HOSTILE = Fault(Place("100%:,\n.yml", 1, 1), Code.BAD_APP, '"<&>\x1b[31m\x00%0A\r\n::error::x"', "a name")
FILES = ("ci/a b.yml", "b.yml", "good.yml")


def test_text_has_a_line_for_each_fault() -> None:
    """Position, id, message; control characters are escaped."""
    assert faults_as(FaultFormat.TEXT, [PORTS, TWICE, HOSTILE], FILES) == (
        "ci/a b.yml:3:12: E208 invalid ports: 0x50; expected a port; did you mean 80?\n"
        "b.yml:7:3: E301 policy declared twice: a to b, tcp 80; the other one is at ci/a b.yml:1:5\n"
        '100%:,\\n.yml:1:1: E204 invalid app name: "<&>\\x1b[31m\\x00%0A\\r\\n::error::x"; expected a name\n'
    )


def test_json_has_all_parts_of_a_fault() -> None:
    """With the version of the format."""
    assert json.loads(faults_as(FaultFormat.JSON, [PORTS, TWICE], FILES)) == {
        "format_version": 1,
        "faults": [
            {
                "id": "E208",
                "title": "invalid ports",
                "file": "ci/a b.yml",
                "line": 3,
                "column": 12,
                "found": "0x50",
                "expected": "a port",
                "guess": "80",
                "also": None,
            },
            {
                "id": "E301",
                "title": "policy declared twice",
                "file": "b.yml",
                "line": 7,
                "column": 3,
                "found": "a to b, tcp 80",
                "expected": "",
                "guess": "",
                "also": {"file": "ci/a b.yml", "line": 1, "column": 5},
            },
        ],
    }


def test_github_gets_workflow_commands() -> None:
    """One annotation each; characters that could end one or start another are escaped as in GitHub's toolkit."""
    assert faults_as(FaultFormat.GITHUB, [PORTS, HOSTILE], FILES) == (
        "::error file=ci/a b.yml,line=3,col=12,title=E208 invalid ports::"
        "invalid ports: 0x50; expected a port; did you mean 80?\n"
        "::error file=100%25%3A%2C%0A.yml,line=1,col=1,title=E204 invalid app name::"
        'invalid app name: "<&>\\x1b[31m\\x00%250A%0D%0A::error::x"; expected a name\n'
    )


def test_sarif_has_one_run() -> None:
    """A rule for each kind of fault, paths as URIs, the other position as a related location."""
    assert json.loads(faults_as(FaultFormat.SARIF, [PORTS, TWICE], FILES)) == {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "cfnet",
                        "version": __version__,
                        "rules": [
                            {"id": "E208", "name": "BAD_PORTS", "shortDescription": {"text": "invalid ports"}},
                            {
                                "id": "E301",
                                "name": "DECLARED_TWICE",
                                "shortDescription": {"text": "policy declared twice"},
                            },
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    {
                        "ruleId": "E208",
                        "ruleIndex": 0,
                        "level": "error",
                        "message": {"text": "invalid ports: 0x50; expected a port; did you mean 80?"},
                        "locations": [_location("ci/a%20b.yml", 3, 12)],
                    },
                    {
                        "ruleId": "E301",
                        "ruleIndex": 1,
                        "level": "error",
                        "message": {
                            "text": "policy declared twice: a to b, tcp 80; the other one is at ci/a b.yml:1:5"
                        },
                        "locations": [_location("b.yml", 7, 3)],
                        "relatedLocations": [
                            {"id": 1, "message": {"text": "the other one"}, **_location("ci/a%20b.yml", 1, 5)}
                        ],
                    },
                ],
            }
        ],
    }


def _location(uri: str, line: int, column: int) -> dict[str, object]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri},
            "region": {"startLine": line, "startColumn": column},
        }
    }


def test_junit_has_a_case_for_each_file() -> None:
    """A file without faults is a passed test."""
    assert (
        faults_as(FaultFormat.JUNIT, [PORTS, TWICE], FILES)
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="2" errors="0">
  <testsuite name="cfnet validate" tests="3" failures="2" errors="0">
    <testcase classname="cfnet.validate" name="ci/a b.yml">
      <failure type="E208" message="1 fault">\
ci/a b.yml:3:12: E208 invalid ports: 0x50; expected a port; did you mean 80?
</failure>
    </testcase>
    <testcase classname="cfnet.validate" name="b.yml">
      <failure type="E301" message="1 fault">\
b.yml:7:3: E301 policy declared twice: a to b, tcp 80; the other one is at ci/a b.yml:1:5
</failure>
    </testcase>
    <testcase classname="cfnet.validate" name="good.yml"/>
  </testsuite>
</testsuites>
"""
    )


def test_junit_is_always_valid_xml() -> None:
    """Characters that XML does not allow are escaped."""
    root = ET.fromstring(faults_as(FaultFormat.JUNIT, [HOSTILE], []))
    assert [case.get("name") for case in root.iter("testcase")] == ["100%:,\n.yml"]
    assert [failure.text for failure in root.iter("failure")] == [
        '100%:,\n.yml:1:1: E204 invalid app name: "<&>\\x1b[31m\\x00%0A\\r\n::error::x"; expected a name\n'
    ]


@pytest.mark.parametrize("form", [FaultFormat.TEXT, FaultFormat.GITHUB])
def test_without_faults_there_are_no_lines(form: FaultFormat) -> None:
    """In text and for GitHub; the other formats are complete documents in any case."""
    assert faults_as(form, [], FILES) == ""
