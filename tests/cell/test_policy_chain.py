"""Which rules the agent makes from containers and policies, and in which order."""

import json
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.model import kernel_text
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.state import Cell
from cfnet.cell.model.tags import INGRESS_ROUTER, Tags
from cfnet.cell.planning.policy_chain import PlannedRule, Planner, RuleKind
from cfnet.errors import InputFault
from cfnet.foundation.snapshot.reader import open_snapshot
from cfnet.policy import Policy, Ports, Protocol
from tests.golden import GOLDEN_CELLS, TIMESTAMP, GoldenCell

TAGS = Tags({"front": "0002", "back": "0003", "db": "00FF"})


def tcp(source: str, destination: str, start: int, end: int | None = None) -> Policy:
    """A tcp policy."""
    return Policy(source, destination, Protocol.TCP, Ports(start, end or start))


def udp(source: str, destination: str, start: int) -> Policy:
    """A udp policy."""
    return Policy(source, destination, Protocol.UDP, Ports(start, start))


def at(ip: str, app: str, ports: str = "") -> Container:
    """A container of `app`."""
    return Container(f"handle-of-{ip}", ip, app, ports=ports)


def plan(
    containers: Sequence[Container],
    policies: Sequence[Policy],
    settings: AgentSettings | None = None,
    tags: Tags = TAGS,
) -> list[PlannedRule]:
    """The rules of a cell with these containers, as values and as text."""
    planner = Planner(policies, tags, settings or AgentSettings(), origin="policies.json")
    return both_faces(planner, Cell("cell-1", containers, "cells/cell-1/store.json"))


def both_faces(planner: Planner, cell: Cell) -> list[PlannedRule]:
    """The rules of a cell; those as text are the same."""
    rules = planner.plan(cell)
    lines = "".join(f"-A c {rule.text}\n" for rule in rules)
    assert b"".join(planner.lines(cell, "-A c ")).decode("utf-8", "surrogateescape") == lines
    return rules


def texts(rules: Iterable[PlannedRule]) -> list[str]:
    return [rule.text for rule in rules]


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
def test_each_golden_cell_is_reproduced_byte_for_byte(golden: GoldenCell) -> None:
    """The planned chain equals the chain that the production components left, as values and as text."""
    state = open_snapshot(golden.snapshot)
    rules = both_faces(Planner.of(state), state.read_cell(golden.cell))
    expected = [line for line in golden.expected.splitlines() if line.startswith("-A vpa--")]
    assert [f"-A vpa--{TIMESTAMP} {text}" for text in texts(rules)] == expected


def test_a_policy_becomes_a_mark_at_its_source_and_an_allow_at_its_destination() -> None:
    """Marks come before allows; each rule has its purpose."""
    front, back = at("10.255.0.3", "front"), at("10.255.0.4", "back")
    policy = tcp("front", "back", 8080)
    assert plan([back, front], [policy]) == [
        PlannedRule(
            RuleKind.MARK,
            '-s 10.255.0.3/32 -m comment --comment "src:front" -j MARK --set-xmark 0x2/0xffffffff',
            2,
            front,
        ),
        PlannedRule(
            RuleKind.ALLOW,
            "-d 10.255.0.4/32 -p tcp -m tcp --dport 8080 -m mark --mark 0x2"
            ' -m comment --comment "src:front_dst:back" -j ACCEPT',
            2,
            back,
            policy,
        ),
    ]


def test_with_logging_a_log_rule_precedes_each_allow() -> None:
    """Logs of tcp match new connections; those of udp are limited, and the kernel rounds the limit."""
    settings = AgentSettings(iptables_logging=True, iptables_accepted_udp_logs_per_sec=300)
    rules = plan([at("10.255.0.4", "back")], [tcp("db", "back", 80, 90), udp("db", "back", 53)], settings)
    assert [rule.kind for rule in rules] == [RuleKind.LOG, RuleKind.ALLOW, RuleKind.LOG, RuleKind.ALLOW]
    assert texts(rules)[::2] == [
        (
            "-d 10.255.0.4/32 -p udp -m udp --dport 53 -m mark --mark 0xff -m limit --limit 303/sec --limit-burst 300 "
            '-j LOG --log-prefix "OK_00FF_back "'
        ),
        (
            "-d 10.255.0.4/32 -p tcp -m tcp --dport 80:90 -m mark --mark 0xff "
            '-m conntrack --ctstate INVALID,NEW,UNTRACKED -j LOG --log-prefix "OK_00FF_back "'
        ),
    ]


