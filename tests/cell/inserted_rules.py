"""Random cells with unplanned rules, and an oracle that finds what these change, packet by packet.

The oracle sends every packet of a grid through the expected and the actual rules, one at a time, on this cell and on
the next. It does not use sets of packets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.iptables.listing import parse
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.packet import ConntrackState, Packet
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.cell.packet.data_path import CARRIED, interface_of
from cfnet.cell.packet.verdict import Evaluator
from cfnet.cell.planning.planned_cell import CellPlanner, PlannedCell
from cfnet.policy import Policy, Ports, Protocol

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

CHAIN: Final = "vpa--1555608460726256"
OTHERS: Final = "CUSTOM"
"""A foreign chain."""
VTEP: Final = "silk-vtep"
UPLINK: Final = "eth0"
OUTSIDE: Final = "192.0.2.7"
APPS: Final = ("app-a", "app-b", "app-c")
HERE: Final = ("10.255.77.2", "10.255.77.3", "10.255.77.4")
THERE: Final = ("10.255.78.2", "10.255.78.3", "10.255.78.4")
INGRESS: Final = 0xFFFF0000
NOT_KNOWN: Final = "-m set --match-set friends src"
"""A condition that cfnet cannot judge."""


class World(NamedTuple):
    """A foundation: the cell under test, and another one with an instance of each app."""

    state: State
    here: PlannedCell
    there: Evaluator
    expected: Evaluator
    known: dict[Packet, bool]

    def addresses_of(self, app: str) -> list[int]:
        """The addresses of an app's containers, on both cells."""
        return [
            int(IPv4Address(container.ip))
            for cell in self.state.cells()
            for container in cell.containers
            if container.app == app
        ]


def world(dice: random.Random) -> World:
    """A random foundation."""
    local = [
        Container(f"0000000{number}-e8cf-4ca5-5a0a", ip, dice.choice([*APPS, APPS[number % 2], ""]), "space")
        for number, ip in enumerate(HERE[: dice.randint(1, 3)])
    ]
    remote = [
        Container(f"1000000{number}-e8cf-4ca5-5a0a", ip, app, "space")
        for number, (ip, app) in enumerate(zip(THERE, APPS, strict=True))
    ]
    policies = {
        Policy(
            dice.choice(APPS),
            dice.choice(APPS),
            dice.choice(list(Protocol)),
            dice.choice([Ports(8080, 8080), Ports(8080, 8090), Ports(80, 80), Ports(1, 65535)]),
        )
        for _ in range(dice.randint(0, 5))
    }
    cells = {"here": Cell("here", local), "there": Cell("there", remote)}
    state = State(
        policies=sorted(policies),
        tags=Tags(dict(zip(APPS, ("0002", "0003", "0005"), strict=True))),
        settings=AgentSettings(
            iptables_logging=dice.random() < 0.3,
            iptables_c2c_logging=dice.random() < 0.3,
            disable_container_network_policy=dice.random() < 0.05,
            underlay_interface_names=(UPLINK,) if dice.random() < 0.7 else (),
        ),
        cell_names=list(cells),
        read_cell=cells.__getitem__,
        read_security_groups=list,
    )
    planner = CellPlanner(state)
    here = planner.plan(cells["here"])
    return World(
        state, here, Evaluator(planner.plan(cells["there"]).ruleset(CHAIN)), Evaluator(parse(here.save(CHAIN))), {}
    )


@dataclass
class Changed:
    """A cell's rules with changes.

    Attributes:
        text: what `iptables-save` prints.
        what: the changes, for messages.
        about_others: whether a rule names sources only, and so misses some packets from outside.
    """

    text: str
    what: list[str] = field(default_factory=list)
    about_others: bool = False


