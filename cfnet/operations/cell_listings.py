"""The rules that cells really have, as somebody printed them there: on stdin, in a file, in a directory of files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.drift.listed_rules import NotListed, choose, read_section, sections
from cfnet.cell.iptables.tokens import NotIptables
from cfnet.errors import CommandLineFault, InputFault, UsageFault, unreadable
from cfnet.foundation.encodings import decoded
from cfnet.operations.choose_app import unknown_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from cfnet.cell.drift.cell_identity import CellFinder
    from cfnet.cell.drift.listed_rules import ListingSection
    from cfnet.cell.iptables.listing import Ruleset
    from cfnet.operations.environment import Environment

_EXPECTED: Final = "Expected the output of 'iptables -S' or 'iptables-save' on the cell."
_NAMED: Final = "A file for each cell, named after it."


class ListingText(NamedTuple):
    """A text with rules, to be read on demand, and where it comes from."""

    origin: str
    read: Callable[[], str]


class CellListing(NamedTuple):
    """The rules of one cell, to be read on demand, and where they come from."""

    cell: str
    origin: str
    rules: Callable[[Collection[str]], Ruleset]
    """Given rules that are likely, which need not be read (`parse_lines`).

    Raises InputFault: they cannot be read, or are not the cell's.
    """


class ListingsByCell(NamedTuple):
    """Texts, by the cells that they are about.

    Attributes:
        held: the rules of cells.
        faults: what is wrong with texts that should have been some cell's.
        strays: the names of files that do not belong to a cell.
    """

    held: Sequence[CellListing]
    faults: Sequence[InputFault]
    strays: Sequence[str] = ()


def text_in(file: str | None, environment: Environment) -> ListingText:
    """The text of `file`; where that is none, or `-`, that on stdin.

    Raises:
        UsageFault: nobody has put any there.
    """
    if file not in (None, "-"):
        return _in_file(Path(str(file)))
    if environment.stdin.isatty():
        raise CommandLineFault(
            "verify needs a FILE, or rules on stdin", hint="As in: iptables-save | cfnet verify --cell NAME"
        )
    return ListingText("stdin", environment.raw_stdin.read)


def texts_of(folder: Path) -> tuple[list[ListingText], list[str]]:
    """The files of `folder`, in the order of their names, and the names of what else is in it.

    Raises:
        InputFault: it cannot be read, or has no files.
    """
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise unreadable(error, folder) from error
    files = [path for path in found if path.is_file() and not path.name.startswith(".")]
    if not files:
        raise InputFault("there is no file in it", where=str(folder), hint=_NAMED)
    others = [f"{path.name}/" if path.is_dir() else path.name for path in found if path not in set(files)]
    return [_in_file(path) for path in files], others


def of_cell(cell: str, text: ListingText, cells: Collection[str]) -> CellListing:
    """The rules of `cell` in a text that holds them, alone or beside those of others."""

    def rules(known: Collection[str]) -> Ruleset:
        found = sections(text.read(), cells)
        named = {each.name: cell_named(each.name, cells) for each in found}
        own = [each for each in found if named[each.name] == cell]
        others = sorted({name for name in named.values() if name not in (None, cell)})
        if not own and others:
            raise InputFault(
                f"it has the rules of {', '.join(map(str, others))}, and none of {cell}.",
                where=text.origin,
                hint=f"Use --cell {others[0]}." if len(others) == 1 else "",
            )
        return _rules(text.origin, own or found, known)

    return CellListing(cell, text.origin, rules)


def by_section(text: ListingText, cells: Collection[str], finder: Callable[[], CellFinder]) -> ListingsByCell:
    """The rules in a text that says itself which cells they are from, by heading, instance, or containers.

    Raises:
        InputFault: it cannot be read, or does not say.
    """
    by_cell: dict[str, list[ListingSection]] = {}
    faults = []
    found = sections(text.read(), cells)
    for section in found:
        cell = cell_named(section.name, cells) or _cell_by_containers(section, finder)
        if cell is not None:
            by_cell.setdefault(cell, []).append(section)
        elif section.name:
            faults.append(_unknown(section.name, cells, _place(text, section)))
        elif section.lists_filter and len(found) > 1:
            faults.append(InputFault("which cell these rules are from is not known.", where=_place(text, section)))
    if not by_cell and not faults:
        _rules(text.origin, found)
        raise UsageFault(f"{text.origin} does not say which cell it is from.", hint="Use --cell NAME.")
    held = [CellListing(cell, text.origin, _reader(text.origin, parts)) for cell, parts in by_cell.items()]
    return ListingsByCell(held, faults)


def by_file(texts: Iterable[ListingText], cells: Collection[str], finder: Callable[[], CellFinder]) -> ListingsByCell:
    """The rules in files that are named after their cells, or say themselves which cells they are from."""
    held: dict[str, CellListing] = {}
    twice: set[str] = set()
    faults: list[InputFault] = []
    strays: list[str] = []
    for text in texts:
        name = _cell_of_file(Path(text.origin), cells)
        for each in [of_cell(name, text, cells)] if name else _unnamed(text, cells, finder, faults, strays):
            if each.cell in held:
                twice.add(each.cell)
                faults.append(InputFault(f"{held[each.cell].origin} and {each.origin} are both of cell {each.cell}."))
            held[each.cell] = each
    return ListingsByCell([held[cell] for cell in cells if cell in held and cell not in twice], faults, strays)


def _unnamed(
    text: ListingText,
    cells: Collection[str],
    finder: Callable[[], CellFinder],
    faults: list[InputFault],
    strays: list[str],
) -> Iterator[CellListing]:
    """What a file holds that is not named after a cell."""
    path = Path(text.origin)
    try:
        found = sections(text.read(), cells)
    except InputFault as fault:
        faults.append(fault)
        return
    if any(cell_named(each.name, cells) for each in found):
        sorted_ = by_section(text, cells, finder)
        faults += sorted_.faults
        yield from sorted_.held
    elif any(each.has_rules for each in found):
        faults.append(_unknown(path.stem, cells, str(path)))
    else:
        strays.append(path.name)


def cell_named(name: str, cells: Collection[str]) -> str | None:
    """The cell that a heading or an instance of `bosh ssh` names, as `diego-cell/GUID`; None if it is unknown."""
    if not name:
        return None
    return next((each for each in (name, name.rpartition("/")[2], name.replace("/", "-")) if each in cells), None)


def _unknown(name: str, cells: Collection[str], where: str) -> InputFault:
    fault = unknown_cell(name, cells, where=where)
    return InputFault(fault.message, where=where, hint=fault.hint)


def _cell_by_containers(section: ListingSection, finder: Callable[[], CellFinder]) -> str | None:
    try:
        return finder().cell_of(read_section(section))
    except (NotListed, NotIptables):
        return None


def _cell_of_file(path: Path, cells: Collection[str]) -> str | None:
    """The cell that a file is named after, as it is or up to its last dot: a cell may be named by its IP."""
    return next((each for each in (path.name, path.stem) if each in cells), None)


def _reader(origin: str, found: Sequence[ListingSection]) -> Callable[[Collection[str]], Ruleset]:
    return lambda known: _rules(origin, found, known)


def _rules(origin: str, found: Sequence[ListingSection], known: Collection[str] = ()) -> Ruleset:
    """The rules of one cell.

    Raises:
        InputFault: they are not listed, or not all of them.
    """
    try:
        return read_section(choose(found), known)
    except NotListed as fault:
        where = f"{origin}:{fault.line}" if fault.line else origin
        raise InputFault(fault.problem, where=where, hint=fault.hint) from fault
    except NotIptables as fault:
        raise InputFault(f"expected {fault.expected}", where=f"{origin}:{fault.line}", hint=_EXPECTED) from fault


def _place(text: ListingText, section: ListingSection) -> str:
    return f"{text.origin}:{section.line}"


def _in_file(path: Path) -> ListingText:
    def read() -> str:
        try:
            return decoded(path.read_bytes(), raw=True)
        except OSError as error:
            raise unreadable(error, path) from error

    return ListingText(str(path), read)
