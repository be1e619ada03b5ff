"""What an operator does to a foundation from outside."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx  # noqa: TID253 - these tests call the API like any client
import pytest

from cfnet.sandbox import (
    DEFAULT,
    AlreadyThere,
    BadValue,
    ContainerPlace,
    Foundation,
    NoRoom,
    NoSuch,
    Role,
    SandboxError,
    World,
    WorldApp,
    WorldOrg,
    WorldSpace,
)
from tests.policies import policy
from tests.sandbox.conftest import Calls
from tests.sandbox.shop import BACKEND, FRONTEND, SHOP


def places_of(foundation: Foundation) -> dict[str, list[str]]:
    """The overlay IPs of each cell's containers."""
    return {
        cell: sorted(container["ip"] for container in json.loads(foundation.store(cell)).values())
        for cell in foundation.cells()
    }


def test_the_default_world_matches_the_walkthrough() -> None:
    """Two cells: appB, with the IP from the walkthrough, on the first, appA on the second."""
    with Foundation.open(None) as foundation:
        stores = {cell: json.loads(foundation.store(cell)) for cell in foundation.cells()}
    shown = {
        cell: [(each["ip"], each["metadata"]["app_id"]) for each in containers.values()]
        for cell, containers in stores.items()
    }
    assert shown == {
        "cell-1": [("10.255.77.4", "c7de6123-d906-4c65-9717-c5d040568c76")],
        "cell-2": [("10.255.78.3", "2f978b7f-b3d2-4f50-b08f-776634a6e411")],
    }


def test_a_cells_store_has_the_format_of_the_cni_plugin(foundation: Foundation) -> None:
    """One line of JSON, by handle; all metadata are strings, and the log configuration is JSON in a string."""
    foundation.load(SHOP._replace(apps=SHOP.apps[1:2]))
    text = foundation.store("cell-1")
    handle = next(iter(json.loads(text)))
    log = {
        "guid": BACKEND,
        "index": 0,
        "source_name": "CELL",
        "tags": {
            "app_id": BACKEND,
            "app_name": "Backend, new",
            "instance_id": "0",
            "organization_id": "org-shop",
            "organization_name": "shop",
            "process_id": BACKEND,
            "process_instance_id": handle,
            "process_type": "web",
            "source_id": BACKEND,
            "space_id": "space-web",
            "space_name": "web",
        },
    }
    expected = {
        handle: {
            "handle": handle,
            "ip": "10.255.77.3",
            "metadata": {
                "app_id": BACKEND,
                "container_workload": "app",
                "log_config": json.dumps(log, separators=(",", ":")),
                "org_id": "org-shop",
                "policy_group_id": BACKEND,
                "ports": "8080,8443",
                "space_id": "space-web",
            },
        }
    }
    assert text == json.dumps(expected, separators=(",", ":")) + "\n"
    assert len(handle) == 28
    assert foundation.store("cell-2") == "{}\n"


def test_the_agents_settings() -> None:
    """The format is that of a snapshot."""
    with Foundation.open(None) as foundation:
        assert json.loads(foundation.agent()) == {
            "iptables_logging": True,
            "iptables_accepted_udp_logs_per_sec": 100,
            "iptables_denied_logs_per_sec": 1,
            "enable_overlay_ingress_rules": False,
            "overlay_ingress_tag": "",
            "disable_container_network_policy": False,
            "overlay_network": "10.255.0.0/16",
            "underlay_interface_names": ["eth0"],
            "dns_servers": ["169.254.0.2"],
        }


def test_push_scale_and_delete() -> None:
    """Free IPs are reused, handles are not."""
    with Foundation.open(None) as foundation:
        pushed = foundation.push("appC", instances=3, guid="app-c", ports="9090,8080")
        assert [container[1:] for container in pushed] == [
            ("app-c", 0, "cell-1", "10.255.77.3"),
            ("app-c", 1, "cell-2", "10.255.78.4"),
            ("app-c", 2, "cell-1", "10.255.77.5"),
        ]
        assert foundation.scale("APPC", 1) == pushed[:1]
        again = foundation.scale("appC", 2)
        assert [container[1:] for container in again[1:]] == [("app-c", 1, "cell-2", "10.255.78.4")]
        assert again[1].handle != pushed[1].handle
        assert foundation.scale("appC", 0) == ()
        foundation.delete("appC")
        assert places_of(foundation) == {"cell-1": ["10.255.77.4"], "cell-2": ["10.255.78.3"]}


