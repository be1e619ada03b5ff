"""The memory behind TAB: for whom, where, and how long."""

import io
import json
import os
from pathlib import Path

import pytest

from cfnet.operations.completion_cache import Memory, memory_of
from cfnet.operations.completion_names import Known
from cfnet.operations.environment import Environment
from tests.conftest import Served

KNOWN = Known("demo", "dev", {"demo": {"dev": ["appA"]}}, [], [])


def environment(**variables: str) -> Environment:
    """The process of a user with these variables."""
    return Environment(variables, io.StringIO(), io.StringIO(), io.StringIO())


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """A memory in a folder that is not there yet."""
    return Memory(tmp_path / "cache" / "completion", "key")


def test_what_is_kept_is_read(memory: Memory) -> None:
    """Nothing is known at first; afterwards the latest."""
    assert memory.read() is None
    memory.keep(KNOWN)
    memory.keep(KNOWN._replace(space="test"))
    assert memory.read() == KNOWN._replace(space="test")


def test_it_is_the_users_alone(memory: Memory) -> None:
    """Folder and files; and nothing is left beside them."""
    memory.keep(KNOWN)
    memory.be_quiet(1.0)
    assert memory.folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in memory.folder.iterdir()} == {
        "key.json": 0o600,
        "key.quiet": 0o600,
    }


def test_a_failed_write_leaves_what_was_there(memory: Memory) -> None:
    """A name that UTF-8 has no code for."""
    memory.keep(KNOWN)
    with pytest.raises(UnicodeEncodeError):
        memory.keep(KNOWN._replace(space="\ud800"))
    assert memory.read() == KNOWN
    assert [path.name for path in memory.folder.iterdir()] == ["key.json"]


@pytest.mark.parametrize(
    ("until", "quiet"),
    [(99.0, False), (100.0, False), (101.0, True), (3700.0, True), (9999.0, False)],
    ids=["past", "over", "not yet over", "in an hour", "from a clock that was wrong"],
)
def test_quiet(until: float, quiet: bool, memory: Memory) -> None:  # noqa: FBT001 - a column of the table
    """At 100 seconds since the epoch."""
    memory.be_quiet(until)
    assert memory.is_quiet(100.0) == quiet


def test_nothing_is_quiet_at_first(memory: Memory) -> None:
    """Where nobody ever asked."""
    assert not memory.is_quiet(100.0)


def test_what_nobody_has_used_is_forgotten(memory: Memory) -> None:
    """Of all sessions."""
    other = memory._replace(key="other")
    for each in (memory, other):
        each.keep(KNOWN)
        each.be_quiet(200.0)
    os.utime(memory.folder / "key.json", (50.0, 50.0))
    memory.forget_old(100.0)
    assert sorted(path.name for path in memory.folder.iterdir()) == ["key.quiet", "other.json", "other.quiet"]


def test_each_session_has_a_memory_of_its_own(served: Served, tmp_path: Path) -> None:
    """Another user, space, API or sandbox is another memory; new tokens of the same user are the same."""
    home = {"HOME": str(tmp_path)}
    elsewhere = {"GUID": "elsewhere", "Name": "dev"}
    changes: list[tuple[str, dict[str, object]]] = [
        ("admin", {}), ("dev", {}), ("admin", {"SpaceFields": elsewhere}), ("admin", {"Target": "http://x"})
    ]  # fmt: skip
    found = [memory_of(environment(**home, **served.home(tmp_path, user, **change))) for user, change in changes]
    ci = {"CF_API_URL": "api", "CF_USERNAME": "u", "CF_PASSWORD": "secret", "CF_ORG": "o", "CF_SPACE": "s"}
    variables = [ci, ci | {"CF_SPACE": "t"}, ci | {"CF_USERNAME": "v"}, {"CFNET_SANDBOX": "1"}]
    variables.append({"CFNET_SANDBOX": "1", "XDG_DATA_HOME": "/elsewhere"})
    found += [memory_of(environment(**home, **each)) for each in variables]
    assert None not in found
    assert len(set(found)) == len(found)
    assert memory_of(environment(**home, **served.home(tmp_path, "admin"))) == found[0]
    assert memory_of(environment(**home, **ci | {"CF_PASSWORD": "another"})) == found[4]


def test_without_a_session_or_a_home_there_is_no_memory(served: Served, tmp_path: Path) -> None:
    """Nothing is kept in whatever folder the user happens to be in."""
    assert memory_of(environment(HOME=str(tmp_path))) is None
    assert memory_of(environment(**served.home(tmp_path, SpaceFields={}), HOME=str(tmp_path))) is None
    assert memory_of(environment(**served.home(tmp_path))) is None


def test_what_is_kept_names_nobody(served: Served, tmp_path: Path) -> None:
    """The file's name tells neither API nor user."""
    memory = memory_of(environment(**served.home(tmp_path), XDG_CACHE_HOME=str(tmp_path)))
    assert memory is not None
    assert memory.folder == tmp_path / "cfnet" / "completion"
    assert set(memory.key) <= set("0123456789abcdef")
    assert set(json.loads(KNOWN.as_json())) == {"version", "org", "space", "apps", "links", "cells"}
