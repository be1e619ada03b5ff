"""Live values that fit at the cursor."""

import pytest

from cfnet.cli.completion.candidates import LiveValues, Words, candidates
from cfnet.operations.completion_names import KnownNames, Link

KNOWN = KnownNames(
    org="demo",
    space="dev",
    apps={
        "demo": {"dev": ["web", "api", "api"], "test": ["api-test"], "empty": []},
        "shop": {"dev": ["till"], "back room": ["stock"]},
    },
    links=[
        Link("web", "demo", "dev", "api", "tcp", "8080"),
        Link("web", "demo", "dev", "api", "tcp", "443"),
        Link("web", "demo", "dev", "api", "udp", "53"),
        Link("web", "shop", "dev", "api", "tcp", "9000-9010"),
        Link("api", "demo", "dev", "web", "tcp", "1"),
    ],
    cells=["cell-2", "cell-1"],
)


@pytest.mark.parametrize(
    ("live", "words", "expected"),
    [
        pytest.param(LiveValues.APP, [], ["api", "web"], id="apps of the targeted space, in order, once"),
        pytest.param(LiveValues.APP, ["--space", "shop/back room"], ["stock"], id="apps of a space by its path"),
        pytest.param(LiveValues.APP, ["--space=SHOP/Dev"], ["till"], id="in whatever case, attached"),
        pytest.param(LiveValues.APP, ["--space", "test"], ["api-test"], id="apps of a space of the targeted org"),
        pytest.param(LiveValues.APP, ["--space", "shop"], [], id="a partial path"),
        pytest.param(LiveValues.DESTINATION, ["web"], ["api", "web"], id="destinations in the targeted space"),
        pytest.param(LiveValues.DESTINATION, ["web", "-s", "test"], ["api-test"], id="in another space"),
        pytest.param(LiveValues.DESTINATION, ["-stest", "web"], ["api-test"], id="attached, in cf's form"),
        pytest.param(LiveValues.DESTINATION, ["-s=test", "web"], ["api-test"], id="attached with an equals sign"),
        pytest.param(
            LiveValues.DESTINATION, ["-o", "shop", "web"], ["till"], id="in the space with that name in another org"
        ),
        pytest.param(LiveValues.DESTINATION, ["-o", "shop", "-s", "back room"], ["stock"], id="in another org's space"),
        pytest.param(LiveValues.DESTINATION, ["-o", "nope", "web"], [], id="in an unknown org"),
        pytest.param(LiveValues.SPACE, [], ["dev", "empty", "test"], id="spaces of the targeted org"),
        pytest.param(LiveValues.SPACE, ["-o", "shop"], ["back room", "dev"], id="spaces of another org"),
        pytest.param(LiveValues.ORG, [], ["demo", "shop"], id="orgs"),
        pytest.param(
            LiveValues.PLACE,
            [],
            ["demo/dev", "demo/empty", "demo/test", "shop/back room", "shop/dev"],
            id="paths of spaces",
        ),
        pytest.param(LiveValues.CELL, [], ["cell-1", "cell-2"], id="cells"),
        pytest.param(
            LiveValues.INSIDE, ["sandbox", "run"], ["api", "cell-1", "cell-2", "web"], id="cells, and apps of the space"
        ),
        pytest.param(LiveValues.PORT, ["remove", "web", "api"], ["443", "53", "8080"], id="ports of policies"),
        pytest.param(LiveValues.PORT, ["-v", "remove", "WEB", "API"], ["443", "53", "8080"], id="in whatever case"),
        pytest.param(
            LiveValues.PORT, ["remove", "--protocol", "udp", "web", "api"], ["53"], id="ports of policies of a protocol"
        ),
        pytest.param(
            LiveValues.PORT, ["remove", "web", "api", "-o", "shop"], ["9000-9010"], id="ports towards another org"
        ),
        pytest.param(LiveValues.PORT, ["remove", "web"], [], id="no ports for one app"),
        pytest.param(LiveValues.PORT, ["remove", "web", "api", "till"], [], id="no ports for three apps"),
        pytest.param(LiveValues.PORT, [], [], id="no ports without apps"),
        pytest.param(LiveValues.PORT, ["remove", "api", "api"], [], id="no ports without a policy"),
    ],
)
def test_candidates(live: LiveValues, words: list[str], expected: list[str]) -> None:
    """They depend on the words before the cursor."""
    assert candidates(live, Words.read(words), KNOWN) == expected


def test_names_unsafe_for_a_terminal_are_left_out() -> None:
    """A line break would make two names, an escape sequence would be executed."""
    apps = ["fine", "two\nlines", "ta\tb", "\x1b[31mred", "", "right\u202eleft"]
    assert candidates(LiveValues.APP, Words({}, []), KNOWN._replace(apps={"demo": {"dev": apps}})) == ["fine"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param([], Words({}, []), id="nothing"),
        pytest.param(["-s"], Words({"-s": ""}, []), id="a missing value"),
        pytest.param(["a", "--", "-"], Words({"--": "", "-": ""}, ["a"]), id="dashes"),
        pytest.param(["--port", "-s", "b"], Words({"--port": "-s"}, ["b"]), id="a value that looks like an option"),
    ],
)
def test_unfinished_words(words: list[str], expected: Words) -> None:
    """Any command line is parsed."""
    assert Words.read(words) == expected
