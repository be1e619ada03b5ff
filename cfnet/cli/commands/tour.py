"""`cfnet tour`: a walkthrough on a new sandbox in memory."""

from __future__ import annotations

import io
import shlex
import textwrap
from typing import TYPE_CHECKING, Final

import click

from cfnet.cli.parsing.command import CfnetCommand
from cfnet.cli.parsing.shared_options import shared_without
from cfnet.exits import Exit
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfnet.operations.environment import Environment

_BEFORE: Final = 1555608460726256
"""The time of the first chain, in microseconds since the epoch."""

_POLL: Final = 5_000_000
"""The poll interval of the agents (`policy_poll_interval_seconds`), in microseconds."""

_WIDEST: Final = 100


@click.command("tour", cls=CfnetCommand, examples=("", "--pause"), see_also=("sandbox",))
@click.option("--pause", is_flag=True, help="Wait for Enter between steps")
@shared_without("--sandbox")
@click.pass_context
def command(ctx: click.Context, *, pause: bool) -> None:
    """Walk through policies and their rules in the sandbox.

    In seven steps, real commands are run in a temporary sandbox in memory. It has two Diego cells: appA runs on cell-2,
    and appB on cell-1.
    """
    from cfnet.sandbox import Foundation

    with Foundation.open(None) as foundation:
        environment = ctx.obj._replace(sandbox=True, embedded=foundation)
        _Tour(environment, pause=pause).walk()


class _Tour:
    """The seven steps."""

    def __init__(self, environment: Environment, *, pause: bool) -> None:
        self._environment = environment
        self._pause = pause
        self._colour = environment.colour()
        self._width = min(environment.width, _WIDEST)

    def walk(self) -> None:
        before, after, at_the_end = (str(_BEFORE + polls * _POLL) for polls in range(3))
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("No policies", lambda: self._no_policies(before)),
            ("A policy", self._a_policy),
            ("A new chain", lambda: self._a_new_chain(before, after)),
            ("The rules of the policy", lambda: self._its_rules(after)),
            ("A rule explained", lambda: self._in_words(after)),
            ("The path of a packet", self._the_way),
            ("Removing the policy", lambda: self._removed(at_the_end)),
        )
        for number, (title, step) in enumerate(steps, 1):
            if number > 1:
                self._wait()
            self._write(styled(f"{number}. {title}", LineStyle.TITLE, colour=self._colour) + "\n\n")
            step()

    def _no_policies(self, timestamp: str) -> None:
        self._run("network-policies")
        self._run("render", "--timestamp", timestamp)
        self._say(
            "There are two apps and no policies. Each cell has a policy chain, named vpa--…, which is empty: no app may"
            " call another."
        )

    def _a_policy(self) -> None:
        self._run("add-network-policy", "appA", "appB")
        self._run("network-policies")
        self._say(
            "appA may now call appB by TCP on port 8080, the default. The policy server has assigned a tag to each app:"
            " the number that marks its packets."
        )

    def _a_new_chain(self, before: str, after: str) -> None:
        rules = self._run("render", "--cell", "cell-1", "--timestamp", after)
        name = next(line.removeprefix("-N ") for line in rules.splitlines() if line.startswith("-N "))
        self._say(
            f"The chain is now named {name} instead of vpa--{before}. The agent on each cell requests policies every"
            " 5 seconds. It never edits a chain: it creates a new one, named after the time, and deletes the old one."
        )

    def _its_rules(self, timestamp: str) -> None:
        self._run("render", "--cell", "cell-2", "--timestamp", timestamp)
        self._say(
            "cell-2, where appA runs, marks all packets from appA's container with appA's tag, whatever their"
            " destination. The rules of cell-1, above, are for appB: one logs each new connection (if logging is on),"
            " and one enforces the policy."
        )

    def _in_words(self, timestamp: str) -> None:
        rules = self._run("render", "--cell", "cell-1", "--app", "appB", "--timestamp", timestamp, told=False)
        self._run("explain", next(line for line in rules.splitlines() if line.endswith("-j ACCEPT")))
        self._say("'cfnet explain' also accepts complete listings and kernel log lines.")

    def _the_way(self) -> None:
        self._run("trace", "appA", "appB")
        self._say(
            "The packet is traced through the rules of both cells, as the kernel would process it. Its own cell adds"
            " appA's mark; on the other cell, the rule explained in step 5 accepts it."
        )
        self._run("trace", "appA", "appB", "--port", "8081", may_find=True)
        self._say(
            "No rule in the policy chain accepts port 8081, so the packet reaches appB's overlay chain, which rejects"
            " all remaining packets."
        )

    def _removed(self, timestamp: str) -> None:
        self._run("remove-network-policy", "appA", "appB", "--protocol", "tcp", "--port", "8080")
        self._run("render", "--timestamp", timestamp)
        self._say("Again, there is a new chain, and it is empty. This is the end of the tour.")

    def _run(self, *words: str, told: bool = True, may_find: bool = False) -> str:
        """Run a cfnet command and return its output; print both if `told`.

        `may_find`: a finding is an expected result.
        """
        from cfnet.cli.main import run

        out = io.StringIO()
        if told:
            self._write(styled(f"$ cfnet {shlex.join(words)}", LineStyle.PLACE, colour=self._colour) + "\n")
        ended = run(words, self._environment._replace(stdout=out))
        if told:
            self._write(f"{out.getvalue().rstrip()}\n\n")
        if ended and not (may_find and ended == Exit.FINDING):
            raise click.exceptions.Exit(ended)
        return out.getvalue()

    def _say(self, text: str) -> None:
        self._write("\n".join(textwrap.wrap(printable(text), self._width, break_on_hyphens=False)) + "\n\n")

    def _wait(self) -> None:
        if self._pause:
            self._environment.stderr.write("Press Enter to continue… ")
            self._environment.stderr.flush()
            self._environment.stdin.readline()

    def _write(self, text: str) -> None:
        self._environment.stdout.write(text)
