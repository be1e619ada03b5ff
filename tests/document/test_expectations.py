"""The expectations of a document: syntax, faults, and the apps that they refer to."""

import pytest

from cfnet.document import DocumentSource, SpaceName, load, needed, resolve
from cfnet.document.expectations import VisibleApps
from cfnet.policy import App, Org, Ports, Protocol, Space
from cfnet.policy.requirement import Requirement, RequirementKind

HEAD = "version: 1\nspace: shop/web\nexpect:\n"
SHOP, PAY = Org("o1", "shop"), Org("o2", "pay")
WEB, PROD, LIVE = Space("s1", "web", SHOP), Space("s2", "prod", SHOP), Space("s3", "prod", PAY)
APPS = (
    App("front", "frontend", WEB),
    App("back", "backend", WEB),
    App("shop-db", "db", PROD),
    App("pay-db", "db", LIVE),
    App("ledger", "ledger", LIVE),
)


def items(text: str) -> list[str]:
    """The expectations of a document with this list under `expect`, one per line."""
    loaded = load([DocumentSource("f.yml", (HEAD + text).encode())])
    assert loaded.faults == ()
    return [str(each) for document in loaded.documents for each in document.expectations]


def faults(text: str) -> list[str]:
    """The faults of a document, without the file name."""
    return [str(fault).removeprefix("f.yml:") for fault in load([DocumentSource("f.yml", text.encode())]).faults]


def requirement(text: str, *, complete: bool = True, spaces: tuple[SpaceName, ...] = ()) -> Requirement:
    """The requirement of one expectation for `APPS`."""
    (document,) = load([DocumentSource("f.yml", (HEAD + text).encode())]).documents
    return VisibleApps(APPS, complete=complete, spaces=spaces).requirement(document.expectations[0])


