"""`cfnet tour`: the walkthrough, run for real on a fresh sandbox in memory."""

from __future__ import annotations

import io
import shlex
import shutil
import textwrap
from typing import TYPE_CHECKING, Final

import click

from cfnet.cli.by_example import ByExample
from cfnet.cli.options import shared
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfnet.cell.data_path import Hop
    from cfnet.cli.environment import Environment

_BEFORE: Final = 1555608460726256
"""The time of the first chain, in microseconds since the epoch."""

_POLL: Final = 5_000_000
"""How often the agents ask for policies (`policy_poll_interval_seconds`), in microseconds."""

_WIDEST: Final = 100


@click.command(
    "tour", cls=ByExample, short_help="Walk through policies and their rules on the sandbox", examples=("", "--pause")
)
@click.option("--pause", is_flag=True, help="Wait for Enter between the steps")
@shared
@click.pass_context
def command(ctx: click.Context, *, pause: bool) -> None:
    """Walk through network policies and the rules they become, in seven steps.

    Every command is run for real, on a sandbox in memory that is gone afterwards. The sandbox has two Diego cells:
    appA runs on cell-2, and appB on cell-1.
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
        self._width = min(shutil.get_terminal_size().columns, _WIDEST)

    def walk(self) -> None:
        before, after, at_the_end = (str(_BEFORE + polls * _POLL) for polls in range(3))
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("No policies", lambda: self._no_policies(before)),
            ("A policy", self._a_policy),
            ("A new chain", lambda: self._a_new_chain(before, after)),
            ("Its rules", lambda: self._its_rules(after)),
            ("A rule in words", self._in_words),
            ("The way of a packet", self._the_way),
            ("The policy removed", lambda: self._removed(at_the_end)),
        )
        for number, (title, step) in enumerate(steps, 1):
            if number > 1:
                self._wait()
            self._write(self._painted(f"{number}. {title}", "1") + "\n\n")
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

    def _in_words(self) -> None:
        from cfnet.cli.tour_packets import rules_in_words

        for rule, sentence in rules_in_words(self._environment):
            self._write(f"{printable(rule)}\n")
            self._say(f"{sentence[0].upper()}{sentence[1:]}")

    def _the_way(self) -> None:
        from cfnet.cli.tour_packets import Ways

        with Ways.open(self._environment) as ways:
            for port in (8080, 8081):
                self._write(self._painted(f"A TCP packet from appA to appB, port {port}", "1") + "\n")
                hops = ways.follow("appA", "appB", port)
                self._write("".join(f"{line}\n" for line in _told(hops)) + "\n")
                if hops[-1].verdict.accepted:
                    self._say("Allowed.")
                else:
                    self._say(
                        "Denied. No rule of the policy chain accepts it, so that it comes to appB's overlay chain,"
                        " which rejects what is left. What would allow it:"
                    )
                    self._write(f"cfnet add-network-policy appA appB --protocol tcp --port {port}\n\n")

    def _removed(self, timestamp: str) -> None:
        self._run("remove-network-policy", "appA", "appB", "--protocol", "tcp", "--port", "8080")
        self._run("render", "--timestamp", timestamp)
        self._say("The chain is empty again, and new again. That was the tour.")

    def _run(self, *words: str) -> str:
        """Run a command of cfnet's; show the command and what it prints, and return that."""
        from cfnet.cli.main import run

        self._write(self._painted(f"$ cfnet {shlex.join(words)}", "36") + "\n")
        out = io.StringIO()
        ended = run(words, self._environment._replace(stdout=out))
        self._write(f"{out.getvalue().rstrip()}\n\n")
        if ended:
            raise click.exceptions.Exit(ended)
        return out.getvalue()

    def _say(self, text: str) -> None:
        self._write("\n".join(textwrap.wrap(printable(text), self._width, break_on_hyphens=False)) + "\n\n")

    def _wait(self) -> None:
        if self._pause:
            self._environment.stderr.write("Enter goes on… ")
            self._environment.stderr.flush()
            self._environment.stdin.readline()

    def _write(self, text: str) -> None:
        self._environment.stdout.write(text)

    def _painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _told(hops: Sequence[Hop]) -> list[str]:
    """Each rule that the packet met, on which cell, and what it did."""
    lines = []
    for hop in hops:
        for step in hop.verdict.steps:
            if step.effect.value == "jumped":
                continue
            mark = f" (mark {step.mark:#x})" if step.effect.value == "marked" else ""
            lines.append(f"  {hop.cell}: {step.effect}{mark} by rule {step.number} of {step.chain}")
            lines.append(f"    {printable(str(step.rule))}")
    return lines
