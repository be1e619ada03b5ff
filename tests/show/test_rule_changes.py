"""Added and removed rules, for people and for programs."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.change.rule_changes import CellChange, RuleChange
from cfnet.cell.model.container import Container
from cfnet.cell.planning.policy_chain import PlannedRule, RuleKind
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space
from cfnet.show.html_escaping import LONGEST_COMMENT
from cfnet.show.rule_changes import ENFORCEMENT, RuleChanges, RulesFormat, rule_changes_as

WEB = Space("s", "web", Org("o", "shop"))
APPS = {"a": App("a", "front", WEB), "b": App("b", "back", WEB)}
POLICY = Policy("a", "b", Protocol.TCP, Ports(80, 80))
SENDER, RECEIVER = Container("h1", "10.255.1.4", "a"), Container("h2", "10.255.1.5", "b")
MARK = PlannedRule(RuleKind.MARK, "-s 10.255.1.4/32 -j MARK", 2, SENDER)
ALLOW = PlannedRule(RuleKind.ALLOW, "-d 10.255.1.5/32 -j ACCEPT", 2, RECEIVER, POLICY)
GONE = ALLOW._replace(policy=POLICY._replace(source="gone"))
INGRESS = PlannedRule(RuleKind.INGRESS, "-d 10.255.1.5/32 -j ACCEPT", 1, RECEIVER, port=8080)
EVERYTHING = PlannedRule(RuleKind.OVERLAY_ACCEPT, "-j ACCEPT")

CELL = CellChange(
    "cell-1",
    [
        RuleChange(adds=True, rule=MARK, position=1),
        RuleChange(adds=True, rule=ALLOW, position=9),
        RuleChange(adds=False, rule=GONE, position=10),
        RuleChange(adds=False, rule=INGRESS, position=11),
        RuleChange(adds=True, rule=EVERYTHING, position=10),
    ],
    11,
    12,
)


def output(form: RulesFormat, cells: Sequence[CellChange] = (CELL,), *, colour: bool = False) -> str:
    """The changes of these cells, of three."""
    changes = RuleChanges(cells, 3, APPS, ["A note of <b>."])
    return "".join(rule_changes_as(form, changes, colour=colour))


LINES = """\
@@ the mark of shop/web/front (a) @@
+  1  -s 10.255.1.4/32 -j MARK
@@ shop/web/front (a) to shop/web/back (b) @@
+  9  -d 10.255.1.5/32 -j ACCEPT
@@ gone to shop/web/back (b) @@
- 10  -d 10.255.1.5/32 -j ACCEPT
@@ the routers to shop/web/back (b) @@
- 11  -d 10.255.1.5/32 -j ACCEPT
@@ everything on the overlay network @@
+ 10  -j ACCEPT
"""
HEADING = "# cell-1: 3 rules to add, 2 to remove (11 → 12)\n"
SUMMARY = "On 1 of 3 cells: 3 rules to add, 2 to remove. 2 cells are unchanged.\n"


def test_text_groups_rules_by_cell_and_pair() -> None:
    """Names come with GUIDs; then a summary, and when the changes take effect."""
    assert output(RulesFormat.TEXT) == f"{HEADING}{LINES}{SUMMARY}{ENFORCEMENT}\n"


def test_colours() -> None:
    """Added rules are green, removed ones red, headings cyan."""
    painted = output(RulesFormat.TEXT, colour=True).splitlines()
    assert painted[1:3] == [
        "\x1b[36m@@ the mark of shop/web/front (a) @@\x1b[0m",
        "\x1b[32m+  1  -s 10.255.1.4/32 -j MARK\x1b[0m",
    ]
    assert painted[6] == "\x1b[31m- 10  -d 10.255.1.5/32 -j ACCEPT\x1b[0m"


def test_no_changes() -> None:
    """One sentence, without a note on when they take effect."""
    assert output(RulesFormat.TEXT, []) == "No rule changes. 3 cells are unchanged.\n"


def test_markdown() -> None:
    """A comment with a code block in diff syntax."""
    assert output(RulesFormat.MARKDOWN) == (
        f"### Rules on the cells\n\n{SUMMARY}\n{ENFORCEMENT}\n\nA note of \\<b\\>.\n\n```diff\n{HEADING}{LINES}```\n"
    )


def test_long_markdown_is_folded() -> None:
    """Each cell under its heading."""
    cells = [CELL._replace(cell=f"<cell>-{number}") for number in range(5)]
    text = output(RulesFormat.MARKDOWN, cells)
    assert text.count("<details><summary>&lt;cell&gt;-") == text.count("\n</details>\n") == 5
    assert f"</summary>\n\n```diff\n{LINES}```\n\n</details>" in text


def test_markdown_never_exceeds_the_length_of_a_comment() -> None:
    """The omitted rules are counted."""
    cells = [CELL._replace(cell=f"cell-{number}") for number in range(1000)]
    text = output(RulesFormat.MARKDOWN, cells)
    assert len(text) <= LONGEST_COMMENT
    assert text.endswith(f"… and {1000 - text.count('<details>'):,} more cells.\n")


def test_json() -> None:
    """Rules as in `render --json`, with the kind of change and the position."""
    document = json.loads(output(RulesFormat.JSON))
    assert {key: document[key] for key in ("format_version", "notes", "summary")} == {
        "format_version": 1,
        "notes": ["A note of <b>."],
        "summary": {"cells": 1, "cells_not_touched": 2, "added": 3, "removed": 2},
    }
    (cell,) = document["cells"]
    assert (cell["cell"], cell["rules_before"], cell["rules_after"]) == ("cell-1", 11, 12)
    assert [(each["change"], each["position"], each["kind"]) for each in cell["changes"]] == [
        ("added", 1, "mark"),
        ("added", 9, "allow"),
        ("removed", 10, "allow"),
        ("removed", 11, "ingress"),
        ("added", 10, "overlay-accept"),
    ]
    assert cell["changes"][1]["source"] == {"guid": "a", "name": "front", "space": "web", "org": "shop"}


@pytest.mark.parametrize("form", [RulesFormat.TEXT, RulesFormat.MARKDOWN])
@given(name=st.text("a`\n\r\x1b<>@|&\u202e", max_size=12))
def test_no_name_adds_a_line(form: RulesFormat, name: str) -> None:
    """Neither of a cell, nor of an app, nor in a rule."""
    rule = ALLOW._replace(text=f"-m comment --comment {name!s}")
    cell = CellChange(name, [RuleChange(adds=True, rule=rule, position=1)], 0, 1)
    changes = RuleChanges([cell], 1, {"a": App("a", name, WEB)}, [])
    text = "".join(rule_changes_as(form, changes))
    assert text.count("\n") == (5 if form is RulesFormat.TEXT else 11)
    assert not set(text) & set("\r\x1b\u202e")
