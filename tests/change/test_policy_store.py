"""The contract of a `PolicyStore`, checked for every implementation: a fake that drifts proves nothing."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfnet.change import PolicyStore, exceeded
from cfnet.errors import Forbidden
from cfnet.operations.connect import connect
from cfnet.operations.environment import Environment
from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import DEFAULT, Foundation, Settings, serve
from tests.change.memory_store import MemoryStore
from tests.conftest import Served
from tests.strategies import policies
from tests.worlds import in_ci

APP_A, APP_B = (app.guid for app in DEFAULT.apps)
ONE = Policy(APP_A, APP_B, Protocol.TCP, Ports(8000, 9000))
TWO = Policy(APP_B, APP_A, Protocol.UDP, Ports(53, 53))
PART = ONE._replace(ports=Ports(8080, 8080))


@contextmanager
def asked(environment: Environment) -> Iterator[PolicyStore]:
    """The policy server of the foundation in `environment`."""
    with connect(environment, check=lambda: None, talk=environment.stderr) as found:
        yield found.policy_server


def environment(*, embedded: Foundation | None = None, url: str = "", user: str = "admin") -> Environment:
    """An environment that points at a foundation."""
    streams = (io.StringIO(), io.StringIO(), io.StringIO())
    return Environment(in_ci(url, user), *streams, sandbox=embedded is not None, embedded=embedded)


@pytest.fixture(params=["in memory", "the sandbox in process", "the sandbox over HTTP"])
def store(request: pytest.FixtureRequest, served: Served) -> Iterator[PolicyStore]:
    """An empty store of each kind."""
    match request.param:
        case "in memory":
            yield MemoryStore()
        case "the sandbox in process":
            with Foundation.open(None) as foundation, asked(environment(embedded=foundation)) as found:
                yield found
        case _:
            with asked(environment(url=served.url)) as found:
                yield found


def test_added_policies_are_listed_once(store: PolicyStore) -> None:
    """In no particular order, however often they were added."""
    assert list(store.policies()) == []
    store.add([ONE, TWO])
    store.add([ONE])
    assert sorted(store.policies()) == sorted([ONE, TWO])


def test_removed_policies_are_not_listed(store: PolicyStore) -> None:
    """Removing a missing policy is not an error; a part of a range is a different policy."""
    store.add([ONE, TWO])
    store.remove([TWO, PART])
    assert list(store.policies()) == [ONE]
    store.add([PART])
    store.remove([ONE])
    assert list(store.policies()) == [PART]


@pytest.fixture(scope="module")
def limited() -> Iterator[tuple[PolicyStore, PolicyStore]]:
    """The sandbox as seen by a space developer with a quota of three per source, and by an admin."""
    with (
        Foundation.open(None, settings=Settings(policies_per_source=3)) as foundation,
        serve(foundation) as server,
        asked(environment(url=server.url, user="dev")) as found,
        asked(environment(url=server.url)) as unlimited,
    ):
        yield found, unlimited


_few = st.lists(policies((APP_A, APP_B)), unique=True, min_size=1, max_size=5)


@settings(max_examples=60)
@given(there=_few, add=_few)
def test_the_quota_is_predicted(
    there: list[Policy], add: list[Policy], limited: tuple[PolicyStore, PolicyStore]
) -> None:
    """Exactly the predicted requests are refused; admins may have exceeded it before."""
    store, unlimited = limited
    unlimited.remove([*unlimited.policies(), *there, *add])
    unlimited.add(there)
    if exceeded(add, store.policies(), limit=3):
        with pytest.raises(Forbidden, match="quota"):
            store.add(add)
    else:
        store.add(add)
        assert set(add) <= set(store.policies())