def test_a_deleted_app_that_is_pushed_again_is_a_new_app() -> None:
    """The name can be reused; the GUID is a new one, as in production."""
    with Foundation.open(None) as foundation:
        (first,) = foundation.push("appC")
        foundation.delete("appC")
        (second,) = foundation.push("appC")
    assert first.app != second.app


def test_two_new_foundations_are_identical() -> None:
    """Placement, IPs and handles depend only on the history, not on chance."""

    def stores(foundation: Foundation) -> list[str]:
        foundation.push("appC", instances=5, guid="app-c")
        return [foundation.store(cell) for cell in foundation.cells()]

    with Foundation.open(None) as one, Foundation.open(None) as other:
        first = stores(one)
        assert stores(other) == first
        one.reset()
        assert stores(one) == first


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        pytest.param(lambda f: f.push("appA"), AlreadyThere, "demo/dev already has an app 'appA'.", id="a taken name"),
        pytest.param(
            lambda f: f.push("APPa"),
            AlreadyThere,
            "demo/dev already has an app 'APPa'.",
            id="a name that differs only in case",
        ),
        pytest.param(
            lambda f: f.push("x", guid="c7de6123-d906-4c65-9717-c5d040568c76"),
            AlreadyThere,
            "The sandbox already has an app with the GUID c7de6123-d906-4c65-9717-c5d040568c76.",
            id="a taken GUID",
        ),
        pytest.param(
            lambda f: f.push(""),
            BadValue,
            "'' is not a valid app name: use 1 to 255 printable characters.",
            id="no name",
        ),
        pytest.param(
            lambda f: f.push("a\x1b[31m"),
            BadValue,
            "'a\\x1b[31m' is not a valid app name: use 1 to 255 printable characters.",
            id="a name with a terminal escape",
        ),
        pytest.param(
            lambda f: f.push("x", instances=-1),
            BadValue,
            "An app cannot have -1 instances.",
            id="a negative number of instances",
        ),
        pytest.param(
            lambda f: f.push("x", ports="0"),
            BadValue,
            "'0' is not a list of ports: PORT must be between 1 and 65535, not 0.",
            id="port 0",
        ),
        pytest.param(
            lambda f: f.push("x", ports="1-2"),
            BadValue,
            "'1-2' contains a range; an app listens on single ports.",
            id="a range of ports",
        ),
        pytest.param(
            lambda f: f.push("x", space="demo"), BadValue, "'demo' is not a valid space.", id="a space without an org"
        ),
        pytest.param(
            lambda f: f.push("x", space="demo/prod"),
            NoSuch,
            "The sandbox has no space 'demo/prod'.",
            id="an unknown space",
        ),
        pytest.param(
            lambda f: f.scale("x", 1), NoSuch, "There is no app 'x' in demo/dev.", id="scaling an unknown app"
        ),
        pytest.param(
            lambda f: f.scale("appA", 504),
            NoRoom,
            "The 2 cells have overlay IPs for only 502 more containers, not 503.",
            id="more instances than IPs",
        ),
        pytest.param(lambda f: f.delete("x"), NoSuch, "There is no app 'x' in demo/dev.", id="deleting an unknown app"),
        pytest.param(lambda f: f.store("cell-3"), NoSuch, "The sandbox has no cell 'cell-3'.", id="an unknown cell"),
        pytest.param(lambda f: f.sign_in("x"), NoSuch, "The sandbox has no user 'x'.", id="an unknown user"),
        pytest.param(
            lambda f: f.revoke_refresh_tokens("x"),
            NoSuch,
            "The sandbox has no user 'x'.",
            id="revoking the tokens of an unknown user",
        ),
    ],
)
def test_refused_operations(act: Callable[[Foundation], object], kind: type[SandboxError], message: str) -> None:
    """The error is one sentence, and nothing changes."""
    with Foundation.open(None) as foundation:
        with pytest.raises(kind) as refused:
            act(foundation)
        assert type(refused.value) is kind
        assert str(refused.value) == message
        assert places_of(foundation) == {"cell-1": ["10.255.77.4"], "cell-2": ["10.255.78.3"]}