def inserted(dice: random.Random, world: World) -> Changed:
    """The rules of the cell with one or more rules inserted anywhere."""
    changed = Changed(world.here.save(CHAIN))
    if dice.random() < 0.3:
        changed.text = changed.text.replace(f":{CHAIN}", f":{OTHERS} - [0:0]\n:{CHAIN}")
        rules = [_rule(dice, world, changed, OTHERS) for _ in range(dice.randint(1, 3))]
        changed.text = changed.text.replace("COMMIT", "".join(f"{rule}\n" for rule in rules) + "COMMIT")
        changed.what += rules
        conditions = _conditions(dice, world) if dice.random() < 0.4 else []
        _insert(dice, changed, conditions, dice.choice([f"-j {OTHERS}", f"-j {OTHERS}", f"-g {OTHERS}"]))
    for _ in range(dice.choice([0, 1]) if changed.what else dice.choice([1, 1, 1, 2])):
        if not changed.about_others:
            _insert(dice, changed, _conditions(dice, world), _target(dice))
    return changed


def removed(dice: random.Random, world: World) -> Changed:
    """The rules of the cell without one rule, or with one that has lost a condition."""
    lines = world.here.save(CHAIN).splitlines()
    places = [number for number, line in enumerate(lines) if re.match(rf"-A (FORWARD|{CHAIN}|overlay--\S+) ", line)]
    place = dice.choice(places)
    line = lines[place]
    conditions = re.findall(
        r" (?:-[sdo] \S+|-m mark (?:! )?--mark \S+|-m state --state \S+|-m (?:tcp|udp) --dport \S+)", line
    )
    if conditions and dice.random() < 0.6:
        lines[place] = line.replace(dice.choice(conditions), "", 1)
    else:
        del lines[place]
    return Changed("\n".join(lines) + "\n", [line])


def _rule(dice: random.Random, world: World, changed: Changed, chain: str) -> str:
    conditions = _conditions(dice, world)
    _see(changed, conditions)
    return " ".join([f"-A {chain}", *conditions, _target(dice)]).strip()


def _see(changed: Changed, conditions: list[str]) -> None:
    """Give a rule about some outside addresses a destination, or else make it the only one: see `about_others`."""
    if "-d 0.0.0.0/0" in conditions:
        conditions.remove("-d 0.0.0.0/0")
    words = f" {' '.join(conditions)} "
    if not re.search(r" -s (0\.0\.0\.0/1|128|172|192)", words) or " -d " in words:
        return
    if changed.what or OTHERS in changed.text or re.search(r" -o | --dst-range", words):
        conditions.insert(1, "-d 10.255.0.0/16")
    else:
        changed.about_others = True


def _insert(dice: random.Random, changed: Changed, conditions: list[str], target: str) -> None:
    lines = changed.text.splitlines()
    places = [
        number
        for number, line in enumerate(lines)
        if re.match(rf"-A (FORWARD|{CHAIN}|overlay--\S+) ", line) and OTHERS not in line
    ]
    place = dice.choice(places)
    chain = lines[place].split()[1]
    _see(changed, conditions)
    rule = " ".join([f"-A {chain}", *conditions, target]).strip()
    lines.insert(place + dice.choice([0, 0, 1]), rule)
    changed.what.append(rule)
    changed.text = "\n".join(lines) + "\n"


def _target(dice: random.Random) -> str:
    return dice.choice(
        ["-j ACCEPT"] * 6
        + ["-j DROP"] * 3
        + ["-j REJECT --reject-with icmp-port-unreachable", "-j RETURN", "-j RETURN", "-j LOG", ""]
        + ["-j MARK --set-xmark 0x3/0xffffffff", "-j MARK --set-xmark 0x0/0xffffffff", "-j MARK --set-xmark 0x1/0x1"]
    )


