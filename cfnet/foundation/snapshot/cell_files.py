"""Parses the files of a cell: the store of its containers, and the settings of its agent.

Every function takes a parsed document (`json_values.parse`) and raises `WrongShape` with the position.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from ipaddress import IPv4Network, ip_address
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from cfnet.cell.model.agent_settings import NETWORK, AgentSettings, DenyNetworks, OutboundConnections
from cfnet.cell.model.container import Container
from cfnet.cell.model.kernel_text import FASTEST, FASTEST_CONNECTIONS
from cfnet.cell.model.silk_release import SilkRelease, silk_release
from cfnet.foundation.json_values import JsonValue, WrongShape, parse
from cfnet.policy.ports import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}", re.ASCII)
_IPV4S = re.compile(rf"(?: {_IPV4.pattern})*+", re.ASCII)
_IPV6 = re.compile(r"[0-9A-Fa-f.]*+:[0-9A-Fa-f:.]*+(?:%.*)?")
_HEX = re.compile(r"[0-9A-Fa-f]{1,8}", re.ASCII)
_INTERFACE = re.compile(r"[!-~]{1,15}")
_IP_VERSION: Final = 4
_INDEX = re.compile(r'"index": *([0-9]{1,9})\b', re.ASCII)
_PORT = re.compile(r"[0-9]{1,9}", re.ASCII)
_METADATA = ("policy_group_id", "space_id", "ports", "container_workload")
_new = partial(tuple.__new__, Container)
"""Creates a container without the overhead of its own `__new__`."""


def read_store(data: bytes) -> list[Container]:
    """Parse the containers in `/var/vcap/data/container-metadata/store.json`, in its order.

    On a new cell, the agent creates an empty file: no containers. White space alone is not valid JSON, as in Go.

    Raises:
        WrongShape: the file is invalid, or an object in it has a duplicate key.
    """
    if not data:
        return []
    if b"\\" not in data:
        with suppress(WrongShape):  # a duplicate key before the fault would be reported first
            answer = parse(data)
            if _has_unique_keys(answer.value, data):
                return store(answer)
    return store(parse(data, unique_keys=True))


def _has_unique_keys(entries: Any, data: bytes) -> bool:  # noqa: ANN401 - parsed JSON
    """Return whether no object of a store has a duplicate key; false if that is unknown.

    Comparing each object's number of keys as it is parsed takes longer than counting colons: each key has one, and
    those in texts only make their number larger.
    """
    try:
        every = list(entries.values())
        metadata = [entry["metadata"] for entry in every]
    except (AttributeError, KeyError, TypeError):
        return False
    if {*map(type, every), *map(type, metadata)} - {dict}:
        return False
    keys = len(entries) + sum(map(len, every)) + sum(map(len, metadata))
    return data.count(b":") == keys


def is_whole(data: bytes) -> bool:
    """Return whether a store is not truncated, without parsing it; false if that is unknown.

    The agent truncates the file and writes it again, so a copy may only have its beginning: there, fewer braces are
    closed than opened, unless texts in it contain single braces.
    """
    text = data.strip()
    return not data or (text[:1] == b"{" and text[-1:] == b"}" and data.count(b"{") == data.count(b"}"))


def store(answer: JsonValue) -> list[Container]:
    """Return the containers of such a file."""
    entries = answer.members()
    # A large foundation has a quarter of a million: read the containers of a cell column by column if all are valid,
    # or else one by one, to report the position of the invalid one.
    return _at_once(entries) or [_container(handle, answer.key(handle)) for handle in entries]


def _at_once(entries: dict[str, Any]) -> list[Container] | None:
    every = entries.values()
    try:
        handles = [entry["handle"] for entry in every]
        ips = [entry["ip"] for entry in every]
        metadata = [{} if (found := entry.get("metadata")) is None else found for entry in every]
        columns = [[each.get(name, "") for each in metadata] for name in _METADATA]
        logs = [each.get("log_config") for each in metadata]
        "".join(chain(*columns))  # raises TypeError if one is not a text
        if not _match(entries, handles, ips):
            return None
    except (AttributeError, KeyError, TypeError):
        return None
    return list(map(_new, zip(handles, ips, *columns, map(_number, logs), strict=True)))


def _match(entries: Collection[str], handles: Sequence[str], ips: Sequence[str]) -> bool:
    """Return whether all handles equal their keys and are not empty, and all IPs are valid."""
    return handles == list(entries) and "" not in entries and _are_ipv4(ips)


def _are_ipv4(texts: Sequence[str]) -> bool:
    """Return whether all texts are IPv4 addresses. Matching them one by one would take three times as long."""
    together = " ".join(["", *texts])
    return together.count(" ") == len(texts) and bool(_IPV4S.fullmatch(together))


def _container(handle: str, node: JsonValue) -> Container:
    inner = node.key("handle").name("the container's handle")
    if inner != handle:
        raise WrongShape(node.key("handle").place, f'expected "{handle}", the key of the object, found "{inner}"')
    metadata = node.key("metadata")
    app, space, ports, workload = ("" if metadata.absent() else metadata.key(name).text("") for name in _METADATA)
    log_config = "" if metadata.absent() else metadata.key("log_config").text("")
    return Container(handle, ipv4(node.key("ip")), app, space, ports, workload, _number(log_config))


def _number(log_config: object) -> int | None:
    """Find the instance's number in the log configuration of the executor, which is JSON in a string."""
    found = _INDEX.search(log_config) if log_config and isinstance(log_config, str) else None
    return int(found[1]) if found else None


