"""What apply guarantees, as properties over documents and foundations."""

from random import Random
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from cfnet.change import Difference, Outcome, apply, diff, plan
from cfnet.document import DocumentSource, Resolved, SpaceName, ignored, load, resolve, write
from cfnet.policy import Policy
from tests.change.memory_store import MemoryStore
from tests.strategies import APPS, GUIDS, SPACES, policies

KNOWN = {app.guid: app for app in APPS}
NAMES = tuple(SpaceName(space.org.name, space.name) for space in SPACES)


class Case(NamedTuple):
    """Documents, and the foundation they are applied to.

    Attributes:
        sources: the documents.
        wanted: the policies they declare.
        there: the policies of the foundation.
        owned: the spaces they own.
        ignored: the space whose incoming policies they ignore, None for none.
        visible: the apps whose policies the user sees, None for all.
    """

    sources: list[DocumentSource]
    wanted: frozenset[Policy]
    there: frozenset[Policy]
    owned: frozenset[SpaceName]
    ignored: SpaceName | None
    visible: frozenset[str] | None

    def is_ours(self, policy: Policy) -> bool:
        """Whether the documents may remove `policy`, restated independently of the product."""
        source, destination = KNOWN.get(policy.source), KNOWN.get(policy.destination)
        owned = source is not None and SpaceName(source.space.org.name, source.space.name) in self.owned
        return owned and not (
            destination is not None and SpaceName(destination.space.org.name, destination.space.name) == self.ignored
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Documents that overlap with a foundation, and ignore parts of it."""
    pool = draw(st.lists(policies(), unique=True, min_size=1, max_size=16))
    ignored_space = draw(st.none() | st.sampled_from(NAMES))
    owned = draw(st.frozensets(st.sampled_from(NAMES)))
    case = Case(
        [],
        frozenset(),
        frozenset(draw(st.sets(st.sampled_from(pool)))),
        owned,
        ignored_space,
        draw(st.none() | st.frozensets(st.sampled_from(GUIDS))),
    )
    wanted = {each for each in draw(st.sets(st.sampled_from(pool))) if not _is_ignored(each, ignored_space)}
    parts = draw(st.integers(1, 3))
    split = {each: draw(st.integers(0, parts - 1)) for each in sorted(wanted)}
    for part in range(parts):
        text = write(
            [each for each in wanted if split[each] == part],
            KNOWN,
            space=draw(st.none() | st.sampled_from(NAMES)),
            owns=sorted(owned) if part == 0 else [],
        )
        if part == 0 and ignored_space:
            text += f'ignore:\n  - destination: ["{ignored_space}/*", {{app: "*", space: "{ignored_space}"}}]\n'
        case.sources.append(DocumentSource(f"{part}.yml", text.encode()))
    return case._replace(wanted=frozenset(wanted))


def _is_ignored(policy: Policy, space: SpaceName | None) -> bool:
    app = KNOWN.get(policy.destination)
    return app is not None and SpaceName(app.space.org.name, app.space.name) == space


def resolved(sources: list[DocumentSource]) -> Resolved:
    """Resolve documents without faults."""
    loaded = load(sources)
    assert loaded.faults == ()
    found = resolve(loaded, APPS, SPACES)
    assert found.faults == ()
    return found


def compared(case: Case, store: MemoryStore) -> Difference:
    """The difference between documents and a store."""
    found, live = resolved(case.sources), store.policies()
    return diff(
        found.wanted.keys(),
        live,
        owned=found.owned,
        ignored=ignored(load(case.sources).documents, live, APPS),
        visible=case.visible,
    )


def applied(case: Case, store: MemoryStore, *, prune: bool = True) -> Outcome:
    """Apply documents to a store."""
    return apply(plan(compared(case, store), prune=prune, force=True).batches(size=3), store)


@given(case=cases(), prune=st.booleans())
def test_converges_in_one_run(case: Case, *, prune: bool) -> None:
    """After one run all wanted, visible policies exist, and a second run sends nothing."""
    store = MemoryStore(case.there, case.visible)
    applied(case, store, prune=prune)
    seen = store.policies()
    assert {
        each for each in case.wanted if case.visible is None or {each.source, each.destination} <= case.visible
    } <= frozenset(seen)
    after, sent = set(store.there), list(store.sent)
    assert not compared(case, store).changes(prune=prune)
    applied(case, store, prune=prune)
    assert (store.there, store.sent) == (after, sent)


@given(cases())
def test_the_result_is_the_announced_one(case: Case) -> None:
    """Before - removed + added = after, and the rest of an owned space equals the documents."""
    store = MemoryStore(case.there, case.visible)
    difference = compared(case, store)
    applied(case, store)
    assert store.there == (case.there - set(difference.removed)) | set(difference.added)
    assert {each for each in store.policies() if case.is_ours(each)} <= case.wanted


@given(cases())
def test_never_removes_what_is_not_owned(case: Case) -> None:
    """Removed policies are owned, not ignored and not wanted; without pruning nothing is removed."""
    store = MemoryStore(case.there, case.visible)
    applied(case, store)
    assert all(case.is_ours(each) and each not in case.wanted for each in case.there - store.there)
    store = MemoryStore(case.there, case.visible)
    applied(case, store, prune=False)
    assert case.there <= store.there


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(case: Case, random: Random) -> None:
    """Entries and files can be reordered."""
    shuffled = [source._replace(data=_shuffled(source.data, random)) for source in case.sources]
    random.shuffle(shuffled)
    assert resolved(shuffled).wanted.keys() == resolved(case.sources).wanted.keys()
    assert compared(case._replace(sources=shuffled), MemoryStore(case.there)) == compared(case, MemoryStore(case.there))


def _shuffled(data: bytes, random: Random) -> bytes:
    head, mark, rest = data.decode().partition("policies:\n")
    entries, ignoring, last = rest.partition("ignore:\n")
    parts = entries.split("  - source: ")[1:]
    random.shuffle(parts)
    return (head + mark + "".join(f"  - source: {part}" for part in parts) + ignoring + last).encode()


@given(st.frozensets(policies(), max_size=16), st.none() | st.sampled_from(NAMES))
def test_an_export_has_no_differences(there: frozenset[Policy], space: SpaceName | None) -> None:
    """Export, then diff: no changes; export, then apply with pruning: no requests."""
    text = write(there, KNOWN, space=space, owns=NAMES)
    case = Case([DocumentSource("export.yml", text.encode())], there, there, frozenset(NAMES), None, None)
    store = MemoryStore(there)
    assert not compared(case, store).changes(prune=True)
    applied(case, store)
    assert store.sent == []
