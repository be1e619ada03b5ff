"""Write policies as a document: readable, stable, and with the same meaning when read back."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.document import DocumentSource, SpaceName, can_say, load, resolve, write
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space
from tests.strategies import APPS, SPACES, policies

KNOWN = {app.guid: app for app in APPS}


@given(st.frozensets(policies(), max_size=20), st.sampled_from((None, *SPACES)))
def test_a_written_document_reads_back(written: frozenset[Policy], space: Space | None) -> None:
    """Whatever the names of apps, known or unknown."""
    name = SpaceName(space.org.name, space.name) if space else None
    text = write(written, KNOWN, space=name, owns=None)
    loaded = load([DocumentSource("f.yml", text.encode())])
    assert loaded.faults == ()
    resolved = resolve(loaded, APPS, SPACES)
    assert resolved.faults == ()
    assert resolved.wanted.keys() == written


@given(st.permutations([Policy(f"g{n % 3}", f"g{n % 2}", Protocol.TCP, Ports(n, n)) for n in range(1, 9)]))
def test_the_order_of_policies_does_not_matter(shuffled: list[Policy]) -> None:
    """The policy server has no order; a file in git needs one."""
    assert write(shuffled, {}, space=None, owns=None) == write(sorted(shuffled), {}, space=None, owns=None)


def test_writes_a_readable_document() -> None:
    """Bare names in the document's space, one entry for apps that differ only in ports, quotes only if necessary."""
    shop = Org("o", "shop")
    web, ops = Space("s1", "web", shop), Space("s2", "ops", shop)
    apps = [App("g1", "frontend", web), App("g2", "backend", web), App("g3", "log*", ops), App("g4", "123", web)]
    text = write(
        [
            Policy("g1", "g2", Protocol.TCP, Ports(8080, 8080)),
            Policy("g1", "g4", Protocol.TCP, Ports(9000, 9010)),
            Policy("g1", "g4", Protocol.TCP, Ports(443, 443)),
            Policy("g1", "g3", Protocol.UDP, Ports(514, 514)),
            Policy("g2", "gone", Protocol.TCP, Ports(80, 80)),
        ],
        {app.guid: app for app in apps},
        space=SpaceName("shop", "web"),
        owns=[SpaceName("shop", "web")],
    )
    assert (
        text
        == """\
# yaml-language-server: $schema=cfnet.schema.json
version: 1
space: shop/web
owns: [shop/web]
policies:
  - source: backend
    destination: {guid: gone}  # no visible app has this GUID
    protocol: tcp
    ports: 80
  - source: frontend
    destination: {app: "log*", space: shop/ops}
    protocol: udp
    ports: 514
  - source: frontend
    destination: "123"
    protocol: tcp
    ports: [443, 9000-9010]
  - source: frontend
    destination: backend
"""
    )


def test_writes_an_empty_document() -> None:
    """A space without policies is an explicit empty list."""
    assert write([], {}, space=SpaceName("shop", "web"), owns=None) == (
        "# yaml-language-server: $schema=cfnet.schema.json\nversion: 1\nspace: shop/web\npolicies: []\n"
    )


def test_many_owned_spaces_have_a_line_each() -> None:
    """Long lines are unreadable in a diff."""
    owns = [SpaceName("shop", f"s{number}") for number in range(5)]
    text = write([], {}, space=None, owns=owns)
    assert "owns:\n  - shop/s0\n  - shop/s1\n  - shop/s2\n  - shop/s3\n  - shop/s4\npolicies: []\n" in text
    loaded = load([DocumentSource("f.yml", text.encode())])
    assert [owned.space for owned in loaded.documents[0].owns or ()] == owns


def test_many_ports_have_a_line_each() -> None:
    """Each change is then one line of git's diff; up to eight fit on a line."""
    few = [Policy("a", "b", Protocol.TCP, Ports(port, port + 1)) for port in range(10, 26, 2)]
    assert write(few, {}, space=None, owns=None).endswith(
        "    ports: [10-11, 12-13, 14-15, 16-17, 18-19, 20-21, 22-23, 24-25]\n"
    )
    many = [*few, Policy("a", "b", Protocol.TCP, Ports(80, 80))]
    text = write(many, {}, space=None, owns=None)
    listed = "".join(f"      - {policy.ports}\n" for policy in many)
    assert text.endswith(f"    protocol: tcp\n    ports:\n{listed}")
    assert resolve(load([DocumentSource("f.yml", text.encode())]), (), ()).wanted.keys() == set(many)


def test_spaces_that_cannot_be_named() -> None:
    """Their names would be read as something else."""
    assert can_say(SpaceName("shop", "my space"))
    assert not any(can_say(SpaceName("shop", name)) for name in ("a/b", "((x))", "tab\t", ""))


_GUESSED = dict.fromkeys(
    (
        *("y", "n", "Y", "N", "yes", "No", "ON", "off", "true", "False", "null", "Null", "NULL"),
        *(
            "2024-01-01",
            "2024-1-1",
            "0123-12-31",
            "0x1F",
            "0b1",
            "017",
            "0o17",
            "1_000",
            "1e3",
            "1.5",
            "1.",
            "0",
            "12345",
        ),
        *("".join(letters) for length in (1, 2, 3, 4) for letters in product("01_.-exob", repeat=length)),
    )
)


def test_quotes_what_yaml_1_1_reads_as_another_type() -> None:
    """Dates, numbers, booleans and null: other YAML readers see the name, too."""
    shop = Space("s", "web", Org("o", "shop"))
    apps = {f"g{number}": App(f"g{number}", name, shop) for number, name in enumerate(_GUESSED)}
    text = write(
        [Policy(guid, guid, Protocol.TCP, Ports(8080, 8080)) for guid in apps],
        apps,
        space=SpaceName("shop", "web"),
        owns=None,
    )
    import yaml

    read = yaml.safe_load(text)
    assert [entry["source"] for entry in read["policies"]] == sorted(_GUESSED)
    assert not re.search(r"source: [yYnN]$|source: \d{4}-\d\d?-\d\d?$", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["a\xa0", "a\u200b", "\u202ea", "a\u3000b"], ids=ascii)
def test_writes_the_guid_of_an_app_with_an_invisible_character(name: str) -> None:
    """A document refuses such a name."""
    app = App("g1", name, Space("s", "web", Org("o", "shop")))
    text = write([Policy("g1", "g1", Protocol.TCP, Ports(80, 80))], {"g1": app}, space=None, owns=None)
    assert "source: {guid: g1}" in text
    assert load([DocumentSource("f.yml", text.encode())]).faults == ()
