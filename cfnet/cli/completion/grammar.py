"""The grammar of the command line: every command with its options, arguments, and their values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from cfnet.cli.completion.candidates import LiveValues
from cfnet.cli.parsing.form_names import TextOrJson
from cfnet.cli.parsing.mirrored_command import MirroredCommand
from cfnet.policy import Protocol
from cfnet.show.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator


class ValueKind(StrEnum):
    """The kind of a value, as far as it matters for completion."""

    FREE = "free"
    """Cannot be completed."""
    CHOICE = "choice"
    COMMAND = "command"
    """A subcommand, followed by its own options and arguments."""
    FOLDER = "folder"
    FILE = "file"
    LIVE = "live"
    """A name from the foundation: the script asks cfnet for it."""


class Value(NamedTuple):
    """The value of an option or an argument.

    Attributes:
        name: the name in the help.
        choices: the possible values, each with a summary (which may be empty).
        live: what to ask cfnet for.
        repeats: for an argument: whether it may be repeated.
    """

    name: str
    kind: ValueKind
    choices: tuple[tuple[str, str], ...] = ()
    repeats: bool = False
    live: LiveValues | None = None


class Option(NamedTuple):
    """An option: all its names, and its value if it takes one."""

    names: tuple[str, ...]
    summary: str
    value: Value | None
    repeats: bool


class CommandGrammar(NamedTuple):
    """A command: `path` is its full name, from `cfnet` on; `commands` are its subcommands."""

    path: tuple[str, ...]
    options: tuple[Option, ...]
    arguments: tuple[Value, ...]
    commands: tuple[CommandGrammar, ...] = ()

    def walk(self) -> Iterator[CommandGrammar]:
        """This command and all its subcommands."""
        yield self
        for each in self.commands:
            yield from each.walk()


_HELP: Final = Option(("-h", "--help"), "Show this help", None, repeats=False)

_KINDS: Final = {
    "DIR": ValueKind.FOLDER,
    "FOLDER": ValueKind.FOLDER,
    "FILE": ValueKind.FILE,
    "PLAN": ValueKind.FILE,
    "FILE|PLAN": ValueKind.FILE,
    "FILE...|RULE": ValueKind.FILE,
    "LOG": ValueKind.FILE,
}
"""By the name of a value in the help."""

_LIVE: Final = {
    "-s": LiveValues.SPACE,
    "-o": LiveValues.ORG,
    "SPACE": LiveValues.SPACE,
    "--cell": LiveValues.CELL,
    "--app": LiveValues.APP,
    "--source": LiveValues.APP,
    "--destination": LiveValues.APP,
    "SOURCE_APP": LiveValues.APP,
    "DESTINATION_APP": LiveValues.DESTINATION,
    "FROM_APP": LiveValues.APP,
    "TO_APP": LiveValues.APP,
    "APP": LiveValues.APP,
    "SRC": LiveValues.APP,
    "DST": LiveValues.APP,
    "ORG/SPACE": LiveValues.PLACE,
    "export --org": LiveValues.ORG,
    "remove-network-policy --port": LiveValues.PORT,
    "sandbox delete NAME": LiveValues.APP,
    "sandbox scale NAME": LiveValues.APP,
    "sandbox curl APP[/INSTANCE]": LiveValues.APP,
    "sandbox run CELL|APP[/INSTANCE]": LiveValues.INSIDE,
}
"""By the option, or by the name of a value in the help; prefixed by the command if it applies only there."""

_NAMES: Final = {"-s": "SPACE", "-o": "ORG", "--from": "DIR"}
"""The names of the values of options, where they are not those of the options."""

_OF_CF: Final = {
    "--protocol": tuple((protocol.value, "") for protocol in Protocol),
    "--format": tuple((form.value, "") for form in TextOrJson),
}
"""The choices of options of mirrored commands, which have no click types."""


def spell(root: click.Group) -> CommandGrammar:
    """Return the grammar of `root`, with `help NAME`, which is not a real command."""
    with click.Context(root, info_name="cfnet") as ctx:
        top = _group(root, ("cfnet",), ctx)
    first = top.arguments[0]
    topics = tuple((name, topic.summary) for name, topic in TOPICS.items())
    helped = CommandGrammar(("cfnet", "help"), (), (Value("COMMAND", ValueKind.CHOICE, (*first.choices, *topics)),))
    with_help = first._replace(choices=(*first.choices, ("help", "Show the help of a command or a topic")))
    return top._replace(arguments=(with_help,), commands=(*top.commands, helped))


def _group(group: click.Group, path: tuple[str, ...], ctx: click.Context) -> CommandGrammar:
    below = [(name, found) for name in group.list_commands(ctx) if (found := group.get_command(ctx, name)) is not None]
    shown = [(name, command) for name, command in below if not command.hidden]
    choices = tuple((name, command.get_short_help_str(200)) for name, command in shown)
    return CommandGrammar(
        path,
        _options(group, path),
        (Value("COMMAND", ValueKind.COMMAND, choices),),
        tuple(_command(command, (*path, name), ctx) for name, command in shown),
    )


def _command(command: click.Command, path: tuple[str, ...], ctx: click.Context) -> CommandGrammar:
    if isinstance(command, click.Group):
        return _group(command, path, ctx)
    if isinstance(command, MirroredCommand):
        options = [
            Option(
                (flag.name,),
                flag.summary,
                _value(path, flag.name, "", None) if flag.takes_value else None,
                repeats=False,
            )
            for flag in command.flags
            if flag.summary
        ]
        arguments = [_value(path, "", name, None) for name in (*command.usage.arguments, *command.usage.optional)]
        return CommandGrammar(path, (*options, _HELP), tuple(arguments))
    arguments = [
        _value(path, "", param.human_readable_name, param.type)._replace(repeats=param.nargs != 1)
        for param in command.params
        if isinstance(param, click.Argument)
    ]
    return CommandGrammar(path, _options(command, path), tuple(arguments))


def _options(command: click.Command, path: tuple[str, ...]) -> tuple[Option, ...]:
    shown = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    return (*(_option(param, path) for param in shown), _HELP)


def _option(param: click.Option, path: tuple[str, ...]) -> Option:
    value = None
    if not param.is_flag and not param.count:
        value = _value(path, param.opts[-1], param.metavar or "", param.type)
    names = (*sorted(param.opts, key=len), *param.secondary_opts)
    return Option(names, param.help or "", value, repeats=param.multiple)


def _value(path: tuple[str, ...], option: str, name: str, kind: object) -> Value:
    """Return the value of `option` of the command at `path`, or of the argument called `name` if `option` is empty."""
    name = (name[1:-1] if name.startswith("[") else name) or _NAMES.get(option) or option.lstrip("-").upper()
    if choices := _choices(option, kind):
        return Value(name, ValueKind.CHOICE, choices)
    command = " ".join(path[1:])
    for each in (f"{command} {option or name}", option, name):
        if each in _LIVE:
            return Value(name, ValueKind.LIVE, live=_LIVE[each])
    return Value(name, _KINDS.get(name.strip("[.]"), ValueKind.FREE))


def _choices(option: str, kind: object) -> tuple[tuple[str, str], ...]:
    if isinstance(kind, click.Choice):
        return tuple((str(choice), "") for choice in kind.choices)
    return _OF_CF.get(option, ()) if kind is None else ()
