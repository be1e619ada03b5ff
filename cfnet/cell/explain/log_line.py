"""Read log lines of any supported format into the same value.

Supported are `dmesg` (also with colours), `journalctl -k` (also `-o json`, `-o short-iso`), kern.log, RFC 5424,
rsyslog's `message repeated N times`, prefixes of `bosh ssh -c`, and iptables-logger. Reading takes linear time.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from cfnet.cell.explain.bosh_prefix import without_bosh_prefix
from cfnet.cell.explain.iptables_logger import read_logger_line, rfc_3339
from cfnet.cell.explain.kernel_log import LogLine, find_message
from cfnet.cell.explain.log_header import Header, read_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfnet.cell.explain.transcript import TranscriptLine

_MICROSECONDS: Final = 1_000_000
_LOGGER: Final = "cfnetworking.iptables"
_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()][0-9A-Za-z])")
"""Colours and other control sequences, and character set selection (ECMA-48)."""


def read_log_line(text: str) -> LogLine | None:
    """Return the packet that a line reports; None for other lines."""
    instance, text = without_bosh_prefix(_bare(text))
    found = _of_json(text) if _may_be_json(text) else None
    found = found or _of_kernel(text)
    return found._replace(host=instance) if found and instance else found


def read_transcript_line(entry: TranscriptLine) -> LogLine | None:
    """Return the packet that a line of a transcript reports; None for other lines."""
    found = read_log_line(entry.text) if entry.printed else None
    return found._replace(host=entry.instance) if found and entry.instance else found


def read_line_header(text: str) -> Header:
    """Return when and where any line was logged, as far as its format is known, whatever it reports."""
    instance, text = without_bosh_prefix(_bare(text))
    found = _header_of_json(text) if text.startswith("{") else None
    found = found or read_header(text)
    return found._replace(host=instance) if instance else found


def _header_of_json(text: str) -> Header | None:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    host = told.get("_HOSTNAME")
    time = _journal_time(told) or rfc_3339(told.get("timestamp"))
    return Header(time, host=host if isinstance(host, str) else None)


def _journal_time(told: Mapping[str, object]) -> str | None:
    return _time(told.get("_SOURCE_REALTIME_TIMESTAMP")) or _time(told.get("__REALTIME_TIMESTAMP"))


def _bare(line: str) -> str:
    """Remove the escape sequences of `dmesg --color=always`, white space, and the NULs that a crash leaves in files."""
    return (_ESCAPES.sub("", line) if "\x1b" in line else line).strip("\0 \t\r\n\v\f")


def _may_be_json(text: str) -> bool:
    return text.startswith("{") or _LOGGER in text


def _of_kernel(text: str) -> LogLine | None:
    message = find_message(text)
    return _with(read_header(message.header), message.line) if message else None


def _of_json(text: str) -> LogLine | None:
    """Read a JSON object written by iptables-logger, possibly after a syslog header, or by the journal."""
    header, brace, rest = text.partition("{")
    try:
        told = json.loads(brace + rest)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    if found := read_logger_line(told):
        before = read_header(header)
        return found._replace(time=found.time or before.time, host=found.host or before.host)
    return _of_journal(told)


def _of_journal(told: Mapping[str, object]) -> LogLine | None:
    """Read the line in a journal entry (systemd.journal-fields(7))."""
    found = _of_kernel(_bare(_message(told.get("MESSAGE"))))
    if not found:
        return None
    host = told.get("_HOSTNAME")
    return found._replace(time=_journal_time(told) or found.time, host=host if isinstance(host, str) else found.host)


def _message(told: object) -> str:
    """Return the text of a message; the journal writes messages with unprintable characters as a list of bytes."""
    if not isinstance(told, list):
        return told if isinstance(told, str) else ""
    try:
        return bytes(told).decode("utf-8", "backslashreplace")
    except (TypeError, ValueError):
        return ""


def _time(microseconds: object) -> str | None:
    if not isinstance(microseconds, str) or not (microseconds.isascii() and microseconds.isdigit()):
        return None
    return rfc_3339(int(microseconds) / _MICROSECONDS) if len(microseconds) <= len("1721848512963562") else None


def _with(header: Header, line: LogLine) -> LogLine:
    return line._replace(time=header.time, uptime=header.uptime, host=header.host, times=header.times)
