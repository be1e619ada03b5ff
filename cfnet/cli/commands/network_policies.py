"""`cfnet network-policies`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.cf_command import APPS_OF_CF, CfCommand, Usage
from cfnet.cli.parsing.form_names import TextOrJson, form_name
from cfnet.cli.parsing.go_flags import Flag, Misread
from cfnet.errors import CommandLineFault
from cfnet.show.cf_messages import CfMessages
from cfnet.show.columns import columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from cfnet.cli.parsing.go_flags import Read
    from cfnet.operations.connect import LiveFoundation
    from cfnet.operations.environment import Environment
    from cfnet.operations.list_policies import PolicyListing
    from cfnet.policy import App

_NAME = "network-policies"


def _check_format(value: str) -> None:
    if value not in list(TextOrJson):
        raise Misread("--format must be text or json")


_USAGE = Usage(
    arguments=(),
    synopsis="[--source SOURCE_APP]\n[--source SOURCE_APP] [--destination DESTINATION_APP] [--json]\n--all [--json]\n"
    "--from DIR [--source SOURCE_APP] [--destination DESTINATION_APP] [--json]",
    examples=(),
    flags=(Flag("--source", "Source app to filter results by"),),
    beyond=(
        Flag("--destination", "Destination app to filter results by, with sources in any space"),
        Flag("--all", "List the policies of every space that you can see", takes_value=False),
        Flag("--from", "List all policies of this snapshot, instead of the live foundation"),
        Flag("--format", "Output format: text or json (Default: text)", check=_check_format),
        Flag("--json", "Same as --format json", takes_value=False),
    ),
    see_also=(
        "add-network-policy, apps, remove-network-policy",
        "copy-network-policies, diff, export, graph",
        APPS_OF_CF,
    ),
)
_HEADER = ("source", "destination", "protocol", "ports", "destination space", "destination org")
_SOURCE_HEADER = ("source space", "source org")


def _list(environment: Environment, found: Read) -> None:
    from cfnet.operations.connect import connect
    from cfnet.operations.list_policies import list_everything, list_space

    # As in cf, an empty name selects no app.
    source, destination = str(found.flags.get("--source", "")), str(found.flags.get("--destination", ""))

    def check() -> None:
        if "--all" in found.flags and (source or destination):
            raise command.misuse(environment, "--all cannot be combined with --source or --destination")

    as_json = _form(environment, found) is TextOrJson.JSON
    if "--from" in found.flags:
        check()
        _list_snapshot(environment, found, as_json=as_json)
        return
    out = environment.output(as_file=as_json)
    with connect(environment, check=check, talk=environment.stderr if as_json else out) as foundation:
        if not as_json:
            out.write(_announcement(foundation, source, destination, everything="--all" in found.flags))
        if "--all" in found.flags:
            listing = list_everything(foundation)
        else:
            listing = list_space(foundation, source=source, destination=destination)
        foundation.tell_warnings(environment)
        if as_json:
            _write_json(listing, out)
        else:
            out.write("\n" + _table(listing, colour=foundation.colour))
            if not listing.complete and listing.wide:
                from cfnet.operations.inventory import DEVELOPED

                environment.note(DEVELOPED)


def _form(environment: Environment, found: Read) -> TextOrJson:
    text_format = found.flags.get("--format")
    try:
        form = form_name(str(text_format) if text_format else None, as_json="--json" in found.flags)
    except CommandLineFault as fault:
        raise command.misuse(environment, str(fault)) from fault
    return TextOrJson(form or TextOrJson.TEXT)


def _list_snapshot(environment: Environment, found: Read, *, as_json: bool) -> None:
    """List the policies of a snapshot: of all its spaces, since it does not depend on the session."""
    from pathlib import Path

    from cfnet.operations.inventory import InventorySource, open_inventory
    from cfnet.operations.list_policies import list_inventory

    folder = Path(str(found.flags["--from"]))
    source, destination = str(found.flags.get("--source", "")), str(found.flags.get("--destination", ""))
    out = environment.output(as_file=as_json)
    with open_inventory(environment, InventorySource(folder)) as inventory:
        listing = list_inventory(inventory, source=source, destination=destination)
        if as_json:
            _write_json(listing, out)
        else:
            template, values = _selection(source, destination)
            messages = CfMessages(environment.colour())
            out.write(messages.line(f"{template} of snapshot {{}}", *values, str(folder)) + "\n")
            out.write(_table(listing, colour=environment.colour()))
        environment.tell_notes(inventory.notes)


def _write_json(listing: PolicyListing, out: TextIO) -> None:
    from cfnet.show.machine import listing_json

    out.writelines(listing_json(listing.policies, listing.apps, complete=listing.complete))


def _announcement(foundation: LiveFoundation, source: str, destination: str, *, everything: bool) -> str:
    org, space = foundation.target.org.name, foundation.target.name
    template, values = _selection(source, destination)
    if everything:
        template += " of every org and space as {}"
        values.append(foundation.user)
    else:
        template += " in org {} / space {} as {}"
        values += [org, space, foundation.user]
    return CfMessages(foundation.colour).line(template, *values)


def _selection(source: str, destination: str) -> tuple[str, list[str]]:
    template, values = "Listing network policies", []
    if source:
        template += " of app {}"
        values.append(source)
    if destination:
        template += " to app {}"
        values.append(destination)
    return template, values


def _table(listing: PolicyListing, *, colour: bool) -> str:
    header = (*_HEADER, *_SOURCE_HEADER) if listing.wide else _HEADER
    return columns(header, _rows(listing), colour=colour)


def _rows(listing: PolicyListing) -> Iterator[tuple[str, ...]]:
    """Yield a row for each policy; an invisible app has empty cells as in `cf`, or its GUID in the wide table."""
    for policy in listing.policies:
        source = listing.apps.get(policy.source)
        destination = listing.apps.get(policy.destination)
        row = (
            _name(source, policy.source, wide=listing.wide),
            _name(destination, policy.destination, wide=listing.wide),
            policy.protocol.value,
            str(policy.ports),
            *_place(destination, listing),
        )
        yield (*row, *_place(source, listing)) if listing.wide else row


def _name(app: App | None, guid: str, *, wide: bool) -> str:
    return app.name if app is not None else guid if wide else ""


def _place(app: App | None, listing: PolicyListing) -> tuple[str, str]:
    """Return space and org; a mark for a deleted app, if only deleted apps are unknown."""
    if app is None:
        return ("(deleted)" if listing.all_apps else "", "")
    return app.space.name, app.space.org.name


command = CfCommand(_NAME, COMMANDS[_NAME].summary, _USAGE, _list)
