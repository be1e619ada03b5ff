"""`cfnet sandbox`: the embedded foundation, served and changed."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import click

from cfnet.cli.parsing.command import CfnetCommand, CommandGroup
from cfnet.cli.parsing.shared_options import shared_without
from cfnet.operations.embedded_sandbox import use_sandbox
from cfnet.sandbox import HOME_SPACE, serve
from cfnet.show.columns import columns
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.environment import Environment
    from cfnet.sandbox import DeployedInstance

PORT = 9080
_LOCAL = ("127.0.0.1", "::1", "localhost")
_HEADER = ("instance", "cell", "overlay IP")

_in_space = click.option("--space", metavar="ORG/SPACE", default=HOME_SPACE, show_default=True, help="The app's space")


@click.group(
    "sandbox",
    cls=CommandGroup,
    short_help="Run and change the embedded foundation",
    examples=("push appC --instances 3", "scale appA --instances 2", "delete appC", "reset", "serve --port 9081"),
)
def command() -> None:
    """Run and change the embedded foundation: two Diego cells, org demo, space dev, apps appA and appB.

    It is kept in a file of your data folder. Any command of cfnet works on it with --sandbox.
    """


@command.command(
    "serve",
    cls=CfnetCommand,
    short_help="Serve it over HTTP, for cf, curl or another cfnet",
    examples=("", "--port 9081"),
)
@click.option("--port", metavar="N", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any")
@click.option("--host", metavar="H", default="127.0.0.1", show_default=True, help="The address to listen at")
@shared_without("--sandbox")
@click.pass_context
def _serve(ctx: click.Context, *, port: int, host: str) -> None:
    """Serve the sandbox over HTTP until Ctrl-C, for cf, curl or another cfnet. -v shows the requests.

    It answers as localhost, 127.0.0.1, [::1] and the address of --host only.
    """
    environment: Environment = ctx.obj
    with use_sandbox(environment) as foundation:
        server = serve(foundation, host, port, log=environment.say if environment.verbose else None)
        if host not in _LOCAL:
            environment.say("Its passwords are known to everybody, and others than you may reach it at this address.")
        environment.stdout.write(
            f"The sandbox answers at {server.url} until Ctrl-C.\n\n"
            f"   cfnet login -a {server.url} -u admin -p admin -o demo -s dev     (or -u dev -p dev)\n\n"
            "cf takes the same words.\n"
        )
        environment.stdout.flush()
        gc.enable()  # a server lives long: what cfnet does without for a short command
        server.serve_forever()


@command.command("push", cls=CfnetCommand, short_help="Deploy a new app", examples=("appC", "appC --instances 3"))
@click.argument("name")
@click.option("-i", "--instances", metavar="N", type=int, default=1, show_default=True, help="How many containers")
@_in_space
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _push(ctx: click.Context, *, name: str, instances: int, space: str) -> None:
    """Deploy a new app NAME."""
    with use_sandbox(ctx.obj) as foundation:
        _show(ctx.obj, name, space, foundation.push(name, instances=instances, space=space))


@command.command(
    "scale", cls=CfnetCommand, short_help="Run an app in more or fewer instances", examples=("appA --instances 3",)
)
@click.argument("name")
@click.option("-i", "--instances", metavar="N", type=int, required=True, help="How many containers")
@_in_space
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _scale(ctx: click.Context, *, name: str, instances: int, space: str) -> None:
    """Run the app NAME in N instances."""
    environment: Environment = ctx.obj
    with use_sandbox(environment) as foundation:
        containers = foundation.scale(name, instances, space=space)
        if len(containers) < instances:
            many = "1 instance" if instances == 1 else f"{instances} instances"
            environment.stdout.write(
                f"{printable(name)} is stopped in {printable(space)}; when started, it runs in {many}.\n"
            )
        else:
            _show(environment, name, space, containers)


@command.command("delete", cls=CfnetCommand, short_help="Delete an app", examples=("appC",))
@click.argument("name")
@_in_space
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _delete(ctx: click.Context, *, name: str, space: str) -> None:
    """Delete the app NAME and its containers."""
    environment: Environment = ctx.obj
    with use_sandbox(environment) as foundation:
        foundation.delete(name, space=space)
    environment.stdout.write(f"{printable(name)} is deleted from {printable(space)}, and its containers with it.\n")
    environment.say("Policies that name it stay until the policy server cleans up, as in production.")


@command.command("reset", cls=CfnetCommand, short_help="Make it as it was on the first day", examples=("",))
@shared_without("--sandbox", "--verbose")
@click.pass_context
def _reset(ctx: click.Context) -> None:
    """Make the sandbox as it was on the first day: appA, appB, and no policies."""
    environment: Environment = ctx.obj
    with use_sandbox(environment, check=False) as foundation:
        foundation.reset()
    environment.stdout.write("The sandbox is as it was on the first day: appA, appB, and no policies.\n")


def _show(environment: Environment, name: str, space: str, containers: Sequence[DeployedInstance]) -> None:
    many = "1 instance" if len(containers) == 1 else f"{len(containers)} instances"
    environment.stdout.write(f"{printable(name)} runs in {many} in {printable(space)}.\n")
    if containers:
        rows = [(str(container.instance), container.cell, container.ip) for container in containers]
        environment.stdout.write("\n" + columns(_HEADER, rows, colour=environment.colour()))
