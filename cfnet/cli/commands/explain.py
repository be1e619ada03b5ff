"""`cfnet explain`: explain iptables rules and kernel log lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cfnet.cell.explain.explained_lines import explain_lines
from cfnet.cell.explain.log_line import read_log_line
from cfnet.cli.parsing.command import OFFLINE_EXITS, CfnetCommand
from cfnet.cli.parsing.form_names import TextOrJson
from cfnet.cli.parsing.inventory_options import snapshot_option
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault, InputFault
from cfnet.foundation.encodings import decoded
from cfnet.operations.known_foundation import known_foundation
from cfnet.show.explained import explained_json, explained_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource


class _Command(CfnetCommand):
    """A command that accepts a rule as it is: everything from `-A` on belongs to the rule."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move the rule behind all options."""
        for place, word in enumerate(args):
            if word == "--":
                if args[place + 1 : place + 2] == ["-A"]:
                    args = [*args[: place + 1], " ".join(map(_as_typed, args[place + 1 :]))]
                break
            if word == "-A":
                args = [*args[:place], "--", " ".join(map(_as_typed, args[place:]))]
                break
            if word.startswith("-A "):
                args = [*args[:place], *args[place + 1 :], "--", word]
                break
        return super().parse_args(ctx, args)


@click.command(
    "explain",
    cls=_Command,
    examples=(
        "-A FORWARD -j vpa--1555608460726256",
        "cell-1.rules",
        "cell-1.rules --json",
    ),
    exits=OFFLINE_EXITS,
    see_also=("render", "trace", "verify"),
)
@click.argument("what", metavar="[FILE|RULE]", required=False, type=click.Path())
@snapshot_option("Read names from a snapshot")
@output_format(TextOrJson)
@shared
@click.pass_context
def command(ctx: click.Context, *, what: str | None, origin: InventorySource, form: TextOrJson) -> None:
    """Explain iptables rules and kernel log lines.

    The output says which packets a rule matches, what it does, and what it is for.

    FILE has the output of 'iptables -S' or 'iptables-save', or log lines (OK_…, DENY_…) as printed by dmesg,
    journalctl, syslog, 'bosh ssh' or iptables-logger. Without FILE, or if it is '-', stdin is read. RULE is a single
    rule: every word from -A on belongs to it.

    Names of apps are read from --from, the sandbox or the session, if there is one. Lines that cfnet does not
    recognize are printed unchanged and marked.
    """
    environment: Environment = ctx.obj
    given = _lines(what, environment)
    known = known_foundation(origin, environment)
    environment.tell_notes(known.notes)
    lines = explain_lines(given, known.names, known.policies)
    if form is TextOrJson.JSON:
        told = explained_json(lines, known.apps, known.notes)
    else:
        told = explained_text(lines, known.apps, colour=environment.colour())
    out = environment.output(as_file=form is not TextOrJson.TEXT)
    for piece in told:
        out.write(piece)


def _lines(what: str | None, environment: Environment) -> Iterable[str]:
    if what in (None, "-"):
        if environment.stdin.isatty():
            raise CommandLineFault(
                "explain requires a FILE, a RULE, or rules on stdin", hint="Example: iptables -S | cfnet explain"
            )
        return environment.tolerant_stdin
    text = what or ""
    if text.startswith(("-A ", "-N ", "-P ", "-I ", "--append ", "--insert ", ":", "[")) or read_log_line(text):
        return [text]
    try:
        return decoded(Path(text).read_bytes()).split("\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputFault(
            f"cannot be read: {reason}", where=text or "''", hint="A rule begins with -A, as 'iptables -S' prints it."
        ) from error


def _as_typed(word: str) -> str:
    """Return an argument as iptables would print it: the shell has removed its quotes."""
    from cfnet.cell.iptables.tokens import quoted

    return quoted(word) if any(character in word for character in " \"'\\") else word
