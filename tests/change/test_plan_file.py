"""A plan in a file: applied as reviewed, or not at all."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cfnet.change import Plan, PlanFile, is_plan_file, read_plan_file
from cfnet.errors import InputFault, StalePlan
from cfnet.policy import Policy
from cfnet.policy.provenance import Provenance
from tests.policies import policy
from tests.strategies import policies

API = "https://api.example.com"
_sets = st.frozensets(policies(("a", "b", "c")), max_size=10)


def made(plan: Plan, live: frozenset[Policy], scope: tuple[str, ...] = ()) -> PlanFile:
    """A plan file for this foundation."""
    return PlanFile.of(plan, live, foundation=API, names={"a": "o/s/a"}, scope=scope)


def test_is_human_readable() -> None:
    """JSON with additions, removals and a digest of the reviewed state."""
    live = frozenset({policy("a", "b")})
    text = made(Plan((policy("a", "c"),), (policy("a", "b"),)), live).write()
    assert (
        text
        == """\
{
  "format_version": 1,
  "foundation": "https://api.example.com",
  "add": [
    {
      "source": "a",
      "destination": "c",
      "protocol": "tcp",
      "ports": "8080"
    }
  ],
  "remove": [
    {
      "source": "a",
      "destination": "b",
      "protocol": "tcp",
      "ports": "8080"
    }
  ],
  "names": {
    "a": "o/s/a"
  },
  "reviewed": {
    "sources": [
      "a"
    ],
    "digest": "sha256:0fefb607a910b49c8178fe7a167d859874d577336a35a2561d734492980bc0a7"
  }
}
"""
    )
    assert is_plan_file(text.encode())
    assert not is_plan_file(b"version: 1\npolicies: []\n")


def test_says_what_it_was_made_from() -> None:
    """When, by whom, and with which version; a file without that can be read, too."""
    plain = made(Plan((policy("a", "c"),), ()), frozenset())
    origin = Provenance("2026-11-28T12:03:00Z", "admin", API, "0.2.0")
    assert read_plan_file(replace(plain, made=origin).write(), "plan.json").made == origin
    assert read_plan_file(plain.write(), "plan.json").made is None
    assert str(origin) == "2026-11-28 12:03 UTC, by admin, with cfnet 0.2.0"


@given(wanted=_sets, live=_sets)
def test_reads_back_what_it_wrote(wanted: frozenset[Policy], live: frozenset[Policy]) -> None:
    plan_file = made(Plan(tuple(sorted(wanted - live)), tuple(sorted(live - wanted))), live)
    assert read_plan_file(plan_file.write(), "plan.json") == plan_file


@given(wanted=_sets, live=_sets, data=st.data())
def test_resumes_after_an_interruption(wanted: frozenset[Policy], live: frozenset[Policy], data: st.DataObject) -> None:
    """A foundation changed in part by the plan itself is not stale."""
    add, remove = sorted(wanted - live), sorted(live - wanted)
    added, removed = data.draw(st.integers(0, len(add))), data.draw(st.integers(0, len(remove)))
    now = (live | set(add[:added])) - set(remove[:removed])
    rest = made(Plan(tuple(add), tuple(remove)), live).still_to_do(now, foundation=API, names={"a": "o/s/a"})
    assert rest == Plan(tuple(add[added:]), tuple(remove[removed:]))


@given(live=_sets, strange=policies(("a", "b", "c")))
def test_is_stale_if_the_policies_of_a_reviewed_source_changed(live: frozenset[Policy], strange: Policy) -> None:
    """By an added or a removed policy."""
    add = policy("a", "new")
    assume(strange != add)
    plan_file = made(Plan((add,)), live, scope=("a", "b", "c"))
    with pytest.raises(StalePlan, match="have changed since the plan was made"):
        plan_file.still_to_do(live ^ {strange}, foundation=API, names={"a": "o/s/a"})


def test_changes_to_other_sources_do_not_matter() -> None:
    """Policies of sources that were not reviewed may change."""
    plan_file = made(Plan((policy("a", "c"),)), frozenset())
    rest = plan_file.still_to_do({policy("x", "y")}, foundation=API, names={"a": "o/s/a"})
    assert rest == Plan((policy("a", "c"),))


@pytest.mark.parametrize("names", [{}, {"a": "o/s/renamed"}], ids=["pushed anew", "renamed"])
def test_is_stale_if_an_app_was_replaced(names: dict[str, str]) -> None:
    """The reviewed GUID no longer belongs to the app of that name."""
    with pytest.raises(StalePlan) as caught:
        made(Plan((policy("a", "c"),)), frozenset()).still_to_do(frozenset(), foundation=API, names=names)
    assert str(caught.value) == "The app o/s/a has changed since the plan was made. Nothing was sent."


def test_belongs_to_one_foundation() -> None:
    """GUIDs of one foundation mean nothing in another."""
    with pytest.raises(StalePlan) as caught:
        made(Plan(), frozenset()).still_to_do(frozenset(), foundation="https://api.other.com", names={})
    assert str(caught.value) == (
        "The plan was made for https://api.example.com, but the target is https://api.other.com. Nothing was sent."
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("version: 1", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it was not written by 'cfnet diff --out'"),
        ('{"format_version": 2}', "its format_version is 2, but this cfnet reads 1"),
        ('{"format_version": 1}', "it was not written by 'cfnet diff --out'"),
        (
            '{"format_version": 1, "foundation": "x", "add": [{"source": 1}], "remove": []}',
            "it was not written by 'cfnet diff --out'",
        ),
    ],
)
def test_other_files_are_refused(text: str, why: str) -> None:
    """Without a traceback."""
    with pytest.raises(InputFault) as caught:
        read_plan_file(text, "plan.json")
    assert str(caught.value) == f"plan.json: Not a plan file: {why}"
