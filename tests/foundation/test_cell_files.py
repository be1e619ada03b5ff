"""A cell's files as values."""

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.model.agent_settings import AgentSettings, DenyNetworks, OutboundConnections
from cfnet.cell.model.container import Container
from cfnet.cell.model.silk_release import CURRENT, RELEASE_2024, SilkRelease
from cfnet.foundation.json_values import JsonValue, WrongShape, parse
from cfnet.foundation.snapshot import cell_files


def test_containers() -> None:
    """Missing metadata is empty; the order of the file is kept; unknown keys are ignored."""
    full = {
        "policy_group_id": "app",
        "ipv6": "x",
        "space_id": "s",
        "ports": "8080, 2222",
        "container_workload": "task",
        "x": "y",
    }
    store = {
        "h2": {"handle": "h2", "ip": "10.255.0.2", "ipv6": "fd00::2", "metadata": full},
        "h1": {"handle": "h1", "ip": "10.255.0.1", "metadata": {"ports": None}},
        "h0": {"handle": "h0", "ip": "10.255.0.0", "metadata": None},
    }
    assert cell_files.store(JsonValue(store)) == [
        Container("h2", "10.255.0.2", "app", "s", "8080, 2222", "task"),
        Container("h1", "10.255.0.1", ""),
        Container("h0", "10.255.0.0", ""),
    ]


def entry(**changes: object) -> dict[str, object]:
    """A container entry with changes."""
    return {"handle": "h", "ip": "10.255.0.1", "metadata": {}} | changes


BAD_CONTAINERS = {
    "no object": ([], "h: expected an object, found a list"),
    "another handle": (entry(handle="x"), 'h.handle: expected "h", the key of the object, found "x"'),
    "no handle": ({"ip": "10.255.0.1"}, "h.handle: expected the container's handle, found nothing"),
    "no ip": ({"handle": "h", "metadata": {}}, "h.ip: expected an IPv4 address, found nothing"),
    "an empty ip": (entry(ip=""), 'h.ip: expected an IPv4 address, found ""'),
    "a number as ip": (entry(ip=1), "h.ip: expected an IPv4 address, found 1"),
    "a name as ip": (entry(ip="backend"), 'h.ip: expected an IPv4 address, found "backend"'),
    "too high an ip": (entry(ip="10.255.0.256"), 'h.ip: expected an IPv4 address, found "10.255.0.256"'),
    "an ip with zeros": (entry(ip="10.255.0.01"), 'h.ip: expected an IPv4 address, found "10.255.0.01"'),
    "an ip with a mask": (entry(ip="10.255.0.1/32"), 'h.ip: expected an IPv4 address, found "10.255.0.1/32"'),
    "an ip with a new line": (entry(ip="10.255.0.1\n"), 'h.ip: expected an IPv4 address, found "10.255.0.1\n"'),
    "an ip of another script": (
        entry(ip="\u0661\u0660.255.0.1"),
        'h.ip: expected an IPv4 address, found "\u0661\u0660.255.0.1"',
    ),
    "IPv6": (
        entry(ip="fd00::1"),
        'h.ip: expected an IPv4 address (silk\'s overlay network has no IPv6), found "fd00::1"',
    ),
    "metadata that is not an object": (entry(metadata="x"), 'h.metadata: expected an object, found "x"'),
    "a list of ports": (entry(metadata={"ports": [80]}), "h.metadata.ports: expected text, found a list"),
    "a number as app": (
        entry(metadata={"policy_group_id": 1}),
        "h.metadata.policy_group_id: expected text, found 1",
    ),
}


@pytest.mark.parametrize(("container", "message"), BAD_CONTAINERS.values(), ids=BAD_CONTAINERS)
def test_malformed_containers(container: object, message: str) -> None:
    """The error begins with the handle; valid containers in the same file make no difference."""
    for document in ({"h": container}, {"g": entry(handle="g"), "h": container}):
        with pytest.raises(WrongShape) as caught:
            cell_files.store(JsonValue(document))
        assert str(caught.value) == message


