"""The completion script for fish, 3.1 or later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from cfnet.cli.completion.grammar import ValueKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cli.completion.grammar import CommandGrammar, Option, Value

_HEAD: Final = r"""# Completion of cfnet for fish. Made by 'cfnet completion fish'; changes will be lost.

# Whether the words so far are the command $argv[1], and, with $argv[2], the next word is its argument of that number.
function __cfnet_at
    set -l words (commandline -opc)
    set -l path cfnet
    set -l number 1
    set -l option ''
    for word in $words[2..-1]
        if test -n "$option"
            set option ''
        else if string match -qr -- '^-.' $word
            contains -- "$path:$word" $__cfnet_valued; and set option $word
        else if contains -- $path $__cfnet_groups
            set path "$path $word"
        else
            set number (math $number + 1)
        end
    end
    test "$path" = "$argv[1]"; or return 1
    test (count $argv) = 1; or test $number = "$argv[2]"; or test "$argv[2]" = any
end

# Ask cfnet for values of the kind $argv[1]. It answers immediately, from a cache.
function __cfnet_live
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    string match -q -- '*/cfnet' $program; or set program cfnet
    command -q $program; and $program __complete $argv[1] $words[2..-1] 2>/dev/null </dev/null
end

"""


def fish_script(root: CommandGrammar) -> str:
    """Return the script for `root`."""
    commands = list(root.walk())
    valued = [
        f"{' '.join(command.path)}:{name}"
        for command in commands
        for option in command.options
        if option.value is not None
        for name in option.names
    ]
    groups = [" ".join(command.path) for command in commands if command.commands]
    lists = (
        "# Options that take a value, and commands with subcommands.\n"
        f"set -g __cfnet_valued {' '.join(map(_quoted, valued))}\n"
        f"set -g __cfnet_groups {' '.join(map(_quoted, groups))}\n\n"
        "complete -c cfnet -f\n"
    )
    return _HEAD + lists + "".join(f"complete -c cfnet {line}\n" for command in commands for line in _lines(command))


def _lines(command: CommandGrammar) -> Iterator[str]:
    path = " ".join(command.path)
    for number, argument in enumerate(command.arguments, 1):
        at = f"\"__cfnet_at '{path}' {'any' if argument.repeats else number}\""
        if argument.kind in (ValueKind.CHOICE, ValueKind.COMMAND):
            for word, summary in reversed(argument.choices):  # fish shows the last one first
                yield f"-n {at} -k -a {_quoted(word)}{_described(summary)}"
        elif offered := _offered(argument):
            yield f"-n {at} {offered}"
    at = f"\"__cfnet_at '{path}'\""
    for option in command.options:
        yield f"-n {at} {_option(option)}"


def _option(option: Option) -> str:
    names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    value = ""
    if option.value is not None:
        value = f" {_offered(option.value) or '-x'}".replace(" -a", " -x -a").replace(" -F", " -r -F")
    return f"{' '.join(names)}{value}{_described(option.summary)}"


def _offered(value: Value) -> str:
    match value.kind:
        case ValueKind.FREE:
            return ""
        case ValueKind.CHOICE | ValueKind.COMMAND:
            return f"-a {_quoted(' '.join(word for word, _ in value.choices))}"
        case ValueKind.FOLDER:
            return "-a '(__fish_complete_directories (commandline -ct))'"
        case ValueKind.FILE:
            return "-F"
        case ValueKind.LIVE:
            return f"-a '(__cfnet_live {value.live})'"
        case _:
            assert_never(value.kind)


def _described(summary: str) -> str:
    return f" -d {_quoted(summary)}" if summary else ""


def _quoted(text: str) -> str:
    """`text` in single quotes, in which fish has two escapes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
