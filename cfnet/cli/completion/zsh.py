"""The completion script for zsh, 5 or later, with its own completion system (compinit)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from cfnet.cli.completion.grammar import ValueKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cli.completion.grammar import CommandGrammar, Option, Value

_HEAD: Final = """\
#compdef cfnet
# Completion of cfnet for zsh. Made by 'cfnet completion zsh'; changes will be lost.

# Ask cfnet for values of the kind given by the last argument. It answers immediately, from a cache.
_cfnet_live() {
  local program=${typed[1]/#\\~\\//$HOME/}
  [[ $program == */cfnet ]] || program=cfnet
  local -a found=("${(@f)$($program __complete $argv[-1] "${(@)typed[2,-1]}" 2>/dev/null </dev/null)}")
  found=("${(@)found:#}")
  compadd "${(@)argv[1,-2]}" -a found
}
"""

_TAIL: Final = """
if [[ $funcstack[1] == _cfnet ]]; then
  _cfnet "$@"
else
  compdef _cfnet cfnet
fi
"""


def zsh_script(root: CommandGrammar) -> str:
    """Return the script for `root`: one function per command, named like the file if it is autoloaded."""
    return _HEAD + "".join(map(_function, root.walk())) + _TAIL


def _function(command: CommandGrammar) -> str:
    specs = [spec for option in command.options for spec in _option(option)]
    head = f"\n{_name(command)}() {{\n"
    if command.path == ("cfnet",):
        head += '  local -a typed=("${(@Q)words[1,CURRENT-1]}")\n'
    if command.commands:
        return head + _group(command, specs) + "}\n"
    specs += [_argument(number, value) for number, value in enumerate(command.arguments, 1)]
    return f"{head}  _arguments -S \\\n{_listed(specs)}\n}}\n"


def _group(command: CommandGrammar, specs: list[str]) -> str:
    choices = [f"{word}:{summary}" for word, summary in command.arguments[0].choices]
    calls = "".join(f"        {_quoted(each.path[-1])}) {_name(each)} ;;\n" for each in command.commands)
    return f"""\
  local curcontext=$curcontext state line
  local -A opt_args
  local -a commands=(
{chr(10).join(f"    {_quoted(choice)}" for choice in choices)}
  )
  _arguments -C -S \\
{_listed(specs)} \\
    '1: :->command' \\
    '*:: :->arguments'
  case $state in
    command) _describe -V -t commands command commands ;;
    arguments)
      case $line[1] in
{calls}      esac
      ;;
  esac
"""


def _option(option: Option) -> Iterator[str]:
    others = "*" if option.repeats else f"({' '.join(option.names)})" if len(option.names) > 1 else ""
    value = "" if option.value is None else f":{_escaped(option.value.name, ':')}:{_action(option.value)}"
    for name in option.names:
        attached = "" if option.value is None else "=" if name.startswith("--") else "+"
        yield _quoted(f"{others}{name}{attached}[{_escaped(option.summary, '[]')}]{value}")


def _argument(number: int, value: Value) -> str:
    return _quoted(f"{'*' if value.repeats else number}:{_escaped(value.name, ':')}:{_action(value)}")


def _action(value: Value) -> str:
    match value.kind:
        case ValueKind.FREE:
            return " "
        case ValueKind.CHOICE | ValueKind.COMMAND:
            return f"({' '.join(word for word, _ in value.choices)})"
        case ValueKind.FOLDER:
            return "_files -/"
        case ValueKind.FILE:
            return "_files"
        case ValueKind.LIVE:
            return f"_cfnet_live {value.live}"
        case _:
            assert_never(value.kind)


def _name(command: CommandGrammar) -> str:
    return "_" + "_".join(command.path)


def _listed(specs: list[str]) -> str:
    return " \\\n".join(f"    {spec}" for spec in specs)


def _escaped(text: str, special: str) -> str:
    return "".join(f"\\{each}" if each in special or each == "\\" else each for each in text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
