"""The key `lint` of a document: what it means, and its faults."""

import pytest

from cfnet.document import DocumentSource, Place, load
from cfnet.document.lint_section import LintId, LintSection, Suppression

HEAD = "version: 1\nowns: []\npolicies: [{source: {guid: a}, destination: {guid: b}%s}]\n"


def faults(*texts: str) -> list[str]:
    """The faults of these documents, called 0.yml, 1.yml …."""
    sources = [DocumentSource(f"{number}.yml", text.encode()) for number, text in enumerate(texts)]
    return [str(fault) for fault in load(sources).faults]


def test_a_document_has_all_settings() -> None:
    text = """\
version: 1
lint:
  ignore: [L303, {rule: L301, because: passive FTP}]
  max-range: 200
  max-callers: 5
  max-usage: 90
  quota: 300
  development: ["*-dev", sandbox]
  production: []
  underlay: [10.0.16.0/20]
"""
    loaded = load([DocumentSource("f.yml", text.encode())])
    assert loaded.faults == ()
    assert loaded.documents[0].owns == ()
    assert loaded.documents[0].lint == LintSection(
        Place("f.yml", 3, 3),
        (
            Suppression(LintId.BETWEEN_ORGS, "", Place("f.yml", 3, 12)),
            Suppression(LintId.WIDE_RANGE, "passive FTP", Place("f.yml", 3, 18)),
        ),
        max_range=200,
        max_callers=5,
        max_usage=90,
        quota=300,
        development=("*-dev", "sandbox"),
        production=(),
        underlay=("10.0.16.0/20",),
    )


def test_an_item_ignores_rules() -> None:
    """Both policies and expectations."""
    text = HEAD % ", lint: {ignore: [L302]}"
    text += "expect: [{denied: {source: any, destination: any}, lint: {ignore: [{rule: L316, because: later}]}}]\n"
    loaded = load([DocumentSource("f.yml", text.encode())])
    assert loaded.faults == ()
    assert loaded.documents[0].entries[0].ignored_rules == (Suppression(LintId.ALL_PORTS, "", Place("f.yml", 3, 72)),)
    assert loaded.documents[0].expectations[0].ignored_rules == (
        Suppression(LintId.NO_EFFECT, "later", Place("f.yml", 4, 68)),
    )


BAD = {
    "an unknown rule": (
        "lint: {ignore: [L399]}\n",
        ["0.yml:2:17: E211 unknown lint rule: \"L399\"; expected an ID that 'cfnet lint --list' shows, such as L301"],
    ),
    "a rule in lower case": (
        "lint: {ignore: [{rule: l301}]}\n",
        [("0.yml:2:24: E211 unknown lint rule: \"l301\"; expected an ID that 'cfnet lint --list' shows, such as L301; "
         "did you mean L301?")],
    ),
    "a reason without a rule": (
        "lint: {ignore: [{because: ftp}]}\n",
        ["0.yml:2:17: E202 missing key: a mapping without rule"],
    ),
    "a network without a length": (
        "lint: {underlay: [10.0.16.0]}\n",
        ['0.yml:2:19: E212 invalid network: "10.0.16.0"; expected an IPv4 network such as 10.0.16.0/20'],
    ),
    "a percentage above 100": (
        "lint: {max-usage: 101}\n",
        ["0.yml:2:19: E213 invalid limit: 101; expected a percentage from 1 to 100"],
    ),
    "a limit of an item": (
        "policies: []\nexpect: [{denied: {source: any, destination: any}, lint: {quota: 3}}]\n",
        ['0.yml:3:59: E201 unknown key: "quota"; expected ignore'],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
def test_reports_every_fault(text: str, expected: list[str]) -> None:
    assert faults(f"version: 1\n{text}") == expected


def test_two_documents_may_set_the_same_value_but_not_different_ones() -> None:
    """Neither file says which one applies."""
    one, two = (f"version: 1\nlint: {{max-range: {number}, quota: 9}}\n" for number in (7, 8))
    assert faults(one, one) == []
    assert faults(one, two) == [
        (
            "1.yml:2:7: E701 lint setting differs between documents: max-range; the other one is at 0.yml:2:7; "
            "expected one value"
        )
    ]


def test_an_unset_variable_is_the_only_fault() -> None:
    """A rule or network that is a variable has no value to use."""
    text = "version: 1\nlint: {ignore: [((rule))], underlay: [((network))]}\n"
    assert [fault[:14] for fault in faults(text)] == ["0.yml:2:17: E1", "0.yml:2:39: E1"]
