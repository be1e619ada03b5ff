"""Names for GUIDs, addresses and handles."""

import pytest

from cfnet.cell.model.names import Instance, Names
from tests.worlds import APP_A, APP_B

NAMES = Names(
    apps={APP_A: "appA", APP_B: "appB", "c7de6123-d906-4c65-9000-000000000000": "appC"},
    instances={
        "10.255.77.3": Instance(APP_A, 1, "00000002-e8cf-4ca5-5a0a-838e"),
        "10.255.77.4": Instance(APP_B, None, "00000001-e8cf-4ca5-5a0a-838e"),
        "10.255.77.5": Instance("nobody-knows", 0, "00000001-e8cf-4ca5-5a0a-9999"),
        "10.255.77.6": Instance("", None, "00000003-e8cf-4ca5-5a0a-838e"),
    },
)


@pytest.mark.parametrize(
    ("guid", "name"),
    [
        pytest.param(APP_A, "appA", id="a whole GUID"),
        pytest.param("2f978b7f-b", "appA", id="a prefix of one"),
        pytest.param("c7de6123-d906-4c65-9", "appB or appC (same GUID prefix)", id="a prefix of two"),
        pytest.param("2f978b7", "app 2f978b7", id="too short a prefix"),
        pytest.param("ffffffff-ffff", "app ffffffff-ffff", id="an unknown one"),
        pytest.param("INGRESS_ROUTER", "an ingress router", id="the routers' group"),
    ],
)
def test_an_app_is_found_by_guid_or_guid_prefix(guid: str, name: str) -> None:
    """Log prefixes are truncated; if two apps match, both are named."""
    assert NAMES.app(guid) == name


@pytest.mark.parametrize(
    ("ip", "name"),
    [
        pytest.param("10.255.77.3", "appA, instance 1", id="an instance"),
        pytest.param("10.255.77.4", "appB", id="a task"),
        pytest.param("10.255.77.5", "app nobody-knows, instance 0", id="an app without a name"),
        pytest.param("10.255.77.6", "container 00000003-e8cf-4ca5-5a0a-838e", id="a container without an app"),
        pytest.param("10.255.77.9", "", id="an unknown address"),
    ],
)
def test_what_runs_at_an_address(ip: str, name: str) -> None:
    """The text that follows an IP."""
    assert NAMES.at(ip) == name


@pytest.mark.parametrize(
    ("handle", "name"),
    [
        pytest.param("00000002-e8cf-4ca5-", "instance 1 of appA", id="a prefix of a handle"),
        pytest.param("00000002e8cf4ca55a0a", "instance 1 of appA", id="one without dashes"),
        pytest.param(
            "00000001-e8cf-4ca5",
            "appB or instance 0 of app nobody-knows (same handle prefix)",
            id="a prefix of two",
        ),
        pytest.param("00000003-e8cf", "container 00000003-e8cf-4ca5-5a0a-838e", id="a prefix of one without an app"),
        pytest.param("0000000", "container 0000000", id="too short a prefix"),
        pytest.param("ffffffff-ffff", "container ffffffff-ffff", id="an unknown one"),
    ],
)
def test_a_container_is_found_by_handle_prefix(handle: str, name: str) -> None:
    """Chain names are truncated; if two containers match, both are named."""
    assert NAMES.container(handle) == name
