"""Plain entries, which are read without a YAML parser, mean the same as if a parser had read them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cfnet.document.building import build
from cfnet.document.document import Document, SpaceName
from cfnet.document.faults import Fault, FaultReport
from cfnet.document.loading import DocumentSource, load
from cfnet.document.nodes import Mapping, PlainEntry, Sequence
from cfnet.document.plain_entries import MARKER, shortened
from cfnet.document.reader import read
from cfnet.document.variables import Variables

FLOW = "  - {source: web, destination: backend, ports: 8080}\n"
BLOCK = "  - source: web\n    destination: shop/prod/backend\n    protocol: udp\n    ports: 9000-9010\n"
HEAD = "version: 1\nspace: shop/web\npolicies:\n"


def result(text: str, *, pure: bool = False) -> tuple[Document | None, tuple[Fault, ...]]:
    """What a document means, and its faults."""
    report = FaultReport()
    root = read(text.encode(), "f.yml", report, Variables({"v": "x"}, report).fill, pure=pure)
    document = build(root, SpaceName("o", "s"), report) if root else None
    return document, report.faults


def by_parser(text: str, *, pure: bool = False) -> tuple[Document | None, tuple[Fault, ...]]:
    """The same, if no entry is recognized without the parser: the first line, a comment, has a character for that."""
    assert text.startswith("#\n")
    return result(f"# {MARKER}{text[1:]}", pure=pure)


def same(text: str) -> None:
    """Check that it makes no difference who reads the plain entries."""
    for pure in (False, True):
        assert result(f"#\n{text}", pure=pure) == by_parser(f"#\n{text}", pure=pure)


def entries(text: str) -> list[type]:
    """The types of the items of `policies`."""
    root = read(text.encode(), "f.yml", FaultReport())
    assert isinstance(root, Mapping)
    policies = root.get("policies")
    assert isinstance(policies, Sequence)
    return [type(item) for item in policies.items]


names = st.sampled_from(
    [
        "a",
        "web-1",
        "shop/prod/a.b",
        "o/s",
        "yes",
        "no-app",
        "Null",
        "on",
        "1a",
        "_x",
        "((v))",
        "((w))",
        '"a"',
        "a b",
        "é",
    ]
)
ports = st.sampled_from(["8080", "1-65535", "9-8", "0", "65536", "[80, 81]", '"80"', "8080 ", "8080 # later", "1_0"])
protocols = st.sampled_from(["tcp", "udp", "TCP", "icmp"])


@st.composite
def _entry(draw: st.DrawFn) -> str:
    """An entry, plain or nearly so."""
    pairs = [f"source: {draw(names)}", f"destination: {draw(names)}"]
    pairs += [f"protocol: {draw(protocols)}"] if draw(st.booleans()) else []
    pairs += [f"ports: {draw(ports)}"] if draw(st.integers(0, 3)) else []
    if draw(st.integers(0, 9)) == 0:
        pairs = draw(st.permutations(pairs))
    space = " " * draw(st.sampled_from([2, 2, 2, 2, 2, 0, 4]))
    if draw(st.booleans()):
        return f"{space}- {{{', '.join(pairs)}}}\n"
    return f"{space}- " + "".join(f"{pair}\n{space}  " for pair in pairs).rstrip(" ")


odd = st.sampled_from([
    "\n", "  # a comment\n", "    pending: true\n", "    more\n", "   ports: 1\n", "  - |\n", "  - >\n    text\n",
    '  - "\n', '    "\n', "  - '\n", "ignore:\n", "policies:\n", "expect:\n", "lint: {}\n", "owns: &x\n",
    "ignore: *x\n", "  - &y\n", "  - *y\n", "---\n", "...\n", "  - [\n", "  ]\n", "  -\n", "  ? \n", "  : a\n",
    "!!str\n", "\t\n", "- a\n", "    - b\n", "  - {a: ((v))}\n", "  - é\n", "complete: false\n", "  - source: web\n",
    "    <<: {a: b}\n", "  - {source: web, \n",
])  # fmt: skip
plain = st.sampled_from([FLOW, BLOCK, FLOW.replace("web", "api"), BLOCK.replace("udp", "tcp")])
lines = st.one_of(plain, plain, plain, _entry(), _entry(), odd)


@example([FLOW], HEAD)
@example([BLOCK, "    more\n"], HEAD)
@example([FLOW, "\n", "    more: 1\n"], HEAD)
@example(["  - |\n", FLOW], HEAD)
@example([FLOW, BLOCK], "version: 1\npolicies: &x\n")
@example([FLOW, "ignore: *x\n"], "version: 1\npolicies: &x\n")
@example([FLOW.replace("  -", "-")], "")
@given(st.lists(lines, max_size=8), st.sampled_from([HEAD, HEAD, HEAD, "", "policies:\n", "ignore:\n", "a:\n  b:\n"]))
def test_plain_entries_mean_what_the_parser_reads(body: list[str], head: str) -> None:
    """Wherever they are: policies, places and faults are the same."""
    same(head + "".join(body))


@pytest.mark.parametrize("entry", [FLOW, BLOCK, FLOW.replace(", ports: 8080", "")])
def test_plain_entries_are_recognized(entry: str) -> None:
    """In one line, or with a line for each key."""
    assert entries(f"{HEAD}{entry}{entry.replace('web', 'api')}  - {{source: a, destination: 'b'}}\n{entry}") == [
        PlainEntry,
        PlainEntry,
        Mapping,
        PlainEntry,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ignore:\n" + FLOW,
        HEAD.replace("policies:", "policies: &all") + FLOW,
        HEAD + "  - because: |\n    " + FLOW,
        HEAD + FLOW + "ignore:\n" + FLOW,
    ],
    ids=["in another list", "in a list with an anchor", "in a text", "in another list, too"],
)
def test_entries_elsewhere_are_read_by_the_parser(text: str) -> None:
    """They mean something else there."""
    same(text)
    assert shortened(text, "f.yml").runs


def test_faults_of_plain_entries_name_their_places() -> None:
    """A policy that is declared twice: the same places as for other entries."""
    found = load([DocumentSource("f.yml", (HEAD + FLOW + BLOCK + "\n" + BLOCK + FLOW).encode())]).faults
    assert [(fault.code.id, str(fault.place), str(fault.also)) for fault in found] == [
        ("E301", "f.yml:10:5", "f.yml:5:5"),
        ("E301", "f.yml:14:5", "f.yml:4:5"),
    ]


def test_values_of_plain_entries_count() -> None:
    """The limit of values per file holds for them."""
    many = HEAD + "  - {source: a, destination: b}\n" * 240_000
    assert [fault.code.id for fault in result(many)[1]] == ["E102"]
