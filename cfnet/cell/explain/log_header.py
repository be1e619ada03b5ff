"""Read the text before a kernel message: when and on which host it was logged, and how often it was repeated.

The format depends on the writer: `dmesg`, `journalctl`, syslog with its two standards, or rsyslog, which merges equal
messages. All patterns are bounded, so that matching takes linear time.
"""

import re
from typing import Final, NamedTuple

_PRIORITY: Final = r"(?:<\d{1,3}>)?"
_ZONE: Final = r"(?:Z|[+-]\d\d:?\d\d)?"
_CLOCK: Final = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_ISO: Final = rf"\d{{4}}-\d\d-\d\dT{_CLOCK}{_ZONE}"
_HEADERS: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"{_PRIORITY}1 (?P<time>{_ISO}) (?P<host>\S{{1,255}}) ",  # RFC 5424
        rf"{_PRIORITY}(?P<time>{_ISO})(?: (?P<host>[^\s\[\]]{{1,255}}) )?",  # journalctl -o short-iso, dmesg, rsyslog
        rf"{_PRIORITY}(?P<time>[A-Z][a-z]{{2}} [ \d]?\d {_CLOCK}) (?P<host>\S{{1,255}}) ",  # journalctl, kern.log
        r"\[ {0,12}\d{1,12}\.\d{1,9}\] (?P<host>\S{1,255}) kernel: ",  # journalctl -o short-monotonic
        rf"\[(?P<time>[A-Z][a-z]{{2}} [A-Z][a-z]{{2}} [ \d]?\d {_CLOCK} \d{{4}})\]",  # dmesg -T
    )
)
_UPTIME: Final = re.compile(r"\[ {0,12}(\d{1,12}\.\d{1,9})\]", re.ASCII)
_REPEATED: Final = re.compile(r"message repeated (\d{1,9}) times?: \[", re.ASCII)
_NO_HOST: Final = "-"


class Header(NamedTuple):
    """The header of a message.

    Attributes:
        time: date and time, as written.
        uptime: seconds since the kernel started.
        host: a host name or address.
        times: how many messages the line stands for.
    """

    time: str | None = None
    uptime: float | None = None
    host: str | None = None
    times: int = 1


def read_header(text: str) -> Header:
    """Read the text before a message, as far as its format is known."""
    found = next(filter(None, (each.match(text) for each in _HEADERS)), None)
    named = found.groupdict() if found else {}
    host = named.get("host")
    uptime = _UPTIME.search(text)
    repeated = _REPEATED.search(text)
    return Header(
        named.get("time"),
        float(uptime[1]) if uptime else None,
        None if host == _NO_HOST else host,
        max(1, int(repeated[1])) if repeated else 1,
    )