def ipv4(node: JsonValue) -> str:
    """Read an IPv4 address without leading zeros."""
    text = node.text(expected="an IPv4 address")
    if not _IPV4.fullmatch(text):
        node.wrong(
            "an IPv4 address (silk's overlay network has no IPv6)" if _IPV6.fullmatch(text) else "an IPv4 address"
        )
    return text


def agent(answer: JsonValue) -> AgentSettings:
    """Read the agent's settings; missing ones have the defaults of the BOSH job."""
    default = AgentSettings()
    key = answer.key
    release = _release(key("silk_release"))
    silk = silk_release(release)
    return AgentSettings(
        iptables_logging=key("iptables_logging").flag(default=default.iptables_logging),
        iptables_accepted_udp_logs_per_sec=key("iptables_accepted_udp_logs_per_sec").number(
            default.iptables_accepted_udp_logs_per_sec, low=1, high=FASTEST
        ),
        iptables_denied_logs_per_sec=key("iptables_denied_logs_per_sec").number(
            default.iptables_denied_logs_per_sec, low=1, high=FASTEST
        ),
        enable_overlay_ingress_rules=key("enable_overlay_ingress_rules").flag(
            default=default.enable_overlay_ingress_rules
        ),
        overlay_ingress_tag=_hexadecimal(key("overlay_ingress_tag"), default.overlay_ingress_tag),
        disable_container_network_policy=key("disable_container_network_policy").flag(
            default=default.disable_container_network_policy
        ),
        overlay_networks=_networks(key("overlay_network"), silk),
        whole_cell=key("whole_cell").flag(default=default.whole_cell),
        enable_asg_syncing=key("enable_asg_syncing").flag(default=default.enable_asg_syncing),
        iptables_c2c_logging=key("iptables_c2c_logging").flag(default=default.iptables_c2c_logging),
        iptables_asg_logging=key("iptables_asg_logging").flag(default=default.iptables_asg_logging),
        dns_servers=tuple(_dns_server(server, silk) for server in _spots(key("dns_servers"))),
        host_tcp_services=tuple(_service(service) for service in _spots(key("host_tcp_services"))),
        host_udp_services=tuple(_service(service) for service in _spots(key("host_udp_services"))),
        underlay_interface_names=tuple(_interface(name) for name in _spots(key("underlay_interface_names"))),
        deny_networks=_deny_networks(key("deny_networks")),
        ingress_tag=_hexadecimal(key("ingress_tag"), default.ingress_tag),
        vtep_name=default.vtep_name if key("vtep_name").absent() else _interface(key("vtep_name")),
        outbound_connections=_outbound_connections(key("outbound_connections")),
        ipv6=_ipv6_enabled(answer),
        silk_release=release,
    )


def agent_document(settings: AgentSettings) -> dict[str, object]:
    """Convert the settings to the JSON that `agent` reads."""
    document = asdict(settings)
    networks = document.pop("overlay_networks")
    return {**document, "overlay_network": networks[0] if len(networks) == 1 else networks}


