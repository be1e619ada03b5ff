"""Parts of rules, formatted as iptables prints them (iptables 1.8: `iptables -S`, `iptables-save`)."""

import re
from collections.abc import Sequence
from typing import Final

from cfnet.cell.model import go_text
from cfnet.policy.policy import Protocol
from cfnet.policy.ports import HIGHEST, Ports

FASTEST: Final = 10_000
"""Highest rate per second of a `limit` match, set by its clock resolution (`XT_LIMIT_SCALE`)."""

FASTEST_CONNECTIONS: Final = 1_000_000
"""Highest rate per second and highest burst of a `hashlimit` match (`XT_HASHLIMIT_SCALE_v2`)."""

LONGEST_CHAIN: Final = 28
"""Maximum length of a chain name (`XT_EXTENSION_MAXNAMELEN` without the terminator)."""

PREFIX_BYTES: Final = 28
"""Bytes that the agent and the CNI wrapper keep of a log prefix; they append a space."""

COMMENT_BYTES: Final = 255
"""Bytes that the kernel keeps of a comment (`XT_MAX_COMMENT_LEN` without the terminator)."""

WORD_BYTES: Final = 1023
"""Maximum bytes of an argument that iptables-restore reads (`xt_param_buf` without the terminator)."""

NEW_ONLY: Final = "-m conntrack --ctstate INVALID,NEW,UNTRACKED"
"""Matches packets that do not belong to an open connection."""

EVERYWHERE: Final = "0.0.0.0/0"
"""The network of all addresses, which iptables does not print."""

_STEPS: Final = (("day", 864_000_000), ("hour", 36_000_000), ("min", 600_000), ("sec", 10_000))
"""Clock ticks of a limit per unit, longest unit first."""

_DEFAULT_BURST: Final = 5
_DEFAULT_EXPIRY: Final = 1000
_PLAIN = re.compile(rf"[0-9A-Za-z_:-]{{1,{COMMENT_BYTES}}}+", re.ASCII)
_SPECIAL = re.compile(r"[\"\\']")
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_SYNTAX = re.compile('["\t\n]')
_QUOTED = re.compile(r"[^A-Za-z0-9_-]")
_LINE_END: Final = "\0"
_INT64: Final = 2**63
_INT32: Final = 2**31


def escaped(text: str) -> str:
    """Escape `text` for use within double quotes (libxtables, `xtables_save_string`)."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def unescaped(text: str) -> str:
    """Unescape text from within double quotes, as iptables-restore does: remove escaping backslashes."""
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


def comment(text: str) -> str:
    """Return how iptables prints the agent's comment `text`, without the surrounding quotes.

    The agent replaces spaces (silk-release, `lib/rules/rules.go`, AppendComment) and passes the comment unquoted. The
    kernel keeps the first 255 bytes. Bytes of a partial character are kept (`surrogateescape`).
    """
    if _PLAIN.fullmatch(text):
        return text
    return escaped(go_text.cut(_read(text.replace(" ", "_")), COMMENT_BYTES))


def comment_bytes(text: str) -> int:
    """Return the length of the agent's argument for this comment; iptables-restore accepts up to `WORD_BYTES`."""
    return len(go_text.in_go(_read(text)).encode())


def _read(text: str) -> str:
    """Return what iptables-restore reads of `text` at the end of a line, which a zero byte terminates."""
    return text.partition(_LINE_END)[0] if _LINE_END in text else text


def log_prefix(text: str) -> str:
    """Return how iptables prints the agent's log prefix `text`, with trailing space and surrounding quotes.

    The agent quotes the prefix but escapes nothing in it (`lib/rules/rules.go`, trimAndPad). A zero byte cuts it off
    before the space; iptables only prints quotes if they are needed (`xtables_save_string`).
    """
    cut = go_text.cut(text, PREFIX_BYTES)
    if _LINE_END not in cut:
        return f'"{escaped(unescaped(cut))} "'
    ended = unescaped(_read(cut))
    return f'"{escaped(ended)}"' if _QUOTED.search(ended) else ended


