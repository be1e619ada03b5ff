"""`cfnet trace`: trace a packet between two apps to its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cfnet.cell.packet.packet_paths import Call
from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import documents
from cfnet.cli.parsing.form_names import TextOrJson
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.one_of import OneOf
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault
from cfnet.exits import Exit
from cfnet.operations.preview import wanted_change
from cfnet.operations.trace_call import CallEnds, trace_call
from cfnet.policy import BadPorts, Ports, Protocol
from cfnet.policy.limits import DEFAULT_PORTS, DEFAULT_PROTOCOL
from cfnet.show.traced import traced_json, traced_text

if TYPE_CHECKING:
    from cfnet.operations.documents import DocumentFiles
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource


@click.command(
    "trace",
    cls=CfnetCommand,
    examples=(
        "appA appB",
        "appA appB policies.yml --port 8443",
    ),
    exits={
        Exit.DONE: "Allowed",
        Exit.FINDING: "Denied, or unknown, for at least one pair of instances",
        Exit.USAGE: "Wrong usage, or faults in the documents",
        **SERVER_EXITS,
    },
    see_also=("explain", "graph", "render", "verify"),
)
@click.argument("source", metavar="SRC")
@click.argument("destination", metavar="DST")
@click.option("--port", metavar="N", default=str(DEFAULT_PORTS), help="Destination port (Default: 8080)")
@click.option(
    "--protocol",
    type=OneOf([each.value for each in Protocol], case_sensitive=False),
    default=DEFAULT_PROTOCOL.value,
    show_default=True,
    help="Protocol of the connection",
)
@click.option("--instance", metavar="I", type=click.IntRange(0), help="Only from this instance of SRC")
@click.option("--to-instance", metavar="J", type=click.IntRange(0), help="Only to this instance of DST")
@documents("[FILE...]", required=False)
@click.option("--prune", is_flag=True, help="With FILE: trace as if the documents had been applied with --prune")
@inventory_options
@output_format(TextOrJson)
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if the connection is denied")
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    source: str,
    destination: str,
    port: str,
    protocol: str,
    instance: int | None,
    to_instance: int | None,
    written: DocumentFiles,
    prune: bool,
    origin: InventorySource,
    form: TextOrJson,
    exit_zero: bool,
) -> int:
    """Trace a packet between two apps to its verdict.

    SRC and DST are apps (NAME, ORG/SPACE/APP or GUID) or overlay IPs of containers. The packet opens a connection from
    SRC to DST. For every pair of instances, it is followed rule by rule through the expected rules of both cells,
    as the kernel would process it. If it is denied, the output says how to allow it.

    With FILE, the packet is traced as if the policy documents had been applied. '-' is a document on stdin.
    """
    environment: Environment = ctx.obj
    call = Call(protocol.lower(), _port(port))
    ends = CallEnds(source, destination, instance, to_instance)
    if prune and not written.files:
        raise CommandLineFault("--prune requires FILE")
    wanted = wanted_change(written, origin, environment, prune=prune) if written.files else None
    traced, names, apps = trace_call(ends, call, wanted, origin, environment)
    if form is TextOrJson.JSON:
        environment.output(as_file=True).write(traced_json(traced, apps))
    else:
        for piece in traced_text(traced, names, colour=environment.colour()):
            environment.stdout.write(piece)
    environment.tell_notes(traced.notes)
    return Exit.DONE if traced.allowed or exit_zero else Exit.FINDING


def _port(text: str) -> int:
    try:
        ports = Ports.parse(text)
    except BadPorts as error:
        raise CommandLineFault(f"--port: {error}") from error
    if ports.start != ports.end:
        raise CommandLineFault("--port requires a single port")
    return ports.start
