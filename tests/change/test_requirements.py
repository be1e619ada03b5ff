"""Check requirements against policies."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.change.requirements import (
    AlmostAllowing,
    AlmostAllowingKind,
    Judgement,
    MissingCall,
    PolicyView,
    RequirementOutcome,
)
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space
from cfnet.policy.requirement import EVERY_PORT, Requirement, RequirementKind, merge_ports

ORG = Org("o", "shop")
WEB, OPS = Space("s1", "web", ORG), Space("s2", "ops", ORG)
APPS = {
    app.guid: app for app in (App("a", "front", WEB), App("b", "db", WEB), App("c", "db", OPS), App("d", "front", OPS))
}
TCP, UDP = Protocol.TCP, Protocol.UDP


def policy(source: str, destination: str, ports: str = "8080", protocol: Protocol = TCP) -> Policy:
    """A policy between two of `APPS`."""
    return Policy(source, destination, protocol, Ports.parse(ports))


def allowed(sources: str, destinations: str, ports: str = "8080", *unseen: str) -> Requirement:
    """A requirement that calls are allowed; each letter is an app."""
    wanted = merge_ports([Ports.parse(each) for each in ports.split(",")])
    return Requirement(RequirementKind.ALLOWED, frozenset(sources), frozenset(destinations), (TCP,), wanted, unseen)


def denied(sources: str, destinations: str, *unseen: str) -> Requirement:
    """A requirement that calls are denied on every port of both protocols; each letter is an app."""
    ends = frozenset(sources), frozenset(destinations)
    return Requirement(RequirementKind.DENIED, *ends, (TCP, UDP), (EVERY_PORT,), unseen)


HOLDS = {
    "a policy allows the call": (allowed("a", "b"), [policy("a", "b")], RequirementOutcome.PASSED),
    "a range allows the call": (allowed("a", "b"), [policy("a", "b", "8000-9000")], RequirementOutcome.PASSED),
    "two ranges allow it together": (
        allowed("a", "b", "8000-8100"),
        [policy("a", "b", "8000-8050"), policy("a", "b", "8051-8200")],
        RequirementOutcome.PASSED,
    ),
    "a port is missing between two ranges": (
        allowed("a", "b", "8000-8100"),
        [policy("a", "b", "8000-8049"), policy("a", "b", "8051-8200")],
        RequirementOutcome.FAILED,
    ),
    "the other protocol does not count": (
        allowed("a", "b"),
        [policy("a", "b", protocol=UDP)],
        RequirementOutcome.FAILED,
    ),
    "each source needs its own policy": (allowed("ad", "b"), [policy("a", "b")], RequirementOutcome.FAILED),
    "an app with an unknown name may break it": (
        denied("a", "b")._replace(possible_sources=frozenset("x")),
        [policy("x", "b")],
        RequirementOutcome.UNKNOWN,
    ),
    "an app with an unknown name that calls others does not": (
        denied("a", "b")._replace(possible_sources=frozenset("x")),
        [policy("x", "c")],
        RequirementOutcome.PASSED,
    ),
    "an app calls itself": (allowed("a", "a"), [policy("a", "a")], RequirementOutcome.PASSED),
    "nothing allows what is denied": (
        denied("a", "b"),
        [policy("b", "a"), policy("a", "c")],
        RequirementOutcome.PASSED,
    ),
    "one port of one protocol breaks it": (denied("a", "b"), [policy("a", "b", "53", UDP)], RequirementOutcome.FAILED),
    "one of many breaks it": (denied("ad", "bc"), [policy("d", "c")], RequirementOutcome.FAILED),
    "no app matches": (denied("", "b"), [policy("a", "b")], RequirementOutcome.PASSED),
}


@pytest.mark.parametrize(("requirement", "policies", "outcome"), HOLDS.values(), ids=HOLDS)
def test_a_requirement_is_checked(
    requirement: Requirement, policies: list[Policy], outcome: RequirementOutcome
) -> None:
    """Against all policies between its apps."""
    assert PolicyView(policies, APPS).judge(requirement).outcome is outcome


NEAR = {
    "on other ports": ([policy("a", "b", "9090")], AlmostAllowingKind.OTHER_PORTS),
    "on the other protocol": ([policy("a", "b", protocol=UDP)], AlmostAllowingKind.OTHER_PORTS),
    "in the other direction": ([policy("b", "a")], AlmostAllowingKind.OTHER_DIRECTION),
    "to the app of that name in another space": ([policy("a", "c")], AlmostAllowingKind.OTHER_SPACE),
    "from the app of that name in another space": ([policy("d", "b")], AlmostAllowingKind.OTHER_SPACE),
}


@pytest.mark.parametrize(("policies", "kind"), NEAR.values(), ids=NEAR)
def test_a_missing_call_has_a_near_miss(policies: list[Policy], kind: AlmostAllowingKind) -> None:
    """A policy that allows a similar call."""
    call = MissingCall("a", "b", TCP, (Ports(8080, 8080),), (AlmostAllowing(kind, policies[0]),))
    judged = PolicyView(policies, APPS).judge(allowed("a", "b"))
    assert judged == Judgement(RequirementOutcome.FAILED, 1, missing=(call,), breaches=1)


def test_violating_policies_are_named() -> None:
    """The first ten, and their number."""
    policies = [policy("a", "b", str(port)) for port in range(100, 112)]
    judged = PolicyView(policies, APPS).judge(denied("a", "b"))
    assert (judged.breaking, judged.breaches) == (tuple(policies[:10]), 12)


def test_many_pairs_are_counted() -> None:
    """Ten thousand apps by ten thousand, without listing the pairs."""
    many = frozenset(map(str, range(10_000)))
    requirement = Requirement(RequirementKind.ALLOWED, many, many, (TCP,), (Ports(1, 1),))
    judged = PolicyView([policy("1", "2", "1")], {}).judge(requirement)
    assert (judged.pairs, judged.breaches, len(judged.missing)) == (100_000_000, 99_999_999, 10)


PARTIAL = "this user cannot see all policies of 1 of its pairs of apps"
VIEWS = {
    "denied, nothing known": (denied("a", "c"), [], RequirementOutcome.UNKNOWN, (PARTIAL,)),
    "denied, but allowed": (denied("a", "c"), [policy("a", "c")], RequirementOutcome.FAILED, ()),
    "denied, one of two known": (denied("a", "bc"), [], RequirementOutcome.UNKNOWN, (PARTIAL,)),
    "denied between apps that are visible": (denied("a", "b"), [], RequirementOutcome.PASSED, ()),
    "allowed, nothing known": (allowed("a", "c"), [], RequirementOutcome.UNKNOWN, (PARTIAL,)),
    "allowed, and seen": (allowed("a", "c"), [policy("a", "c")], RequirementOutcome.PASSED, ()),
    "allowed, one of two missing for sure": (allowed("a", "bc"), [], RequirementOutcome.FAILED, ()),
    "apps out of sight": (
        denied("a", "b", "no app x is visible"),
        [],
        RequirementOutcome.UNKNOWN,
        ("no app x is visible",),
    ),
    "apps out of sight, but broken": (
        denied("a", "b", "no app x is visible"),
        [policy("a", "b")],
        RequirementOutcome.FAILED,
        (),
    ),
}


@pytest.mark.parametrize(("requirement", "policies", "outcome", "reasons"), VIEWS.values(), ids=VIEWS)
def test_a_partial_view_makes_the_result_unknown(
    requirement: Requirement, policies: list[Policy], outcome: RequirementOutcome, reasons: tuple[str, ...]
) -> None:
    """Only the policies between apps a and b are completely known."""
    judged = PolicyView(policies, APPS, frozenset("ab")).judge(requirement)
    assert (judged.outcome, judged.reasons) == (outcome, reasons)


_ports = st.tuples(st.integers(1, 6), st.integers(0, 2)).map(lambda pair: Ports(pair[0], min(6, sum(pair))))
_policies = st.lists(
    st.builds(Policy, st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from(Protocol), _ports), max_size=6
)
_ends = st.frozensets(st.sampled_from("abc"), max_size=3)
_requirements = st.builds(
    Requirement,
    st.sampled_from(RequirementKind),
    _ends,
    _ends,
    st.sampled_from([(TCP,), (UDP,), (TCP, UDP)]),
    st.lists(_ports, min_size=1, max_size=2).map(merge_ports),
    st.just(()),
)


@given(_requirements, _policies, st.none() | st.frozensets(st.sampled_from("abc")))
def test_agrees_with_checking_every_call(
    requirement: Requirement, policies: list[Policy], visible: frozenset[str] | None
) -> None:
    """Each call of each pair on each port; invisible policies may or may not exist."""
    calls = [
        (source, destination, protocol, port)
        for source, destination in product(requirement.sources, requirement.destinations)
        for protocol in requirement.protocols
        for start, end in requirement.ports
        for port in range(start, end + 1)
    ]
    seen = [each for each in policies if visible is None or {each.source, each.destination} <= visible]

    def may(call: tuple[str, str, Protocol, int]) -> bool | None:
        source, destination, protocol, port = call
        for each in seen:
            if each[:3] == (source, destination, protocol) and each.ports.start <= port <= each.ports.end:
                return True
        return False if visible is None or {source, destination} <= visible else None

    wanted = requirement.kind is RequirementKind.ALLOWED
    answers = {may(call) for call in calls}
    expected = (
        RequirementOutcome.FAILED
        if (not wanted) in answers
        else RequirementOutcome.UNKNOWN
        if None in answers
        else RequirementOutcome.PASSED
    )
    assert PolicyView(seen, {}, visible).judge(requirement).outcome is expected
