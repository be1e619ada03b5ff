"""Hypothesis strategies: apps of a few spaces, and policies between them."""

from hypothesis import strategies as st

from cfnet.policy import App, Org, Policy, Ports, Protocol, Space

SPACES = tuple(
    Space(f"{org.name}-{space}-guid", space, org)
    for org in (Org("shop-guid", "shop"), Org("pay-guid", "pay & co"))
    for space in ("web", "on")
)
APP_NAMES = ("frontend", "backend", "my app", "123", "yes", "a/b", "é", "x((v))y", "star*", "tab\t", '"')
"""Names of apps, half of which need quoting in a document."""

APPS = tuple(App(f"{space.guid}-{number}", name, space) for space in SPACES for number, name in enumerate(APP_NAMES))
GONE = ("gone-1", "gone-2", "1e5")
"""GUIDs of deleted or invisible apps."""

ports = st.builds(
    lambda start, more: Ports(start, min(start + more, 65_535)), st.integers(1, 65_535), st.sampled_from((0, 0, 1, 99))
) | st.just(Ports(8080, 8080))


GUIDS = (*(app.guid for app in APPS), *GONE)


def policies(guids: tuple[str, ...] = GUIDS) -> st.SearchStrategy[Policy]:
    """Policies between the apps of these GUIDs."""
    ends = st.sampled_from(guids)
    return st.builds(Policy, ends, ends, st.sampled_from(Protocol), ports)
