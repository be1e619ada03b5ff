"""How the rules on each cell change when a foundation changes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.change.rule_changes import CellChange, RuleChange, compare_chains, rule_changes
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import INGRESS_ROUTER, Tags, allot
from cfnet.cell.planning.policy_chain import PlannedRule, Planner, RuleKind
from cfnet.policy import Policy
from tests.policies import policy
from tests.strategies import policies

APPS = ("a", "b", "c", "d", "e")
CELLS = {
    "one": Cell("one", [Container("h1", "10.255.1.4", "a"), Container("h2", "10.255.1.5", "b")]),
    "two": Cell("two", [Container("h3", "10.255.2.4", "b"), Container("h4", "10.255.2.5", "c", ports="8080")]),
    "three": Cell("three", [Container("h5", "10.255.3.4", "d")]),
    "empty": Cell("empty", []),
}
READ_CELL = CELLS.__getitem__
TAGS = Tags({app: f"{number:04X}" for number, app in enumerate(APPS, 2)} | {INGRESS_ROUTER: "0001"})


def foundation(every: Sequence[Policy], tags: Tags = TAGS, *, logging: bool = False, ingress: bool = False) -> State:
    """Four cells and these policies; all apps have tags."""
    settings = AgentSettings(iptables_logging=logging, enable_overlay_ingress_rules=ingress)
    return State(every, tags, settings, list(CELLS), READ_CELL)


def search_cells(apps: Collection[str]) -> Collection[str]:
    """The names of the cells with one of these apps."""
    return {name for name, cell in CELLS.items() if any(container.app in apps for container in cell.containers)}


def changed(chain: Sequence[str], changes: Sequence[RuleChange]) -> list[str]:
    """The chain after the removals and the insertions at their positions."""
    gone = {change.position for change in changes if not change.adds}
    assert all(chain[change.position - 1] == change.rule.text for change in changes if not change.adds)
    left = [text for position, text in enumerate(chain, 1) if position not in gone]
    for change in changes:
        if change.adds:
            left.insert(change.position - 1, change.rule.text)
    return left


def texts(state: State, cell: str) -> list[str]:
    """The policy chain of a cell, if the cell exists."""
    return [rule.text for rule in Planner.of(state).plan(state.read_cell(cell))] if cell in state.cell_names else []


def check(before: State, after: State) -> list[CellChange]:
    """Before - removed + added = after, in the right places, on every cell, with no unnecessary changes.

    Whether cells can be searched makes no difference.
    """
    result = list(rule_changes(before, after))
    assert list(rule_changes(replace(before, search_cells=search_cells), after)) == result
    by_cell = {change.cell: change for change in result}
    for name in {*before.cell_names, *after.cell_names}:
        old, new = texts(before, name), texts(after, name)
        change = by_cell.get(name, CellChange(name, (), len(old), len(new)))
        assert changed(old, change.changes) == new
        assert (change.before, change.after) == (len(old), len(new))
        assert name not in by_cell or change.changes
    return result


SOME = st.lists(policies(APPS), max_size=12)


@given(SOME, SOME, st.permutations(range(2, 12)), st.booleans(), st.booleans())
def test_before_minus_removed_plus_added_is_after(
    old: list[Policy],
    new: list[Policy],
    numbers: list[int],
    logging: bool,  # noqa: FBT001 - drawn
    ingress: bool,  # noqa: FBT001 - drawn
) -> None:
    """On every cell, in the right places; also where the tags of apps change."""
    other = Tags(dict(zip(APPS, (f"{n:04X}" for n in numbers), strict=False)) | {INGRESS_ROUTER: "0001"})
    before = foundation(old, logging=logging, ingress=ingress)
    check(before, foundation(new, logging=logging, ingress=ingress))
    check(before, foundation(new, other, logging=logging, ingress=ingress))


FEW = st.lists(st.sampled_from([policy("a", "b"), policy("b", "c"), policy("d", "b", 81)]), max_size=8)


@given(FEW, FEW, FEW, FEW)
def test_changes_among_many_unchanged_policies_are_found(
    first: list[Policy], old: list[Policy], new: list[Policy], last: list[Policy]
) -> None:
    """Even next to policies with almost the same rules."""
    check(foundation([*first, *old, *last]), foundation([*first, *new, *last]))


@given(st.lists(st.sampled_from("abcd"), max_size=10), st.lists(st.sampled_from("abcd"), max_size=10))
def test_any_chain_can_be_turned_into_any_other(old: list[str], new: list[str]) -> None:
    """Even with duplicate or reordered rules."""

    def rules(letters: list[str]) -> list[PlannedRule]:
        return [PlannedRule(RuleKind.ALLOW, letter) for letter in letters]

    assert changed(old, compare_chains(rules(old), rules(new))) == new


@given(SOME)
def test_unchanged_rules_are_not_reported(every: list[Policy]) -> None:
    """The order of policies does not matter."""
    assert check(foundation(every), foundation(every[::-1])) == []


def rows(change: CellChange) -> list[tuple[str, int, str]]:
    """Sign, position and beginning of each rule."""
    return [("+" if each.adds else "-", each.position, each.rule.text[:16]) for each in change.changes]


CHANGES: dict[str, tuple[Callable[[State], State], dict[str, list[tuple[str, int, str]]]]] = {
    "a new policy: its mark on the source's cell, its allow on the destination's": (
        lambda state: replace(state, policies=[*state.policies, policy("d", "c")]),
        {"two": [("+", 2, "-d 10.255.2.5/32")], "three": [("+", 1, "-s 10.255.3.4/32")]},
    ),
    "a second policy of a source leaves its mark alone": (
        lambda state: replace(state, policies=[*state.policies, policy("a", "c")]),
        {"two": [("+", 2, "-d 10.255.2.5/32")]},
    ),
    "the last policy of a source takes the mark with it": (
        lambda state: replace(state, policies=[]),
        {
            "one": [("-", 1, "-s 10.255.1.4/32"), ("-", 2, "-d 10.255.1.5/32")],
            "two": [("-", 1, "-d 10.255.2.4/32")],
        },
    ),
    "a changed mark changes the rules of all apps that the app may call": (
        lambda state: replace(state, tags=Tags({**state.tags.by_app, "a": "00FF"})),
        {
            "one": [
                *(("-", 1, "-s 10.255.1.4/32"), ("-", 2, "-d 10.255.1.5/32")),
                *(("+", 1, "-s 10.255.1.4/32"), ("+", 2, "-d 10.255.1.5/32")),
            ],
            "two": [("-", 1, "-d 10.255.2.4/32"), ("+", 1, "-d 10.255.2.4/32")],
        },
    ),
    "a removed cell loses all rules": (
        lambda state: replace(state, cell_names=["one", "three", "empty"]),
        {"two": [("-", 1, "-d 10.255.2.4/32")]},
    ),
    "a container that moved": (
        lambda state: replace(
            state, read_cell=lambda name: Cell(name, CELLS[{"two": "empty", "empty": "two"}.get(name, name)].containers)
        ),
        {"two": [("-", 1, "-d 10.255.2.4/32")], "empty": [("+", 1, "-d 10.255.2.4/32")]},
    ),
}


@pytest.mark.parametrize(("change", "result"), CHANGES.values(), ids=CHANGES)
def test_rule_changes_on_each_cell(
    change: Callable[[State], State], result: dict[str, list[tuple[str, int, str]]]
) -> None:
    """The rules added and removed when an app's only policy is the one to another app."""
    before = foundation([policy("a", "b")])
    assert {each.cell: rows(each) for each in check(before, change(before))} == result


