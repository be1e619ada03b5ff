"""`cfnet sandbox`: run and modify the embedded foundation."""

from __future__ import annotations

import gc
import math
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from cfnet.cli.parsing.command import OFFLINE_EXITS, CfnetCommand, CommandGroup
from cfnet.cli.parsing.shared_options import shared_without
from cfnet.exits import Exit
from cfnet.operations.cell_requirements import require_linux
from cfnet.operations.embedded_sandbox import use_sandbox
from cfnet.operations.refresh_cells import refresh_cells
from cfnet.sandbox import HOME_SPACE
from cfnet.show.columns import columns
from cfnet.show.printable import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.environment import Environment
    from cfnet.operations.sandbox_cells import CellsUp
    from cfnet.sandbox import DeployedInstance

PORT = 9080
_LOCAL = ("127.0.0.1", "::1", "localhost")
_HEADER = ("instance", "cell", "overlay IP")

_in_space = click.option("--space", metavar="ORG/SPACE", default=HOME_SPACE, show_default=True, help="Space of the app")


@click.group(
    "sandbox",
    cls=CommandGroup,
    examples=("push appC --instances 3", "scale appA --instances 2", "delete appC", "reset", "serve --port 9081"),
    see_also=("tour",),
)
def command() -> None:
    """Run and modify the embedded foundation.

    The sandbox is a small foundation: two Diego cells, org demo, space dev, apps appA and appB. It is stored in a file
    in your data directory. Use --sandbox to run any cfnet command on it.
    """


@command.command("serve", cls=CfnetCommand, examples=("", "--port 9081"), see_also=("sandbox",))
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Port to listen on, 0 for any free port",
)
@click.option("--host", metavar="H", default="127.0.0.1", show_default=True, help="Address to listen on")
@shared_without("--sandbox")
@click.pass_context
def _serve(ctx: click.Context, *, port: int, host: str) -> None:
    """Serve the sandbox over HTTP for cf, curl or another cfnet.

    The server runs until Ctrl-C; -v logs the requests. It accepts only the host names localhost, 127.0.0.1, [::1] and
    the address of --host.
    """
    from cfnet.sandbox import serve

    environment: Environment = ctx.obj
    with use_sandbox(environment) as foundation:
        server = serve(foundation, host, port, log=environment.say if environment.verbose else None)
        if host not in _LOCAL:
            environment.say("Warning: its passwords are public, and others may be able to reach it at this address.")
        environment.stdout.write(
            f"The sandbox listens on {server.url} until Ctrl-C.\n\n"
            f"   cfnet login -a {server.url} -u admin -p admin -o demo -s dev     (or -u dev -p dev)\n\n"
            "'cf login' takes the same options.\n"
        )
        environment.stdout.flush()
        gc.enable()  # disabled for short commands, but a server runs for a long time
        server.serve_forever()


@command.command(
    "push", cls=CfnetCommand, examples=("appC", "appC --instances 3", "appC --port 8443"), see_also=("sandbox",)
)
@click.argument("name")
@click.option("-i", "--instances", metavar="N", type=int, default=1, show_default=True, help="Number of containers")
@click.option(
    "--port",
    "ports",
    metavar="N",
    type=click.IntRange(1, 65535),
    multiple=True,
    help="Listen on this port, too; repeatable",
)
@_in_space
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _push(ctx: click.Context, *, name: str, instances: int, ports: tuple[int, ...], space: str) -> None:
    """Deploy a new app.

    If the cells are up, each instance is a small HTTP server on port 8080, and on those of --port: it says who it is,
    and on GET /proxy/HOST:PORT it calls another one.
    """
    with use_sandbox(ctx.obj) as foundation:
        pushed = foundation.push(name, instances=instances, space=space, ports=_listening(ports))
    refresh_cells(ctx.obj)
    _show(ctx.obj, name, space, pushed)


@command.command("scale", cls=CfnetCommand, examples=("appA --instances 3",), see_also=("sandbox",))
@click.argument("name")
@click.option("-i", "--instances", metavar="N", type=int, required=True, help="Number of containers")
@_in_space
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _scale(ctx: click.Context, *, name: str, instances: int, space: str) -> None:
    """Change the number of instances of an app."""
    environment: Environment = ctx.obj
    with use_sandbox(environment) as foundation:
        containers = foundation.scale(name, instances, space=space)
    refresh_cells(environment)
    if len(containers) < instances:
        many = "1 instance" if instances == 1 else f"{instances} instances"
        environment.stdout.write(
            f"{printable(name)} is stopped in {printable(space)}; when started, it runs in {many}.\n"
        )
    else:
        _show(environment, name, space, containers)


