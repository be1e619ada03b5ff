"""Apps by the names that people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.policy import App, Org, Space
from cfnet.policy.naming import guids_meant, join_name, near, split_name, typed_name

SHOP, PAY = Org("o-shop", "shop"), Org("o-pay", "pay")
WEB, OPS, PAY_WEB = Space("s-web", "web", SHOP), Space("s-ops", "ops", SHOP), Space("s-pay-web", "web", PAY)
FRONT, FRONT_PAY, FRONT_OPS = (
    "aaaaaaaa-0000-4000-8000-000000000001",
    "aaaaaaaa-0000-4000-8000-000000000002",
    "front-ops",
)
APPS = {
    app.guid: app
    for app in (
        App(FRONT, "frontend", WEB),
        App(FRONT_PAY, "frontend", PAY_WEB),
        App(FRONT_OPS, "FrontEnd", OPS),
        App("g-ledger", "ledger", PAY_WEB),
        App("g-slash", "a/b", WEB),
        App("g-quote", '"x"', WEB),
        App("g-like-a-path", "shop/web/frontend", OPS),
        App("g-lower", "twin", OPS),
        App("g-upper", "TWIN", OPS),
    )
}
UNLISTED = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("typed", "target", "meant"),
    [
        pytest.param("frontend", WEB, [FRONT], id="a bare name in the targeted space"),
        pytest.param("FRONTEND", WEB, [FRONT], id="in any case"),
        pytest.param("frontend", PAY_WEB, [FRONT_PAY], id="a bare name in another targeted space"),
        pytest.param("ledger", WEB, ["g-ledger"], id="a unique name, if the targeted space has none"),
        pytest.param("ledger", None, ["g-ledger"], id="a unique name, if nothing is targeted"),
        pytest.param("frontend", None, [FRONT, FRONT_PAY, FRONT_OPS], id="an ambiguous name"),
        pytest.param("web/frontend", WEB, [FRONT], id="SPACE/APP in the targeted org"),
        pytest.param("Web/ledger", WEB, ["g-ledger"], id="SPACE/APP in another org, if unique"),
        pytest.param("web/frontend", None, [FRONT, FRONT_PAY], id="an ambiguous SPACE/APP"),
        pytest.param("pay/WEB/frontend", WEB, [FRONT_PAY], id="ORG/SPACE/APP"),
        pytest.param("shop/web/frontend", OPS, [FRONT], id="a path takes precedence over an app with that name"),
        pytest.param("a/b", WEB, ["g-slash"], id="a name with a slash, if no path matches"),
        pytest.param('"a/b"', None, ["g-slash"], id="a quoted name"),
        pytest.param('shop/web/"a/b"', None, ["g-slash"], id="a path with a quoted name"),
        pytest.param('"""x"""', None, ["g-quote"], id="a doubled quote"),
        pytest.param('"x"', WEB, ["g-quote"], id="a name in quotes as a whole"),
        pytest.param("twin", OPS, ["g-lower"], id="the exact name, of two that differ in case"),
        pytest.param("TWIN", OPS, ["g-upper"], id="the other exact name"),
        pytest.param("Twin", OPS, ["g-lower", "g-upper"], id="a third spelling of them"),
        pytest.param(FRONT, PAY_WEB, [FRONT], id="a GUID"),
        pytest.param(FRONT.upper(), None, [FRONT], id="a GUID in capitals"),
        pytest.param(UNLISTED, None, [UNLISTED], id="any GUID, known or not"),
        pytest.param("aaaaaaaa", None, [FRONT, FRONT_PAY], id="an ambiguous GUID prefix"),
        pytest.param(FRONT[:-1] + "2", None, [FRONT_PAY], id="a whole GUID that is a prefix of another"),
        pytest.param(FRONT_PAY[:-1], None, [FRONT, FRONT_PAY], id="a long ambiguous prefix"),
        pytest.param("only-in-", None, ["only-in-policies"], id="eight characters of a GUID"),
        pytest.param("only-in", None, [], id="seven characters of a GUID are too few"),
        pytest.param("shop/web/x/frontend", None, [], id="too many parts"),
        pytest.param("nope", WEB, [], id="an unknown app"),
        pytest.param("", WEB, [], id="empty"),
    ],
)
def test_the_app_of_a_typed_name(typed: str, target: Space | None, meant: list[str]) -> None:
    """The same rule for all commands and sources."""
    assert list(guids_meant(typed, APPS, {"only-in-policies"}, target)) == meant


@given(st.lists(st.text(st.sampled_from('ab/" '), min_size=1), min_size=1, max_size=3))
def test_quoting_and_parsing_are_inverse(parts: list[str]) -> None:
    """Whatever slashes and quotes the names contain."""
    assert split_name(join_name(parts)) == tuple(parts)


def test_a_suggested_name_finds_the_app() -> None:
    """If its space's name is unknown, the app's own name is enough."""
    for app in APPS.values():
        assert list(guids_meant(typed_name(app), APPS)) == [app.guid]
    assert typed_name(App("g", "a/b", Space("s", "", Org("o", "")))) == '"a/b"'


def test_similar_names_in_any_case() -> None:
    """The most similar first."""
    assert near("FRONTED", ["frontend", "backend", "Fronted"]) == ["Fronted", "frontend"]
