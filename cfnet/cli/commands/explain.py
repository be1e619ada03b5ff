"""`cfnet explain`: explain iptables rules and kernel log lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cfnet.cell.explain.explained_lines import LineKind, explain_lines
from cfnet.cell.explain.log_line import read_log_line
from cfnet.cli.parsing.command import OFFLINE_EXITS, CfnetCommand
from cfnet.cli.parsing.form_names import TextOrJson
from cfnet.cli.parsing.inventory_options import snapshot_option
from cfnet.cli.parsing.output_format import output_format
from cfnet.cli.parsing.shared_options import shared
from cfnet.errors import CommandLineFault, InputFault
from cfnet.operations.known_foundation import known_foundation
from cfnet.show.explained import explained_json, explained_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cfnet.cell.explain.explained_lines import ExplainedLine
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource


_STARTS: Final = ("-A", "-I", "-N", "-P", "--append", "--insert")
"""How a line of `iptables -S` or of a script begins, as a word of its own or the first of a quoted line."""

_PROGRAM: Final = frozenset({"sudo", "iptables", "iptables-legacy", "iptables-nft"})
"""Words before a rule in a command line that was pasted as it is."""


class _Command(CfnetCommand):
    """A command that accepts a rule as it is: everything from `-A` on belongs to the rule."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move the rule behind all options."""
        for place, word in enumerate(args):
            if word == "--":
                if args[place + 1 : place + 2] and args[place + 1] in _STARTS:
                    args = [*args[: place + 1], " ".join(map(_as_typed, args[place + 1 :]))]
                break
            if word in _STARTS:
                before = [each for each in args[:place] if each not in _PROGRAM]
                args = [*before, "--", " ".join(map(_as_typed, args[place:]))]
                break
            if word.split(" ", 1)[0] in _STARTS:
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
        "--summary kern.log kern.log.1.gz",
    ),
    exits=OFFLINE_EXITS,
    see_also=("render", "trace", "verify"),
)
@click.argument("given", metavar="[FILE...|RULE]", nargs=-1, required=False, type=click.Path())
@snapshot_option("Read names from a snapshot")
@click.option("--summary", is_flag=True, help="Only count the log lines of Cloud Foundry, by source and destination")
@output_format(TextOrJson)
@shared
@click.pass_context
def command(
    ctx: click.Context, *, given: Sequence[str], origin: InventorySource, summary: bool, form: TextOrJson
) -> None:
    """Explain iptables rules and kernel log lines.

    The output says which packets a rule matches, what it does, and what it is for.

    FILE has the output of 'iptables -S' or 'iptables-save', or log lines (OK_…, DENY_…) as printed by dmesg,
    journalctl, syslog, 'bosh ssh' or iptables-logger, also compressed with gzip. Without FILE, or if it is '-', stdin
    is read. RULE is a single line of these: every word from -A, -I, -N or -P on belongs to it.

    With --summary, the log lines of Cloud Foundry in all FILEs are counted by source, destination and outcome; all
    other lines are skipped. Without, only one FILE is explained.

    Names of apps are read from --from, the sandbox or the session, if there is one. Lines that cfnet does not
    recognize are printed unchanged and marked.
    """
    environment: Environment = ctx.obj
    if summary:
        _summarize(given or ("-",), origin, form, environment)
        return
    if len(given) > 1:
        raise CommandLineFault("explain takes one FILE or RULE", hint="With --summary, it takes several FILEs.")
    read = _lines(given[0] if given else None, ctx)
    known = known_foundation(origin, environment)
    environment.tell_notes(known.notes)
    kinds: set[LineKind] = set()
    lines = _watched(explain_lines(read, known.names, known.policies), kinds)
    if form is TextOrJson.JSON:
        told = explained_json(lines, known.apps, known.notes, complete=known.complete)
    else:
        told = explained_text(lines, known.apps, colour=environment.colour())
    out = environment.output(as_file=form is not TextOrJson.TEXT)
    for piece in told:
        out.write(piece)
    if kinds and kinds <= {LineKind.UNKNOWN, LineKind.REMARK}:
        environment.note("No line is a rule of iptables or a log line of Cloud Foundry.")


def _watched(lines: Iterable[ExplainedLine], kinds: set[LineKind]) -> Iterator[ExplainedLine]:
    """Yield `lines`, and collect their kinds."""
    for line in lines:
        kinds.add(line.kind)
        yield line


def _summarize(given: Sequence[str], origin: InventorySource, form: TextOrJson, environment: Environment) -> None:
    from cfnet.cell.calls.pair_counts import count_pairs
    from cfnet.operations.call_logs import packets_in
    from cfnet.operations.log_files import log_files
    from cfnet.show.call_pairs import pairs_json, pairs_text

    if "-" in given:
        _require_input("-", environment)
    files = log_files(given, environment)
    known = known_foundation(origin, environment)
    environment.tell_notes(known.notes)
    counts = count_pairs(packets_in(files, environment), known.names, known.policies)
    out = environment.output(as_file=form is not TextOrJson.TEXT)
    if form is TextOrJson.JSON:
        out.write(pairs_json(counts, known.apps, known.notes))
    else:
        out.write(pairs_text(counts, known.names, colour=environment.colour()))


def _require_input(what: str | None, environment: Environment) -> None:
    if what in (None, "-") and environment.stdin.isatty():
        raise CommandLineFault(
            "explain requires a FILE, a RULE, or rules on stdin", hint="Example: iptables -S | cfnet explain"
        )


def _lines(what: str | None, ctx: click.Context) -> Iterable[str]:
    """Return the lines to explain; a file stays open for as long as `ctx`."""
    from cfnet.operations.log_files import text_lines

    environment: Environment = ctx.obj
    _require_input(what, environment)
    if what in (None, "-"):
        return environment.tolerant_stdin
    text = what or ""
    if text.split(" ", 1)[0] in _STARTS or text.startswith((":", "[")) or read_log_line(text):
        return [text]
    try:
        return text_lines(ctx.with_resource(Path(text).open("rb")), text)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputFault(
            f"cannot be read: {reason}", where=text or "''", hint="A rule begins with -A, as 'iptables -S' prints it."
        ) from error


def _as_typed(word: str) -> str:
    """Return an argument as iptables would print it: the shell has removed its quotes."""
    from cfnet.cell.iptables.tokens import quoted

    return quoted(word) if any(character in word for character in " \"'\\") else word
