"""Cfnet's prediction of tags matches the policy server (as far as the sandbox imitates it)."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfnet.cell.change.tag_changes import TagStep, change_tags
from cfnet.cell.model.tags import Tags
from cfnet.foundation.api.policy_server import PolicyServer
from cfnet.foundation.http.wire import Wire
from cfnet.foundation.session.connection import Connection
from cfnet.operations.embedded_sandbox import sandbox_session
from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import DEFAULT, Foundation

ENDS = st.sampled_from("abcdef")
POLICIES = st.lists(
    st.builds(Policy, ENDS, ENDS, st.sampled_from(Protocol), st.just(Ports(80, 80))), min_size=1, max_size=8
)
STEPS = st.lists(st.builds(TagStep, POLICIES, st.booleans()), max_size=6)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_tags_after_any_additions_and_removals(steps: list[TagStep]) -> None:
    """Predicted policies and tags equal the actual ones."""
    with Foundation.open(None) as foundation, Wire(embedded=foundation.wsgi) as wire:
        foundation.load(DEFAULT)
        server = PolicyServer(Connection(sandbox_session(wire), wire))
        before = change_tags(server.policies(), Tags(server.tags()), steps)
        for step in steps:
            if step.adds:
                server.add(step.policies)
            else:
                server.remove(step.policies)
        assert server.tags() == before.tags.by_app
        assert set(server.policies()) == set(before.policies)
