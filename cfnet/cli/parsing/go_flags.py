"""Flags and arguments as parsed by go-flags, the parser of `cf`, whose grammar differs from click's."""

from collections.abc import Callable, Iterator
from typing import NamedTuple


class Flag(NamedTuple):
    """A flag of a mirrored command.

    Attributes:
        name: as typed: `--port` or `-s`; of the flags of `cf`, only `-h` has both forms.
        summary: its description in the help; empty for hidden flags.
        takes_value: whether a value follows.
        required: whether the command refuses to run without it.
        check: raises `Misread` for an invalid value; called as soon as the value is parsed.
    """

    name: str
    summary: str
    takes_value: bool = True
    required: bool = False
    check: Callable[[str], object] | None = None


class Misread(ValueError):
    """The command line does not match the flags; the message is that of go-flags."""


class HelpWanted(Exception):
    """`-h` or `--help` was found; what follows it is ignored."""


class Read(NamedTuple):
    """A parsed command line: flags by name (True if they take no value), and the arguments in order."""

    flags: dict[str, str | bool]
    arguments: list[str]


def parse(words: list[str], flags: list[Flag], arguments: tuple[str, ...], optional: tuple[str, ...]) -> Read:
    """Parse `words`, which require `arguments` and may have `optional` ones after them.

    go-flags treats `--` as an ordinary argument. Where it would refuse the words, `--` ends the flags.

    Raises:
        Misread: the first error.
        HelpWanted: help was requested before the first error.
    """
    most = len(arguments) + len(optional)
    try:
        found = _complete(words, flags, arguments, dashes=False)
    except Misread as fault:
        again = _after_dashes(words, flags, arguments, most)
        if again is None:
            raise fault from None
        return again
    if len(found.arguments) > most:
        return _after_dashes(words, flags, arguments, most) or found
    return found


def _after_dashes(words: list[str], flags: list[Flag], arguments: tuple[str, ...], most: int) -> Read | None:
    """Parse `words` with `--` as the end of flags; return None if there is none, or if that is wrong, too."""
    if "--" not in words:
        return None
    try:
        found = _complete(words, flags, arguments, dashes=True)
    except (Misread, HelpWanted):
        return None
    return found if len(found.arguments) <= most else None


def _complete(words: list[str], flags: list[Flag], arguments: tuple[str, ...], *, dashes: bool) -> Read:
    found = read(words, flags, dashes=dashes)
    require(found, flags, arguments)
    return found


def read(words: list[str], flags: list[Flag], *, dashes: bool = False) -> Read:
    """Parse `words`.

    Flags and arguments may be mixed, the last value of a repeated flag wins, a value that starts with `-` must be
    attached with `=`, and `--` is an ordinary argument, or ends the flags if `dashes` is set.

    Raises:
        Misread: the first error.
        HelpWanted: help was requested before the first error.
    """
    known = {flag.name: flag for flag in flags}
    found = Read({}, [])
    rest = iter(words)
    for word in rest:
        if word == "--" and dashes:
            found.arguments.extend(rest)
        elif not _is_flag(word):
            found.arguments.append(word)
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            _take(known, name, value if equals else None, rest, found)
        else:
            _take_short(word[1:], known, rest, found)
    return found


def require(found: Read, flags: list[Flag], arguments: tuple[str, ...]) -> None:
    """Check that required flags and arguments are given: flags first, as in go-flags.

    Raises:
        Misread: lists all that are missing.
    """
    missing = sorted(f"`{flag.name}'" for flag in flags if flag.required and flag.name not in found.flags)
    if missing:
        raise Misread(f"the required {_listed('flag', missing)} not specified")
    missing = [f"`{name}`" for name in arguments[len(found.arguments) :]]
    if missing:
        raise Misread(f"the required {_listed('argument', missing)} not provided")


def _listed(kind: str, names: list[str]) -> str:
    if len(names) == 1:
        return f"{kind} {names[0]} was"
    return f"{kind}s {', '.join(names[:-1])} and {names[-1]} were"


def _is_flag(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and (word[1] != "-" or (len(word) > len("--") and word[2] != "-"))


def _take_short(letters: str, known: dict[str, Flag], rest: Iterator[str], found: Read) -> None:
    """Parse `-s`, `-sVALUE`, `-s=VALUE` or combined flags without values, such as `-vh`."""
    while letters:
        name, letters = f"-{letters[0]}", letters[1:]
        value = None
        if letters.startswith("="):
            value, letters = letters[1:], ""
        elif letters and name in known and known[name].takes_value:
            value, letters = letters, ""
        _take(known, name, value, rest, found)


def _take(known: dict[str, Flag], name: str, value: str | None, rest: Iterator[str], found: Read) -> None:
    if name in ("-h", "--help"):
        raise HelpWanted
    flag = known.get(name)
    if flag is None:
        raise Misread(f"unknown flag `{name.lstrip('-')}'")
    if not flag.takes_value:
        if value is not None:
            raise Misread(f"bool flag `{name}' cannot have an argument")
        found.flags[name] = True
        return
    if value is None:
        value = next(rest, None)
        if value is None:
            raise Misread(f"expected argument for flag `{name}'")
        if _is_flag(value):
            raise Misread(f"expected argument for flag `{name}', but got option `{value}'")
    if flag.check is not None:
        flag.check(value)
    found.flags[name] = value