def test_cells_can_be_filled_to_the_last_ip() -> None:
    """252 containers fit on each cell."""
    with Foundation.open(None) as foundation:
        assert len(foundation.scale("appA", 503)) == 503
        assert [len(ips) for ips in places_of(foundation).values()] == [252, 252]


@pytest.mark.parametrize(
    ("world", "message"),
    [
        pytest.param(
            SHOP._replace(orgs=(*SHOP.orgs, WorldOrg("SHOP"))),
            "The world has a duplicate or a dangling reference: UNIQUE constraint failed: organizations.key.",
            id="two orgs with one name",
        ),
        pytest.param(
            SHOP._replace(spaces=(WorldSpace("web", "nowhere"),)),
            "The world has no org 'nowhere' for its space 'web'.",
            id="a space in an unknown org",
        ),
        pytest.param(
            SHOP._replace(apps=(WorldApp("a", "shop/nowhere"),)),
            "The sandbox has no space 'shop/nowhere'.",
            id="an app in an unknown space",
        ),
        pytest.param(
            SHOP._replace(apps=(*SHOP.apps, WorldApp("FRONTEND", "shop/web"))),
            "shop/web already has an app 'FRONTEND'.",
            id="two apps with one name",
        ),
        pytest.param(
            SHOP._replace(users=(SHOP.users[0]._replace(roles=(Role("organization_manager", "nowhere"),)),)),
            "The world has no org 'nowhere'.",
            id="a role in an unknown org",
        ),
        pytest.param(
            SHOP._replace(policies=(policy("shop/web/frontend", "shop/web/x"),)),
            "The world has no app 'shop/web/x' for its policy.",
            id="a policy to an unknown app",
        ),
        pytest.param(
            SHOP._replace(apps=(WorldApp("a", "shop/web", placed=(ContainerPlace("cell-9", "10.255.1.1"),)),)),
            "The world has a duplicate or a dangling reference: FOREIGN KEY constraint failed.",
            id="a container on an unknown cell",
        ),
    ],
)
def test_inconsistent_worlds_are_refused(foundation: Foundation, world: World, message: str) -> None:
    """A world is loaded as a whole or not at all."""
    before = places_of(foundation)
    with pytest.raises(SandboxError) as refused:
        foundation.load(world)
    assert str(refused.value) == message
    assert places_of(foundation) == before


def test_a_world_with_policies(foundation: Foundation, client: Calls) -> None:
    """They name apps by path or by GUID; tags follow their order."""
    foundation.load(
        SHOP._replace(policies=(policy("shop/web/frontend", "shop/web/Backend, new"), policy(BACKEND, "gone")))
    )
    root = client("root")
    assert [
        (each["source"]["id"], each["destination"]["id"])
        for each in root.get("/networking/v1/external/policies").json()["policies"]
    ] == [(FRONTEND, BACKEND), (BACKEND, "gone")]
    assert root.get("/networking/v1/external/tags").json()["tags"] == [
        {"id": "INGRESS_ROUTER", "tag": "0001", "type": "router"},
        {"id": FRONTEND, "tag": "0002", "type": "app"},
        {"id": BACKEND, "tag": "0003", "type": "app"},
        {"id": "gone", "tag": "0004", "type": "app"},
    ]


def test_reset_restores_the_default_world(foundation: Foundation, client: Calls) -> None:
    """And invalidates all tokens."""
    before = client("root")
    foundation.reset()
    assert before.get("/v3/apps").status_code == 401
    assert [app["name"] for app in client("admin").get("/v3/apps").json()["resources"]] == ["appA", "appB"]
    assert foundation.cells() == tuple(cell.name for cell in DEFAULT.cells)


def test_concurrent_requests(foundation: Foundation) -> None:
    """One application answers several threads, readers and writers."""
    token = foundation.sign_in("root").access

    def ask(number: int) -> int:
        with httpx.Client(
            transport=httpx.WSGITransport(app=foundation.wsgi),
            base_url="http://sandbox",
            headers={"Authorization": f"bearer {token}"},
        ) as own:
            if number % 2:
                return own.get("/v3/apps").status_code
            foundation.push(f"app-{number}", space="shop/web")
            return 200

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(40))) == [200] * 40
    assert sum(len(ips) for ips in places_of(foundation).values()) == 4 + 20
