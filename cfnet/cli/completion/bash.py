"""The completion script for bash, 3.2 or later; needs no other packages."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cli.completion.grammar import CommandGrammar, Value

_HEAD: Final = r"""# Completion of cfnet for bash. Made by 'cfnet completion bash'; changes will be lost.

# Parse $1 like bash: set `typed` to its complete words, `last` to the last word, `quote` to a quote that is still open.
_cfnet_read() {
  local text=$1 character escaped='' begun='' at
  typed=() last='' quote=''
  for ((at = 0; at < ${#text}; at++)); do
    character=${text:at:1}
    if [[ $escaped ]]; then
      [[ $quote == '"' && $character != [\$\`\"\\] ]] && last+=\\
      last+=$character escaped=''
    elif [[ $character == \\ && $quote != "'" ]]; then
      escaped=1 begun=1
    elif [[ $quote && $character == "$quote" ]]; then
      quote=''
    elif [[ $quote ]]; then
      last+=$character
    elif [[ $character == [\"\'] ]]; then
      quote=$character begun=1
    elif [[ $character == [[:space:]] ]]; then
      [[ $begun ]] && typed+=("$last")
      last='' begun=''
    else
      last+=$character begun=1
    fi
  done
}

# Reply with the words from $2 on that, after `before`, begin with `last`, in the quotes that the line has opened.
# $1 is the part of the line that remains: bash replaces only what follows the last of COMP_WORDBREAKS.
_cfnet_reply() {
  local word wanted=$last close kept quote typed last
  _cfnet_read "$1"
  kept=${#last}
  for word in "${@:2}"; do
    word=$before$word
    [[ $word == "$wanted"* ]] || continue
    word=${word:kept}
    case $quote in
      \') word=${word//\'/\'\\\'\'} ;;
      \") word=${word//\\/\\\\} word=${word//\"/\\\"} word=${word//\$/\\\$} word=${word//\`/\\\`}
        # A backslash does not prevent history expansion of an exclamation mark there: use the other quotes.
        word=${word//\!/\"\'\!\'\"} ;;
      *) [[ $word ]] && printf -v word %q "$word" ;;
    esac
    # bash closes the quote itself, except after a word that ends with the same quote.
    [[ $quote && $word == *"$quote" ]] && close=$quote || close=''
    COMPREPLY+=("$word$close")
  done
}

# Ask cfnet for values of the kind $1: `takes`. It answers immediately, from a cache.
_cfnet_live() {
  local word program=${typed[0]/#\~\//$HOME/}
  [[ $program == */cfnet ]] || program=cfnet
  takes=()
  while IFS= read -r word; do
    takes+=("$word")
  done < <("$program" __complete "$1" "${typed[@]:1}" 2>/dev/null </dev/null)
  [[ ${#takes[@]} -gt 0 ]]
}

_cfnet() {
  local typed last quote takes option='' before='' word path=cfnet number=1
  local line=${COMP_LINE:0:COMP_POINT}
  local stays=${line%"$2"}
  COMPREPLY=()
  _cfnet_read "$line"
  for word in "${typed[@]:1}"; do
    if [[ $option ]]; then
      option=''
    elif [[ $word == -?* ]]; then
      _cfnet_takes "$path:$word" && option=$word
    elif _cfnet_takes "$path:$number" && [[ ${takes[0]} == command ]]; then
      path+=" $word" number=1
    else
      ((number++))
    fi
  done
  if [[ ! $option && $last == --*=* ]]; then
    option=${last%%=*} before=$option=
  fi
  if [[ $option ]]; then
    _cfnet_takes "$path:$option" || return 0
  elif [[ $last == -* ]] || ! _cfnet_takes "$path:$number"; then
    _cfnet_takes "$path" || return 0
  fi
  case ${takes[0]} in
    choice | command) _cfnet_reply "$stays" "${takes[@]:1}" ;;
    live) _cfnet_live "${takes[1]}" && _cfnet_reply "$stays" "${takes[@]}" ;;
    folder) compopt -o dirnames 2>/dev/null ;;
    file) compopt -o default 2>/dev/null ;;
  esac
}

# Set `takes` to the values of an option (COMMAND:--option) or an argument (COMMAND:1).
# COMMAND itself takes its options. Fail if there is no such option or argument.
_cfnet_takes() {
  case $1 in
"""

_TAIL: Final = r"""    *) return 1 ;;
  esac
}

complete -F _cfnet cfnet
"""


def bash_script(root: CommandGrammar) -> str:
    """Return the script for `root`."""
    lines = (f"    {pattern}) takes=({takes}) ;;\n" for command in root.walk() for pattern, takes in _takes(command))
    return _HEAD + "".join(lines) + _TAIL


def _takes(command: CommandGrammar) -> Iterator[tuple[str, str]]:
    path = " ".join(command.path)
    yield shlex.quote(path), " ".join(["choice", *(name for option in command.options for name in option.names)])
    for option in command.options:
        if option.value is not None:
            yield " | ".join(shlex.quote(f"{path}:{name}") for name in option.names), _words(option.value)
    for number, argument in enumerate(command.arguments, 1):
        place = shlex.quote(f"{path}:") + "[0-9]*" if argument.repeats else shlex.quote(f"{path}:{number}")
        yield place, _words(argument)


def _words(value: Value) -> str:
    more = [value.live.value] if value.live is not None else [word for word, _ in value.choices]
    return shlex.join([value.kind.value, *more])
