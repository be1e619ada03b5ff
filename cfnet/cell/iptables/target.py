"""Targets of rules: a class for each target used on cells, and one for all others.

Sources: iptables(8), iptables-extensions(8), and the output of iptables 1.8.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cfnet.cell.iptables.match import ALL_BITS, read_mark
from cfnet.cell.iptables.normal_form import LOG_LEVELS, REJECTIONS, WARNING
from cfnet.cell.iptables.tokens import NotIptables, Word, quoted, verbatim


@dataclass(frozen=True, slots=True)
class Accept:
    """Accept the packet."""

    def __str__(self) -> str:
        """As iptables prints it."""
        return "-j ACCEPT"


@dataclass(frozen=True, slots=True)
class Drop:
    """Drop the packet silently."""

    def __str__(self) -> str:
        """As iptables prints it."""
        return "-j DROP"


@dataclass(frozen=True, slots=True)
class Reject:
    """Drop the packet and notify its sender."""

    answer: str = "icmp-port-unreachable"

    def __str__(self) -> str:
        """As iptables prints it."""
        return f"-j REJECT --reject-with {self.answer}"


@dataclass(frozen=True, slots=True)
class Return:
    """Return to the calling chain, or go to the policy of a built-in chain."""

    def __str__(self) -> str:
        """As iptables prints it."""
        return "-j RETURN"


@dataclass(frozen=True, slots=True)
class SetMark:
    """Clear the bits of the mask in the packet's mark, flip the bits of the value, and continue."""

    mark: int
    mask: int = ALL_BITS

    def of(self, mark: int) -> int:
        """Return the new mark of a packet that has this mark."""
        return mark & ~self.mask ^ self.mark

    def __str__(self) -> str:
        """As iptables prints it."""
        return f"-j MARK --set-xmark {self.mark:#x}/{self.mask:#x}"


@dataclass(frozen=True, slots=True)
class Log:
    """Write a line to the kernel log and continue."""

    prefix: str = ""
    others: str = ""
    """Other options than the prefix, verbatim."""

    def __str__(self) -> str:
        """As iptables prints it."""
        prefix = f" --log-prefix {quoted(self.prefix)}" if self.prefix else ""
        return f"-j LOG{prefix}{self.others and ' '}{self.others}"


@dataclass(frozen=True, slots=True)
class Jump:
    """Go through another chain, and return here if that does not decide."""

    chain: str

    def __str__(self) -> str:
        """As iptables prints it."""
        return f"-j {self.chain}"


@dataclass(frozen=True, slots=True)
class Goto:
    """Go through another chain, without returning here if that does not decide."""

    chain: str

    def __str__(self) -> str:
        """As iptables prints it."""
        return f"-g {self.chain}"


@dataclass(frozen=True, slots=True)
class Translate:
    """`DNAT`: forward the packet to a different address and, if given, port."""

    destination: str
    """`10.255.77.4:8080`, verbatim."""

    def __str__(self) -> str:
        """As iptables prints it."""
        return f"-j DNAT --to-destination {self.destination}"


@dataclass(frozen=True, slots=True)
class Masquerade:
    """Set the packet's source to the address of the outgoing interface."""

    def __str__(self) -> str:
        """As iptables prints it."""
        return "-j MASQUERADE"


@dataclass(frozen=True, slots=True)
class UnknownTarget:
    """A target that cfnet does not know, kept verbatim."""

    words: str

    def __str__(self) -> str:
        """The words, verbatim."""
        return self.words


Target = Accept | Drop | Reject | Return | SetMark | Log | Jump | Goto | Translate | Masquerade | UnknownTarget


def read_target(words: Sequence[Word], chains: Collection[str]) -> Target:
    """Parse the target of a rule.

    Args:
        words: `-j` or `-g`, a name, and its options.
        chains: the user-defined chains of the table. Unknown names are assumed to be targets if they are in upper case
            (like all targets of iptables), otherwise chains.

    Raises:
        NotIptables: the name is missing.
    """
    if len(words) == 1:
        raise NotIptables(f"a target after {words[0].text}")
    flag, name, *options = words
    reader = _READERS.get(name.text) if flag.text == "-j" else None
    try:
        if reader:
            return reader(options)
    except ValueError:
        return UnknownTarget(verbatim(words))
    if options or (name.text.isupper() and name.text not in chains):
        return UnknownTarget(verbatim(words))
    return Goto(name.text) if flag.text == "-g" else Jump(name.text)


