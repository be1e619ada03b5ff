"""The completion cache: for which session, in which directory, and for how long."""

import io
import json
import os
from pathlib import Path

import pytest

from cfnet.operations.completion_cache import CompletionCache, completion_cache
from cfnet.operations.completion_names import KnownNames
from cfnet.operations.environment import Environment
from tests.conftest import Served

KNOWN = KnownNames("demo", "dev", {"demo": {"dev": ["appA"]}}, [], [])


def environment(**variables: str) -> Environment:
    """A user's process with these variables."""
    return Environment(variables, io.StringIO(), io.StringIO(), io.StringIO())


@pytest.fixture
def cache(tmp_path: Path) -> CompletionCache:
    """A cache in a directory that does not exist yet."""
    return CompletionCache(tmp_path / "cache" / "completion", "key")


def test_stored_values_are_read_back(cache: CompletionCache) -> None:
    """Initially there are none; afterwards the latest count."""
    assert cache.read() is None
    cache.keep(KNOWN)
    cache.keep(KNOWN._replace(space="test"))
    assert cache.read() == KNOWN._replace(space="test")


def test_it_is_private(cache: CompletionCache) -> None:
    """Directory and files; no temporary files remain."""
    cache.keep(KNOWN)
    cache.be_quiet(1.0)
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in cache.folder.iterdir()} == {
        "key.json": 0o600,
        "key.quiet": 0o600,
    }


def test_a_failed_write_keeps_the_old_values(cache: CompletionCache) -> None:
    """Here a name that UTF-8 cannot encode."""
    cache.keep(KNOWN)
    with pytest.raises(UnicodeEncodeError):
        cache.keep(KNOWN._replace(space="\ud800"))
    assert cache.read() == KNOWN
    assert [path.name for path in cache.folder.iterdir()] == ["key.json"]


@pytest.mark.parametrize(
    ("until", "quiet"),
    [(99.0, False), (100.0, False), (101.0, True), (3700.0, True), (9999.0, False)],
    ids=["past", "over", "not yet over", "in an hour", "by a wrong clock"],
)
def test_the_pause_between_refreshes(until: float, quiet: bool, cache: CompletionCache) -> None:  # noqa: FBT001 - a column of the table
    """At 100 seconds since the epoch."""
    cache.be_quiet(until)
    assert cache.is_quiet(100.0) == quiet


def test_initially_there_is_no_pause(cache: CompletionCache) -> None:
    assert not cache.is_quiet(100.0)


def test_unused_files_are_removed(cache: CompletionCache) -> None:
    """Of all sessions."""
    other = cache._replace(key="other")
    for each in (cache, other):
        each.keep(KNOWN)
        each.be_quiet(200.0)
    os.utime(cache.folder / "key.json", (50.0, 50.0))
    cache.forget_old(100.0)
    assert sorted(path.name for path in cache.folder.iterdir()) == ["key.quiet", "other.json", "other.quiet"]


def test_each_session_has_its_own_cache(served: Served, tmp_path: Path) -> None:
    """Another user, space, API or sandbox has another cache; new tokens of the same user do not."""
    home = {"HOME": str(tmp_path)}
    elsewhere = {"GUID": "elsewhere", "Name": "dev"}
    changes: list[tuple[str, dict[str, object]]] = [
        ("admin", {}), ("dev", {}), ("admin", {"SpaceFields": elsewhere}), ("admin", {"Target": "http://x"})
    ]  # fmt: skip
    found = [completion_cache(environment(**home, **served.home(tmp_path, user, **change))) for user, change in changes]
    ci = {"CF_API_URL": "api", "CF_USERNAME": "u", "CF_PASSWORD": "secret", "CF_ORG": "o", "CF_SPACE": "s"}
    variables = [ci, ci | {"CF_SPACE": "t"}, ci | {"CF_USERNAME": "v"}, {"CFNET_SANDBOX": "1"}]
    variables.append({"CFNET_SANDBOX": "1", "XDG_DATA_HOME": "/elsewhere"})
    found += [completion_cache(environment(**home, **each)) for each in variables]
    assert None not in found
    assert len(set(found)) == len(found)
    assert completion_cache(environment(**home, **served.home(tmp_path, "admin"))) == found[0]
    assert completion_cache(environment(**home, **ci | {"CF_PASSWORD": "another"})) == found[4]


def test_without_a_session_or_a_home_there_is_no_cache(served: Served, tmp_path: Path) -> None:
    """Nothing is stored in the current directory either."""
    assert completion_cache(environment(HOME=str(tmp_path))) is None
    assert completion_cache(environment(**served.home(tmp_path, SpaceFields={}), HOME=str(tmp_path))) is None
    assert completion_cache(environment(**served.home(tmp_path))) is None


def test_file_names_are_anonymous(served: Served, tmp_path: Path) -> None:
    """They contain neither the API nor the user."""
    cache = completion_cache(environment(**served.home(tmp_path), XDG_CACHE_HOME=str(tmp_path)))
    assert cache is not None
    assert cache.folder == tmp_path / "cfnet" / "completion"
    assert set(cache.key) <= set("0123456789abcdef")
    assert set(json.loads(KNOWN.as_json())) == {"version", "org", "space", "apps", "links", "cells"}
