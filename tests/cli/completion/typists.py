"""Typists: type into a real shell, press TAB, and return the shell's command line."""

import os
import pty
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.processes import take_lines

COMPLETIONS = Path(__file__).parents[3] / "completions"


class Typist(Protocol):
    """Types at a prompt of a shell that has loaded its completion script."""

    def line(self, typed: str) -> str:
        """The command line after `typed` and TAB."""

    def words(self, typed: str) -> list[str]:
        """All completions of the last word of `typed`, as the shell would write them."""

    def read(self, text: str) -> list[str]:
        """The words that the shell parses `text` into."""


_BASH = """\
PS1=
bind 'set bell-style none'
bind 'set completion-query-items 0'
bind 'set enable-bracketed-paste off'
bind '"\\C-i": complete'
bind '"\\C-xa": insert-completions'
_tell() {{ printf '%s\\n' "$READLINE_LINE" >&{tell}; READLINE_LINE= READLINE_POINT=0; }}
bind -x '"\\C-xd": _tell'
source '{completions}/cfnet.bash'
"""

_ZSH = """\
PS1=
fpath=('{completions}' $fpath)
autoload -Uz compinit && compinit -u -D
unsetopt beep list_beep prompt_cr prompt_sp
bindkey -e
bindkey '^I' complete-word
zle -C all-matches complete-word _generic
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
bindkey '^Xa' all-matches
_tell() {{ print -r -- "$BUFFER" >&{tell}; BUFFER= }}
zle -N _tell
bindkey '^Xd' _tell
"""


class _AtATerminal:
    """Types into an interactive shell, which reports its command line through a pipe."""

    def __init__(self, shell: str, terminal: int, report: int) -> None:
        self._shell = shell
        self._terminal = terminal
        self._report = report

    def line(self, typed: str) -> str:
        return self._after(typed + "\t")

    def words(self, typed: str) -> list[str]:
        kept, _last = _apart(typed)
        # zsh appends = to an option with a value, and removes it when a space is typed.
        return _split(self._after(typed + "\x18a").removeprefix(kept).removesuffix("="))

    def read(self, text: str) -> list[str]:
        # As at a prompt, where an exclamation mark may refer to the history.
        interactive = {"bash": ["bash", "--noprofile", "--norc", "-is"], "zsh": ["zsh", "-fis"]}
        return _read(interactive[self._shell], text)

    def _after(self, keys: str) -> str:
        os.write(self._terminal, f"{keys}\x18d".encode())
        return take_lines(self._report).removesuffix("\n")

    def close(self) -> None:
        os.close(self._report)


def _split(text: str) -> list[str]:
    """The words of `text` as written: a space after a backslash does not separate words."""
    return [word.replace("\0", "\\ ") for word in text.replace("\\ ", "\0").split()]


def _apart(typed: str) -> tuple[str, str]:
    """The text before the last word of `typed`, and that word, which starts after an unquoted space."""
    quote, at, escaped = "", 0, False
    for place, character in enumerate(typed):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == " ":
            at = place + 1
    return typed[:at], typed[at:]


def _read(shell: list[str], text: str) -> list[str]:
    line = f"printf '%s\\n' {text}"
    words, typed = ([*shell, line], "") if shell[-1] == "-c" else (shell, f"{line}\n")
    variables = {**os.environ, "HISTFILE": os.devnull}
    ran = subprocess.run(words, input=typed, env=variables, capture_output=True, check=True, encoding="utf-8")
    return [] if ran.stdout == "\n" else ran.stdout.splitlines()


@contextmanager
def at_bash(folder: Path, variables: Mapping[str, str]) -> Iterator[Typist]:
    """A typist in bash; `folder` is for its files."""
    read, tell = os.pipe()
    (folder / "bashrc").write_text(_BASH.format(tell=tell, completions=COMPLETIONS), encoding="utf-8")
    words = ["bash", "--noprofile", "--rcfile", str(folder / "bashrc"), "-i"]
    with _shell(words, variables, read, tell) as typist:
        yield typist


@contextmanager
def at_zsh(folder: Path, variables: Mapping[str, str]) -> Iterator[Typist]:
    """A typist in zsh; `folder` is for its files."""
    read, tell = os.pipe()
    (folder / ".zshrc").write_text(_ZSH.format(tell=tell, completions=COMPLETIONS), encoding="utf-8")
    with _shell(["zsh", "-d", "-i"], {**variables, "ZDOTDIR": str(folder)}, read, tell) as typist:
        yield typist


@contextmanager
def _shell(words: list[str], variables: Mapping[str, str], read: int, tell: int) -> Iterator[Typist]:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "vt100", "INPUTRC": "/dev/null", **variables}
    process = subprocess.Popen(
        words, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, pass_fds=[tell], start_new_session=True
    )
    os.close(theirs)
    os.close(tell)
    screen = threading.Thread(target=_look_away, args=[ours])
    screen.start()
    typist = _AtATerminal(words[0], ours, read)
    try:
        yield typist
    finally:
        process.kill()
        process.wait()
        screen.join()
        typist.close()
        os.close(ours)


def _look_away(terminal: int) -> None:
    """Read the shell's screen output, so that the shell never blocks."""
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:  # the shell has exited
        return


class _AtFish:
    """Asks fish, which also prints completions for programs."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def line(self, typed: str) -> str:
        kept, last = _apart(typed)
        words = self.words(typed)
        become = f"{words[0]} " if len(words) == 1 else os.path.commonprefix(words) or last  # noqa: RUF071 - of any strings
        return kept + become

    def words(self, typed: str) -> list[str]:
        ran = subprocess.run(
            ["fish", "--no-config", "-c", "source $argv[1]; complete --escape -C $argv[2]",
             str(COMPLETIONS / "cfnet.fish"), typed],
            env={**os.environ, "LC_ALL": "C.UTF-8", **self._variables}, capture_output=True, check=True, text=True,
        )  # fmt: skip
        assert ran.stderr == ""
        return [line.partition("\t")[0] for line in ran.stdout.splitlines()]

    def read(self, text: str) -> list[str]:
        return _read(["fish", "--no-config", "-c"], text)


@contextmanager
def at_fish(folder: Path, variables: Mapping[str, str]) -> Iterator[Typist]:
    """A typist in fish; `folder` is for its files."""
    del folder
    yield _AtFish(variables)


TYPISTS = {"bash": at_bash, "zsh": at_zsh, "fish": at_fish}
