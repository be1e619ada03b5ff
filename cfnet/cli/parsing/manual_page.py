"""The manual: a page for cfnet and one for each command, made from the sections of their help."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.parsing.command import CommandGroup, Documented
from cfnet.cli.parsing.mirrored_command import MirroredCommand
from cfnet.show.ids import faults_section, rules_section
from cfnet.show.page import HelpSection, Lines, ManualPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cfnet.show.page import Block

_DOCUMENTS: Final = {
    "network-policies": (("machine", "listing_json"),),
    "validate": (("faults", "faults_json"),),
    "test": (("expectation_rows", "expectations_json"),),
    "lint": (("lint", "lint_json"), ("lint", "rules_json")),
    "diff": (("difference", "difference_json"), ("rule_changes", "rule_changes_json")),
    "render": (("rules", "rules_json"),),
    "graph": (("graph.tables", "graph_json"), ("graph.tables", "groups_json")),
    "explain": (("explained", "explained_json"), ("call_pairs", "pairs_json")),
    "advise": (("advice_json", "advice_json"),),
    "trace": (("traced", "traced_json"),),
    "whoami": (("machine", "user_json"),),
    "verify": (("drift", "drift_json"),),
    "capacity": (("capacity", "capacity_json"),),
}
"""The functions in `cfnet.show` that write the JSON of a command; their docstrings are in the manual."""

_IDS: Final = {"validate": (faults_section,), "lint": (rules_section,)}
"""The sections about ids, by command."""

_ONCE: Final = ("NAME", "GLOBAL OPTIONS", "EXIT CODES", "SEE ALSO")
"""Sections that the page of a group has only once, not for each subcommand."""


def pages(root: CommandGroup) -> Iterator[ManualPage]:
    """The page of cfnet, whose group of commands is `root`, and those of its commands in the order of the table."""
    with click.Context(root, info_name="cfnet", **root.context_settings) as ctx:
        yield ManualPage("cfnet", list(_typeset("cfnet", root.page(ctx), ())))
        for name in COMMANDS:
            command = root.get_command(ctx, name)
            assert isinstance(command, Documented | MirroredCommand)  # noqa: S101 - it is in the table
            yield ManualPage(f"cfnet-{name}", list(_sections(name, command, ctx)))


def _sections(name: str, command: Documented | MirroredCommand, root: click.Context) -> Iterator[HelpSection]:
    json = [
        HelpSection("JSON", _shape(getattr(import_module(f"cfnet.show.{module}"), writer)))
        for module, writer in _DOCUMENTS.get(name, ())
    ]
    ids = [section() for section in _IDS.get(name, ())]
    with click.Context(command, parent=root, info_name=name) as ctx:
        below = list(_below(command, ctx)) if isinstance(command, CommandGroup) else []
        yield from _typeset(f"cfnet-{name}", command.page(ctx), (*below, *ids, *json))


def _below(command: CommandGroup, ctx: click.Context) -> Iterator[HelpSection]:
    """A section for each subcommand."""
    for name, each in command.commands.items():
        with click.Context(each, parent=ctx, info_name=name) as inner:
            assert isinstance(each, Documented)  # noqa: S101 - all of ours are
            shown = [section for section in each.page(inner) if section.title not in _ONCE]
            yield HelpSection(
                inner.command_path, [each.summary, *(block for section in shown for block in section.blocks)]
            )


def _typeset(name: str, sections: Iterable[HelpSection], more: Sequence[HelpSection]) -> Iterator[HelpSection]:
    """The sections of a help page, under the titles that manual pages have; `more` precede the last one, SEE ALSO."""
    for title, blocks in sections:
        match title:
            case "NAME":
                summary = _text(blocks).partition(" - ")[2]
                yield HelpSection("NAME", [f"{name} - {summary}"])
            case "USAGE":
                yield HelpSection("SYNOPSIS", blocks)
            case "SEE ALSO":
                yield from more
                yield HelpSection(title, [_references(name, _text(blocks))])
            case _ if blocks:
                yield HelpSection(title, blocks)


def _text(blocks: Sequence[Block]) -> str:
    """The text of paragraphs, or of lines."""
    return ", ".join(", ".join(block.lines) if isinstance(block, Lines) else str(block) for block in blocks)


def _references(name: str, listed: str) -> str:
    """The references in SEE ALSO of page `name`."""
    if name == "cfnet":
        return "Each command has its own page, cfnet-COMMAND(1)."
    pages = [f"cfnet-{each}(1)" for each in listed.split(", ") if each in COMMANDS]
    return ", ".join(["cfnet(1)", *pages])


def _shape(writer: Callable[..., object]) -> list[Block]:
    """The docstring of `writer`: paragraphs, and indented lines that are not wrapped."""
    # A docstring describes the function; the manual describes what it returns.
    described = inspect.cleandoc(writer.__doc__ or "").replace("Format the output of", "Output of", 1)
    paragraphs = described.split("\n\n")
    return [
        Lines(tuple(each.split("\n"))) if each.startswith("    ") else " ".join(each.replace("`", "").split())
        for each in paragraphs
    ]
