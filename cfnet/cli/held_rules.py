"""The rules that cells really hold, as somebody printed them there: on stdin, in a file, in a folder of files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.iptables import parse
from cfnet.cell.iptables_words import NotIptables
from cfnet.cli.app_choice import unknown_cell
from cfnet.errors import InputFault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from cfnet.cell.iptables import Ruleset
    from cfnet.cli.environment import Environment

_EXPECTED: Final = "It is what 'iptables -S' or 'iptables-save' prints on the cell."


class Held(NamedTuple):
    """A cell's rules, to be read on demand, and where they come from."""

    origin: str
    read: Callable[[], str]

    def rules(self) -> Ruleset:
        """The rules.

        Raises:
            InputFault: they cannot be read, or are none.
        """
        try:
            found = parse(self.read())
        except NotIptables as fault:
            raise InputFault(
                f"expected {fault.expected}", where=f"{self.origin}:{fault.line}", hint=_EXPECTED
            ) from fault
        if not found.tables:
            # No cell prints nothing: whatever should have written this has failed.
            raise InputFault("there are no rules in it", where=self.origin, hint=_EXPECTED)
        return found


def held_in(file: str | None, environment: Environment) -> Held:
    """The rules in `file`; where that is none, or `-`, those on stdin.

    Raises:
        UsageFault: nobody has put any there.
    """
    if file not in (None, "-"):
        return _in_file(Path(str(file)))
    if environment.stdin.isatty():
        raise UsageFault(
            "verify needs a FILE, or rules on stdin", hint="As in: iptables-save | cfnet verify --cell NAME"
        )
    return Held("stdin", environment.tolerant_stdin.read)


def files_of(folder: Path) -> list[Path]:
    """The files of `folder`, in order of their names.

    Raises:
        InputFault: it cannot be read, or has none.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise InputFault(f"cannot be read: {error.strerror}", where=str(folder)) from error
    if not files:
        raise InputFault("there is no file in it", where=str(folder), hint="A file for each cell, named after it.")
    return files


def held_by_cell(files: Iterable[Path], cells: Collection[str]) -> dict[str, Held]:
    """The rules in `files` by the names of the cells that they are named after, as they are or up to their last dot.

    Raises:
        UnknownName: a file is named after no cell.
        InputFault: two are named after the same.
    """
    found: dict[str, Held] = {}
    for path in files:
        # A cell may be named by its IP: then what follows the last dot is no extension.
        name = next((each for each in (path.name, path.stem) if each in cells), None)
        if name is None:
            raise unknown_cell(path.stem, cells, where=str(path))
        if name in found:
            raise InputFault(f"{found[name].origin} and {path} are both named after cell {name}.")
        found[name] = _in_file(path)
    return found


def _in_file(path: Path) -> Held:
    def read() -> str:
        try:
            return path.read_text(encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise InputFault(f"cannot be read: {error.strerror}", where=str(path)) from error

    return Held(str(path), read)