def test_duplicate_keys_are_refused() -> None:
    """At any depth: either value could be the intended one."""
    with pytest.raises(WrongShape, match='duplicate key "ports" in an object'):
        cell_files.read_store(b'{"h": {"handle": "h", "ip": "10.255.0.1", "metadata": {"ports": "1", "ports": "2"}}}')


TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}:,]')
ODD_TOKENS = (
    "",
    "null",
    "1",
    "[]",
    "{}",
    '"log_config"',
    '"ip"',
    '":"',
    '"a:b"',
    '"a\\u003ab"',
    '"\\u003a"',
    '"x\\":"',
    '"\\\\":',
)


@given(data=st.data(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_text_reads_as_with_a_check_of_each_object(data: st.DataObject, encoding: str) -> None:
    """Containers or error: with some tokens replaced or duplicated."""
    log = json.dumps({"guid": "a", "index": 1, "tags": {"app_name": "x"}})
    metadata = {"policy_group_id": "app", "ports": "8080", "log_config": log}
    entries = {f"h{number}": entry(handle=f"h{number}", metadata=metadata) for number in range(2)}
    tokens = TOKENS.findall(json.dumps(entries))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(tokens) - 1))
        tokens[at] = data.draw(st.sampled_from((*ODD_TOKENS, *tokens)))
    blank = data.draw(st.sampled_from(["", " ", "\n"]))
    document = blank.join(tokens).encode(encoding)
    assert outcome(cell_files.read_store, document) == outcome(checked, document)


def checked(data: bytes) -> list[Container]:
    """The containers of a store, with a check of each object."""
    return cell_files.store(parse(data, unique_keys=True))


def outcome(read: Callable[[bytes], list[Container]], data: bytes) -> list[Container] | str:
    """The containers, or the error."""
    try:
        return read(data)
    except WrongShape as fault:
        return str(fault)


def test_settings_have_the_defaults_of_the_bosh_jobs() -> None:
    """For missing and null properties; an empty tag counts as missing."""
    assert cell_files.agent(JsonValue({})) == AgentSettings()
    assert (
        cell_files.agent(JsonValue({"overlay_ingress_tag": "", "deny_networks": None, "ingress_tag": ""}))
        == AgentSettings()
    )


def test_all_settings() -> None:
    """Including `whole_cell`; host bits of the overlay network are dropped, as iptables does."""
    document = {
        "iptables_logging": True,
        "iptables_accepted_udp_logs_per_sec": 7,
        "iptables_denied_logs_per_sec": 8,
        "enable_overlay_ingress_rules": True,
        "overlay_ingress_tag": "00ab",
        "disable_container_network_policy": True,
        "overlay_network": "10.250.3.4/16",
        "whole_cell": True,
        "enable_asg_syncing": False,
        "iptables_c2c_logging": True,
        "iptables_asg_logging": True,
        "dns_servers": ["169.254.0.2"],
        "host_tcp_services": ["169.254.0.2:9001"],
        "host_udp_services": ["169.254.0.2:9002"],
        "underlay_interface_names": ["eth0", "eth1"],
        "deny_networks": {"always": ["172.16.0.0/12"], "running": ["192.168.7.0/24"]},
        "ingress_tag": "ffff0001",
        "vtep_name": "vtep",
        "outbound_connections": {"limit": True, "logging": True, "burst": 250, "rate_per_sec": 3, "dry_run": True},
        "ipv6": {"enable": True},
        "deny_networks_ipv6": {"always": ["2001:db8::/32"]},
        "host_tcp_services_ipv6": ["[fd00::2]:9001"],
        "host_udp_services_ipv6": ["[fd00::2]:9002"],
        "silk_release": "3.53",
        "vni": 1,
    }
    assert cell_files.agent(JsonValue(document)) == AgentSettings(
        iptables_logging=True,
        iptables_accepted_udp_logs_per_sec=7,
        iptables_denied_logs_per_sec=8,
        enable_overlay_ingress_rules=True,
        overlay_ingress_tag="00ab",
        disable_container_network_policy=True,
        overlay_networks=("10.250.0.0/16",),
        whole_cell=True,
        enable_asg_syncing=False,
        iptables_c2c_logging=True,
        iptables_asg_logging=True,
        dns_servers=("169.254.0.2",),
        host_tcp_services=("169.254.0.2:9001",),
        host_udp_services=("169.254.0.2:9002",),
        underlay_interface_names=("eth0", "eth1"),
        deny_networks=DenyNetworks(always=("172.16.0.0/12",), running=("192.168.7.0/24",)),
        ingress_tag="ffff0001",
        vtep_name="vtep",
        outbound_connections=OutboundConnections(limit=True, logging=True, burst=250, rate_per_sec=3, dry_run=True),
        ipv6=True,
        silk_release="3.53",
    )