def _release(node: JsonValue) -> str:
    expected = 'a version of silk-release in quotes, such as "3.116"'
    text = node.text("", expected=expected)
    try:
        silk_release(text)
    except ValueError:
        node.wrong(expected)
    return text


def _ipv6_enabled(answer: JsonValue) -> bool:
    """Read the property `ipv6.enable` of the jobs: as a dotted name, as an object, or `ipv6` itself.

    It only triggers a note, so other values are ignored, like unknown keys.
    """
    ipv6 = answer.members().get("ipv6")
    nested = ipv6.get("enable") if isinstance(ipv6, dict) else ipv6
    return True in (nested, answer.members().get("ipv6.enable"))


def _hexadecimal(node: JsonValue, default: str) -> str:
    text = node.text(default)
    if text and not _HEX.fullmatch(text):
        node.wrong('hexadecimal digits such as "00FF"')
    return text or default


def _networks(node: JsonValue, silk: SilkRelease) -> tuple[str, ...]:
    """Read the overlay network: a text, or a list of networks that do not overlap."""
    if not isinstance(node.value, list):
        return (str(_network(node)),)
    if not node.value:
        raise WrongShape(node.place, "expected a network, found none")
    if len(node.value) > 1 and not silk.several_networks:
        raise WrongShape(node.place, f"expected one network with this silk_release, found {len(node.value)}")
    networks: list[IPv4Network] = []
    for item in node.nodes():
        network = _network(item)
        other = next((each for each in networks if each.overlaps(network)), None)
        if other:
            raise WrongShape(item.place, f"expected networks that do not overlap, found {network} and {other}")
        networks.append(network)
    return tuple(map(str, networks))


def _network(node: JsonValue) -> IPv4Network:
    text = node.text(NETWORK)
    try:
        return IPv4Network(text, strict=False)
    except ValueError:
        node.wrong(f'an IPv4 network such as "{NETWORK}"')


def _deny_networks(node: JsonValue) -> DenyNetworks:
    if node.absent():
        return DenyNetworks()
    lists = (node.key(which) for which in ("always", "running", "staging"))
    return DenyNetworks(*(tuple(_denied_network(network) for network in _spots(each)) for each in lists))


def _denied_network(node: JsonValue) -> str:
    text = node.text(expected='an IPv4 network such as "172.16.0.0/12"')
    try:
        network = IPv4Network(text, strict=False) if "/" in text else None
    except ValueError:
        network = None
    if network is None:
        node.wrong('an IPv4 network such as "172.16.0.0/12"')
    return str(network)


def _spots(node: JsonValue) -> Iterator[JsonValue]:
    return iter(()) if node.absent() else node.nodes()


def _dns_server(node: JsonValue, silk: SilkRelease) -> str:
    """Read a DNS server's IP; releases that do not filter by IP version fail for link-local IPv6 addresses."""
    text = node.text(expected="an IP address")
    try:
        address = ip_address(text)
    except ValueError:
        node.wrong("an IP address")
    if address.is_link_local and address.version != _IP_VERSION and not silk.by_ip_version:
        node.wrong("an IPv4 address for a link-local DNS server")
    return str(address)


def _service(node: JsonValue) -> str:
    text = node.text(expected='IP:PORT such as "169.254.0.2:9001"')
    host, _, port = text.rpartition(":")
    if not (_IPV4.fullmatch(host) and _PORT.fullmatch(port) and int(port) <= HIGHEST):
        node.wrong('IP:PORT such as "169.254.0.2:9001"')
    return f"{host}:{int(port)}"


def _interface(node: JsonValue) -> str:
    text = node.text(expected="the name of a network interface")
    if not _INTERFACE.fullmatch(text):
        node.wrong("the name of a network interface, 1 to 15 characters")
    return text


def _outbound_connections(node: JsonValue) -> OutboundConnections:
    default = OutboundConnections()
    if node.absent():
        return default
    return OutboundConnections(
        limit=node.key("limit").flag(default=default.limit),
        logging=node.key("logging").flag(default=default.logging),
        burst=node.key("burst").number(default.burst, low=1, high=FASTEST_CONNECTIONS),
        rate_per_sec=node.key("rate_per_sec").number(default.rate_per_sec, low=1, high=FASTEST_CONNECTIONS),
        dry_run=node.key("dry_run").flag(default=default.dry_run),
    )
