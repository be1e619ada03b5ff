"""Resolve the names of apps in documents to GUIDs."""

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
    """A resolved policy has GUIDs and the position of its declaration."""
    text = HEAD + "  - {source: frontend, destination: [backend, pay/prod/api, {guid: g9}], ports: 1}\n"
    resolved = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES)
    assert resolved.faults == ()
    assert dict(resolved.wanted) == {
        Policy("g1", guid, Protocol.TCP, Ports(1, 1)): Place("f.yml", 4, column)
        for guid, column in (("g2", 38), ("g4", 47), ("g9", 61))
    }
    assert resolved.owned == {"g1", "g2"}


def test_owns_the_apps_of_owned_spaces() -> None:
    """`owns` replaces the document's space; several documents together own all their spaces."""
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
def test_reports_unknown_names(entry: str, fault: str) -> None:
    """At the name, with a similar one, or with the place of such an app."""
    resolved = resolve(load([DocumentSource("f.yml", f"{HEAD}  - {entry}\n".encode())]), APPS, SPACES)
    assert [str(each) for each in resolved.faults] == [f"f.yml:{fault}"]


ELSEWHERE = [Space(f"s{name}", name, SHOP) for name in ("e", "d", "c", "b")]
GUESSED = {
    "a similar name in the space": ("frontnd", "frontend"),
    "the three most similar names": ("worker", "worker1 or worker-2 or worker--3"),
    "a similar name in the space before the same name elsewhere": ("backends", "backend"),
    "the same name elsewhere, at most three": (
        "everywhere",
        "shop/b/everywhere or shop/c/everywhere or shop/d/everywhere",
    ),
    "nothing": ("zzz", ""),
}


@pytest.mark.parametrize(("name", "guess"), GUESSED.values(), ids=GUESSED)
def test_suggests_similar_apps(name: str, guess: str) -> None:
    """Up to three: similar names in the space, or the same name in other spaces."""
    apps = [
        *APPS,
        *(App(f"w{number}", f"worker{'-' * (number - 1)}{number}", WEB) for number in (4, 3, 2, 1)),
        *(App(f"b-{space.name}", "backends", space) for space in ELSEWHERE),
        *(App(f"x-{space.name}", "everywhere", space) for space in ELSEWHERE),
    ]
    text = f"{HEAD}  - {{source: frontend, destination: {name}}}\n"
    (fault,) = resolve(load([DocumentSource("f.yml", text.encode())]), apps, SPACES).faults
    assert fault.guess == guess


def test_suggests_for_at_most_twenty_names() -> None:
    """Each is compared with all apps of its space; a document for the wrong space would need this for every name."""
    text = HEAD + "".join(f"  - {{source: frontend, destination: backen{n:02}}}\n" for n in range(21))
    found = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES).faults
    assert [fault.guess for fault in found] == ["backend"] * 20 + [""]


def test_an_empty_space_is_known() -> None:
    """Its apps are unknown, the space is not."""
    text = HEAD + "  - {source: frontend, destination: pay/empty/x}\n"
    found = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES).faults
    assert [fault.code.id for fault in found] == ["E401"]


def test_an_unknown_owned_space_is_reported_where_it_is_named() -> None:
    """Otherwise pruning would silently remove nothing."""
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
    """By name or pattern, in any case."""
    text = f"version: 1\nowns: [{{space: shop/web, apps: {apps}}}]\npolicies: []\n"
    found = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES)
    assert not found.faults
    assert found.owned == owned


def test_an_unknown_owned_app_is_reported() -> None:
    """Like a space; a pending app may be missing, and so may all on request."""
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


def test_names_ignore_case_like_the_foundation() -> None:
    """The same applies to owned spaces."""
    text = "version: 1\nspace: SHOP/Web\npolicies:\n  - {source: FrontEnd, destination: Pay/prod/API}\n"
    resolved = resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES)
    assert resolved == (
        {Policy("g1", "g4", Protocol.TCP, Ports(8080, 8080)): Place("f.yml", 4, 5)}, frozenset({"g1", "g2"}), {}, ()
    )  # fmt: skip


def test_an_ambiguous_name_is_not_guessed() -> None:
    """If two names differ only in case, only the exact one matches."""
    twins = (*APPS, App("g5", "Frontend", WEB))
    for name, guid in (("frontend", "g1"), ("Frontend", "g5"), ("FRONTEND", "")):
        text = f"{HEAD}  - {{source: {name}, destination: backend}}\n"
        resolved = resolve(load([DocumentSource("f.yml", text.encode())]), twins, SPACES)
        assert [policy.source for policy in resolved.wanted] == [guid] * bool(guid)
        assert [fault.code.id for fault in resolved.faults] == ["E401"] * (not guid)


def test_a_name_used_twice_is_reported_at_both_places() -> None:
    """Once at each: a list of sources makes many policies."""
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
def test_ignores_policies_named_differently(declared: str, ignored: str) -> None:
    """A policy is the same, by name or by GUID."""
    text = f"{HEAD}  - {{source: {declared}, destination: backend}}\nignore:\n  - source: {ignored}\n"
    assert [str(each) for each in resolve(load([DocumentSource("f.yml", text.encode())]), APPS, SPACES).faults] == [
        (
            "f.yml:4:5: E302 policy both declared and ignored: shop/web/frontend to shop/web/backend, tcp 8080; "
            "the other one is at f.yml:6:5"
        )
    ]


def test_bare_names_need_a_space() -> None:
    """Of the document, or the targeted one."""
    loaded = load([DocumentSource("f.yml", b"version: 1\npolicies: [{source: a, destination: shop/web/backend}]\n")])
    assert [str(each) for each in resolve(loaded, APPS, SPACES).faults] == [
        'f.yml:2:21: E403 no space for app: a; expected "space: ORG/SPACE" in the document, or a targeted space'
    ]


def test_lists_the_spaces_and_guids_to_look_up() -> None:
    """So that the foundation can be queried once for all."""
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
def test_knows_whether_the_targeted_space_is_needed(*, head: str, source: str, targeted: bool) -> None:
    """For a name without a space or an org, or if the document owns nothing explicitly."""
    text = f"version: 1\n{head}\npolicies:\n  - {{source: {source}, destination: shop/web/b}}\n"
    loaded = load([DocumentSource("f.yml", text.encode())])
    assert loaded.faults == ()
    assert needed(loaded).targeted is targeted