def _reject(options: Sequence[Word]) -> Reject:
    if not options:
        return Reject()
    flag, answer = _only(options)
    if flag != "--reject-with":
        raise ValueError(f"{flag} is not an option of REJECT")
    return Reject(REJECTIONS.get(answer, answer))


def _translate(options: Sequence[Word]) -> Translate:
    flag, destination = _only(options)
    if flag != "--to-destination":
        raise ValueError(f"{flag} is not an option that cfnet knows")
    return Translate(destination)


def _set_mark(options: Sequence[Word]) -> SetMark:
    flag, word = _only(options)
    mark, mask = read_mark(word)
    match flag:
        case "--set-xmark":
            return SetMark(mark, mask)
        case "--set-mark":
            return SetMark(mark, mask | mark)
        case "--or-mark":
            return SetMark(mark, mark)
        case "--and-mark":
            return SetMark(0, ALL_BITS & ~mark)
        case "--xor-mark":
            return SetMark(mark, 0)
    raise ValueError(f"{flag} is not an option of MARK")


def _log(options: Sequence[Word]) -> Log:
    prefix, level, flags = "", "", set[str]()
    words = iter(options)
    for word in words:
        match word.text:
            case "--log-prefix":
                prefix = _value(words)
            case "--log-level":
                name = _value(words)
                level = LOG_LEVELS.get(name.lower(), name)
            case flag if flag in _LOG_FLAGS:
                flags.add(flag)
            case _:
                return _log_with_unknown_options(options)
    leveled = [f"--log-level {level}"] if level not in ("", WARNING) else []
    return Log(prefix, " ".join([*leveled, *(flag for flag in _LOG_FLAGS if flag in flags)]))


def _log_with_unknown_options(options: Sequence[Word]) -> Log:
    texts = [option.text for option in options]
    if "--log-prefix" not in texts:
        return Log("", verbatim(options))
    place = texts.index("--log-prefix")
    return Log("".join(texts[place + 1 : place + 2]), verbatim((*options[:place], *options[place + 2 :])))


def _value(words: Iterator[Word]) -> str:
    """Return the value of an option."""
    word = next(words, None)
    if word is None:
        raise ValueError("an option without its value")
    return word.text


def _only(options: Sequence[Word]) -> tuple[str, str]:
    """Return the only option and its value."""
    if len(options) != 2:  # noqa: PLR2004 - a flag and its value
        raise ValueError("not one option with a value")
    return options[0].text, options[1].text


def _plain(target: Target) -> Callable[[Sequence[Word]], Target]:
    def read(options: Sequence[Word]) -> Target:
        if options:
            raise ValueError("too many options")
        return target

    return read


_LOG_FLAGS: Final = (
    "--log-tcp-sequence",
    "--log-tcp-options",
    "--log-ip-options",
    "--log-uid",
    "--log-macdecode",
)
"""The options of LOG without a value, in the order in which they are printed."""

OWN_OPTIONS: Final[dict[str, frozenset[str]]] = {
    "ACCEPT": frozenset(),
    "DROP": frozenset(),
    "RETURN": frozenset(),
    "REJECT": frozenset({"--reject-with"}),
    "MARK": frozenset({"--set-xmark", "--set-mark", "--or-mark", "--and-mark", "--xor-mark"}),
    "LOG": frozenset({"--log-prefix", "--log-level", *_LOG_FLAGS}),
}
"""The options of the targets that cfnet knows; all except `_LOG_FLAGS` have one value."""

WITHOUT_VALUE: Final = frozenset(_LOG_FLAGS)

_READERS: Final[dict[str, Callable[[Sequence[Word]], Target]]] = {
    "ACCEPT": _plain(Accept()),
    "DROP": _plain(Drop()),
    "RETURN": _plain(Return()),
    "REJECT": _reject,
    "DNAT": _translate,
    "MASQUERADE": _plain(Masquerade()),
    "MARK": _set_mark,
    "LOG": _log,
}
