"""The manual: a page for cfnet and one for each command, made of what their help is made of."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from cfnet.cli.command_table import COMMANDS, HEADLINE, Audience
from cfnet.cli.parsing.cf_command import CfCommand
from cfnet.cli.parsing.command import CfnetCommand
from cfnet.show.roff import Lines, ManualPage, ManualSection, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_DOCUMENTS: Final = {
    "network-policies": (("machine", "listing_json"),),
    "validate": (("faults", "faults_json"),),
    "diff": (("difference", "difference_json"), ("rule_changes", "rule_changes_json")),
    "render": (("rules", "rules_json"),),
    "graph": (("graph.tables", "graph_json"),),
    "explain": (("explained", "explained_json"),),
    "trace": (("traced", "traced_json"),),
    "verify": (("drift", "drift_json"),),
    "capacity": (("capacity", "capacity_json"),),
}
"""What writes the JSON of a command, below `cfnet.show`; its docstring is what the manual says of it."""


def pages(root: click.Group) -> Iterator[ManualPage]:
    """That of cfnet, whose group of commands is `root`, and those of its commands in the order of the table."""
    with click.Context(root, info_name="cfnet", **root.context_settings) as ctx:
        yield _overview(root, ctx)
        for name in COMMANDS:
            command = root.get_command(ctx, name)
            assert command is not None  # noqa: S101 - it is in the table
            yield ManualPage(f"cfnet-{name}", [section for section in _sections(name, command, ctx) if section.blocks])


def _overview(root: click.Group, ctx: click.Context) -> ManualPage:
    by_audience = [
        ManualSection(
            audience.rstrip(":"),
            [Terms(tuple((name, entry.summary) for name, entry in COMMANDS.items() if entry.audience is audience))],
        )
        for audience in Audience
    ]
    options = [param for param in root.get_params(ctx) if isinstance(param, click.Option)]
    records = tuple(record for param in options if (record := param.get_help_record(ctx)) is not None)
    return ManualPage(
        "cfnet",
        [
            ManualSection("NAME", [f"cfnet - {HEADLINE}"]),
            ManualSection("SYNOPSIS", [Lines(("cfnet [OPTIONS] COMMAND [ARGUMENTS]",))]),
            *by_audience,
            ManualSection("OPTIONS", [Terms(records)]),
            ManualSection("SEE ALSO", ["Each command has a page of its own, cfnet-COMMAND(1)."]),
        ],
    )


def _sections(name: str, command: click.Command, root: click.Context) -> Iterator[ManualSection]:
    yield ManualSection("NAME", [f"cfnet-{name} - {COMMANDS[name].summary}"])
    with click.Context(command, parent=root, info_name=name) as ctx:
        match command:
            case CfCommand():
                yield from _of_mirrored(command)
            case click.Group():
                yield ManualSection("DESCRIPTION", _paragraphs(command))
                for under, each in command.commands.items():
                    with click.Context(each, parent=ctx, info_name=under) as inner:
                        blocks = [block for section in _of_own(each, inner) for block in section.blocks]
                    yield ManualSection(f"cfnet {name} {under}", blocks)
            case _:
                yield from _of_own(command, ctx)
    for module, writer in _DOCUMENTS.get(name, ()):
        yield ManualSection("JSON", _shape(getattr(import_module(f"cfnet.show.{module}"), writer)))
    yield ManualSection("SEE ALSO", ["cfnet(1)"])


def _of_mirrored(command: CfCommand) -> Iterator[ManualSection]:
    usage = command.usage
    path = f"cfnet {command.name}"
    yield ManualSection("SYNOPSIS", [Lines(tuple(f"{path} {line}".rstrip() for line in usage.synopsis.split("\n")))])
    yield ManualSection("EXAMPLES", _lines([f"{path} {example}" for example in usage.examples]))
    for title, lines in usage.sections:
        yield ManualSection(title, _lines(lines))
    flags = tuple((flag.name, flag.summary) for flag in command.flags if flag.summary)
    yield ManualSection("OPTIONS", [Terms(flags)])


def _of_own(command: click.Command, ctx: click.Context) -> Iterator[ManualSection]:
    yield ManualSection("SYNOPSIS", [Lines((" ".join([ctx.command_path, *command.collect_usage_pieces(ctx)]),))])
    if isinstance(command, CfnetCommand):
        yield ManualSection("EXAMPLES", _lines([f"{ctx.command_path} {each}".rstrip() for each in command.examples]))
        yield ManualSection("DESCRIPTION", _paragraphs(command))
        yield ManualSection("OPTIONS", [Terms(tuple(command.records(ctx, of_all=of_all))) for of_all in (False, True)])


def _paragraphs(command: click.Command) -> list[str | Lines | Terms]:
    """What the help explains; a paragraph that begins with a backspace stays as it is, as with click."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    return [
        Lines(tuple(each.split("\n")[1:])) if each.startswith("\b\n") else " ".join(each.split())
        for each in paragraphs
        if each
    ]


def _shape(writer: Callable[..., object]) -> list[str | Lines | Terms]:
    """What the docstring of `writer` says: sentences, and indented lines that stay as they are."""
    paragraphs = inspect.cleandoc(writer.__doc__ or "").split("\n\n")
    return [
        Lines(tuple(each.split("\n"))) if each.startswith("    ") else " ".join(each.replace("`", "").split())
        for each in paragraphs
    ]


def _lines(lines: Sequence[str]) -> list[str | Lines | Terms]:
    return [Lines(tuple(lines))] if lines else []