@command.command("delete", cls=CfnetCommand, examples=("appC",), see_also=("sandbox",))
@click.argument("name")
@_in_space
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _delete(ctx: click.Context, *, name: str, space: str) -> None:
    """Delete an app and its containers."""
    environment: Environment = ctx.obj
    with use_sandbox(environment) as foundation:
        foundation.delete(name, space=space)
    refresh_cells(environment)
    environment.stdout.write(f"{printable(name)} and its containers have been deleted from {printable(space)}.\n")
    environment.say("Its policies remain until the policy server cleans up, as in production.")


@command.command("reset", cls=CfnetCommand, examples=("",), see_also=("sandbox",))
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _reset(ctx: click.Context) -> None:
    """Reset the sandbox: appA, appB, and no policies."""
    environment: Environment = ctx.obj
    with use_sandbox(environment, check=False) as foundation:
        foundation.reset()
    refresh_cells(environment)
    environment.stdout.write("The sandbox has been reset: appA, appB, and no policies.\n")


@command.command("up", cls=CfnetCommand, examples=("", "--poll-interval 1"), see_also=("sandbox",))
@click.option(
    "--poll-interval",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 3600),
    default=5.0,
    callback=lambda _ctx, _parameter, value: _number(value),
    help="How often agents poll policies  [default: 5]",
)
@click.option(
    "--backend", type=click.Choice(["nft", "legacy"]), default="nft", show_default=True, help="iptables to use"
)
@click.option("--foreground", is_flag=True, help="Run until Ctrl-C")
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _up(ctx: click.Context, *, poll_interval: float, backend: str, foreground: bool) -> None:
    """Start the cells of the sandbox on this computer.

    Cells and containers are network namespaces, linked by VXLAN. The agent of each cell polls the sandbox's policies
    and enforces them in the kernel, as in production. Requires Linux; root is not necessary. The interfaces, routes and
    rules of the computer itself are not touched.
    """
    require_linux(ctx.obj)
    from cfnet.dataplane.programs import Backend
    from cfnet.operations.sandbox_cells import bring_up, run_in_foreground

    environment: Environment = ctx.obj
    chosen = Backend(backend)
    if foreground:
        run_in_foreground(environment, chosen, poll_interval, lambda up: _say_up(ctx, up))
    else:
        _say_up(ctx, bring_up(environment, chosen, poll_interval))


@command.command("down", cls=CfnetCommand, examples=("",), see_also=("sandbox",))
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _down(ctx: click.Context) -> None:
    """Stop the cells of the sandbox."""
    require_linux(ctx.obj)
    from cfnet.operations.sandbox_cells import bring_down

    environment: Environment = ctx.obj
    environment.stdout.write("The cells are down.\n" if bring_down(environment) else "The cells were not up.\n")


@command.command("status", cls=CfnetCommand, examples=("",), see_also=("sandbox",))
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _status(ctx: click.Context) -> None:
    """Show the cells of the sandbox, and whether their rules are as expected."""
    require_linux(ctx.obj)
    from cfnet.operations.sandbox_cells import cells_status
    from cfnet.show.cell_status import status_text

    environment: Environment = ctx.obj
    cells = cells_status(environment)
    if cells is None:
        environment.stdout.write("The cells are down. Start them with 'cfnet sandbox up'.\n")
        return
    environment.stdout.write(status_text(cells, environment.now(), colour=environment.colour()))


@command.command(
    "curl",
    cls=CfnetCommand,
    examples=("appA appB.apps.internal:8080", "appA/1 0.appB.apps.internal:8080/health"),
    exits={
        **OFFLINE_EXITS,
        Exit.FINDING: "The rules of the cells refuse the call",
        Exit.TROUBLE: "The call fails for another reason",
    },
    see_also=("sandbox", "trace"),
)
@click.argument("app", metavar="APP[/INSTANCE]")
@click.argument("target", metavar="HOST:PORT[/PATH]")
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _curl(ctx: click.Context, *, app: str, target: str) -> None:
    """Call from a container of an app, and print the answer.

    The request is sent from the network namespace of the container, so that the rules in the kernel decide about it. If
    it fails, the message says why, according to the rules of the cells and the policies. Containers know the names
    APP.apps.internal and N.APP.apps.internal; of apps with the same name in several spaces, the oldest one has it, and
    all have APP.SPACE.ORG.apps.internal. Any answer, even an HTTP error, is printed and counts as success.
    """
    require_linux(ctx.obj)
    from cfnet.operations.sandbox_call import call_from

    environment: Environment = ctx.obj
    called = call_from(app, target, environment)
    if called.failed is None:
        environment.stdout.write(printable_lines(called.body.decode(errors="replace")))
        return
    environment.stdout.write(f"{printable(called.failed.text)}\n")
    if called.failed.hint:
        environment.note(called.failed.hint)
    if called.allow:
        environment.note(f"To allow it, run: {called.allow}")
    ctx.exit(called.failed.exit)


