"""The tags of apps: given by the policy server, or allotted the same way."""

import pytest

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.tags import INGRESS_ROUTER, Tags, allot, ingress_tag
from cfnet.errors import InputFault
from cfnet.policy import Policy
from tests.policies import policy

CASES = {
    "nobody": ([], "", {}),
    "the source before the destination": ([policy("b", "a")], "", {"b": "0001", "a": "0002"}),
    "in the order of the policies, each app once": (
        [policy("c", "a"), policy("a", "c"), policy("a", "b"), policy("d", "d")],
        "",
        {"c": "0001", "a": "0002", "b": "0003", "d": "0004"},
    ),
    "skipping the tag of the routers": (
        [policy("a", "b"), policy("c", "a")],
        "0002",
        {"a": "0001", "b": "0003", "c": "0004"},
    ),
    "skipping the lowest": ([policy("a", "b")], "01", {"a": "0002", "b": "0003"}),
    "skipping one, read as hexadecimal": (
        [policy(f"app-{number}", f"app-{number}") for number in range(1, 17)],
        "0010",
        {f"app-{number}": f"{number + (number == 16):04X}" for number in range(1, 17)},
    ),
}


@pytest.mark.parametrize(("policies", "reserved", "expected"), CASES.values(), ids=CASES)
def test_tags_are_allotted_lowest_first(policies: list[Policy], reserved: str, expected: dict[str, str]) -> None:
    """Like a policy server that starts without policies."""
    assert allot(policies, reserved=reserved) == Tags(expected, allotted=True)


def test_tags_are_upper_case_hexadecimal() -> None:
    """Four digits, as in the API; the highest is number 65,535."""
    policies = [policy(f"app-{number}", f"app-{number}") for number in range(65535)]
    tags = allot(policies)
    assert tags.by_app["app-254"] == "00FF"
    assert tags.mark("app-254") == 255
    assert tags.by_app["app-65534"] == "FFFF"


def test_tags_run_out_after_two_bytes() -> None:
    """The 65,536th app has no tag."""
    policies = [policy(f"app-{number}", f"app-{number}") for number in range(65536)]
    with pytest.raises(InputFault, match=r"^more than 65,535 apps have policies, but there are only 65,535 tags$"):
        allot(policies)


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([policy("a", "b")], None),
        ([policy("a", "b"), policy("x", "y")], ("x", "policies[1].source.id")),
        ([policy("a", "x")], ("x", "policies[0].destination.id")),
    ],
    ids=["all have one", "a source has none", "a destination has none"],
)
def test_an_app_without_a_tag_is_an_error(policies: list[Policy], expected: tuple[str, str] | None) -> None:
    """The error names the first one and its position."""
    assert Tags({"a": "0001", "b": "0002"}).without(policies) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (AgentSettings(overlay_ingress_tag="0009"), ""),
        (AgentSettings(enable_overlay_ingress_rules=True, overlay_ingress_tag="0009"), "0009"),
        (AgentSettings(enable_overlay_ingress_rules=True), "000A"),
    ],
    ids=["not wanted", "set by the operator", "given by the policy server"],
)
def test_the_routers_tag(settings: AgentSettings, expected: str) -> None:
    """The operator's setting takes precedence."""
    assert ingress_tag(Tags({INGRESS_ROUTER: "000A"}), settings) == expected


def test_an_unknown_router_tag_is_an_error() -> None:
    """The message says where to set it."""
    with pytest.raises(InputFault) as caught:
        ingress_tag(Tags({}), AgentSettings(enable_overlay_ingress_rules=True))
    assert (str(caught.value), caught.value.hint) == (
        "overlay ingress is enabled, but neither overlay_ingress_tag nor the tag of INGRESS_ROUTER is given",
        "Set overlay_ingress_tag in agent.json, or add tags.json (requires network.admin).",
    )
