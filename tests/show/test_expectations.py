"""Results of expectations, for people and for programs."""

import json
import xml.etree.ElementTree as ET

import pytest

from cfnet.change.requirements import PolicyView
from cfnet.document import DocumentSource, load
from cfnet.document.expectations import VisibleApps
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space
from cfnet.show.expectations import CheckedExpectation, ExpectationFormat, ExpectationResults, expectations_as

_SPACE = Space("s", "web", Org("o", "shop"))
_APPS = {guid: App(guid, name, _SPACE) for guid, name in (("a", "front"), ("b", "back"), ("x", "evil\x1b[31m`\n"))}
_TEXT = """\
version: 1
space: shop/web
expect:
- allowed: {source: front, destination: back}
- denied: {source: any, destination: back}
  because: "100%, <really>"
- denied: {source: front, destination: gone}
"""


def results(*policies: Policy, allow_unknown: bool = False) -> ExpectationResults:
    """The results of the document for a foundation with these policies."""
    (document,) = load([DocumentSource("ci/a b.yml", _TEXT.encode())]).documents
    apps, view = VisibleApps(_APPS.values(), complete=True), PolicyView(policies, _APPS)
    checked = [CheckedExpectation(each, view.judge(apps.requirement(each))) for each in document.expectations]
    return ExpectationResults(checked, _APPS, {}, allow_unknown)


EVIL = Policy("x", "b", Protocol.TCP, Ports(1, 1))
GOOD = Policy("a", "b", Protocol.TCP, Ports(8080, 8080))
SHOWN = "evil\\x1b[31m`\\n"
DENIED = "denied: any app to shop/web/back, tcp and udp, every port"
GONE = "denied: shop/web/front to shop/web/gone, tcp and udp, every port"


def test_text() -> None:
    """One line per expectation, with the reason of a failure."""
    assert expectations_as(ExpectationFormat.TEXT, results(EVIL)) == (
        "failed  ci/a b.yml:4:12: allowed: shop/web/front to shop/web/back, tcp 8080\n"
        "        shop/web/front to shop/web/back, tcp 8080 is not allowed.\n"
        f"failed  ci/a b.yml:5:11: {DENIED}\n"
        "        Because: 100%, <really>\n"
        f"        shop/web/{SHOWN} to shop/web/back, tcp 1 is allowed.\n"
        f"unknown ci/a b.yml:7:11: {GONE}\n"
        "        No app shop/web/gone is visible.\n"
        "3 expectations: 2 failed, 1 unknown.\n"
    )


def test_text_in_colour() -> None:
    """Only the outcome."""
    text = expectations_as(ExpectationFormat.TEXT, results(GOOD), colour=True)
    assert [line[:12] for line in text.splitlines() if line[0] == "\x1b"] == [
        "\x1b[32mpassed ",
        "\x1b[31mfailed ",
        "\x1b[33munknown",
    ]


def test_annotations_for_github() -> None:
    """Nothing for what passes; a warning for what may be unknown."""
    assert expectations_as(ExpectationFormat.GITHUB, results(GOOD, EVIL, allow_unknown=True)) == (
        f"::error file=ci/a b.yml,line=5,col=11,title=Expectation failed::{DENIED}%0ABecause: 100%25, <really>"
        "%0Ashop/web/front to shop/web/back, tcp 8080 is allowed."
        "%0Ashop/web/evil\\x1b[31m`%0A to shop/web/back, tcp 1 is allowed.\n"
        f"::warning file=ci/a b.yml,line=7,col=11,title=Expectation unknown::{GONE}"
        "%0ANo app shop/web/gone is visible.\n"
    )


@pytest.mark.parametrize(("allow_unknown", "ends"), [(False, ["failure", "error"]), (True, ["failure", "skipped"])])
def test_junit(allow_unknown: bool, ends: list[str]) -> None:  # noqa: FBT001 - a parameter of a table
    """A test case for each expectation."""
    root = ET.fromstring(expectations_as(ExpectationFormat.JUNIT, results(GOOD, allow_unknown=allow_unknown)))
    cases = list(root.iter("testcase"))
    assert [case.get("name") for case in cases] == [
        "ci/a b.yml:4:12: allowed: shop/web/front to shop/web/back, tcp 8080",
        f"ci/a b.yml:5:11: {DENIED}",
        f"ci/a b.yml:7:11: {GONE}",
    ]
    assert [child.tag for case in cases for child in case] == ends
    assert [child.text for child in cases[1]] == [
        "Because: 100%, <really>\nshop/web/front to shop/web/back, tcp 8080 is allowed.\n"
    ]
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == [
        "3", "1", "0" if allow_unknown else "1", "1" if allow_unknown else None,
    ]  # fmt: skip


def test_sarif() -> None:
    """A rule for each outcome that is a finding."""
    (run,) = json.loads(expectations_as(ExpectationFormat.SARIF, results(GOOD, allow_unknown=True)))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["expectation-failed", "expectation-unknown"]
    assert [
        (result["ruleId"], result["level"], result["locations"][0]["physicalLocation"]["region"])
        for result in run["results"]
    ] == [
        ("expectation-failed", "error", {"startLine": 5, "startColumn": 11}),
        ("expectation-unknown", "warning", {"startLine": 7, "startColumn": 11}),
    ]


def test_markdown() -> None:
    """A code block that no name can end; passed expectations are counted."""
    assert expectations_as(ExpectationFormat.MARKDOWN, results(GOOD)) == (
        "### Expectations\n\n3 expectations: 1 passed, 1 failed, 1 unknown.\n\n```\n"
        f"failed  ci/a b.yml:5:11: {DENIED}\n"
        "        Because: 100%, <really>\n"
        "        shop/web/front to shop/web/back, tcp 8080 is allowed.\n"
        f"unknown ci/a b.yml:7:11: {GONE}\n"
        "        No app shop/web/gone is visible.\n"
        "```\n"
    )


def test_a_long_comment_is_truncated() -> None:
    """GitHub accepts 65,536 characters; the rest is counted."""
    many = results(EVIL)
    output = expectations_as(ExpectationFormat.MARKDOWN, many._replace(checked=[*many.checked] * 500))
    assert len(output) < 65_000
    assert output.endswith(" lines not shown.\n")
