"""Live values in the real shells: the result of the last refresh, in each shell's syntax."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cfnet.operations.completion_cache import completion_cache
from cfnet.operations.environment import Environment
from cfnet.sandbox import Foundation, serve
from tests.cli.completion.conftest import need
from tests.cli.completion.typists import TYPISTS, Typist
from tests.cli.completion.worlds import HARD_NAMES, HARD_WORLD
from tests.worlds import config_of

NAMES = ("appA", "appB", "my app", *HARD_NAMES)


@pytest.fixture(params=TYPISTS, scope="module")
def user(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typist]:
    """A user of a foundation that was refreshed a moment ago and is now offline."""
    shell = str(request.param)
    need(shell)
    home = tmp_path_factory.mktemp("home")
    program = home / "bin" / "cfnet"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m cfnet "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    variables = {"HOME": str(home), "CF_HOME": str(home), "PATH": f"{program.parent}:{os.environ['PATH']}"}
    with Foundation.open(None) as foundation, serve(foundation) as server:
        foundation.load(HARD_WORLD)
        (home / ".cf").mkdir()
        config = config_of(server.url, foundation.sign_in("admin"))
        (home / ".cf" / "config.json").write_text(json.dumps(config), encoding="utf-8")
        subprocess.run([program, "__complete", "refresh"], env=os.environ | variables, check=True)
    cache = completion_cache(Environment(variables, sys.stdin, sys.stdout, sys.stderr))
    assert cache is not None
    (quiet,) = cache.folder.glob("*.quiet")
    cache.be_quiet(quiet.stat().st_mtime + 3000)  # no more requests
    with TYPISTS[shell](home, variables) as sitting:
        yield sitting


def test_apps_of_the_targeted_space(user: Typist) -> None:
    """All of them, quoted for the shell; none from other spaces."""
    words = user.words("cfnet add-network-policy ")
    assert sorted(user.read(" ".join(words))) == sorted(NAMES)


@pytest.mark.parametrize("name", HARD_NAMES)
@pytest.mark.parametrize("quote", ["'", '"'], ids=["single", "double"])
def test_a_name_in_quotes(quote: str, name: str, user: Typist) -> None:
    """The name is completed inside the open quote, followed by the closing quote and a space."""
    begun = next(name[:length] for length in range(1, 99) if sum(each.startswith(name[:length]) for each in NAMES) == 1)
    begun = begun.replace("$", "\\$") if quote == '"' else begun
    line = user.line(f"cfnet add-network-policy {quote}{begun}")
    assert user.read(line) == ["cfnet", "add-network-policy", name]
    assert line.endswith(f"{quote} ")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param("cfnet add-network-policy my", ["my app", "my apple"], id="names with blanks"),
        pytest.param("cfnet network-policies --source my", ["my app", "my apple"], id="after --source"),
        pytest.param("cfnet add-network-policy appA col:ou", ["col:our"], id="after a colon"),
        pytest.param("cfnet add-network-policy appA -s ", ["dev", "my space"], id="spaces of the targeted org"),
        pytest.param("cfnet snapshot there --space ", ["dev", "my space"], id="the same after --space"),
        pytest.param("cfnet graph --space dev --app my", ["my app", "my apple"], id="apps of a space"),
        pytest.param("cfnet add-network-policy -o ", ["demo", "other org"], id="orgs"),
        pytest.param("cfnet add-network-policy -o 'other org' -s ", ["far:space"], id="spaces of another org"),
        pytest.param("cfnet add-network-policy a -o other\\ org -s far:space ", ["there"], id="apps of another space"),
        pytest.param("cfnet add-network-policy a -s 'my space' ", [], id="a space without apps"),
        pytest.param("cfnet remove-network-policy 'my app' appB --port ", ["5000-5010", "8080"], id="ports"),
        pytest.param("cfnet remove-network-policy my\\ app appB --protocol udp --port ", ["5000-5010"], id="udp ports"),
        pytest.param("cfnet remove-network-policy 'my app' appA --port ", [], id="no ports without a policy"),
        pytest.param("cfnet add-network-policy 'my app' appB --port ", [], id="no ports for add-network-policy"),
    ],
)
def test_completions_of_a_word(typed: str, words: list[str], user: Typist) -> None:
    """The same in every shell."""
    assert sorted(user.read(" ".join(user.words(typed)))) == words


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        pytest.param("add-network-policy col", "add-network-policy col:o", id="the common prefix"),
        pytest.param("add-network-policy col:on", "add-network-policy col:on ", id="a colon"),
        pytest.param("add-network-policy my\\ appl", "add-network-policy my\\ apple ", id="a blank"),
        pytest.param("network-policies --source=my\\ appl", "network-policies --source=my\\ apple ", id="attached"),
        pytest.param("network-policies --source=col:on", "network-policies --source=col:on ", id="attached, a colon"),
        pytest.param("add-network-policy a b -s my", "add-network-policy a b -s my\\ space ", id="a space"),
        pytest.param("add-network-policy nothing-like-it", "add-network-policy nothing-like-it", id="nothing"),
    ],
)
def test_the_line_after_tab(typed: str, line: str, user: Typist) -> None:
    """The same in every shell."""
    assert user.line(f"cfnet {typed}") == f"cfnet {line}"
