"""Names become GUIDs: the apps that documents name, looked for among those of a foundation."""

import pytest

from cfnet.document import DocumentSource, Place, SpaceName, load, needed, resolve
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space

SHOP, PAY = Org("o1", "shop"), Org("o2", "pay")
WEB, OPS, PROD, EMPTY = (
    Space("s1", "web", SHOP),
    Space("s2", "ops", SHOP),
    Space("s3", "prod", PAY),
    Space("s4", "empty", PAY),
)
FRONTEND, BACKEND = App("g1", "frontend", WEB), App("g2", "backend", WEB)
LOG, API = App("g3", "log", OPS), App("g4", "api", PROD)
APPS, SPACES = (FRONTEND, BACKEND, LOG, API), (WEB, OPS, PROD, EMPTY)

HEAD = "version: 1\nspace: shop/web\npolicies:\n"


def test_finds_apps_by_name_and_keeps_places() -> None:
    """Each policy is known by GUIDs, and by where it was declared."""
    text = HEAD + "  - {source: frontend, destination: [backend, pay/prod/api, {guid: g9}], ports: 1}\n"
    resolved = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES)
    assert resolved.faults == ()
    assert dict(resolved.wanted) == {
        Policy("g1", guid, Protocol.TCP, Ports(1, 1)): Place("f.yml", 4, column)
        for guid, column in (("g2", 38), ("g4", 47), ("g9", 61))
    }
    assert resolved.owned == {"g1", "g2"}


def test_owns_the_apps_of_owned_spaces() -> None:
    """`owns` replaces the document's space; several documents own what each of them owns."""
    one = DocumentSource("one.yml", b"version: 1\nspace: shop/web\nowns: [shop/ops]\npolicies: []\n")
    two = DocumentSource("two.yml", b"version: 1\nspace: pay/prod\npolicies: []\n")
    assert resolve(load([one, two]), APPS, SPACES).owned == {"g3", "g4"}


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (
            "{source: frontnd, destination: backend}",
            (
                "4:14: E401 unknown app: shop/web/frontnd; expected an app in shop/web visible to this user; "
                "did you mean frontend?"
            ),
        ),
        (
            "{source: frontend, destination: api}",
            (
                "4:37: E401 unknown app: shop/web/api; expected an app in shop/web visible to this user; "
                "did you mean pay/prod/api?"
            ),
        ),
        (
            "{source: frontend, destination: shop/opps/log}",
            "4:37: E402 unknown space: shop/opps; expected a space visible to this user; did you mean shop/ops?",
        ),
        (
            "{source: frontend, destination: [backend, {guid: g2}]}",
            "4:47: E301 policy declared twice: shop/web/frontend to g2, tcp 8080; the other one is at f.yml:4:38",
        ),
    ],
)
def test_says_what_is_not_there(entry: str, fault: str) -> None:
    """Each fault is told at the name, with another that is near, or where such an app is."""
    resolved = resolve(load([DocumentSource("f.yml", f"{HEAD}  - {entry}\n".encode())]), APPS, SPACES)
    assert [str(each) for each in resolved.faults] == [f"f.yml:{fault}"]


ELSEWHERE = [Space(f"s{name}", name, SHOP) for name in ("e", "d", "c", "b")]
GUESSED = {
    "what is near in the space": ("frontnd", "frontend"),
    "the three that are nearest": ("worker", "worker1 or worker-2 or worker--3"),
    "a near one of the space before the same name elsewhere": ("backends", "backend"),
    "the same name elsewhere, three places at most": (
        "everywhere",
        "shop/b/everywhere or shop/c/everywhere or shop/d/everywhere",
    ),
    "nothing": ("zzz", ""),
}


@pytest.mark.parametrize(("name", "guess"), GUESSED.values(), ids=GUESSED)
def test_guesses_what_was_meant(name: str, guess: str) -> None:
    """Up to three apps: those of the space that look like it, or those of other spaces that are called so."""
    apps = [
        *APPS,
        *(App(f"w{number}", f"worker{'-' * (number - 1)}{number}", WEB) for number in (4, 3, 2, 1)),
        *(App(f"b-{space.name}", "backends", space) for space in ELSEWHERE),
        *(App(f"x-{space.name}", "everywhere", space) for space in ELSEWHERE),
    ]
    text = f"{HEAD}  - {{source: frontend, destination: {name}}}\n"
    (fault,) = resolve(load([DocumentSource("f.yml", text.encode())]), apps, SPACES).faults
    assert fault.guess == guess


def test_guesses_for_twenty_names() -> None:
    """Each is compared with all apps of its space: in a document of the wrong space all would be."""
    text = HEAD + "".join(f"  - {{source: frontend, destination: backen{n:02}}}\n" for n in range(21))
    found = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES).faults
    assert [fault.guess for fault in found] == ["backend"] * 20 + [""]


def test_knows_a_space_without_apps() -> None:
    """An app of an empty space is unknown; the space is not."""
    text = HEAD + "  - {source: frontend, destination: pay/empty/x}\n"
    found = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES).faults
    assert [fault.code.id for fault in found] == ["E401"]


def test_misses_an_owned_space_where_it_is_named() -> None:
    """Owning what is not there would prune nothing and look as if it did."""
    text = b"version: 1\nowns:\n  - shop/web\n  - shop/wbe\npolicies: []\n"
    assert [str(each) for each in resolve(load([DocumentSource("f.yml", text)]), APPS, SPACES).faults] == [
        "f.yml:4:5: E402 unknown space: shop/wbe; expected a space visible to this user; did you mean shop/web?"
    ]


