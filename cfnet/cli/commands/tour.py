"""`cfnet tour`: a walkthrough on a new sandbox in memory, or on cells of this computer."""

from __future__ import annotations

from typing import Final

import click

from cfnet.cli.parsing.command import CfnetCommand
from cfnet.cli.parsing.shared_options import shared_without
from cfnet.cli.terminal.walkthrough import Walkthrough

_BEFORE: Final = 1555608460726256
"""The time of the first chain, in microseconds since the epoch."""

_POLL: Final = 5_000_000
"""The poll interval of the agents (`policy_poll_interval_seconds`), in microseconds."""


@click.command("tour", cls=CfnetCommand, examples=("", "--pause", "--live"), see_also=("sandbox",))
@click.option("--pause", is_flag=True, help="Wait for Enter between steps")
@click.option("--live", is_flag=True, help="Use real cells on this computer")
@shared_without("--sandbox")
@click.pass_context
def command(ctx: click.Context, *, pause: bool, live: bool) -> None:
    """Walk through policies and their rules in the sandbox.

    In seven steps, real commands are run in a temporary sandbox in memory. It has two Diego cells: appA runs on cell-2,
    and appB on cell-1.

    With --live, the cells of a temporary sandbox are network namespaces of this computer, and the apps call each other:
    the rules are those in the kernel. This requires Linux, but not root, and takes less than a minute.
    """
    if live:
        from cfnet.cli.terminal.live_walkthrough import walk_live

        walk_live(ctx.obj, pause=pause)
        return
    from cfnet.operations.cell_requirements import cells_obstacle
    from cfnet.sandbox import Foundation

    with Foundation.open(None) as foundation:
        environment = ctx.obj._replace(sandbox=True, embedded=foundation)
        tour = _Tour(environment, pause=pause)
        tour.walk()
        if cells_obstacle(environment) is None:
            tour.say("To see the same in the kernel, on cells of this computer, run 'cfnet tour --live'.")


class _Tour(Walkthrough):
    """The seven steps."""

    def walk(self) -> None:
        before, after, at_the_end = (str(_BEFORE + polls * _POLL) for polls in range(3))
        self.take(
            (
                ("No policies", lambda: self._no_policies(before)),
                ("A policy", self._a_policy),
                ("A new chain", lambda: self._a_new_chain(before, after)),
                ("The rules of the policy", lambda: self._its_rules(after)),
                ("A rule explained", lambda: self._in_words(after)),
                ("The path of a packet", self._the_way),
                ("Removing the policy", lambda: self._removed(at_the_end)),
            )
        )

    def _no_policies(self, timestamp: str) -> None:
        self.run("network-policies")
        self.run("render", "--timestamp", timestamp)
        self.say(
            "There are two apps and no policies. Each cell has a policy chain, named vpa--…, which is empty: no app may"
            " call another."
        )

    def _a_policy(self) -> None:
        self.run("add-network-policy", "appA", "appB")
        self.run("network-policies")
        self.say(
            "appA may now call appB by TCP on port 8080, the default. The policy server has assigned a tag to each app:"
            " the number that marks its packets."
        )

    def _a_new_chain(self, before: str, after: str) -> None:
        rules = self.run("render", "--cell", "cell-1", "--timestamp", after)
        name = next(line.removeprefix("-N ") for line in rules.splitlines() if line.startswith("-N "))
        self.say(
            f"The chain is now named {name} instead of vpa--{before}. The agent on each cell requests policies every"
            " 5 seconds. It never edits a chain: it creates a new one, named after the time, and deletes the old one."
        )

    def _its_rules(self, timestamp: str) -> None:
        self.run("render", "--cell", "cell-2", "--timestamp", timestamp)
        self.say(
            "cell-2, where appA runs, marks all packets from appA's container with appA's tag, whatever their"
            " destination. The rules of cell-1, above, are for appB: one logs each new connection (if logging is on),"
            " and one enforces the policy."
        )

    def _in_words(self, timestamp: str) -> None:
        rules = self.run("render", "--cell", "cell-1", "--app", "appB", "--timestamp", timestamp, told=False)
        self.run("explain", next(line for line in rules.splitlines() if line.endswith("-j ACCEPT")))
        self.say("'cfnet explain' also accepts complete listings and kernel log lines.")

    def _the_way(self) -> None:
        self.run("trace", "appA", "appB")
        self.say(
            "The packet is traced through the rules of both cells, as the kernel would process it. Its own cell adds"
            " appA's mark; on the other cell, the rule explained before accepts it."
        )
        self.run("trace", "appA", "appB", "--port", "8081", may_find=True)
        self.say(
            "No rule in the policy chain accepts port 8081, so the packet reaches appB's overlay chain, which rejects"
            " all remaining packets."
        )

    def _removed(self, timestamp: str) -> None:
        self.run("remove-network-policy", "appA", "appB", "--protocol", "tcp", "--port", "8080")
        self.run("render", "--timestamp", timestamp)
        self.say("Again, there is a new chain, and it is empty. This is the end of the tour.")