@pytest.mark.parametrize("release", [None, "3.53", "3.116"])
def test_the_overlay_network_may_be_a_list_of_one(release: str | None) -> None:
    """Releases of 2024 require a single network."""
    document = {"overlay_network": ["10.250.3.4/16"], "silk_release": release}
    assert cell_files.agent(JsonValue(document)).overlay_networks == ("10.250.0.0/16",)


@pytest.mark.parametrize("release", [None, "3.54", "3.116"])
def test_the_overlay_network_may_be_a_list(release: str | None) -> None:
    """In order, without host bits."""
    document = {"overlay_network": ["10.255.60.1/24", "10.250.3.4/16"], "silk_release": release}
    assert cell_files.agent(JsonValue(document)).overlay_networks == ("10.255.60.0/24", "10.250.0.0/16")


RELEASES = {
    "2.43": RELEASE_2024,
    "3.9": RELEASE_2024,
    "3.53": RELEASE_2024,
    "v3.53.0": RELEASE_2024,
    "3.54": CURRENT,
    "3.116.0": CURRENT,
    "4.0": CURRENT,
}


@pytest.mark.parametrize(("version", "release"), RELEASES.items())
def test_the_release_of_silk(version: str, release: SilkRelease) -> None:
    """Compared number by number; the default is the current release."""
    assert cell_files.agent(JsonValue({"silk_release": version})).silk == release
    assert cell_files.agent(JsonValue({})).silk == CURRENT


IPV6 = {
    "an object": ({"ipv6": {"enable": True}}, True),
    "a dotted name": ({"ipv6.enable": True}, True),
    "a flag": ({"ipv6": True}, True),
    "off": ({"ipv6": False, "ipv6.enable": False}, False),
    "an object without the property": ({"ipv6": {}}, False),
    "something else": ({"ipv6": "fd00::1", "ipv6.enable": ["yes"]}, False),
    "nothing": ({}, False),
}


@pytest.mark.parametrize(("document", "enabled"), IPV6.values(), ids=IPV6)
def test_whether_ipv6_is_enabled(document: dict[str, object], *, enabled: bool) -> None:
    """The job's property in any form; unexpected values are not refused."""
    assert cell_files.agent(JsonValue(document)).ipv6 is enabled