@pytest.mark.parametrize(
    ("apps", "owned"),
    [
        ("[frontend]", {"g1"}),
        ('["FRONT*"]', {"g1"}),
        ('["*end"]', {"g1", "g2"}),
        ('["x*"]', set()),
        ("[frontend, backend]", {"g1", "g2"}),
    ],
)
def test_owns_some_apps_of_a_space(apps: str, owned: set[str]) -> None:
    """By their names, or by patterns of these, without regard to case."""
    text = f"version: 1\nowns: [{{space: shop/web, apps: {apps}}}]\npolicies: []\n"
    found = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES)
    assert not found.faults
    assert found.owned == owned


def test_misses_an_owned_app() -> None:
    """As for a space; one that is pending may be missing, and so may all where that is allowed."""
    head = "version: 1\nspace: shop/web\nowns: [{space: shop/web, apps: [frontnd]}]\npolicies: "
    sources = [DocumentSource("f.yml", f"{head}[]\n".encode())]
    assert [str(each) for each in resolve(load(sources), APPS, SPACES).faults] == [
        (
            "f.yml:3:8: E401 unknown app: shop/web/frontnd; expected an app in shop/web visible to this user; "
            "did you mean frontend?"
        )
    ]
    assert resolve(load(sources), APPS, SPACES, allow_missing=True).faults == ()
    pending = f"{head}[{{source: frontnd, destination: backend, pending: true}}]\n"
    assert resolve(load([DocumentSource("f.yml", pending.encode())]), APPS, SPACES).faults == ()


def test_finds_names_as_the_foundation_does() -> None:
    """Without regard to case; in a document that owns a space by such a name, too."""
    text = "version: 1\nspace: SHOP/Web\npolicies:\n  - {source: FrontEnd, destination: Pay/prod/API}\n"
    resolved = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES)
    assert resolved == (
        {Policy("g1", "g4", Protocol.TCP, Ports(8080, 8080)): Place("f.yml", 4, 5)}, frozenset({"g1", "g2"}), {}, ()
    )  # fmt: skip


def test_guesses_at_no_name_that_two_could_have() -> None:
    """Where a foundation has two that differ by case only, the one that is written is meant, or none."""
    twins = (*APPS, App("g5", "Frontend", WEB))
    for name, guid in (("frontend", "g1"), ("Frontend", "g5"), ("FRONTEND", "")):
        text = f"{HEAD}  - {{source: {name}, destination: backend}}\n"
        resolved = resolve(load([DocumentSource("f.yml", text.encode())]), twins, SPACES)
        assert [policy.source for policy in resolved.wanted] == [guid] * bool(guid)
        assert [fault.code.id for fault in resolved.faults] == ["E401"] * (not guid)


def test_a_name_that_stands_twice_is_missed_at_both_places() -> None:
    """And at neither twice: a list of sources means many policies of each destination."""
    text = f"{HEAD}  - {{source: [x, y], destination: [backend, x]}}\n"
    found = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES).faults
    assert [(str(fault.place), fault.found) for fault in found] == [
        ("f.yml:4:15", "shop/web/x"), ("f.yml:4:18", "shop/web/y"), ("f.yml:4:45", "shop/web/x")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("declared", "ignored"),
    [("{guid: g1}", "front*"), ("frontend", "{guid: g1}")],
    ids=["declared by GUID, ignored by name", "declared by name, ignored by GUID"],
)
def test_finds_what_is_ignored_by_another_name(declared: str, ignored: str) -> None:
    """A policy is one and the same, whatever its apps are called."""
    text = f"{HEAD}  - {{source: {declared}, destination: backend}}\nignore:\n  - source: {ignored}\n"
    assert [str(each) for each in resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES).faults] == [
        (
            "f.yml:4:5: E302 policy both declared and ignored: shop/web/frontend to shop/web/backend, tcp 8080; "
            "the other one is at f.yml:6:5"
        )
    ]


def test_needs_a_space_for_bare_names() -> None:
    """Without the document's and without a targeted one there is nothing to look in."""
    loaded = load([DocumentSource("f.yml", b"version: 1\npolicies: [{source: a, destination: shop/web/backend}]\n")])
    assert [str(each) for each in resolve(loaded, APPS, SPACES).faults] == [
        'f.yml:2:21: E403 no space for app: a; expected "space: ORG/SPACE" in the document, or a targeted space'
    ]


def test_says_what_it_needs_to_know() -> None:
    """Spaces and GUIDs, so that a foundation can be asked for all at once."""
    text = HEAD + "  - {source: frontend, destination: [{guid: g9}, pay/prod/api]}\n"
    assert needed(load([DocumentSource("f.yml", text.encode())])) == (
        frozenset({SpaceName("shop", "web"), SpaceName("pay", "prod")}),
        frozenset({"g9"}),
        False,
    )


@pytest.mark.parametrize(
    ("head", "source", "targeted"),
    [
        ("space: shop/web", "a", False),
        ("owns: [shop/web]", "shop/web/a", False),
        ("owns: [shop/web]", "{guid: g1}", False),
        ("owns: [shop/web]", "a", True),
        ("owns: [shop/web]", "{app: a, space: web}", True),
        ("ignore: []", "shop/web/a", True),
        ("ignore: []", "{guid: g1}", True),
    ],
)
def test_says_whether_it_needs_the_targeted_space(*, head: str, source: str, targeted: bool) -> None:
    """For a name that says no space, or no org; or because nobody says what the document owns."""
    text = f"version: 1\n{head}\npolicies:\n  - {{source: {source}, destination: shop/web/b}}\n"
    loaded = load([DocumentSource("f.yml", text.encode())])
    assert loaded.faults == ()
    assert needed(loaded).targeted is targeted