@command.command(
    "run",
    cls=CfnetCommand,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    examples=("cell-1 iptables -S FORWARD", "appA/0 ip route", "cell-2"),
    exits={**OFFLINE_EXITS, Exit.FINDING: "The command fails; its own exit code is kept, whatever it is"},
    see_also=("sandbox",),
)
@click.argument("name", metavar="CELL|APP[/INSTANCE]")
@click.argument("command", metavar="[COMMAND...]", nargs=-1, type=click.UNPROCESSED)
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _run(ctx: click.Context, *, name: str, command: tuple[str, ...]) -> None:
    """Run a command in a cell or container, or open a shell there.

    This is what 'bosh ssh' and 'cf ssh' give in production. The command has the network of the cell or container,
    and the files of this computer. It is root of that network, and otherwise has your permissions. All words after the
    name belong to the command, even options. cfnet exits with the exit code of the command.
    """
    require_linux(ctx.obj)
    from cfnet.cli.terminal.entered_program import run_entered
    from cfnet.operations.sandbox_run import program_inside

    environment: Environment = ctx.obj
    words = command[1:] if command[:1] == ("--",) else command
    program = program_inside(name, words, environment)
    environment.stdout.flush()
    ctx.exit(run_entered(*program, shell=not words))


@command.command("watch", cls=CfnetCommand, examples=("",), see_also=("sandbox", "explain"))
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _watch(ctx: click.Context) -> None:
    """Show which rules accept or reject connections, as it happens.

    The lines are derived from the counters of the cells' rules; whose call was rejected, from the message that the
    kernel sends to the caller. The kernel writes no log lines (OK_..., DENY_C2C_...)
    about network namespaces unless net.netfilter.nf_log_all_netns is 1, which cfnet never sets. Ctrl-C ends it, and so
    does 'cfnet sandbox down'.
    """
    require_linux(ctx.obj)
    from cfnet.operations.sandbox_watch import watch
    from cfnet.show.watched import WATCHING, watched_line

    environment: Environment = ctx.obj
    colour = environment.colour()
    seen = watch(environment)
    environment.tell_notes(WATCHING)
    for each in seen:
        environment.stdout.write(watched_line(each.time, each.cell, each.decision, colour=colour))
        environment.stdout.flush()
    environment.note("The cells have ended.")


def _number(seconds: float) -> float:
    """Refuse `nan`, which is in every range: agents would never pause."""
    if math.isnan(seconds):
        raise click.BadParameter("nan is not a number of seconds.")
    return seconds


def _listening(ports: tuple[int, ...]) -> str:
    return ",".join(map(str, dict.fromkeys((8080, *ports))))


def _say_up(ctx: click.Context, up: CellsUp) -> None:
    from cfnet.show.cell_status import up_text

    environment: Environment = ctx.obj
    environment.stdout.write(up_text(up.cells, up.containers, up.poll, already=up.already))
    environment.stdout.flush()
    has = {"poll_interval": up.poll, "backend": up.backend, "foreground": None}
    given = [name for name in has if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if up.already and any(ctx.params[name] != has[name] for name in given):
        environment.note(
            f"They keep running as they were started (with iptables-{up.backend}). To start them otherwise, run"
            " 'cfnet sandbox down' first."
        )


def _show(environment: Environment, name: str, space: str, containers: Sequence[DeployedInstance]) -> None:
    many = "1 instance" if len(containers) == 1 else f"{len(containers)} instances"
    environment.stdout.write(f"{printable(name)} runs in {many} in {printable(space)}.\n")
    if containers:
        rows = [(str(container.instance), container.cell, container.ip) for container in containers]
        environment.stdout.write("\n" + columns(_HEADER, rows, colour=environment.colour()))