_NETWORKS: Final = (
    "10.255.0.0/16",
    "10.255.77.0/24",
    "10.255.78.0/24",
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "10.255.77.2/31",
    "172.17.0.0/16",
    "192.0.2.0/24",
)
_PORTS: Final = ("80", "8080", "8085", "8080:8090", "8081:8089", "1:65535", "443", "79:8079", "1:79")
_MARKS: Final = (
    "0x0",
    "0x2",
    "0x3",
    "0x5",
    "0x9",
    "0xffff0000",
    "0x2/0x2",
    "0x0/0xffff",
    "0x0/0x0",
    "0xffff0000/0xffff0000",
)
_STATES: Final = (
    "NEW",
    "RELATED,ESTABLISHED",
    "NEW,ESTABLISHED",
    "INVALID",
    "NEW,RELATED,ESTABLISHED",
    "UNTRACKED",
    "INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED",
)
_RANGES: Final = ("10.255.77.3-10.255.77.4", "10.255.0.0-10.255.255.255", "0.0.0.0-255.255.255.255")


def _conditions(dice: random.Random, world: World) -> list[str]:
    """Zero or more conditions, in the order in which iptables prints them."""
    ips = [*(own.container.ip for own in world.here.own), *THERE]
    addresses = [*(f"{ip}/32" for ip in ips), *(f"{ip}/32" for ip in ips), *_NETWORKS]
    interfaces = [interface_of(dice.choice(ips)), VTEP, UPLINK, "s-+", "docker0", "silk+"]
    found = [f"{_no(dice)}{flag} {dice.choice(addresses)}" for flag in ("-s", "-d") if dice.random() < 0.25]
    found += [f"{_no(dice)}{flag} {dice.choice(interfaces)}" for flag in ("-i", "-o") if dice.random() < 0.12]
    found += _protocol(dice) if dice.random() < 0.35 else []
    others = {
        f"-m mark {_no(dice, 0.3)}--mark {dice.choice(_MARKS)}": 0.25,
        f"-m conntrack {_no(dice)}--ctstate {dice.choice(_STATES)}": 0.25,
        f"-m iprange {_no(dice)}{dice.choice(['--src-range', '--dst-range'])} {dice.choice(_RANGES)}": 0.06,
        '-m comment --comment "of no weight"': 0.1,
        NOT_KNOWN: 0.06,
    }
    return found + [condition for condition, chance in others.items() if dice.random() < chance]


def _protocol(dice: random.Random) -> list[str]:
    protocol, negated = dice.choice(["tcp", "tcp", "udp", "icmp"]), _no(dice, 0.15)
    found = [f"{negated}-p {protocol}"]
    if not negated and protocol != "icmp" and dice.random() < 0.6:
        flag = "--sport" if dice.random() < 0.15 else "--dport"
        found.append(f"-m {protocol} {_no(dice, 0.15)}{flag} {dice.choice(_PORTS)}")
    if not negated and protocol == "icmp" and dice.random() < 0.4:
        found.append(f"-m icmp {_no(dice)}--icmp-type {dice.choice(['8', '3/1', 'any'])}")
    return found


def _no(dice: random.Random, chance: float = 0.2) -> str:
    return "! " if dice.random() < chance else ""


class OracleResult(NamedTuple):
    """What a change lets through and should not, and what it blocks and should not, according to the oracle."""

    opened: Packet | None
    closed: Packet | None

    @property
    def any(self) -> bool:
        """Whether the change has any effect."""
        return bool(self.opened or self.closed)


def ask(world: World, changed: Changed) -> OracleResult:
    """Send the grid through; conditions that cannot be judged are tried both ways."""
    lines = changed.text.splitlines(keepends=True)
    doubtful = [number for number, line in enumerate(lines) if NOT_KNOWN in line]
    variants = []
    for left_out in product([False, True], repeat=len(doubtful)):
        gone = {number for number, out in zip(doubtful, left_out, strict=True) if out}
        text = "".join(line for number, line in enumerate(lines) if number not in gone)
        variants.append(Evaluator(parse(text.replace(f" {NOT_KNOWN}", ""))))
    closed = None
    for packet in grid(world, changed):
        should = world.known.get(packet)
        if should is None:
            should = world.known[packet] = _arrives(world, world.expected, packet)
        for actual in variants:
            does = _arrives(world, actual, packet)
            if does and not should:
                return OracleResult(packet, closed)
            if should and not does and packet.connection is not ConntrackState.INVALID:
                closed = closed or packet
    return OracleResult(None, closed)


