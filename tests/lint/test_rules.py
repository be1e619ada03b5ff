"""The rules of lint: each reports what it is for, and nothing close to it."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.model.security_group import GroupRule, SecurityGroup
from cfnet.document import DocumentSource, Place, load
from cfnet.document.expectations import VisibleApps
from cfnet.document.lint_section import LintId, Suppression
from cfnet.lint.finding import Finding
from cfnet.lint.rules import RULES
from cfnet.lint.subject import LintSettings, LintSubject, MeantApps
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space
from cfnet.policy.requirement import merge_ports
from tests.policies import policy

SHOP, PAY = Org("o1", "shop"), Org("o2", "pay")
DEV, OTHER, PROD, PRE = (
    Space("s1", "dev", SHOP),
    Space("s2", "web", SHOP),
    Space("s3", "prod", SHOP),
    Space("s4", "pre-prod", SHOP),
)
APPS = {
    app.guid: app
    for app in (
        App("a", "a", OTHER),
        App("b", "b", OTHER),
        App("dev", "app", DEV),
        App("prod", "app", PROD),
        App("pre", "app", PRE),
        App("pay", "app", Space("s5", "web", PAY)),
        App("same", "app", Space("s6", "web", Org("o3", "Shop"))),
    )
}
AB = "shop/web/a to shop/web/b"


class RuleCase(NamedTuple):
    """What is linted, and the messages of one rule."""

    rule: LintId
    subject: LintSubject
    messages: Sequence[str] = ()


def between(*policies: Policy, **settings: int | tuple[str, ...]) -> LintSubject:
    """These policies, with all apps known."""
    chosen = LintSettings()._replace(**settings)  # type: ignore[arg-type]
    return LintSubject(policies=sorted(policies), apps=APPS, all_apps=True, settings=chosen)


def ports(*each: str | int, protocol: str = "tcp") -> list[Policy]:
    """Policies from a to b for these ports."""
    return [policy("a", "b", ports, protocol) for ports in each]


def groups(*rules: GroupRule, running: bool = True, underlay: tuple[str, ...] = ("10.0.16.0/20",)) -> LintSubject:
    """A security group with these rules, and a cell outside of the network that is configured."""
    group = SecurityGroup("g", rules, running)
    settings = LintSettings(underlay=underlay)
    return LintSubject([], groups=[group], overlay=["10.255.0.0/16"], cells=["10.7.0.4", "10.7.0.5"], settings=settings)


def bound(spaces: int) -> LintSubject:
    """A security group bound to so many spaces."""
    return LintSubject([], groups=[SecurityGroup("g", (), running_spaces=frozenset(map(str, range(spaces))))])


def expecting(text: str) -> LintSubject:
    """A document with this expectation, and all apps."""
    source = DocumentSource("f.yml", f"version: 1\nspace: shop/web\nexpect:\n- {text}\n".encode())
    (document,) = load([source]).documents
    visible = VisibleApps(APPS.values(), complete=True)
    return LintSubject([], expectations=[MeantApps(each, visible.requirement(each)) for each in document.expectations])


CASES = {
    "a range wider than the limit": RuleCase(
        LintId.WIDE_RANGE, between(*ports("8000-8100")), [f"{AB}, tcp 8000-8100 allows 101 ports; the limit is 100."]
    ),
    "a range as wide as the limit": RuleCase(LintId.WIDE_RANGE, between(*ports("8000-8099"))),
    "a range within a limit of its own": RuleCase(LintId.WIDE_RANGE, between(*ports("8000-8100"), max_range=101)),
    "all ports are another rule's": RuleCase(LintId.WIDE_RANGE, between(*ports("1-65535"))),
    "all ports": RuleCase(LintId.ALL_PORTS, between(*ports("1-65535")), [f"{AB}, tcp 1-65535 allows all ports."]),
    "all unprivileged ports": RuleCase(LintId.ALL_PORTS, between(*ports("1024-65535"))),
    "two orgs": RuleCase(
        LintId.BETWEEN_ORGS,
        between(policy("a", "pay"), policy("a", "pay", 9090)),
        ["shop/web/a to pay/web/app is between different orgs."],
    ),
    "one org": RuleCase(LintId.BETWEEN_ORGS, between(policy("a", "prod"))),
    "an org by another spelling": RuleCase(LintId.BETWEEN_ORGS, between(policy("a", "same"))),
    "an app without a known org": RuleCase(LintId.BETWEEN_ORGS, between(policy("a", "gone"))),
    "development to production": RuleCase(
        LintId.INTO_PRODUCTION,
        between(policy("dev", "prod")),
        ["shop/dev/app to shop/prod/app is from development to production."],
    ),
    "pre-production to production": RuleCase(
        LintId.INTO_PRODUCTION,
        between(policy("pre", "prod")),
        ["shop/pre-prod/app to shop/prod/app is from development to production."],
    ),
    "production to development": RuleCase(LintId.INTO_PRODUCTION, between(policy("prod", "dev"))),
    "development to pre-production": RuleCase(LintId.INTO_PRODUCTION, between(policy("dev", "pre"))),
    "a space that is neither": RuleCase(LintId.INTO_PRODUCTION, between(policy("a", "prod"))),
    "patterns of a document": RuleCase(
        LintId.INTO_PRODUCTION,
        between(policy("a", "dev"), development=("WEB",), production=("d*",)),
        ["shop/web/a to shop/dev/app is from development to production."],
    ),
    "more callers than the limit": RuleCase(
        LintId.MANY_CALLERS,
        between(policy("a", "b"), policy("dev", "b"), policy("pay", "b"), max_callers=2),
        ["3 apps may call shop/web/b; the limit is 2."],
    ),
    "as many callers as the limit, and itself": RuleCase(
        LintId.MANY_CALLERS,
        between(policy("a", "b"), policy("a", "b", 9090), policy("dev", "b"), policy("b", "b"), max_callers=2),
    ),
    "a deleted app": RuleCase(
        LintId.DELETED_APP,
        between(policy("a", "gone"), policy("gone", "gone")),
        ["The app gone does not exist, but has policies: shop/web/a to gone, tcp 8080, and 1 more."],
    ),
    "apps that exist": RuleCase(LintId.DELETED_APP, between(policy("a", "b"))),
    "an app that may only be invisible": RuleCase(
        LintId.DELETED_APP, LintSubject([policy("a", "gone")], APPS, all_apps=False)
    ),
    "ports that another policy contains": RuleCase(
        LintId.REDUNDANT,
        between(*ports(8080, "8000-9000", "8500-9000")),
        [
            f"{AB}, tcp 8080 is contained in tcp 8000-9000.",
            f"{AB}, tcp 8500-9000 is contained in tcp 8000-9000.",
        ],
    ),
    "ports that overlap": RuleCase(LintId.REDUNDANT, between(*ports("8000-8080", "8080-9000"))),
    "the same ports of the other protocol": RuleCase(
        LintId.REDUNDANT, between(*ports("8000-9000"), *ports(8080, protocol="udp"))
    ),
    "the same ports in the other direction": RuleCase(LintId.REDUNDANT, between(*ports("8000-9000"), policy("b", "a"))),
    "adjacent ranges": RuleCase(
        LintId.ADJACENT_RANGES,
        between(*ports(8080, "8081-8090", 8085, "8090-8095", 9000)),
        [f"{AB}, tcp 8080, 8081-8090, 8090-8095 could be one policy for 8080-8095."],
    ),
    "ranges with a port between them": RuleCase(LintId.ADJACENT_RANGES, between(*ports(8080, 8082))),
    "a range in another one": RuleCase(LintId.ADJACENT_RANGES, between(*ports("8080-8090", 8085))),
    "adjacent ranges of two protocols": RuleCase(
        LintId.ADJACENT_RANGES, between(*ports(8080), *ports(8081, protocol="udp"))
    ),
    "the same ports for both protocols": RuleCase(
        LintId.BOTH_PROTOCOLS,
        between(*ports(53), *ports(53, protocol="udp")),
        [f"{AB}, 53 is allowed for both tcp and udp."],
    ),
    "other ports for the other protocol": RuleCase(
        LintId.BOTH_PROTOCOLS, between(*ports(53), *ports("53-54", protocol="udp"))
    ),
    "a quota above the limit": RuleCase(
        LintId.QUOTA, between(*ports(1, 3, 5), quota=3), ["shop/web/a is the source of 3 of 3 policies (100 %)."]
    ),
    "a quota at the limit": RuleCase(LintId.QUOTA, between(*ports(1, 3, 5, 7), quota=5)),
    "tags above the limit": RuleCase(
        LintId.TAGS, LintSubject([], tags=52_429), ["52,429 of 65,535 tags are in use (80 %)."]
    ),
    "tags at the limit": RuleCase(LintId.TAGS, LintSubject([], tags=52_428)),
    "unknown tags": RuleCase(LintId.TAGS, LintSubject([])),
    "a group with the overlay": RuleCase(
        LintId.OPEN_OVERLAY,
        groups(GroupRule("udp", "1.1.1.1,10.0.0.0/8", "53")),
        ["The security group g allows udp to 1.1.1.1,10.0.0.0/8, which includes the overlay network 10.255.0.0/16."],
    ),
    "a group up to the overlay": RuleCase(
        LintId.OPEN_OVERLAY, groups(GroupRule("all", "10.0.0.0-10.254.255.255"), GroupRule("all", "11.0.0.0/8"))
    ),
    "a group for the overlay that accepts nothing": RuleCase(
        LintId.OPEN_OVERLAY, groups(GroupRule("tcp", "10.255.0.0/16"), GroupRule("icmpv6", "10.255.0.0/16"))
    ),
    "a group for the overlay that is not bound": RuleCase(
        LintId.OPEN_OVERLAY, groups(GroupRule("all", "10.255.0.0/16"), running=False)
    ),
    "a group with the configured network of the cells": RuleCase(
        LintId.OPEN_CELLS,
        groups(GroupRule("tcp", "10.0.17.0/24", "443,61000-61010")),
        ["The security group g allows tcp to 10.0.17.0/24, which includes addresses of cells, 10.0.16.0/20."],
    ),
    "a group with a configured network that has host bits": RuleCase(
        LintId.OPEN_CELLS,
        groups(GroupRule("all", "10.0.16.1"), underlay=("10.0.17.9/20",)),
        ["The security group g allows all to 10.0.16.1, which includes addresses of cells, 10.0.17.9/20."],
    ),
    "a group with cells of a snapshot": RuleCase(
        LintId.OPEN_CELLS,
        groups(GroupRule("all", "10.7.0.0/16")),
        ["The security group g allows all to 10.7.0.0/16, which includes the cell 10.7.0.4 and 1 more."],
    ),
    "a group with other ports of cells": RuleCase(
        LintId.OPEN_CELLS, groups(GroupRule("tcp", "10.0.0.0/8", "53,443"), GroupRule("udp", "10.0.0.0/8", "1-65535"))
    ),
    "a group with ping to cells": RuleCase(LintId.OPEN_CELLS, groups(GroupRule("icmp", "10.0.0.0/8"))),
    "a group with everything": RuleCase(
        LintId.OPEN_EVERYTHING,
        groups(GroupRule("all", "0.0.0.0/0")),
        ["The security group g allows all protocols to 0.0.0.0/0."],
    ),
    "a group with everything opens overlay and cells without more findings": RuleCase(
        LintId.OPEN_CELLS, groups(GroupRule("all", "0.0.0.0/0"))
    ),
    "a group with one protocol to everywhere": RuleCase(
        LintId.OPEN_EVERYTHING, groups(GroupRule("tcp", "0.0.0.0/0", "443"), GroupRule("all", "not an address"))
    ),
    "a group with too many spaces": RuleCase(
        LintId.MANY_SPACES, bound(149), ["The security group g is bound to 149 spaces; the limit is 148."]
    ),
    "a group with as many spaces as possible": RuleCase(LintId.MANY_SPACES, bound(148)),
    "an expectation without a source": RuleCase(
        LintId.NO_EFFECT,
        expecting('denied: {source: "shop/wep/*", destination: b}'),
        ['No app is a source of the expectation "denied: shop/wep/* to shop/web/b, tcp and udp, every port".'],
    ),
    "an expectation with all sources excepted": RuleCase(
        LintId.NO_EFFECT,
        expecting("denied: {source: a, destination: b, except: [a]}"),
        [
            (
                'No app is a source of the expectation "denied: shop/web/a (except shop/web/a) to shop/web/b, '
                'tcp and udp, every port".'
            )
        ],
    ),
    "an expectation without a destination": RuleCase(
        LintId.NO_EFFECT,
        expecting("allowed: {source: a, destination: c}"),
        ['No app is a destination of the expectation "allowed: shop/web/a to shop/web/c, tcp 8080".'],
    ),
    "a rule that is ignored in vain": RuleCase(
        LintId.UNUSED_IGNORE,
        LintSubject([], unused=[Suppression(LintId.ALL_PORTS, "", Place("f.yml", 3, 1))]),
        ["L302 is ignored, but finds nothing here."],
    ),
    "no rule that is ignored in vain": RuleCase(LintId.UNUSED_IGNORE, LintSubject([])),
    "an expectation about apps": RuleCase(
        LintId.NO_EFFECT, expecting('denied: {source: "shop/*/*", destination: b, except: [b]}')
    ),
}


def found(subject: LintSubject, rule: LintId) -> list[Finding]:
    """The findings of one rule."""
    (chosen,) = (each for each in RULES if each.id is rule)
    return list(chosen.check(subject))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_rule_finds(case: RuleCase) -> None:
    assert [each.message for each in found(case.subject, case.rule)] == list(case.messages)


@pytest.mark.parametrize("rule", LintId, ids=lambda rule: rule.id)
def test_each_rule_has_a_case_that_it_reports_and_one_that_it_does_not(rule: LintId) -> None:
    assert {bool(case.messages) for case in CASES.values() if case.rule is rule} == {True, False}


def test_there_is_a_class_for_each_id() -> None:
    assert [rule.id for rule in RULES] == list(LintId)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id.id)
def test_each_rule_is_documented(rule: object) -> None:
    """By its own docstring, not that of all rules, and with sentences."""
    documentation = type(rule).__dict__["__doc__"]
    assert documentation.rstrip().endswith((".", ":", "`."))
    (known,) = (each for each in RULES if each is rule)
    assert known.remedy.endswith(".")


_RANGES = st.tuples(st.integers(1, 12), st.integers(0, 4)).map(lambda each: Ports(each[0], sum(each)))


@given(st.sets(_RANGES, max_size=6))
def test_redundant_and_adjacent_ranges_are_those_of_the_definition(ranges: set[Ports]) -> None:
    """Compared with sets of ports: contained ones are redundant; the others are one run for each block of ports."""
    subject = between(*(Policy("a", "b", Protocol.TCP, each) for each in ranges))
    contained = {
        one
        for one in ranges
        for other in ranges - {one}
        if {*range(one.start, one.end + 1)} <= {*range(other.start, other.end + 1)}
    }
    assert {each.policies[0].ports for each in found(subject, LintId.REDUNDANT)} == contained
    kept = ranges - contained
    runs = [{policy.ports for policy in each.policies} for each in found(subject, LintId.ADJACENT_RANGES)]
    blocks = merge_ports(list(kept))
    joined = [{one for one in kept if block.start <= one.start and one.end <= block.end} for block in blocks]
    assert runs == [each for each in joined if len(each) > 1]
