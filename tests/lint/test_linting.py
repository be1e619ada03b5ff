"""Findings that documents ignore: in a whole file, for one item, and outside of documents."""

import pytest

from cfnet.document import DocumentSource, load
from cfnet.document.lint_section import LintId
from cfnet.lint.linting import lint
from cfnet.lint.subject import LintSubject
from cfnet.policy import Policy
from tests.policies import policy

WIDE = policy("a", "b", "1000-2000")
ALIAS = """\
- {source: {guid: a}, destination: {guid: b}, ports: [&wide 1000-2000]}
- {source: {guid: a}, destination: {guid: c}, ports: [*wide, 1], lint: {ignore: [L301]}}
"""

IGNORED = {
    "an item with a reason": (
        (
            "policies:\n- {source: {guid: a}, destination: {guid: b}, ports: 1000-2000, "
            "lint: {ignore: [{rule: L301, because: ftp}]}}\n"
        ),
        [WIDE],
        ["ftp"],
    ),
    "one port of an item": (
        "policies:\n- {source: {guid: a}, destination: {guid: b}, ports: [80, 1000-2000], lint: {ignore: [L301]}}\n",
        [WIDE],
        [""],
    ),
    "an item that ignores another rule": (
        "policies:\n- {source: {guid: a}, destination: {guid: b}, ports: 1000-2000, lint: {ignore: [L302]}}\n",
        [WIDE],
        [None],
    ),
    "an item that shares ports with one before it": (
        "policies:\n" + ALIAS,
        [WIDE, policy("a", "c", "1000-2000")],
        [None, ""],
    ),
    "a whole file": (
        (
            "policies:\n- {source: {guid: a}, destination: {guid: b}, ports: 1000-2000}\n"
            "lint: {ignore: [{rule: L301, because: all}]}\n"
        ),
        [WIDE],
        ["all"],
    ),
    "a policy that the file does not declare": (
        "policies: [{source: {guid: a}, destination: {guid: c}}]\nlint: {ignore: [L301]}\n",
        [WIDE],
        [None],
    ),
    "any policy, in a file without policies": ("lint: {ignore: [L301]}\n", [WIDE], [""]),
    "tags, in any file": ("policies: []\nlint: {ignore: [{rule: L311, because: more}]}\n", [], ["more"]),
}


@pytest.mark.parametrize(("text", "policies", "reasons"), IGNORED.values(), ids=IGNORED)
def test_a_document_ignores(text: str, policies: list[Policy], reasons: list[str | None]) -> None:
    """The reason of each finding, None if it is not ignored."""
    loaded = load([DocumentSource("f.yml", f"version: 1\nowns: []\n{text}".encode())])
    assert loaded.faults == ()
    places = {
        policy(str(named.source), str(named.destination), str(named.ports)): place
        for named, place in loaded.declared.items()
    }
    subject = LintSubject(policies, places=places, tags=0 if policies else 65_535)
    found = [each for each in lint(subject, loaded.documents) if each.rule is not LintId.UNUSED_IGNORE]
    assert [each.suppression.because if each.suppression else None for each in found] == reasons


def test_findings_about_several_policies_are_ignored_if_all_of_these_are() -> None:
    """Adjacent ranges in two items, one of which ignores the rule."""
    item = "- {source: {guid: a}, destination: {guid: b}, ports: %d, lint: {ignore: [%s]}}\n"
    for second, ignored in (("L308", True), ("L301", False)):
        text = "version: 1\nowns: []\npolicies:\n" + item % (80, "L308") + item % (81, second)
        loaded = load([DocumentSource("f.yml", text.encode())])
        places = {policy("a", "b", str(named.ports)): place for named, place in loaded.declared.items()}
        finding = lint(LintSubject(sorted(places), places=places), loaded.documents)[0]
        assert bool(finding.suppression) is ignored


def test_findings_are_sorted_by_file_and_place_and_then_by_rule() -> None:
    """Files in the order given; what no document declares is last."""
    first = b"version: 1\nowns: []\npolicies: [{source: {guid: a}, destination: {guid: b}, ports: 1000-2000}]\n"
    second = b"version: 1\nowns: []\npolicies: [{source: {guid: a}, destination: {guid: c}, ports: 1-65535}]\n"
    loaded = load([DocumentSource("z.yml", first), DocumentSource("a.yml", second)])
    places = {
        policy(str(named.source), str(named.destination), str(named.ports)): place
        for named, place in loaded.declared.items()
    }
    other = policy("a", "d", "1-65535")
    found = lint(LintSubject(sorted([*places, other]), places=places), loaded.documents)
    assert [(each.rule.id, each.place.file if each.place else "") for each in found] == [
        ("L301", "z.yml"),
        ("L302", "a.yml"),
        ("L302", ""),
    ]


ITEM = "policies:\n- {source: {guid: a}, destination: {guid: b}, ports: %s, lint: {ignore: [%s]}}\n"
UNUSED = {
    "an item": (ITEM % ("80", "L301"), False, ["4:74"]),
    "an item with the finding": (ITEM % ("1000-2000", "L301"), False, []),
    "one of two rules": (ITEM % ("1000-2000", "L302, L301"), False, ["4:81"]),
    "a rule about all policies, with some of them": (ITEM % ("80", "L307"), False, []),
    "a rule about all policies": (ITEM % ("80", "L307"), True, ["4:74"]),
    "a file": ("policies: [{source: {guid: a}, destination: {guid: b}}]\nlint: {ignore: [L302]}\n", False, ["4:17"]),
    "a file, for a policy of another": ("lint: {ignore: [L301, L302]}\n", True, ["3:23"]),
    "an item that is pending": (
        ITEM.replace("guid: b", "app: x, pending: true, space: s/o") % ("80", "L301"),
        True,
        [],
    ),
    "this rule": (ITEM % ("80", "L301, L317"), True, []),
}


@pytest.mark.parametrize(("text", "everything", "places"), UNUSED.values(), ids=UNUSED)
def test_what_is_ignored_in_vain_is_found(text: str, everything: bool, places: list[str]) -> None:  # noqa: FBT001 - a case
    """But only if the ignored rule could find everything."""
    loaded = load([DocumentSource("f.yml", f"version: 1\nowns: []\n{text}".encode())])
    assert loaded.faults == ()
    declared = {
        policy(str(named.source), str(named.destination), str(named.ports)): place
        for named, place in loaded.declared.items()
        if "x" not in str(named.destination)
    }
    policies = sorted({*declared, *([WIDE] if not declared else [])})
    found = lint(LintSubject(policies, places=declared, everything=everything), loaded.documents)
    unused = [each for each in found if each.rule is LintId.UNUSED_IGNORE and not each.suppression]
    assert [str(each.place).removeprefix("f.yml:") for each in unused] == places