def test_policies_and_ports_are_not_deduplicated() -> None:
    """The agent makes a rule for each, duplicate or not."""
    settings = AgentSettings(enable_overlay_ingress_rules=True, overlay_ingress_tag="0001")
    rules = plan([at("10.255.0.4", "back", "80,80")], [tcp("front", "back", 80)] * 2, settings)
    assert [rule.kind for rule in rules] == [RuleKind.ALLOW] * 2 + [RuleKind.INGRESS] * 2


def test_ips_are_sorted_as_text() -> None:
    """10.255.77.10 comes before 10.255.77.2, because JSON texts are compared."""
    ips = ["10.255.77.2", "10.255.9.3", "10.255.77.20", "10.255.77.10", "10.255.77.1"]
    rules = plan([at(ip, "front") for ip in ips], [tcp("front", "back", 80)])
    assert [rule.container.ip for rule in rules if rule.container] == [
        "10.255.77.1",
        "10.255.77.10",
        "10.255.77.2",
        "10.255.77.20",
        "10.255.9.3",
    ]


def test_policies_of_one_container_are_sorted_by_their_json() -> None:
    """Start port, end port, source, protocol: as text, each followed by a comma or a quote."""
    policies = [
        udp("front", "back", 80),
        tcp("front", "back", 80, 81),
        tcp("front", "back", 8),
        tcp("front", "back", 808),
        tcp("front", "back", 100),
        tcp("front", "back", 80, 800),
        tcp("db", "back", 80),
        tcp("front", "back", 80),
    ]
    rules = plan([at("10.255.0.4", "back")], policies)
    assert [rule.policy for rule in rules] == [
        tcp("front", "back", 100),
        tcp("front", "back", 8),
        tcp("db", "back", 80),
        tcp("front", "back", 80),
        udp("front", "back", 80),
        tcp("front", "back", 80, 800),
        tcp("front", "back", 80, 81),
        tcp("front", "back", 808),
    ]


ODD_IDS = [
    ("z", "é", "ASCII comes before any other letter"),
    ("aZ", "a<", "< is written with a backslash, which comes after the capital letters"),
    ("a\u2028", "a]", "a line separator is written with a backslash, which comes before ]"),
    ("a\r", "a\x01", "a carriage return is written by its letter, control characters without one by their number"),
    ("a!", "a", "and after an exclamation mark"),
]


@pytest.mark.parametrize(("first", "second", "why"), ODD_IDS, ids=[why for _, _, why in ODD_IDS])
def test_odd_ids_are_sorted_by_their_escaped_form(first: str, second: str, why: str) -> None:
    """The server does not require GUIDs; other ids are sorted as Go writes them."""
    del why
    tags = Tags({first: "0001", second: "0002"})
    policies = [tcp(second, "back", 80), tcp(first, "back", 80)]
    rules = plan([at("10.255.0.4", "back")], policies, tags=tags)
    assert [rule.policy.source for rule in rules if rule.policy] == [first, second]


ODD_TEXTS = {
    "spaces": ("my app", "my_app", "OK_0002_my app"),
    "single quotes": ("it's", "it\\'s", "OK_0002_it\\'s"),
    "backslashes, which escape only within quotes": ("a\\b\\\\c", "a\\\\b\\\\\\\\c", "OK_0002_ab\\\\c"),
    "a backslash at the end": ("ab\\", "ab\\\\", "OK_0002_ab"),
    "two-byte letters": ("ééééééééééé", "ééééééééééé", "OK_0002_éééééééééé"),
    "a truncated letter": ("aéééééééééé", "aéééééééééé", "OK_0002_aééééééééé\udcc3"),
    "invisible characters": ("a\v\f\r\x1b\u2028b", "a\v\f\r\x1b\u2028b", "OK_0002_a\v\f\r\x1b\u2028b"),
}


