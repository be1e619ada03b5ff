"""What the tour tells of rules and packets: the cells' rules in words, and the way of a packet over them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.chain_text import PREVIEW
from cfnet.cell.data_path import End, Hop, follow, forward_rules
from cfnet.cell.explain import explain
from cfnet.cell.iptables_rule import read_rule
from cfnet.cell.names import Instance, Names
from cfnet.cell.policy_chain import Planner
from cfnet.cli.sandbox_state import sandbox_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cfnet.cell.policy_chain import Rule
    from cfnet.cell.state import Cell, State
    from cfnet.cli.environment import Environment


def rules_in_words(environment: Environment) -> list[tuple[str, str]]:
    """The rules of every cell's policy chain, each as its text and as a sentence with the apps' names."""
    with sandbox_state(environment) as state:
        names = _names(state)
        texts = [f"-A {PREVIEW} {rule.text}" for _cell, rules in _planned(state) for rule in rules]
        return [(text, explain(read_rule(text), names)) for text in texts]


class Ways(NamedTuple):
    """Follows packets between the first instances of apps, by the rules that the cells have now."""

    ends: Mapping[str, End]
    """By the app's name."""
    vtep: str

    @classmethod
    @contextmanager
    def open(cls, environment: Environment) -> Iterator[Ways]:
        """The ways between the apps of the sandbox."""
        with sandbox_state(environment) as state:
            apps = state.read_apps()
            ends: dict[str, End] = {}
            for cell, rules in _planned(state):
                ruleset = forward_rules(cell, [rule.text for rule in rules], PREVIEW, state.settings)
                for container in cell.containers:
                    ends.setdefault(apps[container.app].name, End(cell.name, container, ruleset))
            yield cls(ends, state.settings.vtep_name)

    def follow(self, source: str, destination: str, port: int) -> list[Hop]:
        """What each cell does with a TCP packet that opens a connection."""
        return follow(self.ends[source], self.ends[destination], "tcp", port, vtep=self.vtep)


def _planned(state: State) -> Iterator[tuple[Cell, list[Rule]]]:
    planner = Planner.of(state)
    return ((cell, planner.plan(cell)) for cell in state.cells())


def _names(state: State) -> Names:
    apps = {guid: app.name for guid, app in state.read_apps().items()}
    instances: dict[str, Instance] = {}
    counted: dict[str, int] = {}
    for cell in state.cells():
        for container in cell.containers:
            number = counted.get(container.app, 0)
            counted[container.app] = number + 1
            instances[container.ip] = Instance(container.app, number, container.handle)
    return Names(apps, instances, {int(tag, 16): guid for guid, tag in state.tags.by_app.items()})
