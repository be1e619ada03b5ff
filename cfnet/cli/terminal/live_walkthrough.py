"""`cfnet tour --live`: the walkthrough on cells of this computer, in a sandbox of its own that is gone afterwards."""

from __future__ import annotations

import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from cfnet.cli.terminal.walkthrough import Walkthrough
from cfnet.operations.cell_requirements import require_cells
from cfnet.show.cell_status import up_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.operations.environment import Environment

_BACKEND: Final = "nft"
_POLL: Final = 5.0
_JUMP: Final = "-A FORWARD -j vpa--"


def walk_live(environment: Environment, *, pause: bool) -> None:
    """Take the seven steps.

    Raises:
        UsageFault: cells cannot run here.
    """
    require_cells(environment, _BACKEND)
    with _hangup_interrupts(), _own_sandbox(environment) as own:
        tour = _LiveTour(own, pause=pause)
        try:
            tour.walk()
        finally:
            tour.run("sandbox", "down", told=False)
        tour.say("The cells are down again, and nothing of them is left. 'cfnet sandbox up' starts cells to keep.")


@contextmanager
def _hangup_interrupts() -> Iterator[None]:
    """Clean up if the terminal is closed, too, unless that is ignored."""
    before = signal.getsignal(signal.SIGHUP)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@contextmanager
def _own_sandbox(environment: Environment) -> Iterator[Environment]:
    """Yield an environment with an empty sandbox, apart from the user's own."""
    with TemporaryDirectory(prefix="cfnet-tour-") as folder:
        own = {name: str(Path(folder, name)) for name in ("XDG_DATA_HOME", "XDG_RUNTIME_DIR")}
        for each in own.values():
            Path(each).mkdir(mode=0o700)
        variables = {**environment.variables, **own}
        yield environment._replace(variables=variables, sandbox=True, embedded=None, quiet=True)


class _LiveTour(Walkthrough):
    """The seven steps."""

    def walk(self) -> None:
        self.take(
            (
                ("No policies", self._no_policies),
                ("A policy", self._a_policy),
                ("A new chain", self._a_new_chain),
                ("The rules of the policy", self._its_rules),
                ("The rules explained", self._in_words),
                ("The path of a packet", self._the_way),
                ("Removing the policy", self._removed),
            )
        )

    def _no_policies(self) -> None:
        from cfnet.dataplane.programs import Backend
        from cfnet.operations.sandbox_cells import bring_up

        self.show_command("sandbox", "up")
        # Unlike those of the command, these cells end with this process, however it ends.
        up = bring_up(self.environment, Backend(_BACKEND), _POLL, tied=True)
        self.show_output(up_text(up.cells, up.containers, up.poll, already=up.already))
        self.say(
            "Two Diego cells now run on this computer, as network namespaces linked by VXLAN: appA runs on cell-2, appB"
            " on cell-1. The agent of each cell polls the policy server, as in production."
        )
        self._old = self._chain()
        self._inside("cell-1", "iptables", "-S", "FORWARD")
        self._inside("cell-1", "iptables", "-S", self._old)
        self.run("sandbox", "curl", "appA", "appB.apps.internal:8080", may_find=True)
        self.say(
            "These are rules in the kernel. The policy chain, named vpa--…, is empty, and the rules of appB's container"
            " (overlay--…) reject what no policy allows: the call is refused."
        )

    def _a_policy(self) -> None:
        self.run("add-network-policy", "appA", "appB")
        self._poll()
        self.run("sandbox", "curl", "appA", "appB.apps.internal:8080")
        self.say("The agents have polled the new policy and enforced it: the same call gets an answer from appB.")

    def _a_new_chain(self) -> None:
        self._inside("cell-1", "iptables", "-S", "FORWARD")
        self._inside("cell-1", "iptables", "-S", self._old)
        self.say(
            f"The chain is now named {self._chain()}; iptables finds no chain {self._old} any more. The agent never"
            " edits a chain: it creates a new one, named after the time, and deletes the old one."
        )

    def _its_rules(self) -> None:
        self._inside("cell-2", "iptables", "-S", self._chain("cell-2"))
        self._inside("cell-1", "iptables", "-S", self._chain())
        self.say(
            "cell-2, where appA runs, marks all packets from appA's container with appA's tag. On cell-1, one rule logs"
            " each new connection, and one accepts marked packets for appB: it enforces the policy."
        )

    def _in_words(self) -> None:
        words = ("sandbox", "run", "cell-1", "iptables", "-S", self._chain())
        self.run("explain", given=f"cfnet {' '.join(words)} | ", stdin=self._output("cell-1", *words[3:]))
        self.say("'cfnet explain' tells what the rules of a listing do, with the names of apps.")

    def _the_way(self) -> None:
        self.run("trace", "appA", "appB", "--port", "8081", may_find=True)
        self.run("sandbox", "curl", "appA", "appB.apps.internal:8081", may_find=True)
        words = ("sandbox", "run", "cell-1", "iptables-save")
        given = f"cfnet {' '.join(words)} | "
        self.run("verify", "--cell", "cell-1", given=given, stdin=self._output("cell-1", "iptables-save"))
        self.say(
            "'trace' predicts what becomes of a packet, from policies and placement; the kernel agrees. 'verify'"
            " compares the rules of a cell with the expected ones."
        )

    def _removed(self) -> None:
        self.run("remove-network-policy", "appA", "appB", "--protocol", "tcp", "--port", "8080")
        self._poll()
        self._inside("cell-1", "iptables", "-S", self._chain())
        self.run("sandbox", "curl", "appA", "appB.apps.internal:8080", may_find=True)
        self.say("Again, there is a new chain, and it is empty: the call is refused. This is the end of the tour.")

    def _poll(self) -> None:
        from cfnet.operations.refresh_cells import cells_folder
        from cfnet.operations.sandbox_call import wait_for_poll

        self.say("(The agents poll every 5 seconds.)")
        wait_for_poll(cells_folder(self.environment), self.environment)

    def _chain(self, cell: str = "cell-1") -> str:
        """The name of a cell's policy chain now."""
        lines = self._output(cell, "iptables", "-S", "FORWARD").splitlines()
        return next(line for line in lines if line.startswith(_JUMP)).removeprefix("-A FORWARD -j ")

    def _inside(self, cell: str, *command: str) -> None:
        self.show_command("sandbox", "run", cell, *command)
        self.show_output(self._output(cell, *command))

    def _output(self, cell: str, *command: str) -> str:
        """What a program inside a cell prints, on stdout and stderr."""
        from cfnet.operations.sandbox_run import program_inside

        program = program_inside(cell, command, self.environment)
        ran = subprocess.run(  # noqa: S603 - fixed programs
            [*program.entering, *program.command],
            env=dict(program.variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return ran.stdout.decode(errors="replace")