@pytest.mark.parametrize(("app", "comment", "prefix"), ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_odd_ids_read_back_as_the_agent_passes_them(app: str, comment: str, prefix: str) -> None:
    """A comment has no spaces and no quotes; a log prefix is cut to 28 bytes and quoted.

    Source: silk-release, `lib/rules/rules.go` (AppendComment, trimAndPad); `tests/kernel` checks a kernel.
    """
    settings = AgentSettings(iptables_logging=True)
    policies = [tcp("front", app, 80), tcp(app, "front", 80)]
    tags = Tags({"front": "0002", app: "0003"})
    rules = texts(plan([at("10.255.0.4", app)], policies, settings, tags))
    assert rules[0] == (f'-s 10.255.0.4/32 -m comment --comment "src:{comment}" -j MARK --set-xmark 0x3/0xffffffff')
    assert [text.split(" -m ", 3)[-1] for text in rules[1:]] == [
        f'conntrack --ctstate INVALID,NEW,UNTRACKED -j LOG --log-prefix "{prefix} "',
        f'comment --comment "src:front_dst:{comment}" -j ACCEPT',
    ]


@pytest.mark.parametrize("app", ['a"b', "a\tb", "a\nb"])
def test_ids_with_iptables_syntax_are_an_error_on_the_cells_they_reach(app: str) -> None:
    """The agent does not escape them: it fails there, or loads a different rule."""
    policies = [tcp("front", "db", 80), tcp(app, "back", 80), tcp("front", app, 80)]
    tags = Tags({"front": "0001", "back": "0002", "db": "0003", app: "0004"})
    for container in ("back", app):
        with pytest.raises(InputFault) as caught:
            plan([at("10.255.0.4", container)], policies, tags=tags)
        assert str(caught.value) == (
            f"policies.json: policies[1].source.id: expected an id without quotes, tabs and line breaks, found {app}"
        )
    with pytest.raises(InputFault, match=r"policies\[0\]\.destination\.id: expected an id without quotes"):
        plan([at("10.255.0.4", app)], policies[2:], tags=tags)
    assert len(plan([at("10.255.0.4", "front"), at("10.255.0.5", "db")], policies, tags=tags)) == 2


@pytest.mark.parametrize("source", [1, 123, 124, 240, 255])
@pytest.mark.parametrize("destination", [1, 122, 123, 124, 255])
def test_comments_are_truncated_to_255_bytes(source: int, destination: int) -> None:
    """Whichever of the two ids is long; a mark names only one, and has its own comment."""
    sender, receiver = "s" * source, "d" * destination
    tags = Tags({sender: "0001", receiver: "0002"})
    containers = [at("10.255.0.4", sender), at("10.255.0.5", receiver)]
    mark, allow = texts(plan(containers, [tcp(sender, receiver, 80)], tags=tags))
    assert mark.split('"')[1] == f"src:{sender}"[:255]
    assert allow.split('"')[1] == f"src:{sender}_dst:{receiver}"[:255]


LONG_IDS = {
    "a long source only": ("s" * 1020, "d", "front", "source.id", 1),
    "both together": ("s" * 1000, "d" * 15, "d" * 15, "destination.id", 1),
    "both together, in bytes": ("é" * 500, "é" * 100, "é" * 100, "destination.id", 186),
}


@pytest.mark.parametrize(("source", "destination", "at_fault", "place", "more"), LONG_IDS.values(), ids=LONG_IDS)
def test_ids_that_make_words_too_long_are_an_error(
    source: str, destination: str, at_fault: str, place: str, more: int
) -> None:
    """Iptables-restore accepts words of at most 1,023 bytes."""
    policies = [tcp("front", "back", 80), tcp(source, destination, 80)]
    tags = Tags({"front": "0001", "back": "0002", source: "0003", destination: "0004"})
    container = at("10.255.0.4", source if at_fault == "front" else at_fault)
    with pytest.raises(InputFault) as caught:
        plan([container], policies, tags=tags)
    assert str(caught.value) == (
        f"policies.json: policies[1].{place}: expected ids that give a comment of at most 1,023 bytes,"
        f" found {more:,} bytes too many"
    )
    assert len(plan([at("10.255.0.4", "front"), at("10.255.0.5", "back")], policies, tags=tags)) == 2
    shorter = [tcp(source[more:], destination, 80)]
    assert plan([container], shorter, tags=Tags({source[more:]: "0003", destination: "0004"})) is not None


def test_a_zero_byte_ends_a_rule() -> None:
    """For iptables-restore it ends the line: in the comment, and in the log prefix, with its space and quote."""
    app = "back\0end"
    settings = AgentSettings(iptables_logging=True)
    rules = texts(plan([at("10.255.0.4", app)], [tcp(app, app, 80)], settings, Tags({app: "0002"})))
    assert [rule.split(" --")[-1] for rule in rules] == [
        "set-xmark 0x2/0xffffffff",
        "log-prefix OK_0002_back",
        'comment "src:back" -j ACCEPT',
    ]


def test_udp_ports_are_those_that_the_kernel_stores() -> None:
    """In the agent's order, that of the original numbers."""
    ports = [Ports(9, 8), Ports(70000, 70000), Ports(65536, 65536), Ports(65536, 131071)]
    settings = AgentSettings(iptables_logging=True)
    rules = plan([at("10.255.0.4", "back")], [Policy("front", "back", Protocol.UDP, each) for each in ports], settings)
    matches = ["", " --dport 0", " --dport 4464", " --dport 9:8"]
    assert [rule.text.partition(" -m mark")[0] for rule in rules] == [
        f"-d 10.255.0.4/32 -p udp -m udp{match}" for match in matches for _ in ("log", "allow")
    ]
    assert {rule.policy.ports for rule in rules if rule.policy} == set(ports)


def test_a_match_on_all_ports_is_not_printed() -> None:
    """A match that always holds is omitted; only a hand-made snapshot has such a policy."""
    policies = [Policy("front", "back", protocol, Ports(0, 65535)) for protocol in Protocol]
    assert texts(plan([at("10.255.0.4", "back")], policies)) == [
        f'-d 10.255.0.4/32 -p {protocol} -m {protocol} -m mark --mark 0x2 -m comment --comment "src:front_dst:back"'
        " -j ACCEPT"
        for protocol in Protocol
    ]


def test_containers_without_a_policy_group_are_ignored() -> None:
    """No mark, no allow, no ingress; their bad ports are not an error."""
    settings = AgentSettings(enable_overlay_ingress_rules=True, overlay_ingress_tag="0001")
    assert plan([at("10.255.0.9", "", "8080"), at("10.255.0.8", "", "x")], [tcp("front", "back", 80)], settings) == []


def test_overlay_ingress_lets_the_routers_reach_every_port() -> None:
    """The port is the last field of the JSON, ended by a brace: 8080 comes before 80, and 80 before 8."""
    settings = AgentSettings(enable_overlay_ingress_rules=True, overlay_ingress_tag="00AB")
    rules = plan([at("10.255.0.4", "back", "8, 80,\t8080 ,+443"), at("10.255.0.3", "db", "")], [], settings)
    assert texts(rules) == [
        f"-d 10.255.0.4/32 -p tcp -m tcp --dport {port} -m mark --mark 0xab -j ACCEPT" for port in (443, 8080, 80, 8)
    ]
    assert [rule.port for rule in rules] == [443, 8080, 80, 8]


def test_the_routers_tag_may_come_from_the_list_of_tags() -> None:
    """If the settings do not have it."""
    settings = AgentSettings(enable_overlay_ingress_rules=True)
    rules = plan([at("10.255.0.4", "back", "80")], [], settings, Tags({INGRESS_ROUTER: "000A"}))
    assert [rule.mark for rule in rules] == [10]


@pytest.mark.parametrize("ports", ["8080,,9090", "x", "80;90", "80,", "65536", "-1", "8_0", "٨٠", "0x50"])
def test_bad_ports_metadata_is_an_error_where_it_is_read(ports: str) -> None:
    """With overlay ingress the agent fails as a whole, and so does the plan."""
    settings = AgentSettings(enable_overlay_ingress_rules=True, overlay_ingress_tag="0001")
    with pytest.raises(InputFault) as caught:
        plan([at("10.255.0.4", "back", ports)], [], settings)
    assert str(caught.value) == (
        "cells/cell-1/store.json: handle-of-10.255.0.4.metadata.ports: "
        f'expected ports as in "8080,2222", found "{ports}"'
    )
    assert plan([at("10.255.0.4", "back", ports)], []) == []


@pytest.mark.parametrize("ports", [Ports(99999, 99999), Ports(9, 8), Ports(-1, 80), Ports(1, 65536)], ids=str)
def test_ports_that_iptables_rejects_are_an_error_on_the_cells_they_reach(ports: Ports) -> None:
    """The version 0 API accepts them, and they then stop the agent of those cells."""
    policies = [tcp("front", "db", 80), Policy("front", "back", Protocol.TCP, ports)]
    with pytest.raises(InputFault) as caught:
        plan([at("10.255.0.4", "back")], policies)
    assert str(caught.value) == (
        f"policies.json: policies[1].destination.ports: expected ports from 0 to 65535, the lower first, found {ports}"
    )
    assert len(plan([at("10.255.0.5", "db")], policies)) == 1


@pytest.mark.parametrize(
    ("networks", "texts"),
    [
        (("10.255.0.0/16",), ["-s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT"]),
        (("0.0.0.0/0",), ["-j ACCEPT"]),
        (
            ("10.255.60.0/24", "10.254.0.0/16"),
            [
                "-s 10.255.60.0/24 -d 10.255.60.0/24 -j ACCEPT",
                "-s 10.255.60.0/24 -d 10.254.0.0/16 -j ACCEPT",
                "-s 10.254.0.0/16 -d 10.255.60.0/24 -j ACCEPT",
                "-s 10.254.0.0/16 -d 10.254.0.0/16 -j ACCEPT",
            ],
        ),
    ],
    ids=["one network", "every address, which is not printed", "each ordered pair of several"],
)
def test_without_enforcement_the_overlay_network_is_accepted_first(networks: tuple[str, ...], texts: list[str]) -> None:
    """No traffic within the overlay network is denied."""
    settings = AgentSettings(disable_container_network_policy=True, overlay_networks=networks)
    assert plan([], [], settings) == [PlannedRule(RuleKind.OVERLAY_ACCEPT, text) for text in texts]


APPS = ["front", "back", "db"]
IPS = st.builds("10.255.{}.{}".format, st.integers(0, 11), st.integers(0, 120))
CONTAINERS = st.lists(st.builds(at, IPS, st.sampled_from([*APPS, ""]), st.just("8080,80")), unique_by=lambda c: c.ip)
POLICIES = st.lists(
    st.builds(
        Policy,
        st.sampled_from(APPS),
        st.sampled_from(APPS),
        st.sampled_from(Protocol),
        st.builds(Ports, st.integers(1, 1200), st.integers(1200, 65535)),
    )
)
SETTINGS = st.builds(
    AgentSettings,
    iptables_logging=st.booleans(),
    enable_overlay_ingress_rules=st.booleans(),
    overlay_ingress_tag=st.just("0001"),
    disable_container_network_policy=st.booleans(),
)


@given(data=st.data(), containers=CONTAINERS, policies=POLICIES, settings=SETTINGS)
def test_the_order_of_the_input_does_not_matter(
    data: st.DataObject, containers: list[Container], policies: list[Policy], settings: AgentSettings
) -> None:
    tags = Tags(dict(data.draw(st.permutations(list(TAGS.by_app.items())))))
    shuffled = plan(data.draw(st.permutations(containers)), data.draw(st.permutations(policies)), settings, tags)
    assert texts(shuffled) == texts(plan(containers, policies, settings))


@given(containers=CONTAINERS, policies=POLICIES, settings=SETTINGS)
def test_each_ip_of_a_source_has_one_mark(
    containers: list[Container], policies: list[Policy], settings: AgentSettings
) -> None:
    """However many policies the source has."""
    rules = plan(containers, policies, settings)
    marked = [rule.container.ip for rule in rules if rule.kind is RuleKind.MARK and rule.container]
    sources = {policy.source for policy in policies}
    assert marked == sorted(container.ip for container in containers if container.app in sources)


@given(containers=CONTAINERS, policies=POLICIES, settings=SETTINGS)
def test_every_policy_has_one_allow_at_each_destination_container(
    containers: list[Container], policies: list[Policy], settings: AgentSettings
) -> None:
    """With logging, one log rule right before it."""
    rules = plan(containers, policies, settings)
    allowed = [(rule.container, rule.policy) for rule in rules if rule.kind is RuleKind.ALLOW]
    logged = [(rule.container, rule.policy) for rule in rules if rule.kind is RuleKind.LOG]
    expected = [(each, policy) for each in containers for policy in policies if policy.destination == each.app]
    assert sorted(allowed, key=str) == sorted(expected, key=str)
    assert logged == (allowed if settings.iptables_logging else [])


ODD = st.text("aB5- _'\\\0<é\r\v\u2028", min_size=1, max_size=40) | st.sampled_from(
    ["front", "s" * 123, "é" * 130, "x" * 255]
)
PORTS = st.builds(Ports, st.integers(0, 65535), st.just(65535)) | st.integers(0, 65535).map(
    lambda port: Ports(port, port)
)


@given(data=st.data(), apps=st.lists(ODD, min_size=1, max_size=4, unique=True), logging=st.booleans())
def test_rules_with_odd_ids_are_formatted_as_documented(data: st.DataObject, apps: list[str], logging: bool) -> None:  # noqa: FBT001
    """Both as values and as text, for each container of an app: made here from each policy, one by one."""
    ends = st.sampled_from(apps)
    policies = data.draw(st.lists(st.builds(Policy, ends, ends, st.sampled_from(Protocol), PORTS), min_size=1))
    tags = Tags({app: f"{number:04X}" for number, app in enumerate(apps, 200)})
    containers = [at(f"10.255.0.{number}", data.draw(ends)) for number in range(3)]
    settings = AgentSettings(iptables_logging=logging, iptables_accepted_udp_logs_per_sec=7)
    rules = plan(containers, policies, settings, tags)
    for rule in rules:
        assert rule.container is not None
        assert rule.mark is not None
        mark, ip = f"0x{rule.mark:x}", f"{rule.container.ip}/32"
        if rule.policy is None:
            comment = kernel_text.comment(f"src:{rule.container.app}")
            expected = f'-s {ip} -m comment --comment "{comment}" -j MARK --set-xmark {mark}/0xffffffff'
        else:
            source, destination, protocol, ports = rule.policy
            match = f"-d {ip} -p {protocol} -m {protocol}{kernel_text.destination_ports(*ports)} -m mark --mark {mark}"
            limit = kernel_text.NEW_ONLY if protocol is Protocol.TCP else "-m limit --limit 7/sec --limit-burst 7"
            prefix = kernel_text.log_prefix(f"OK_{tags.by_app[source]}_{destination}")
            comment = kernel_text.comment(f"src:{source}_dst:{destination}")
            log = f"{match} {limit} -j LOG --log-prefix {prefix}"
            allow = f'{match} -m comment --comment "{comment}" -j ACCEPT'
            expected = log if rule.kind is RuleKind.LOG else allow
            assert (tags.mark(source), rule.container.app) == (rule.mark, destination)
        assert rule.text == expected
    assert rules == [rule for rule in rules if logging or rule.kind is not RuleKind.LOG]


@given(containers=CONTAINERS, policies=POLICIES)
def test_each_group_is_sorted_by_its_json(containers: list[Container], policies: list[Policy]) -> None:
    """By the whole JSON text, although the plan never writes it."""
    settings = AgentSettings(enable_overlay_ingress_rules=True, overlay_ingress_tag="0001")
    rules = plan(containers, policies, settings)

    def text(rule: PlannedRule) -> str:
        assert rule.container is not None
        ip, app = rule.container.ip, rule.container.app
        entry: dict[str, object]
        if rule.policy is not None:
            _, _, protocol, (start, end) = rule.policy
            entry = {"IP": ip, "StartPort": start, "EndPort": end, "GUID": app, "SourceGUID": rule.policy.source}
            entry |= {"Protocol": protocol, "SourceTag": TAGS.by_app[rule.policy.source]}
        elif rule.port is not None:
            entry = {"IngressTag": "0001", "IP": ip, "Protocol": "tcp", "Port": rule.port}
        else:
            entry = {"IP": ip, "Tag": TAGS.by_app[app], "GUID": app}
        return json.dumps(entry, separators=(",", ":"))

    for kind in (RuleKind.MARK, RuleKind.ALLOW, RuleKind.INGRESS):
        found = [text(rule) for rule in rules if rule.kind is kind]
        assert found == sorted(found)