WRITTEN = {
    "allowed means tcp 8080": (
        "- allowed: {source: frontend, destination: backend}",
        "allowed: shop/web/frontend to shop/web/backend, tcp 8080",
    ),
    "denied means every port of both protocols": (
        "- denied: {source: frontend, destination: db}",
        "denied: shop/web/frontend to shop/web/db, tcp and udp, every port",
    ),
    "denied on one protocol": (
        "- denied: {source: frontend, destination: db, protocol: udp}",
        "denied: shop/web/frontend to shop/web/db, udp, every port",
    ),
    "denied on ports of both protocols": (
        "- denied: {source: frontend, destination: db, ports: [53, 9000-9010]}",
        "denied: shop/web/frontend to shop/web/db, tcp and udp 53, 9000-9010",
    ),
    "an app of another space": (
        "- allowed: {source: w, destination: {app: queue, space: mq}, protocol: tcp, ports: [5672, 15672]}",
        "allowed: shop/web/w to shop/mq/queue, tcp 5672, 15672",
    ),
    "a GUID": (
        "- allowed: {source: w, destination: {guid: g1}}",
        "allowed: shop/web/w to g1, tcp 8080",
    ),
    "patterns, any and except": (
        '- denied: {source: any, destination: ["*/prod/*", "x*"], except: ["*/prod/*", {app: any}]}',
        "denied: any app (except */prod/*, shop/web/any) to */prod/*, shop/web/x*, tcp and udp, every port",
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_reads_every_form(text: str, expected: str) -> None:
    """With the document's space for bare names, and the defaults of each kind."""
    assert items(text) == [expected]


def test_has_a_reason_and_a_position() -> None:
    """For the report of a failure."""
    text = HEAD + "- because: orders are lost\n  allowed: {source: a, destination: b}\n"
    (document,) = load([DocumentSource("f.yml", text.encode())]).documents
    assert [(each.because, str(each.place)) for each in document.expectations] == [("orders are lost", "f.yml:5:12")]


def test_a_document_may_have_only_expectations() -> None:
    """Such a document owns no space, so it removes no policies and conflicts with no other document."""
    platform = DocumentSource("platform.yml", (HEAD + "- denied: {source: a, destination: b}\n").encode())
    team = DocumentSource("team.yml", b"version: 1\nspace: shop/web\npolicies: []\n")
    loaded = load([platform, team])
    assert loaded.faults == ()
    assert loaded.documents[0].owns == ()


BAD = {
    "neither kind": (
        HEAD + "- because: x\n",
        ["4:3: E202 missing key: a mapping without allowed or denied"],
    ),
    "both kinds": (
        HEAD + "- allowed: {source: a, destination: b}\n  denied: {source: a, destination: c}\n",
        [("4:3: E601 expectation with both allowed and denied: one item with two expectations; "
         "expected an item of the list for each")],
    ),
    "a misspelt kind": (
        HEAD + "- alowed: {source: a, destination: b}\n",
        ['4:3: E201 unknown key: "alowed"; expected allowed, denied, because or lint; did you mean "allowed"?'],
    ),
    "no destination": (
        HEAD + "- denied: {source: a}\n",
        ["4:11: E202 missing key: a mapping without destination"],
    ),
    "allowed with a protocol but no ports": (
        HEAD + "- allowed: {source: a, destination: b, protocol: udp}\n",
        ["4:12: E202 missing key: a mapping without ports"],
    ),
    "a backward range": (
        HEAD + "- denied: {source: a, destination: b, ports: 90-80}\n",
        [('4:46: E303 port range ends before it starts: "90-80"; expected the lower port first; '
         "did you mean 80-90?")],
    ),
    "a pattern without quotes": (
        HEAD + "- denied: {source: a, destination: */prod/*}\n",
        [("4:37: E106 file is not YAML: did not find expected alphabetic or numeric character while scanning an alias; "
         'did you mean a quoted wildcard, "*"?')],
    ),
    "a pattern of two parts": (
        HEAD + '- denied: {source: a, destination: "prod/*"}\n',
        ['4:36: E204 invalid app name: "prod/*"; expected APP or ORG/SPACE/APP, optionally with *, or any'],
    ),
    "too many apps": (
        HEAD + f"- denied: {{source: [{', '.join(['a'] * 5000)}], destination: b}}\n",
        [("4:11: E602 too many apps in expectations: app or pattern number 5,001; "
         "expected at most 5,000 in all expectations")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
def test_reports_every_fault(text: str, expected: list[str]) -> None:
    """With the position, the value found and what was expected."""
    assert faults(text) == expected


def test_bare_names_need_a_space() -> None:
    """Of the document, or the targeted one; without either this is a fault."""
    text = b"version: 1\nexpect: [{denied: {source: a, destination: shop/web/b}}]\n"
    loaded = load([DocumentSource("f.yml", text)])
    assert needed(loaded).targeted
    assert [str(fault) for fault in resolve(loaded, APPS, ()).faults] == [
        'f.yml:2:19: E403 no space for app: a; expected "space: ORG/SPACE" in the document, or a targeted space'
    ]
    targeted = load([DocumentSource("f.yml", text)], targeted=SpaceName("shop", "web"))
    assert not needed(targeted).targeted
    assert resolve(targeted, APPS, ()).faults == ()


MEANT = {
    "names without regard to case": ("- denied: {source: FrontEnd, destination: Shop/prod/db}", ["front"], ["shop-db"]),
    "patterns": ('- denied: {source: "*end", destination: "*/prod/d*"}', ["back", "front"], ["pay-db", "shop-db"]),
    "any but some": (
        '- denied: {source: any, destination: pay/prod/ledger, except: ["*/prod/*", backend]}',
        ["front"],
        ["ledger"],
    ),
    "an invisible GUID": ("- denied: {source: {guid: x}, destination: backend}", ["x"], ["back"]),
}


@pytest.mark.parametrize(("text", "sources", "destinations"), MEANT.values(), ids=MEANT)
def test_names_are_resolved_to_guids(text: str, sources: list[str], destinations: list[str]) -> None:
    """Each pattern is compared with all visible apps."""
    found = requirement(text)
    assert (sorted(found.sources), sorted(found.destinations), found.unseen) == (sources, destinations, ())


def test_ports_are_merged() -> None:
    """All ports include 0, which clients of the server's older API can allow."""
    found = requirement("- allowed: {source: frontend, destination: backend, ports: [81, 80-82, 90, 83]}")
    assert found[0] is RequirementKind.ALLOWED
    assert (found.protocols, found.ports) == ((Protocol.TCP,), (Ports(80, 83), Ports(90, 90)))
    assert requirement("- denied: {source: frontend, destination: backend}").ports == (Ports(0, 65535),)


UNSEEN = {
    "a name that no app has": (
        "- denied: {source: frontnd, destination: backend}",
        "no app shop/web/frontnd is visible (did you mean shop/web/frontend?)",
    ),
    "a name in an invisible space": (
        "- denied: {source: frontend, destination: a/b/c}",
        "no app a/b/c is visible",
    ),
    "a pattern that no app matches, where calls must be allowed": (
        '- allowed: {source: "front*", destination: "x*"}',
        "no app matches shop/web/x*",
    ),
}


@pytest.mark.parametrize(("text", "reason"), UNSEEN.values(), ids=UNSEEN)
def test_an_unmatched_name_is_undecided(text: str, reason: str) -> None:
    """It may be mistyped, deleted or invisible."""
    assert requirement(text).unseen == (reason,)


def test_a_denied_pattern_may_match_nothing() -> None:
    """If all apps are visible, it certainly matches nothing."""
    assert requirement('- denied: {source: any, destination: "*/staging/*"}').unseen == ()


def test_a_pattern_may_match_invisible_apps() -> None:
    """Unless it names a space of which all apps are visible."""
    text = '- denied: {source: "front*", destination: "pay/prod/*"}'
    web = SpaceName("Shop", "web")
    assert requirement(text, complete=False, spaces=(web,)).unseen == (
        "apps that this user cannot see may match pay/prod/*",
    )
    assert requirement(text, complete=False, spaces=(web, SpaceName("pay", "prod"))).unseen == ()
    any_app = "- denied: {source: any, destination: backend}"
    assert requirement(any_app, complete=False).unseen == ("apps that this user cannot see may exist",)


NAMELESS = {
    "any includes them": ("{source: any, destination: backend}", {"gone"}, True),
    "any without an app that is known": ("{source: any, destination: backend, except: [frontend]}", {"gone"}, True),
    "any without a pattern, which may match": ("{source: any, destination: backend, except: ['w*']}", {"gone"}, False),
    "a pattern may match": ("{source: 'shop/web/*', destination: backend}", {"gone"}, False),
    "an app is not one of them": ("{source: frontend, destination: backend}", set(), False),
}


@pytest.mark.parametrize(("text", "possible", "certain"), NAMELESS.values(), ids=NAMELESS)
def test_apps_with_unknown_names_may_be_denied_sources(text: str, possible: set[str], certain: bool) -> None:  # noqa: FBT001 - a column of the table
    """A policy of an app that was deleted, or that this user cannot see, must not be overlooked."""
    (document,) = load([DocumentSource("f.yml", f"{HEAD}- denied: {text}".encode())]).documents
    found = VisibleApps(APPS, complete=True, nameless=["gone"]).requirement(document.expectations[0])
    assert (set(found.possible_sources), "gone" in found.sources) == (possible, certain)
