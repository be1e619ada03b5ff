"""Guarantees of `apply`, `diff`, `export` and `copy-network-policies`, as commands on generated foundations."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfnet.document import SpaceName, write
from cfnet.policy import App, Policy
from cfnet.sandbox import CELLS, DEFAULT, Foundation, World, WorldApp, WorldOrg, WorldSpace
from tests.conftest import Ran, run_cfnet
from tests.strategies import APPS, SPACES, policies

HOME = DEFAULT.spaces[0]
KNOWN = {app.guid: app for app in APPS}
NAMES = tuple(SpaceName(space.org.name, space.name) for space in SPACES)
WORLD = World(
    cells=CELLS,
    orgs=(*DEFAULT.orgs, *(WorldOrg(org.name, org.guid) for org in dict.fromkeys(space.org for space in SPACES))),
    spaces=(HOME, *(WorldSpace(space.name, space.org.name, space.guid) for space in SPACES)),
    apps=tuple(WorldApp(app.name, f"{app.space.org.name}/{app.space.name}", app.guid, instances=0) for app in APPS),
    users=DEFAULT.users,
    clients=DEFAULT.clients,
)

_some = st.frozensets(policies(), max_size=12)
_SAYABLE = [app for app in APPS if "/" not in app.name]
"""Apps that a path ORG/SPACE/APP can name."""


@pytest.fixture(scope="module")
def foundation() -> Iterator[Foundation]:
    """A foundation in memory, reloaded for each example."""
    with Foundation.open(None) as opened:
        yield opened


def run(foundation: Foundation, *words: str, stdin: str = "") -> Ran:
    """Run a command line on that foundation, as its administrator."""
    return run_cfnet(words, {"CFNET_SANDBOX": "1", "HOME": str(Path("nowhere"))}, embedded=foundation, stdin=stdin)


def load(foundation: Foundation, there: frozenset[Policy]) -> None:
    """Load these policies into the foundation."""
    foundation.load(WORLD._replace(policies=tuple(sorted(there))))


def listed(foundation: Foundation) -> str:
    """All existing policies."""
    return run(foundation, "export", "--all").stdout


@settings(max_examples=40)
@given(there=_some, scope=st.sampled_from((["--all"], ["--org", "shop"], ["--space", "pay & co/on"], [])))
def test_applying_an_export_changes_nothing(there: frozenset[Policy], scope: list[str], foundation: Foundation) -> None:
    """Whatever the names of apps, existing or deleted; also with pruning."""
    load(foundation, there)
    exported = run(foundation, "export", *scope)
    assert (exported.exit, exported.stderr) == (0, "")
    applied = run(foundation, "apply", "-", "--prune", "--force", "--yes", stdin=exported.stdout)
    assert applied.exit == 0
    assert applied.stdout.startswith("0 to add, 0 to remove, ")
    assert "Applied" not in applied.stdout
    assert run(foundation, "diff", "-", "--prune", stdin=exported.stdout).exit == 0


@settings(max_examples=40)
@given(there=_some, wanted=_some, owned=st.frozensets(st.sampled_from(NAMES)), prune=st.booleans())
def test_applying_converges_in_one_run_and_touches_nothing_else(
    there: frozenset[Policy],
    wanted: frozenset[Policy],
    owned: frozenset[SpaceName],
    *,
    prune: bool,
    foundation: Foundation,
) -> None:
    """Then all declared policies exist, owned apps match the document, and the rest is unchanged."""
    load(foundation, there)
    document = write(wanted, KNOWN, space=None, owns=sorted(owned))
    words = ["apply", "-", "--force", "--yes", "--prune"] if prune else ["apply", "-", "--yes"]
    assert run(foundation, *words, stdin=document).exit == 0
    gone = {each for each in there - wanted if prune and _is_of(each, owned)}
    assert listed(foundation) == write(
        (there | wanted) - gone, KNOWN, space=None, owns=sorted((*NAMES, SpaceName("demo", "dev")))
    )
    again = run(foundation, *words, stdin=document)
    assert (again.exit, "Applied" in again.stdout) == (0, False)


def _is_of(policy: Policy, owned: frozenset[SpaceName]) -> bool:
    app = KNOWN.get(policy.source)
    return app is not None and SpaceName(app.space.org.name, app.space.name) in owned


@settings(max_examples=30)
@given(there=_some, wanted=_some, done=st.integers(0, 12))
def test_a_plan_makes_the_changes_that_diff_showed(
    there: frozenset[Policy],
    wanted: frozenset[Policy],
    done: int,
    foundation: Foundation,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Even if some were made by others meanwhile; a second time it changes nothing."""
    load(foundation, there)
    document = write(wanted, KNOWN, space=None, owns=NAMES)
    plan = str(tmp_path_factory.getbasetemp() / "plan.json")
    run(foundation, "diff", "-", "--prune", "--force", "--out", plan, stdin=document)
    load(foundation, there | frozenset(sorted(wanted)[:done]))
    assert run(foundation, "apply", plan, "--yes").exit == 0
    assert run(foundation, "diff", "-", "--prune", stdin=document).exit == 0
    assert run(foundation, "apply", plan, "--yes").stdout.startswith("0 to add, 0 to remove")


@settings(max_examples=30)
@given(there=_some, two=st.lists(st.sampled_from(_SAYABLE), min_size=2, max_size=2, unique=True))
def test_a_copy_has_all_policies_of_the_original(
    there: frozenset[Policy], two: list[App], foundation: Foundation
) -> None:
    """In both directions, except between the two; a second copy sends nothing."""
    source, target = two
    load(foundation, there)
    words = ["copy-network-policies", source.path, target.path]
    assert run(foundation, *words).exit == 0
    expected = there | {
        each._replace(
            source=target.guid if each.source == source.guid else each.source,
            destination=target.guid if each.destination == source.guid else each.destination,
        )
        for each in there
        if source.guid in (each.source, each.destination) and target.guid not in (each.source, each.destination)
    }
    assert listed(foundation) == write(expected, KNOWN, space=None, owns=sorted((*NAMES, SpaceName("demo", "dev"))))
    assert run(foundation, *words).stdout.endswith("There is nothing to copy.\n")
