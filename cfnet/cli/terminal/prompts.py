"""The prompts of `login`: printed to stdout, answered on stdin, from a terminal or a pipe, as in `cf`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import click

from cfnet.errors import UnknownName, UsageFault
from cfnet.operations.resolve_policy import same_name
from cfnet.operations.typed_words import is_text
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.environment import Environment

_LONGEST_MENU: Final = 50
_NO_TEXT: Final = "The answer on standard input is not UTF-8 text."
_GO_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
"""What Go's `Atoi` accepts as a number, as far as it is relevant in a list."""


class EndOfInput(Exception):
    """Stdin, which is not a terminal, ended where an answer to `label` was expected."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label

    def fault(self) -> UsageFault:
        """Return the error for a prompt that could not be answered."""
        return UsageFault(
            f"Cannot prompt for {self.label}: not a terminal.",
            hint="Use an option, or use 'cfnet auth', which never prompts.",
        )


def ask(environment: Environment, label: str, *, unseen: bool = False) -> str:
    """Prompt for `label` until the answer is not empty; `unseen` answers are not shown.

    Raises:
        EndOfInput: stdin ends, and is not a terminal.
        Abort: the user ends the input (Ctrl-D).
        UsageFault: the input is not text.
    """
    while True:
        answer = _answer(environment, label, unseen=unseen)
        if answer is None:
            if environment.stdin.isatty():
                raise click.Abort
            raise EndOfInput(label)
        if answer:
            return answer


def choose(environment: Environment, kind: str, names: Sequence[str], *, holding: str = "") -> str:
    """Let the user select one of `names` by number or name; return an empty name if they skip it, or the input ends.

    `kind` is `Org` or `Space`. A number outside the list shows the list again. On a terminal, case is ignored, and the
    prompt is repeated for a name that is not listed.

    Raises:
        UnknownName: a name from a pipe is not listed; `holding` is the space that the listed orgs have.
        UsageFault: the input is not text.
    """
    at_terminal = environment.stdin.isatty()
    while True:
        environment.stdout.write(_menu(kind, names))
        answer = _answer(environment, f"{kind} (enter to skip)")
        if not answer:
            return ""
        number = int(answer) if _is_listed(names) and _GO_INTEGER.fullmatch(answer) else None
        name = _meant(answer, number, names, any_case=at_terminal)
        if name is not None:
            return name
        if number is not None:
            continue
        unknown = UnknownName(_not_found(kind, answer, holding))
        if not at_terminal:
            raise unknown
        environment.say(f"{printable(str(unknown))}\n")


def _is_listed(names: Sequence[str]) -> bool:
    return len(names) < _LONGEST_MENU


def _menu(kind: str, names: Sequence[str]) -> str:
    lines = "".join(f"{number}. {printable(name)}\n" for number, name in enumerate(names, 1))
    if not _is_listed(names):
        lines = "There are too many options to display; please type in the name.\n"
    return f"Select {'an' if kind == 'Org' else 'a'} {kind.lower()}:\n{lines}\n"


def _meant(answer: str, number: int | None, names: Sequence[str], *, any_case: bool) -> str | None:
    """Return the name selected by an answer, which may be a `number` in the list; None if it selects nothing."""
    if number is not None and 0 < number <= len(names):
        return names[number - 1]
    if answer in names:
        return answer
    if number is not None or not any_case:
        return None
    return next((name for name in names if same_name(name, answer)), None)


def _not_found(kind: str, name: str, holding: str) -> str:
    if kind == "Space":
        return f"Space '{name}' not found."
    where = f" containing space '{holding}'" if holding else ""
    return f"Organization '{name}'{where} not found."


def _answer(environment: Environment, label: str, *, unseen: bool = False) -> str | None:
    """Prompt once for a line on stdin; return None at its end.

    Input that does not come from a terminal is echoed to stdout, as a terminal would.
    """
    prompt = f"{printable(label)}: "
    environment.stdout.flush()
    if unseen and environment.stdin.isatty():
        import getpass

        try:
            return getpass.getpass(prompt, environment.stdout)
        except EOFError:
            return None
    environment.stdout.write(prompt)
    environment.stdout.flush()
    try:
        line = environment.stdin.readline()
    except UnicodeDecodeError as error:
        raise UsageFault(_NO_TEXT, where=label) from error
    if not is_text(line):
        raise UsageFault(_NO_TEXT, where=label)  # without the line: it may be a password
    if not line:
        return None
    answer = line.rstrip("\r\n")
    if not unseen:
        answer = answer.strip()
    return answer if environment.stdin.isatty() else _from_pipe(answer, environment, unseen=unseen)


def _from_pipe(answer: str, environment: Environment, *, unseen: bool) -> str:
    # Some shells, such as Windows PowerShell, begin what they write to a pipe with a byte order mark.
    answer = answer.removeprefix("\ufeff")
    environment.stdout.write("\n" if unseen else f"{printable(answer)}\n")
    return answer
