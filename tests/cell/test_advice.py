"""Advice from the logs of random foundations with known calls."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfnet.cell.calls.advice import AdviceChoices
from cfnet.cell.calls.policy_usage import UsageVerdict
from cfnet.policy import Policy, Ports, Protocol
from tests.cell.logged_foundations import (
    PORTS,
    SHAPES,
    advice_of,
    allowed_calls,
    calls_in,
    foundations,
    log_of,
)


def smallest_set(ports: dict[tuple[str, str, Protocol], set[int]]) -> set[Policy]:
    """The policies for exactly these ports by source, destination and protocol, as few as possible."""
    found = set()
    for ends, each in ports.items():
        for start in each:
            if start - 1 not in each:
                end = next(port for port in range(start, 70_000) if port + 1 not in each)
                found.add(Policy(*ends, Ports(start, end)))
    return found


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=20)
@given(st.data(), st.integers(1, 6))
def test_exactly_the_refused_calls_are_proposed_and_the_unused_policies_reported(
    shape: str, data: st.DataObject, min_count: int
) -> None:
    state = data.draw(foundations())
    calls = data.draw(calls_in(state))
    allowed = allowed_calls(state, PORTS)
    refused: Counter[Policy] = Counter()
    accepted = set()
    for call in calls:
        if call._replace(times=1) in allowed:
            accepted.add(call.policy)
        else:
            refused[call.policy] += call.times
    often: dict[tuple[str, str, Protocol], set[int]] = {}
    for policy, times in refused.items():
        if times >= min_count:
            often.setdefault(policy[:3], set()).add(policy.ports.start)

    advice = advice_of(state, log_of(state, calls, shape), AdviceChoices(min_count))

    assert {each.policy for each in advice.needed.proposed} == smallest_set(often)
    assert sum(each.calls.times for each in advice.needed.proposed) == sum(
        times for times in refused.values() if times >= min_count
    )
    assert {each.policy: each.calls.times for each in advice.needed.rare} == {
        policy: times for policy, times in refused.items() if times < min_count
    }
    assert not advice.needed.doubtful
    assert not advice.needed.allowed_now
    for use in advice.uses:
        used = any(
            call[:3] == use.policy[:3] and use.policy.ports.start <= call.ports.start <= use.policy.ports.end
            for call in accepted
        )
        assert (use.usage is UsageVerdict.USED) == used
        if use.usage is UsageVerdict.UNUSED:
            assert set(use.cells) <= set(advice.coverage.cells)


@settings(max_examples=30)
@given(st.data())
def test_the_proposal_makes_every_refused_call_allowed_and_nothing_else(data: st.DataObject) -> None:
    """On the rules of the cells."""
    state = data.draw(foundations())
    calls = data.draw(calls_in(state))
    advice = advice_of(state, log_of(state, calls, "RFC 5424"), AdviceChoices(1))
    after = replace(state, policies=[*state.policies, *(each.policy for each in advice.needed.proposed)])
    logged = {call.policy for call in calls}
    ports = {port + more for port in PORTS for more in (0, 1, 9)}
    before = allowed_calls(state, ports)
    added = {call for call in allowed_calls(after, ports) if call not in before}
    assert {call.policy for call in added} == {
        policy for policy in logged if policy not in {each.policy for each in before}
    }