def is_word(text: str) -> bool:
    """Whether iptables-restore reads `text` as one argument, or a part of one.

    A tab or newline ends the argument, and the text after it is not a valid option. A quote in a log prefix does the
    same; a quote in a comment swallows the following text up to the next quote or the end of the line.
    """
    return not _SYNTAX.search(text)


def kept_ports(protocol: Protocol, ports: Ports) -> Ports | None:
    """Return the ports that the kernel stores for those of a policy, or None if iptables rejects them.

    For TCP, iptables accepts 0 to 65535, lower port first. For UDP, it parses each port with the C library, which
    truncates numbers to 32 bits and accepts those that are not negative afterwards; the kernel stores the low 16 bits,
    in any order. A range that ends before it starts matches no packet.
    """
    start, end = ports
    if 0 <= start <= end <= HIGHEST:
        return ports
    if protocol is not Protocol.UDP or not all(-_INT64 <= port < _INT64 and port % 2**32 < _INT32 for port in ports):
        return None
    return Ports(start % 2**16, end % 2**16)


def accept_within(networks: Sequence[str]) -> list[str]:
    """Return the rules that accept traffic within and between `networks` (CIDR), one per ordered pair."""
    return [f"{_address('-s', source)}{_address('-d', to)}-j ACCEPT" for source in networks for to in networks]


def _address(flag: str, network: str) -> str:
    return "" if network == EVERYWHERE else f"{flag} {network} "


def destination_ports(first: int, last: int) -> str:
    """Return the match of a port range with a leading space; empty for all ports, which iptables does not print."""
    if (first, last) == (0, HIGHEST):
        return ""
    return f" --dport {first}" if first == last else f" --dport {first}:{last}"


def kept_rate(times: int, unit: str) -> tuple[int, str]:
    """Return the rate of a `limit` match as iptables prints it: number and unit.

    The kernel stores the interval between two packets; iptables prints it in the longest unit that loses little
    precision (libxt_limit).

    Raises:
        ValueError: the rate is too high.
    """
    pause = dict(_STEPS)[unit] // times
    if not pause:
        raise ValueError(f"the kernel cannot count {times} per {unit}")
    shown = next(
        (at for at, (_, steps) in enumerate(_STEPS) if at and (pause > steps or steps // pause < steps % pause)),
        len(_STEPS),
    )
    name, steps = _STEPS[shown - 1]
    return steps // pause, name


def limit(per_second: int, burst: int) -> str:
    """Return how iptables prints the match of `per_second` (1 to `FASTEST`) and `burst`.

    The kernel stores the interval between two packets in whole 10,000ths of a second, so 300/sec is printed as 303/sec.
    The default burst, 5, is not printed (libxt_limit; the same in iptables-nft and iptables-legacy).
    """
    rate = FASTEST // (FASTEST // per_second)
    return f"-m limit --limit {rate}/sec" + (f" --limit-burst {burst}" if burst != _DEFAULT_BURST else "")


def connection_limit(per_second: int, burst: int, name: str, expiry: int) -> str:
    """Return how iptables prints the match of more than `per_second` per destination and port; `expiry` is in ms.

    The kernel stores the interval between two packets in microseconds. An expiry of one second, the default for rates
    per second, is not printed (libxt_hashlimit, revision 3; the same in iptables-nft and iptables-legacy).
    """
    rate = FASTEST_CONNECTIONS // (FASTEST_CONNECTIONS // per_second)
    expires = f" --hashlimit-htable-expire {expiry}" if expiry != _DEFAULT_EXPIRY else ""
    return (
        f"-m hashlimit --hashlimit-above {rate}/sec --hashlimit-burst {burst} --hashlimit-mode dstip,dstport"
        f" --hashlimit-name {name}{expires}"
    )
