"""Read the actual rules of cells, printed by iptables: from stdin, a file, or a directory of files."""

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
_NAMED: Final = "Each file must be named after a cell."


class ListingText(NamedTuple):
    """A text with rules, read on demand, and its origin."""

    origin: str
    read: Callable[[], str]


class CellListing(NamedTuple):
    """The rules of one cell, read on demand, and their origin."""

    cell: str
    origin: str
    rules: Callable[[Collection[str]], Ruleset]
    """Parses the rules, given expected ones that need not be parsed (`parse_lines`).

    Raises InputFault: they cannot be read, or belong to another cell.
    """


class ListingsByCell(NamedTuple):
    """Texts, assigned to cells.

    Attributes:
        held: the rules of cells.
        faults: errors of texts that could not be assigned.
        strays: the names of files that do not belong to a cell.
    """

    held: Sequence[CellListing]
    faults: Sequence[InputFault]
    strays: Sequence[str] = ()


def text_in(file: str | None, environment: Environment) -> ListingText:
    """Return the text of `file`, or of stdin if it is None or `-`.

    Raises:
        UsageFault: stdin is a terminal.
    """
    if file not in (None, "-"):
        return _in_file(Path(str(file)))
    if environment.stdin.isatty():
        raise CommandLineFault(
            "verify requires a FILE, or rules on stdin", hint="Example: iptables-save | cfnet verify --cell NAME"
        )
    return ListingText("stdin", environment.raw_stdin.read)


def texts_of(folder: Path) -> tuple[list[ListingText], list[str]]:
    """Return the files in `folder`, sorted by name, and the names of its other entries.

    Raises:
        InputFault: it cannot be read, or has no files.
    """
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise unreadable(error, folder) from error
    files = [path for path in found if path.is_file() and not path.name.startswith(".")]
    if not files:
        raise InputFault("the directory has no files", where=str(folder), hint=_NAMED)
    others = [f"{path.name}/" if path.is_dir() else path.name for path in found if path not in set(files)]
    return [_in_file(path) for path in files], others


def of_cell(cell: str, text: ListingText, cells: Collection[str]) -> CellListing:
    """Return the rules of `cell` in a text, which may also contain the rules of other cells."""

    def rules(known: Collection[str]) -> Ruleset:
        found = sections(text.read(), cells)
        named = {each.name: cell_named(each.name, cells) for each in found}
        own = [each for each in found if named[each.name] == cell]
        others = sorted({name for name in named.values() if name not in (None, cell)})
        if not own and others:
            raise InputFault(
                f"it contains rules of {', '.join(map(str, others))}, but none of {cell}.",
                where=text.origin,
                hint=f"Use --cell {others[0]}." if len(others) == 1 else "",
            )
        return _rules(text.origin, own or found, known)

    return CellListing(cell, text.origin, rules)


def of_cells(wanted: Collection[str], rules: ListingsByCell, origin: str) -> ListingsByCell:
    """Return the rules of the `wanted` cells only, which `origin` must have.

    Errors of other texts only matter if the rules of a wanted cell may be in them.
    """
    held = [each for each in rules.held if each.cell in wanted]
    missing = [cell for cell in dict.fromkeys(wanted) if cell not in {each.cell for each in held}]
    faults = [InputFault(f"it contains no rules of cell {cell}.", where=origin) for cell in missing]
    return ListingsByCell(held, [*faults, *rules.faults] if missing else [])


def by_section(text: ListingText, cells: Collection[str], finder: Callable[[], CellFinder]) -> ListingsByCell:
    """Return the rules in a text that identifies its cells, by heading, instance, or containers.

    Raises:
        InputFault: it cannot be read, or does not identify a cell.
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
            faults.append(InputFault("the cell of these rules is unknown.", where=_place(text, section)))
    if not by_cell and not faults:
        _rules(text.origin, found)
        raise UsageFault(f"{text.origin} does not identify its cell.", hint="Use --cell NAME.")
    held = [CellListing(cell, text.origin, _reader(text.origin, parts)) for cell, parts in by_cell.items()]
    return ListingsByCell(held, faults)


def by_file(texts: Iterable[ListingText], cells: Collection[str], finder: Callable[[], CellFinder]) -> ListingsByCell:
    """Return the rules in files that are named after their cells, or identify them."""
    held: dict[str, CellListing] = {}
    twice: set[str] = set()
    faults: list[InputFault] = []
    strays: list[str] = []
    for text in texts:
        name = _cell_of_file(Path(text.origin), cells)
        for each in [of_cell(name, text, cells)] if name else _unnamed(text, cells, finder, faults, strays):
            if each.cell in held:
                twice.add(each.cell)
                faults.append(
                    InputFault(f"{held[each.cell].origin} and {each.origin} both belong to cell {each.cell}.")
                )
            held[each.cell] = each
    return ListingsByCell([held[cell] for cell in cells if cell in held and cell not in twice], faults, strays)


def _unnamed(
    text: ListingText,
    cells: Collection[str],
    finder: Callable[[], CellFinder],
    faults: list[InputFault],
    strays: list[str],
) -> Iterator[CellListing]:
    """Return the rules in a file that is not named after a cell."""
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
    """Return the cell named by a heading or an instance of `bosh ssh` (`diego-cell/GUID`); None if it is unknown."""
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
    """Return the cell that a file is named after, with or without a suffix: a cell may be named by its IP."""
    return next((each for each in (path.name, path.stem) if each in cells), None)


def _reader(origin: str, found: Sequence[ListingSection]) -> Callable[[Collection[str]], Ruleset]:
    return lambda known: _rules(origin, found, known)


def _rules(origin: str, found: Sequence[ListingSection], known: Collection[str] = ()) -> Ruleset:
    """Return the rules of one cell.

    Raises:
        InputFault: the listing is missing or incomplete.
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
