"""Words of a rule as the kernel's own tools print them (iptables 1.8: `iptables -S`, `iptables-save`)."""

import re
from collections.abc import Sequence
from typing import Final

from cfnet.cell.model import go_text
from cfnet.policy.policy import Protocol
from cfnet.policy.ports import HIGHEST, Ports

FASTEST: Final = 10_000
"""The most a `limit` match takes per second: its clock's steps (`XT_LIMIT_SCALE`)."""

FASTEST_CONNECTIONS: Final = 1_000_000
"""The most a `hashlimit` match takes per second, and as a burst (`XT_HASHLIMIT_SCALE_v2`)."""

LONGEST_CHAIN: Final = 28
"""The longest chain name that iptables takes (`XT_EXTENSION_MAXNAMELEN` less its end)."""

PREFIX_BYTES: Final = 28
"""The most that the agent and the CNI wrapper take of a log prefix; a space comes after it."""

COMMENT_BYTES: Final = 255
"""The most that the kernel keeps of a comment (`XT_MAX_COMMENT_LEN` less its end)."""

WORD_BYTES: Final = 1023
"""The longest word that iptables-restore reads (`xt_param_buf` less its end)."""

NEW_ONLY: Final = "-m conntrack --ctstate INVALID,NEW,UNTRACKED"
"""The match of packets that belong to no open connection."""

EVERYWHERE: Final = "0.0.0.0/0"
"""The network of all addresses, which is not printed."""

_STEPS: Final = (("day", 864_000_000), ("hour", 36_000_000), ("min", 600_000), ("sec", 10_000))
"""Steps of a limit's clock in each unit, the longest first."""

_DEFAULT_BURST: Final = 5
_DEFAULT_EXPIRY: Final = 1000
_SPECIAL = re.compile(r"[\"\\']")
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_SYNTAX = re.compile('["\t\n]')
_QUOTED = re.compile(r"[^A-Za-z0-9_-]")
_LINE_END: Final = "\0"
_INT64: Final = 2**63
_INT32: Final = 2**31


def escaped(text: str) -> str:
    """`text` as it stands within double quotes (libxtables, `xtables_save_string`)."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def unescaped(text: str) -> str:
    """What stands within double quotes, as iptables-restore reads it: without backslashes that escape something."""
    return _ESCAPE.sub(r"\1", text)


def comment(text: str) -> str:
    """`text` as a comment of the agent's reads back, without the quotes around it.

    It replaces spaces (silk-release, `lib/rules/rules.go`, AppendComment), and hands the comment over without quotes.
    The kernel keeps its first 255 bytes. Half a character is kept as a byte (`surrogateescape`).
    """
    return escaped(go_text.cut(_read(text.replace(" ", "_")), COMMENT_BYTES))


def comment_bytes(text: str) -> int:
    """How long a word the agent makes of this comment: iptables-restore takes `WORD_BYTES`."""
    return len(go_text.in_go(_read(text)).encode())


def _read(text: str) -> str:
    """What iptables-restore sees of the end of a line: to it, a zero byte ends one."""
    return text.partition(_LINE_END)[0] if _LINE_END in text else text


def log_prefix(text: str) -> str:
    """`text` as a log prefix of the agent's reads back, with a space at its end, and quotes around it.

    It hands the prefix over between quotes, but escapes nothing in it (`lib/rules/rules.go`, trimAndPad). A zero byte
    ends it without a space; iptables prints quotes only where they are needed (`xtables_save_string`).
    """
    cut = go_text.cut(text, PREFIX_BYTES)
    if _LINE_END not in cut:
        return f'"{escaped(unescaped(cut))} "'
    ended = unescaped(_read(cut))
    return f'"{escaped(ended)}"' if _QUOTED.search(ended) else ended


def is_word(text: str) -> bool:
    """Whether iptables-restore reads `text` as a word, or a part of one.

    A tab or a new line ends the word, and what comes next is no option; so does a quote within a log prefix, while a
    quote in a comment takes in what follows, up to the next one or the line's end.
    """
    return not _SYNTAX.search(text)


def kept_ports(protocol: Protocol, ports: Ports) -> Ports | None:
    """The ports that the kernel keeps of those of a policy; None where iptables refuses them.

    For tcp it takes 0 to 65535, the lower first. For udp it lets the C library read each end, which cuts numbers to 32
    bits and takes those that are not negative then; the kernel keeps 16 bits of them, and any order: a range that
    ends before it begins holds for no packet.
    """
    start, end = ports
    if 0 <= start <= end <= HIGHEST:
        return ports
    if protocol is not Protocol.UDP or not all(-_INT64 <= port < _INT64 and port % 2**32 < _INT32 for port in ports):
        return None
    return Ports(start % 2**16, end % 2**16)


def accept_within(networks: Sequence[str]) -> list[str]:
    """The rules that accept what goes from one of some networks (CIDR) to one of them: one for each ordered pair."""
    return [f"{_address('-s', source)}{_address('-d', to)}-j ACCEPT" for source in networks for to in networks]


def _address(flag: str, network: str) -> str:
    return "" if network == EVERYWHERE else f"{flag} {network} "


def destination_ports(first: int, last: int) -> str:
    """The match of a range of ports, with a space before it: empty where it is all of them, which is not printed."""
    if (first, last) == (0, HIGHEST):
        return ""
    return f" --dport {first}" if first == last else f" --dport {first}:{last}"


def kept_rate(times: int, unit: str) -> tuple[int, str]:
    """The rate of a `limit` match as it reads back: how often, and in which unit.

    The kernel keeps the pause between two packets; it is printed in the longest unit that loses little (libxt_limit).

    Raises:
        ValueError: it takes no such rate.
    """
    pause = dict(_STEPS)[unit] // times
    if not pause:
        raise ValueError(f"{times} in a {unit} is faster than the kernel counts")
    shown = next(
        (at for at, (_, steps) in enumerate(_STEPS) if at and (pause > steps or steps // pause < steps % pause)),
        len(_STEPS),
    )
    name, steps = _STEPS[shown - 1]
    return steps // pause, name


def limit(per_second: int, burst: int) -> str:
    """The match `--limit per_second/sec --limit-burst burst` as it reads back, for 1 to `FASTEST` per second.

    The kernel keeps the pause between two packets as a whole number of 10,000ths of a second, so that 300/sec reads
    back as 303/sec; its default burst, 5, is not printed (libxt_limit; iptables-nft and iptables-legacy agree).
    """
    rate = FASTEST // (FASTEST // per_second)
    return f"-m limit --limit {rate}/sec" + (f" --limit-burst {burst}" if burst != _DEFAULT_BURST else "")


def connection_limit(per_second: int, burst: int, name: str, expiry: int) -> str:
    """The match of more than `per_second` per destination and port, as it reads back; `expiry` in milliseconds.

    The kernel keeps the pause between two packets in millionths of a second; a second, the expiry that goes with a
    rate per second, is not printed (libxt_hashlimit, revision 3; iptables-nft and iptables-legacy agree).
    """
    rate = FASTEST_CONNECTIONS // (FASTEST_CONNECTIONS // per_second)
    expires = f" --hashlimit-htable-expire {expiry}" if expiry != _DEFAULT_EXPIRY else ""
    return (
        f"-m hashlimit --hashlimit-above {rate}/sec --hashlimit-burst {burst} --hashlimit-mode dstip,dstport"
        f" --hashlimit-name {name}{expires}"
    )
