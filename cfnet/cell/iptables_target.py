"""What a rule does with a packet that fits it: one class for each target of a cell, and one for all others.

Source: iptables(8), iptables-extensions(8), and what iptables 1.8 prints.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from cfnet.cell.iptables_match import ALL_BITS, read_mark
from cfnet.cell.iptables_words import NotIptables, Word, quoted, verbatim


@dataclass(frozen=True, slots=True)
class Accept:
    """The packet goes on its way."""

    def __str__(self) -> str:
        """As iptables prints it."""
        return "-j ACCEPT"


@dataclass(frozen=True, slots=True)
class Drop:
    """The packet is thrown away without a word."""

    def __str__(self) -> str:
        """As iptables prints it."""
        return "-j DROP"


@dataclass(frozen=True, slots=True)
class Reject:
    """The packet is thrown away, and its sender told."""

    answer: str = "icmp-port-unreachable"

    def __str__(self) -> str:
        """As iptables prints it."""
        return f"-j REJECT --reject-with {self.answer}"


@dataclass(frozen=True, slots=True)
class Return:
    """The packet goes back to the chain that called this one, or to the policy of a built-in chain."""

    def __str__(self) -> str:
        """As iptables prints it."""
        return "-j RETURN"


@dataclass(frozen=True, slots=True)
class SetMark:
    """The bits of the mask are cleared in the packet's mark, and the value's bits flipped; the packet goes on."""

    mark: int
    mask: int = ALL_BITS

    def of(self, mark: int) -> int:
        """The mark that a packet with this mark has afterwards."""
        return mark & ~self.mask ^ self.mark

    def __str__(self) -> str:
        """As iptables prints it."""
        return f"-j MARK --set-xmark {self.mark:#x}/{self.mask:#x}"


@dataclass(frozen=True, slots=True)
class Log:
    """A line in the kernel log; the packet goes on."""

    prefix: str = ""
    others: str = ""
    """Options beside the prefix, as they were written."""

    def __str__(self) -> str:
        """As iptables prints it."""
        prefix = f" --log-prefix {quoted(self.prefix)}" if self.prefix else ""
        return f"-j LOG{prefix}{self.others and ' '}{self.others}"


@dataclass(frozen=True, slots=True)
class Jump:
    """The packet goes through another chain, and comes back where that decides nothing."""

    chain: str

    def __str__(self) -> str:
        """As iptables prints it."""
        return f"-j {self.chain}"


@dataclass(frozen=True, slots=True)
class Goto:
    """The packet goes through another chain; where that decides nothing, it does not come back to this one."""

    chain: str

    def __str__(self) -> str:
        """As iptables prints it."""
        return f"-g {self.chain}"


@dataclass(frozen=True, slots=True)
class UnknownTarget:
    """A target that cfnet does not know, word for word."""

    words: str

    def __str__(self) -> str:
        """As it was written."""
        return self.words


Target = Accept | Drop | Reject | Return | SetMark | Log | Jump | Goto | UnknownTarget


def read_target(words: Sequence[Word], chains: Collection[str]) -> Target:
    """The target at the end of a rule.

    Args:
        words: `-j` or `-g`, a name, and its options.
        chains: the user-defined chains of the table. Of a name that is in none of the tables, one in capitals is
            taken for a target (all of iptables' are), any other for a chain.

    Raises:
        NotIptables: there is no name.
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
    return Reject(_only("--reject-with", options)) if options else Reject()


def _set_mark(options: Sequence[Word]) -> SetMark:
    return SetMark(*read_mark(_only("--set-xmark", options)))


def _log(options: Sequence[Word]) -> Log:
    texts = [option.text for option in options]
    if "--log-prefix" not in texts:
        return Log("", verbatim(options))
    place = texts.index("--log-prefix")
    return Log("".join(texts[place + 1 : place + 2]), verbatim((*options[:place], *options[place + 2 :])))


def _only(flag: str, options: Sequence[Word]) -> str:
    """The value of the one option there may be."""
    if [option.text for option in options[::2]] != [flag] or len(options) % 2:
        raise ValueError(f"not {flag} alone")
    return options[1].text


def _plain(target: Target) -> Callable[[Sequence[Word]], Target]:
    def read(options: Sequence[Word]) -> Target:
        if options:
            raise ValueError("an option too many")
        return target

    return read


_READERS: Final[dict[str, Callable[[Sequence[Word]], Target]]] = {
    "ACCEPT": _plain(Accept()),
    "DROP": _plain(Drop()),
    "RETURN": _plain(Return()),
    "REJECT": _reject,
    "MARK": _set_mark,
    "LOG": _log,
}
