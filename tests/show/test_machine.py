"""Results as JSON."""

import json

from hypothesis import given
from hypothesis import strategies as st

from cfnet.policy import App, Org, Policy, Ports, Protocol, Space
from cfnet.show.machine import FORMAT_VERSION, listing_json, named_policy_json

GUIDS = st.sampled_from(["a", "b", "[]", '"\n', "é\u2028"])
APPS = st.dictionaries(
    GUIDS, st.builds(lambda name: App("a", name, Space("s", name, Org("o", "[]"))), st.text(max_size=5))
)
POLICIES = st.lists(
    st.builds(Policy, GUIDS, GUIDS, st.sampled_from(Protocol), st.builds(Ports, st.integers(), st.integers()))
)


@given(policies=POLICIES, apps=APPS, complete=st.booleans())
def test_a_listing_is_indented_json(policies: list[Policy], apps: dict[str, App], complete: bool) -> None:  # noqa: FBT001 - drawn
    """Byte for byte the output of the standard library, which is slower."""
    listed = [named_policy_json(policy, apps) for policy in policies]
    document = {"format_version": FORMAT_VERSION, "complete": complete, "policies": listed}
    assert "".join(listing_json(policies, apps, complete=complete)) == json.dumps(document, indent=2) + "\n"
