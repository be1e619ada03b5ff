"""`cfnet tour`: the walkthrough, run for real on a fresh sandbox in memory."""

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
"""How often the agents ask for policies (`policy_poll_interval_seconds`), in microseconds."""

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
            ("Its rules", lambda: self._its_rules(after)),
            ("A rule in words", lambda: self._in_words(after)),
            ("The way of a packet", self._the_way),
            ("The policy removed", lambda: self._removed(at_the_end)),
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
            "There are two apps and no policies. Each cell has a policy chain, the one called vpa--…, and it is"
            " empty: no app may talk to another."
        )

    def _a_policy(self) -> None:
        self._run("add-network-policy", "appA", "appB")
        self._run("network-policies")
        self._say(
            "appA may call appB now, by TCP on port 8080, which is what is meant where nothing else is said. The"
            " policy server gave both apps a tag: the number that marks their packets."
        )

    def _a_new_chain(self, before: str, after: str) -> None:
        rules = self._run("render", "--cell", "cell-1", "--timestamp", after)
        name = next(line.removeprefix("-N ") for line in rules.splitlines() if line.startswith("-N "))
        self._say(
            f"The chain is called {name}, no longer vpa--{before}. The agent on each cell asks for the policies every"
            " 5 seconds. It never edits a chain: it makes a new one, named by the time, and deletes the old one."
        )

    def _its_rules(self, timestamp: str) -> None:
        self._run("render", "--cell", "cell-2", "--timestamp", timestamp)
        self._say(
            "cell-2, where appA runs, marks what appA's container sends with appA's tag, whoever it is for."
            " The rules of cell-1, above, are for appB: with logging on, one that logs each new connection, and the"
            " one that enforces the policy."
        )

    def _in_words(self, timestamp: str) -> None:
        rules = self._run("render", "--cell", "cell-1", "--app", "appB", "--timestamp", timestamp, told=False)
        self._run("explain", next(line for line in rules.splitlines() if line.endswith("-j ACCEPT")))
        self._say("'cfnet explain' takes whole listings too, and lines of the kernel's log.")

    def _the_way(self) -> None:
        self._run("trace", "appA", "appB")
        self._say(
            "The packet is sent through the rules of both cells, as the kernel would do it. On its own cell it gets"
            " appA's mark; on the other the rule of step 4 accepts it."
        )
        self._run("trace", "appA", "appB", "--port", "8081", may_find=True)
        self._say(
            "No rule of the policy chain accepts port 8081, so that the packet comes to appB's overlay chain, which"
            " rejects what is left."
        )

    def _removed(self, timestamp: str) -> None:
        self._run("remove-network-policy", "appA", "appB", "--protocol", "tcp", "--port", "8080")
        self._run("render", "--timestamp", timestamp)
        self._say("The chain is empty again, and new again. That was the tour.")

    def _run(self, *words: str, told: bool = True, may_find: bool = False) -> str:
        """Run a command of cfnet's; show the command and what it prints (if `told`), and return that.

        `may_find` says whether a finding is a good end of it.
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