def _arrives(world: World, rules: Evaluator, packet: Packet) -> bool:
    verdict = rules.evaluate("FORWARD", packet)
    if not verdict.accepted or packet.out_interface != VTEP:
        return verdict.accepted
    there = packet._replace(
        mark=verdict.mark & CARRIED, in_interface=VTEP, out_interface=interface_of(str(packet.destination))
    )
    return world.there.evaluate("FORWARD", there).accepted


def grid(world: World, changed: Changed) -> Iterator[Packet]:
    """Packets between all containers, and from outside to those of this cell, with the values used in the rules."""
    here = sorted({own.container.ip for own in world.here.own})
    words = " ".join(changed.what)
    policies = world.state.policies
    ports = {9, *(port for policy in policies for port in policy.ports)}
    ports |= _bounds(r"--dport (\d+)(?::(\d+))?", words, 65535)
    sports = {40000} | _bounds(r"--sport (\d+)(?::(\d+))?", words, 65535)
    marks = {0, 9, INGRESS, *(world.state.tags.mark(app) for app in APPS)}
    for mark, mask in re.findall(r"mark (0x[0-9a-f]+)(?:/(0x[0-9a-f]+))?", words):
        free = ~int(mask or "0xffffffff", 16) & 0xFFFFFFFF
        marks |= {cut for bits in (*marks, 1, 0xFFFF, 0x10000) for cut in (bits & free, int(mark, 16) | (bits & free))}
    states = [ConntrackState.NEW, ConntrackState.ESTABLISHED]
    states += [ConntrackState.INVALID, ConntrackState.UNTRACKED, ConntrackState.RELATED] if "ctstate" in words else []
    kinds: list[tuple[str, int | None, int | None, tuple[int, int] | None]] = [
        (protocol, port, sport, None) for protocol in ("tcp", "udp") for port in ports for sport in sports
    ]
    kinds += [("icmp", None, None, kind) for kind in (((8, 0), (3, 1)) if "icmp" in words else ((8, 0),))]
    for source, destination, way_in, way_out, carried in _ends(here, changed, marks):
        ends = _Host(source), _Host(destination)
        known = way_out != VTEP or destination in THERE
        for mark, state, (protocol, port, sport, icmp) in product(carried, states, kinds):
            # What an unknown container may receive is undefined, except for replies to its own calls.
            if known or state in (ConntrackState.ESTABLISHED, ConntrackState.RELATED):
                yield Packet(*ends, protocol, port, sport, mark, state, way_in, way_out, icmp)


class _Host(IPv4Address):
    """An address with a cached hash: the evaluator looks rules up by it a million times."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._known = super().__hash__()

    def __hash__(self) -> int:
        return self._known


def _ends(here: Sequence[str], changed: Changed, marks: set[int]) -> Iterator[tuple[str, str, str, str, Sequence[int]]]:
    words = " ".join(changed.what)
    free = ("10.255.77.9", "10.255.90.9", *(ip for ip in HERE if ip not in here))
    others = [THERE[0], *(ip for ip in THERE[1:] if ip in words), *(free if "10.255.7" in words else ())]
    outside = [OUTSIDE, "9.0.2.7", *(["172.17.0.9"] if "172.17" in words else [])]
    for destination in here:
        out = interface_of(destination)
        for source in here:
            if source != destination:
                yield source, destination, interface_of(source), out, [0]
        for source in others:
            yield source, destination, VTEP, out, sorted(marks)
        if not changed.about_others:
            for source in outside:
                yield source, destination, UPLINK, out, sorted(marks)
    unknown = free if "10.255.7" in words else ()
    for source, destination in product(here, (*THERE, *unknown)):
        yield source, destination, interface_of(source), VTEP, [0]


def _bounds(pattern: str, words: str, highest: int) -> set[int]:
    found = set()
    for first, last in re.findall(pattern, words):
        for port in (int(first), int(last or first)):
            found |= {port - 1, port, port + 1}
    return {port for port in found if 0 < port <= highest}
