"""What would change, for people and for programs."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.change import Plan, diff
from cfnet.document import Place
from cfnet.policy import App, Org, Policy, Space
from cfnet.show.difference import DifferenceFormat, Shown, changes_text, difference_as
from cfnet.show.html_escaping import LONGEST_COMMENT
from tests.policies import policy

WEB = Space("s", "web", Org("o", "shop"))
APPS = {guid: App(guid, name, WEB) for guid, name in (("1", "frontend"), ("2", "backend"), ("3", "``` :x\x1b"))}


ADDED, KEPT, REMOVED = policy("1", "2"), policy("1", "2", 1), policy("2", "1")
LEFT, UNKNOWN = policy("gone", "2"), policy("1", "hidden")
PLACES = {each: Place("ci/p.yml", line, 5) for line, each in enumerate((ADDED, KEPT, UNKNOWN), 4)}
DIFFERENCE = diff([ADDED, KEPT, UNKNOWN], [KEPT, REMOVED, LEFT], owned={"1", "2"}, visible={"1", "2", "gone"})


def output(form: DifferenceFormat, *, prune: bool = False, colour: bool = False) -> str:
    """The difference above, as text."""
    return difference_as(form, Shown(DIFFERENCE, prune, APPS, PLACES), colour=colour)


def test_text_has_a_line_for_each_difference() -> None:
    """By name, then the totals; undeclared policies that stay are only counted."""
    assert output(DifferenceFormat.TEXT) == (
        "+ shop/web/frontend to shop/web/backend, tcp 8080\n"
        "? shop/web/frontend to hidden, tcp 8080\n"
        "1 to add, 0 to remove, 1 as declared, 2 not declared (--prune would remove 1), "
        "1 unknown: not visible to this user.\n"
    )


def test_verbose_text_lists_policies_that_stay() -> None:
    shown = Shown(DIFFERENCE, prune=False, apps=APPS, places=PLACES, verbose=True)
    assert [line for line in difference_as(DifferenceFormat.TEXT, shown).splitlines() if line.startswith(".")] == [
        ". gone to shop/web/backend, tcp 8080",
        ". shop/web/backend to shop/web/frontend, tcp 8080",
    ]


@pytest.mark.parametrize("form", DifferenceFormat)
def test_every_format_has_the_reasons_why_apply_would_refuse(form: DifferenceFormat) -> None:
    """A pull request that passes must not fail after the merge."""
    shown = Shown(DIFFERENCE, prune=True, apps=APPS, places=PLACES, refusal="Pruning would remove 9 of 10 policies.")
    assert difference_as(form, shown).count("Pruning would remove 9 of 10 policies.") == 1
    assert "Pruning would" not in difference_as(form, shown._replace(refusal=""))


def test_a_plan_is_shown_like_a_difference() -> None:
    """Additions, then removals, by name; an app without a name by its GUID."""
    names = {"1": "shop/web/b", "2": "shop/web/a\x1b"}
    plan = Plan((policy("1", "2", 9), policy("1", "2", 10), policy("2", "1")), (policy("3", "1"),))
    assert changes_text(plan, lambda guid: names.get(guid, guid)) == (
        "+ shop/web/a\\x1b to shop/web/b, tcp 8080\n"
        "+ shop/web/b to shop/web/a\\x1b, tcp 9\n"
        "+ shop/web/b to shop/web/a\\x1b, tcp 10\n"
        "- 3 to shop/web/b, tcp 8080\n"
    )
    assert changes_text(Plan(), str, colour=True) == ""
    assert changes_text(Plan((policy("1", "2"),)), str, colour=True) == "\x1b[32m+ 1 to 2, tcp 8080\x1b[0m\n"


def test_text_with_pruning_has_removals() -> None:
    """In red, if colour is on."""
    assert output(DifferenceFormat.TEXT, prune=True, colour=True) == (
        "\x1b[32m+ shop/web/frontend to shop/web/backend, tcp 8080\x1b[0m\n"
        "\x1b[31m- shop/web/backend to shop/web/frontend, tcp 8080\x1b[0m\n"
        ". gone to shop/web/backend, tcp 8080\n"
        "\x1b[33m? shop/web/frontend to hidden, tcp 8080\x1b[0m\n"
        "1 to add, 1 to remove, 1 as declared, 1 not declared, 1 unknown: not visible to this user.\n"
    )


@pytest.mark.parametrize(
    ("prune", "removed", "left"), [(True, [REMOVED], [LEFT]), (False, [], [LEFT, REMOVED])], ids=["pruned", "not"]
)
def test_json_has_every_policy_once(prune: bool, removed: list[Policy], left: list[Policy]) -> None:  # noqa: FBT001 - a column of the table
    """With its apps and the position of its declaration."""
    found = json.loads(output(DifferenceFormat.JSON, prune=prune))
    assert (found.pop("format_version"), found.pop("prune")) == (1, prune)
    names = {"1": "frontend", "2": "backend"}

    def row(each: Policy) -> dict[str, object]:
        def app(guid: str) -> dict[str, str | None]:
            known = guid in names
            return {
                "guid": guid,
                "name": names.get(guid),
                "space": "web" if known else None,
                "org": "shop" if known else None,
            }

        place = PLACES.get(each)
        return {
            "source": app(each.source),
            "destination": app(each.destination),
            "protocol": "tcp",
            "ports": {"start": each.ports.start, "end": each.ports.end},
            "declared": {"file": place.file, "line": place.line, "column": place.column} if place else None,
            "owned": each == REMOVED,
        }

    assert found == {
        "complete": True,
        "added": [row(ADDED)],
        "removed": [row(each) for each in removed],
        "kept": [row(KEPT)],
        "left": [row(each) for each in left],
        "unknown": [row(UNKNOWN)],
        "pending": [],
        "refused": None,
        "expectations": [],
    }


def test_markdown_is_a_comment_for_a_pull_request() -> None:
    """A heading, a summary, and a code block in diff syntax."""
    assert output(DifferenceFormat.MARKDOWN, prune=True) == (
        "### Network policies\n\n"
        "1 to add, 1 to remove, 1 as declared, 1 not declared, 1 unknown: not visible to this user.\n\n"
        "```diff\n"
        "- shop/web/backend to shop/web/frontend, tcp 8080\n"
        "+ shop/web/frontend to shop/web/backend, tcp 8080\n"
        "? shop/web/frontend to hidden, tcp 8080\n"
        ". gone to shop/web/backend, tcp 8080\n"
        "```\n"
    )


def test_markdown_says_that_nothing_would_change() -> None:
    """Without a code block."""
    shown = Shown(diff([KEPT], [KEPT], owned=set()), True, APPS, PLACES)  # noqa: FBT003 - pruned
    assert difference_as(DifferenceFormat.MARKDOWN, shown) == (
        "### Network policies\n\nNothing would change. 0 to add, 0 to remove, 1 as declared.\n"
    )


@given(st.text(max_size=30), st.text("`~ \n", max_size=30))
def test_no_name_breaks_out_of_the_markdown_block(name: str, ticks: str) -> None:
    """No name ends the block or starts other markup."""
    apps = {"1": App("1", name + ticks, WEB)}
    shown = Shown(diff([policy("1", "1")], [], owned=set()), False, apps, {})  # noqa: FBT003 - not pruned
    lines = difference_as(DifferenceFormat.MARKDOWN, shown).split("\n")
    fence = lines[4].removesuffix("diff")
    assert set(fence) == {"`"}
    assert len(lines) == 8
    assert fence not in lines[5]
    assert lines[6:] == [fence, ""]


def test_markdown_fits_into_a_comment() -> None:
    """The rest is counted."""
    difference = diff([policy("1", "2", port) for port in range(1, 3001)], [], owned=set())
    text = difference_as(DifferenceFormat.MARKDOWN, Shown(difference, False, APPS, {}))  # noqa: FBT003 - not pruned
    assert len(text) < LONGEST_COMMENT + 500
    shown = text.count("\n+ ")
    assert text.endswith(f"```\n\n… not shown: {3000 - shown:,} of 3,000 additions.\n")


@pytest.mark.parametrize(("added", "removed"), [(965, 1187), (1, 3000), (3000, 1), (3000, 3000)])
def test_long_markdown_shows_every_kind_of_change(added: int, removed: int) -> None:
    """Removals come first, each kind gets its share of the space, and omitted ones are counted by kind."""
    wanted = [policy("1", "2", port) for port in range(1, added + 1)]
    live = [policy("2", "1", port) for port in range(1, removed + 1)]
    shown = Shown(diff(wanted, live, owned={"2"}), prune=True, apps=APPS, places={})
    text = difference_as(DifferenceFormat.MARKDOWN, shown)
    there = {"removals": (text.count("\n- "), removed), "additions": (text.count("\n+ "), added)}
    assert text.index("\n- ") < text.index("\n+ ")
    assert all(count >= min(total, 400) for count, total in there.values())
    omitted = [f"{total - count:,} of {total:,} {what}" for what, (count, total) in there.items() if count < total]
    assert text.endswith(f"\n… not shown: {', '.join(omitted)}.\n")
    assert len(text) < LONGEST_COMMENT + 500


def test_github_gets_an_annotation_at_each_entry() -> None:
    """A removed policy is not declared anywhere, so it has no position."""
    assert output(DifferenceFormat.GITHUB, prune=True) == (
        "::notice file=ci/p.yml,line=4,col=5,title=Policy to add::shop/web/frontend to shop/web/backend, tcp 8080\n"
        "::warning title=Policy to remove::shop/web/backend to shop/web/frontend, tcp 8080\n"
        "::warning file=ci/p.yml,line=6,col=5,title=Policy not visible to this user::"
        "shop/web/frontend to hidden, tcp 8080\n"
    )
