"""Judges requirements by the rules that cells should have: packets between all instances of the apps.

Pairs of instances that no rule can distinguish are judged once. All that rules look at, besides ports, is the mark of
the source's packets and traits of the two containers; everything else in a rule is an address or a name that differs
from instance to instance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model.instances import Running, running
from cfnet.cell.packet.call_decisions import AllowedPorts, CallDecisions, PairDecisions
from cfnet.cell.packet.data_path import CARRIED
from cfnet.policy.requirement import RequirementKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cfnet.cell.model.container import Container
    from cfnet.cell.model.state import State
    from cfnet.policy import Ports, Protocol
    from cfnet.policy.requirement import Requirement

MOST_LISTED: Final = 10
"""Breaches of one requirement that are listed; the others are counted."""

Traits = tuple[object, ...]
"""What rules see of a container, besides its app and its address."""


_NOTHING: Final[AllowedPorts] = ()


class AppUnit(NamedTuple):
    """Instances of an app with the same traits."""

    app: str
    mark: int
    traits: Traits
    instances: list[Running]


class RuleBreach(NamedTuple):
    """A call between two instances that the rules decide otherwise than required.

    Attributes:
        source: the instance that calls.
        destination: the instance that is called.
        protocol: its protocol.
        ports: the ports on which it is decided so.
        accepted: what is decided.
        cell: the cell that decides.
        rule: the deciding rule, as `-A CHAIN …`; empty if the chain's policy decides.
    """

    source: Running
    destination: Running
    protocol: Protocol
    ports: tuple[Ports, ...]
    accepted: bool
    cell: str
    rule: str


class RuleJudgement(NamedTuple):
    """What the rules say of a requirement.

    Attributes:
        pairs: the number of pairs of instances that it is about.
        breaches: for how many pairs of apps the rules decide otherwise.
        listed: the first of these.
        idle: GUIDs of apps without instances, if calls must be allowed: rules show nothing about them.
        unsure: whether some rule on the way cannot be judged.
    """

    pairs: int
    breaches: int
    listed: tuple[RuleBreach, ...]
    idle: frozenset[str]
    unsure: bool


class RuleView:
    """The rules that the cells of a foundation should have."""

    def __init__(self, state: State) -> None:
        """Read the cells of `state`.

        Raises:
            InputFault: a cell cannot be read, or its agent would fail.
        """
        settings = state.settings
        self._decisions = CallDecisions(state)
        self._networks = [IPv4Network(network) for network in settings.overlay_networks]
        self._sees_ports = settings.enable_overlay_ingress_rules
        self._sees_handles = settings.vtep_name in settings.underlay_interface_names
        self.ingress = int(settings.ingress_tag, 16)
        towards: dict[str, dict[int, set[tuple[Protocol, Ports]]]] = defaultdict(lambda: defaultdict(set))
        for policy in state.policies:
            mark = self._decisions.mark(policy.source)
            towards[policy.destination][mark].add((policy.protocol, policy.ports))
        known: dict[AllowedPorts, AllowedPorts] = {_NOTHING: _NOTHING}
        self._towards: Mapping[str, Mapping[int, AllowedPorts]] = {
            app: {
                mark: known.setdefault(found, found) for mark, each in by_mark.items() if (found := tuple(sorted(each)))
            }
            for app, by_mark in towards.items()
        }
        self._units: dict[str, list[AppUnit]] = {}
        self._read(state)

    def _read(self, state: State) -> None:
        """Sort the instances into units."""
        found: dict[tuple[str, Traits], AppUnit] = {}
        cells = list(state.cells())
        for cell in cells:
            self._decisions.check(cell)
        for each in running(cells):
            app = each.container.app
            if not app:
                continue
            key = app, self._traits(each.container)
            if key not in found:
                found[key] = AppUnit(app, self._decisions.mark(app), key[1], [])
                self._units.setdefault(app, []).append(found[key])
            found[key].instances.append(each)

    def _traits(self, container: Container) -> Traits:
        address = IPv4Address(container.ip)
        traits = (*(address in network for network in self._networks), container.ports if self._sees_ports else "")
        return (*traits, container.handle) if self._sees_handles else traits

    def judge(self, required: Requirement) -> RuleJudgement:
        """Judge `required` by all packets between instances of its apps."""
        judging = _Judging(self, required)
        for destination in judging.destinations:
            judging.judge(destination)
        idle: frozenset[str] = frozenset()
        if required.kind is RequirementKind.ALLOWED:
            idle = (required.sources | required.destinations) - self._units.keys()
        return RuleJudgement(judging.pairs, judging.breaches, tuple(judging.listed), idle, judging.unsure)

    def units(self, apps: frozenset[str]) -> list[AppUnit]:
        """Return the units of `apps`."""
        return list(chain.from_iterable(self._units.get(app, ()) for app in sorted(apps)))

    def towards(self, app: str) -> Mapping[int, AllowedPorts]:
        """Return what policies allow towards `app`, by the mark of the source."""
        return self._towards.get(app, {})

    def decide(self, group: _Group, source: Running, destination: Running) -> PairDecisions:
        """Decide all calls of the pairs that are like this one."""
        return self._decisions.decide(source.container, destination.container, group.alike, group.allowed)

    def breach(self, source: Running, target: Running, protocol: Protocol, ports: tuple[Ports, ...]) -> RuleBreach:
        """Return a breach with the rule that decides."""
        same_cell = source.cell == target.cell
        ends = source.container, target.container
        hops = self._decisions.follow(*ends, protocol, ports[0].start, same_cell=same_cell)
        verdict = hops[-1].verdict
        cell = target.cell if len(hops) > 1 else source.cell
        rule = str(verdict.decided_by.rule) if verdict.decided_by else ""
        return RuleBreach(source, target, protocol, ports, verdict.accepted, cell, rule)


class _Group(NamedTuple):
    """Pairs of units that no rule can distinguish; equal `allowed` are one object, because they are compared often."""

    alike: tuple[object, ...]
    allowed: AllowedPorts


class _Finding(NamedTuple):
    """Whether a group is decided otherwise than required on one cell, and between two; and whether that is unsure."""

    beside: bool
    apart: bool
    unsure: bool


class _Judging:
    """Judges one requirement."""

    def __init__(self, view: RuleView, required: Requirement) -> None:
        self._view = view
        self._required = required
        sources = view.units(required.sources)
        self.destinations = view.units(required.destinations)
        self._by_mark: dict[int, dict[Traits, list[AppUnit]]] = {}
        self._sizes: Counter[tuple[bool, Traits]] = Counter()
        for unit in sources:
            self._by_mark.setdefault(unit.mark, {}).setdefault(unit.traits, []).append(unit)
            self._sizes[bool(unit.mark), unit.traits] += 1
        self._apps = required.sources
        self._wide = [mark for mark in self._by_mark if mark > CARRIED]
        self._found: dict[tuple[tuple[object, ...], int], _Finding] = {}
        self.pairs = _pairs(sources, self.destinations)
        self.breaches = 0
        self.listed: list[RuleBreach] = []
        self.unsure = False

    def judge(self, destination: AppUnit) -> None:
        """Judge all calls to the instances of `destination`."""
        towards = self._view.towards(destination.app)
        # An instance does not call itself over the network.
        alone = len(destination.instances) == 1 and destination.app in self._apps
        special = {*towards, self._view.ingress, *self._wide}
        rest = Counter(self._sizes)
        for mark in special & self._by_mark.keys():
            for traits, units in self._by_mark[mark].items():
                rest[bool(mark), traits] -= len(units)
                size = len(units) - (alone and any(unit is destination for unit in units))
                alike = self._alike(mark, traits, destination)
                self._count(_Group(alike, towards.get(mark, _NOTHING)), size, destination, partial(iter, units))
        if alone and destination.mark not in special:
            rest[bool(destination.mark), destination.traits] -= 1
        for (marked, traits), size in rest.items():
            group = _Group((False, marked, 0, traits, destination.traits), _NOTHING)
            self._count(group, size, destination, partial(self._others, special, traits, marked=marked))

    def _alike(self, mark: int, traits: Traits, destination: AppUnit) -> tuple[object, ...]:
        """What rules can tell of pairs of units, besides ports; of a mark that VXLAN cannot carry, the mark itself."""
        wide = mark if mark > CARRIED else 0
        return mark == self._view.ingress, bool(mark), wide, traits, destination.traits

    def _others(self, special: set[int], traits: Traits, *, marked: bool) -> Iterator[AppUnit]:
        for mark, by_traits in self._by_mark.items():
            if mark not in special and bool(mark) is marked:
                yield from by_traits.get(traits, ())

    def _count(self, group: _Group, size: int, destination: AppUnit, units: Callable[[], Iterable[AppUnit]]) -> None:
        """Count and list the breaches of a group of `size` units."""
        if not size:
            return
        key = group.alike, id(group.allowed)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._find(group, destination, units)
        self.unsure |= found.unsure
        if not (found.beside or found.apart):
            return
        if found.beside and found.apart:
            self.breaches += size
        else:
            self.breaches += sum(_any(_instances(unit, destination, same_cell=found.beside)) for unit in units())
        if len(self.listed) < MOST_LISTED:
            self.listed += islice(self._breaches(group, destination, units), MOST_LISTED - len(self.listed))

    def _find(self, group: _Group, destination: AppUnit, units: Callable[[], Iterable[AppUnit]]) -> _Finding:
        pair = next(pair for unit in units() for pair in _instances(unit, destination))
        decided = self._view.decide(group, *pair)
        beside, apart = (each.against(self._required) is not None for each in decided)
        return _Finding(beside, apart, any(each.doubts(self._required) for each in decided))

    def _breaches(
        self, group: _Group, destination: AppUnit, units: Callable[[], Iterable[AppUnit]]
    ) -> Iterator[RuleBreach]:
        """A pair of instances of each unit of a group that is decided otherwise than required."""
        for unit in units():
            for source, target in _instances(unit, destination):
                decided = self._view.decide(group, source, target)
                each = decided.beside if source.cell == target.cell else decided.apart
                wrong = each.against(self._required)
                if wrong:
                    yield self._view.breach(source, target, *wrong)
                    break


def _instances(
    unit: AppUnit, destination: AppUnit, *, same_cell: bool | None = None
) -> Iterator[tuple[Running, Running]]:
    """The pairs of instances of two units: on one cell, between two, or all."""
    for source in unit.instances:
        for target in destination.instances:
            if source is not target and same_cell in (None, source.cell == target.cell):
                yield source, target


def _any(things: Iterator[object]) -> bool:
    return any(True for _ in things)


def _pairs(sources: Iterable[AppUnit], destinations: Iterable[AppUnit]) -> int:
    """The number of pairs of instances, without those of an instance with itself."""
    calling = {id(unit): unit for unit in sources}
    called = list(destinations)
    total = sum(len(unit.instances) for unit in calling.values()) * sum(len(unit.instances) for unit in called)
    return total - sum(len(unit.instances) for unit in called if id(unit) in calling)
