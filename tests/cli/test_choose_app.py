"""The app or space that a name refers to."""

import pytest

from cfnet.errors import UnknownName, UsageFault
from cfnet.operations.choose_app import choose_app, choose_space
from cfnet.policy import App, Org, Space

DEV = Space("s1", "dev", Org("o1", "shop"))
PROD = Space("s2", "prod", Org("o1", "shop"))
UNKNOWN = Space("s3", "", Org("", ""))
NAMED = {
    app.guid: app
    for app in (
        App("g1", "web", DEV),
        App("g2", "web", PROD),
        App("g3", "db", PROD),
        App("g4", "shop/dev/web", PROD),
        App("g5", "db", UNKNOWN),
        App("g6", "worker", DEV),
    )
}
SOME_GUID = "2f978b7f-b3d2-4f50-b08f-776634a6e411"


@pytest.mark.parametrize(
    ("text", "guid"),
    [
        ("worker", "g6"),
        ("shop/prod/web", "g2"),
        ("g5", "g5"),
        ("only-in-policies", "only-in-policies"),
        (SOME_GUID, SOME_GUID),
        ("shop/dev/web", "g1"),
    ],
    ids=["a name", "a path", "a GUID", "a GUID without a name", "any GUID", "a path takes precedence over a name"],
)
def test_an_app_is_found(text: str, guid: str) -> None:
    """By any unique form of its name."""
    assert choose_app(text, NAMED, {"only-in-policies"}) == guid


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("web", "'web' could be any of:\n  shop/dev/web (g1)\n  shop/prod/web (g2)"),
        ("db", "'db' could be any of:\n  db (g5)\n  shop/prod/db (g3)"),
    ],
)
def test_an_ambiguous_app(text: str, message: str) -> None:
    """The candidates are listed in a unique form."""
    with pytest.raises(UsageFault) as caught:
        choose_app(text, NAMED, ())
    assert (str(caught.value), caught.value.hint) == (message, "Use ORG/SPACE/APP, or the GUID.")


def test_an_unknown_app() -> None:
    """Similar names are suggested; or the message says that no names are known."""
    with pytest.raises(UnknownName) as caught:
        choose_app("workers", NAMED, ())
    assert (str(caught.value), caught.value.hint) == ("App 'workers' not found.", "Did you mean 'worker'?")
    with pytest.raises(UnknownName) as caught:
        choose_app("workers", {}, ())
    assert caught.value.hint == "App names are unknown (a snapshot has them in apps.json): use the app's GUID."


SHOP, PAY = Org("o1", "shop"), Org("o2", "pay")
SPACES = [
    DEV,
    PROD,
    Space("s4", "dev", PAY),
    Space("s5", "test", PAY),
    Space("s6", "ops", Org("o3", "it")),
    Space("s7", "Ops", Org("o4", "hr")),
]


@pytest.mark.parametrize(
    ("text", "target", "guid"),
    [
        ("dev", DEV, "s1"),
        ("dev", SPACES[3], "s4"),
        ("test", DEV, "s5"),
        ("test", None, "s5"),
        ("TEST", None, "s5"),
        ("pay/dev", DEV, "s4"),
        ("Shop/Prod", None, "s2"),
        ("s4", DEV, "s4"),
    ],
    ids=[
        "a name in the targeted org",
        "a name in another targeted org",
        "a unique name in another org",
        "the only space",
        "in another case",
        "a path",
        "a path in another case",
        "a GUID",
    ],
)
def test_a_space_is_found(text: str, target: Space | None, guid: str) -> None:
    """By one rule for all commands."""
    assert choose_space(text, SPACES, target).guid == guid


@pytest.mark.parametrize(
    ("text", "target", "message", "hint"),
    [
        ("dev", None, "'dev' could be any of:\n  pay/dev\n  shop/dev", "Use ORG/SPACE."),
        ("ops", DEV, "'ops' could be any of:\n  hr/Ops\n  it/ops", "Use ORG/SPACE."),
        ("tset", DEV, "Space 'tset' not found, or not visible to you.", "Did you mean 'test'?"),
        ("it/oops", DEV, "Space 'it/oops' not found, or not visible to you.", "Did you mean 'it/ops'?"),
        ("zzz", None, "Space 'zzz' not found, or not visible to you.", ""),
    ],
)
def test_an_ambiguous_or_unknown_space(text: str, target: Space | None, message: str, hint: str) -> None:
    """The candidates are listed."""
    with pytest.raises((UsageFault, UnknownName)) as caught:
        choose_space(text, SPACES, target)
    assert (str(caught.value), caught.value.hint) == (message, hint)
