"""`cfnet trace`: the way of a packet between two apps, to its verdict and what would change it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from cfnet.cell.change.tag_changes import TagStep
from cfnet.cell.explain.near_misses import near_misses
from cfnet.cell.model.instances import names_of, running
from cfnet.cell.model.narrowing import NARROWED
from cfnet.cell.packet.packet_paths import Call, packet_paths
from cfnet.cli.parsing.command import SERVER_EXITS, CfnetCommand
from cfnet.cli.parsing.document_options import document_option
from cfnet.cli.parsing.inventory_options import inventory_options
from cfnet.cli.parsing.one_of import OneOf
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault, UnknownName, UsageFault
from cfnet.exits import Exit
from cfnet.operations.choose_app import choose_app
from cfnet.operations.compare import compare, load_sound
from cfnet.operations.inventory import open_inventory, state_of
from cfnet.policy import BadPorts, Policy, Ports, Protocol, ends
from cfnet.policy.limits import DEFAULT_PORTS, DEFAULT_PROTOCOL
from cfnet.show.remedy import remedy
from cfnet.show.traced import Traced, traced_json, traced_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from cfnet.cell.model.instances import Running
    from cfnet.cell.model.state import State
    from cfnet.document import Loaded
    from cfnet.operations.documents import DocumentFiles, Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource, Selectable
    from cfnet.policy import App

_IP: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}", re.ASCII)
_NO_APP: Final = "That container belongs to no app (it has no policy_group_id): no policy can be about it."
_SAME: Final = "A call of a container to itself does not leave it."


@click.command(
    "trace",
    cls=CfnetCommand,
    examples=(
        "appA appB",
        "appA appB --port 8443 -f policies.yml",
    ),
    exits={
        Exit.DONE: "Allowed",
        Exit.FINDING: "Denied for at least one pair of instances",
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
@document_option("Trace as if this document had been applied; repeatable")
@inventory_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON")
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
    origin: InventorySource,
    as_json: bool,
    exit_zero: bool,
) -> int:
    """Trace a packet between two apps to its verdict.

    SRC and DST are apps (NAME, ORG/SPACE/APP or GUID) or overlay IPs of containers. The packet opens a connection from
    SRC to DST. For every pair of instances, it is followed rule by rule through the expected rules of both cells,
    as the kernel would process it. If it is denied, the output says how to allow it.
    """
    environment: Environment = ctx.obj
    call = Call(protocol.lower(), _port(port))
    asked = _documents(written, origin, environment) if written.files else None
    choose = _chooser(source, destination) if origin.snapshot is None and not environment.uses_sandbox else None
    with open_inventory(environment, origin) as inventory:
        steps: list[TagStep] = []
        apps: Mapping[str, App] = {}
        skipped: Sequence[str] = ()
        if asked:
            inventory.unplaced()
            compared = compare(*asked, inventory, environment)
            steps, apps = [TagStep(list(compared.places), adds=True)], compared.apps
            skipped = compared.notes
        state = state_of(inventory, choose, steps, apps)
        notes = [*_notes(state, written.files), *skipped]
        names = names_of(state)
        here = _Party.of(source, instance, state)
        there = _Party.of(destination, to_instance, state)
        traced = _traced(here, there, call, replace(state, notes=notes))
        apps = state.read_apps()
        if as_json:
            environment.output(as_file=True).write(traced_json(traced, apps))
        else:
            for piece in traced_text(traced, names, colour=environment.colour()):
                environment.stdout.write(piece)
        environment.tell_notes(notes)
    return Exit.DONE if traced.allowed or exit_zero else Exit.FINDING


def _documents(written: DocumentFiles, origin: InventorySource, environment: Environment) -> tuple[Documents, Loaded]:
    """The documents, read and without faults."""
    read = written.read(environment, origin.lrps)
    return read, load_sound(read, environment)


def _notes(state: State, files: Sequence[str]) -> list[str]:
    """What must be known of the verdict: other apps, and containers that are not instances of an app, do not matter."""
    from cfnet.operations.live_inventory import FROM_STATS

    notes = [note for note in state.notes if note not in (NARROWED, FROM_STATS)]
    return [*notes, f"As it would be after 'apply' of {', '.join(files)}."] if files else notes


def _port(text: str) -> int:
    try:
        ports = Ports.parse(text)
    except BadPorts as error:
        raise UsageFault(f"--port: {error}") from error
    if ports.start != ports.end:
        raise CommandLineFault("--port requires a single port")
    return ports.start


def _chooser(*ends: str) -> Callable[[Selectable], Collection[str]] | None:
    """Chooses the apps that a call is about; None where it is between IPs, which may be anybody's."""
    if any(map(_IP.fullmatch, ends)):
        return None

    def choose(offer: Selectable) -> Collection[str]:
        return {choose_app(text, offer.apps, offer.guids, offer.target) for text in ends}

    return choose


class _Party(NamedTuple):
    """An end of a call: the app's GUID (empty where there is none), and its containers."""

    app: str
    running: Sequence[Running]

    @classmethod
    def of(cls, text: str, instance: int | None, state: State) -> _Party:
        """What `text` means.

        Raises:
            UnknownName: nothing.
            UsageFault: it could be several apps, or has no such instance.
        """
        everything = list(running(state.cells()))
        party = cls._at_ip(text, everything) if _IP.fullmatch(text) else cls._of_app(text, everything, state)
        chosen = [each for each in party.running if instance in (None, each.number)]
        if not chosen:
            numbers = [str(each.number) for each in party.running if each.number is not None]
            raise UsageFault(f"'{text}' has no instance {instance}.", hint=f"There are: {', '.join(numbers)}.")
        return cls(party.app, chosen)

    @classmethod
    def _at_ip(cls, ip: str, everything: Sequence[Running]) -> _Party:
        found = [each for each in everything if each.container.ip == ip]
        if not found:
            raise UnknownName(f"No container has the overlay IP {ip}.")
        return cls(found[0].container.app, found)

    @classmethod
    def _of_app(cls, text: str, everything: Sequence[Running], state: State) -> _Party:
        guids = {each.container.app for each in everything} - {""}
        guids |= set(ends(state.policies))
        app = choose_app(text, state.read_apps(), guids, state.target)
        found = [each for each in everything if each.container.app == app]
        if not found:
            raise UnknownName(f"No container of '{text}' is known: it does not run, or its cell is not known.")
        return cls(app, found)


def _traced(here: _Party, there: _Party, call: Call, state: State) -> Traced:
    found = list(packet_paths(state, here.running, there.running, call))
    if not found:
        raise UsageFault(_SAME, hint="Name two different containers.")
    traced = Traced(call, here.app, there.app, found, state.notes, complete=state.complete)
    if traced.allowed:
        return traced
    if not (here.app and there.app):
        return traced._replace(obstacle=_NO_APP)
    wanted = Policy(here.app, there.app, Protocol(call.protocol), Ports(call.port, call.port))
    apps = state.read_apps()
    return traced._replace(near=near_misses(wanted, state.policies, apps), remedy=remedy(wanted, apps))