def test_changed_agent_settings_affect_every_cell() -> None:
    """Logging, for example, adds a rule before each allow."""
    before, after = foundation([policy("a", "b")]), foundation([policy("a", "b")], logging=True)
    assert {each.cell: (each.added, each.removed) for each in check(before, after)} == {"one": (1, 0), "two": (1, 0)}


def test_a_changed_router_tag_affects_every_cell() -> None:
    """If routers use the overlay network."""
    other = Tags({**TAGS.by_app, INGRESS_ROUTER: "0099"})
    before = foundation([], ingress=True)
    after = foundation([], other, ingress=True)
    assert {each.cell: (each.added, each.removed) for each in check(before, after)} == {"two": (1, 1)}


def test_only_affected_cells_are_planned() -> None:
    """A cell on which the agent would fail is reported only if the change affects it."""
    broken = Cell("one", [Container("h1", "10.255.1.4", "a", ports="none")])
    state = State(
        [policy("a", "b")],
        TAGS,
        AgentSettings(enable_overlay_ingress_rules=True),
        ["one", "three"],
        {**CELLS, "one": broken}.__getitem__,
    )
    after = replace(state, policies=[policy("a", "b"), policy("a", "d")])
    assert [each.cell for each in rule_changes(state, after)] == ["three"]


def test_cells_without_affected_apps_are_not_read() -> None:
    """If few apps are affected: reading stores takes more time than searching them."""
    read: list[str] = []

    def read_cell(name: str) -> Cell:
        read.append(name)
        return CELLS[name]

    before = replace(foundation([policy("a", "b")]), read_cell=read_cell, search_cells=search_cells)
    assert [each.cell for each in rule_changes(before, replace(before, policies=[policy("a", "b"), policy("a", "d")]))]
    assert set(read) == {"three"}
    many = [policy("a", f"app-{number}") for number in range(100)]
    tags = allot(many)
    before = replace(before, policies=many, tags=tags)
    assert list(rule_changes(before, replace(before, policies=[], tags=Tags({}))))
    assert set(read) == {"one", "two", "three", "empty"}


def test_allotted_tags_are_compared_like_given_ones() -> None:
    """For foundations whose tags are unknown."""
    old, new = [policy("a", "b")], [policy("c", "b"), policy("a", "b")]
    check(foundation(old, allot(old)), foundation(new, allot(new)))