SETTINGS = {
    "the defaults": AgentSettings(),
    "several overlay networks": AgentSettings(overlay_networks=("10.255.60.0/24", "10.250.0.0/16")),
    "a release and IPv6": AgentSettings(silk_release="3.53", ipv6=True),
    "nested settings": AgentSettings(
        deny_networks=DenyNetworks(always=("10.0.0.0/8",)), outbound_connections=OutboundConnections(limit=True)
    ),
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_settings_round_trip(settings: AgentSettings) -> None:
    """A snapshot stores them in this form."""
    text = json.dumps(cell_files.agent_document(settings))
    assert cell_files.agent(JsonValue(json.loads(text))) == settings


def test_link_local_dns_servers_of_ipv6() -> None:
    """They are kept: rules are filtered by IP version later."""
    assert cell_files.agent(JsonValue({"dns_servers": ["fe80::1"]})).dns_servers == ("fe80::1",)


BAD_SETTINGS = {
    "no object": ([], "expected an object, found a list"),
    "a text for true": ({"iptables_logging": "true"}, 'iptables_logging: expected true or false, found "true"'),
    "no logs": (
        {"iptables_accepted_udp_logs_per_sec": 0},
        "iptables_accepted_udp_logs_per_sec: expected a whole number from 1 to 10000, found 0",
    ),
    "more logs than the kernel supports": (
        {"iptables_denied_logs_per_sec": 10001},
        "iptables_denied_logs_per_sec: expected a whole number from 1 to 10000, found 10001",
    ),
    "an invalid tag": (
        {"overlay_ingress_tag": "router"},
        'overlay_ingress_tag: expected hexadecimal digits such as "00FF", found "router"',
    ),
    "an invalid network": (
        {"overlay_network": "10.255.0.0/33"},
        'overlay_network: expected an IPv4 network such as "10.255.0.0/16", found "10.255.0.0/33"',
    ),
    "two overlay networks in a release of 2024": (
        {"silk_release": "3.53", "overlay_network": ["10.255.0.0/16", "10.254.0.0/16"]},
        "overlay_network: expected one network with this silk_release, found 2",
    ),
    "overlapping overlay networks": (
        {"overlay_network": ["10.255.0.0/16", "10.254.0.0/16", "10.255.7.0/24"]},
        "overlay_network[2]: expected networks that do not overlap, found 10.255.7.0/24 and 10.255.0.0/16",
    ),
    "no overlay network": ({"overlay_network": []}, "overlay_network: expected a network, found none"),
    "a release as a number": (
        {"silk_release": 3.53},
        'silk_release: expected a version of silk-release in quotes, such as "3.116", found 3.53',
    ),
    "a release that is not a version": (
        {"silk_release": "latest"},
        'silk_release: expected a version of silk-release in quotes, such as "3.116", found "latest"',
    ),
    "a list in a list of overlay networks": (
        {"overlay_network": [7]},
        "overlay_network[0]: expected text, found 7",
    ),
    "a text for a list": ({"dns_servers": "10.0.0.2"}, 'dns_servers: expected a list, found "10.0.0.2"'),
    "a DNS server by name": ({"dns_servers": ["bosh-dns"]}, 'dns_servers[0]: expected an IP address, found "bosh-dns"'),
    "a link-local DNS server that iptables rejects": (
        {"silk_release": "3.53", "dns_servers": ["8.8.8.8", "fe80::1"]},
        'dns_servers[1]: expected an IPv4 address for a link-local DNS server, found "fe80::1"',
    ),
    "a host service without port": (
        {"host_tcp_services": ["169.254.0.2"]},
        'host_tcp_services[0]: expected IP:PORT such as "169.254.0.2:9001", found "169.254.0.2"',
    ),
    "an interface with a space": (
        {"underlay_interface_names": ["eth 0"]},
        'underlay_interface_names[0]: expected the name of a network interface, 1 to 15 characters, found "eth 0"',
    ),
    "a deny network that is an address": (
        {"deny_networks": {"staging": ["10.0.0.1"]}},
        'deny_networks.staging[0]: expected an IPv4 network such as "172.16.0.0/12", found "10.0.0.1"',
    ),
    "an invalid value in deny networks": (
        {"deny_networks": {"always": [1]}},
        'deny_networks.always[0]: expected an IPv4 network such as "172.16.0.0/12", found 1',
    ),
    "an invalid value in outbound connections": (
        {"outbound_connections": {"burst": 0}},
        "outbound_connections.burst: expected a whole number from 1 to 1000000, found 0",
    ),
}


@pytest.mark.parametrize(("document", "message"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_malformed_settings(document: object, message: str) -> None:
    """The agent would not start with them, or iptables would refuse its rules."""
    with pytest.raises(WrongShape) as caught:
        cell_files.agent(JsonValue(document))
    assert str(caught.value) == message


def test_every_truncated_store_is_known_to_be_truncated() -> None:
    """As long as texts contain no single braces."""
    log = json.dumps({"guid": "a", "index": 1, "tags": {"app_name": 'a"{}'}})
    entries = {f"h{number}": entry(metadata={"policy_group_id": "a", "log_config": log}) for number in range(2)}
    data = json.dumps(entries).encode()
    assert cell_files.is_whole(data)
    assert cell_files.is_whole(b"")  # a new cell
    assert not any(cell_files.is_whole(data[:length]) for length in range(1, len(data)))
