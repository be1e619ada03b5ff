"""Extract the output of a program on a cell from text copied from a terminal or `bosh ssh`.

Colours, prefixes of `bosh ssh -c`, prompts with commands, login messages, and warnings that `2>&1` inserted in the
middle of a line are separated from the program's own lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PREFIX = re.compile(r"([\w.-]+/[\w-]+): (stdout|stderr) \| ?(.*)", re.DOTALL)
"""`diego-cell/GUID: stdout | …`: instance, stream and line."""
_WARNING = re.compile(r"# Warning: \S+ tables present\b[^\"]*")
_WARNING_BEGINS: Final = "# Warning: "
_COLOURS = re.compile(r"\x1b\[[0-9;:]*[mK]|\x1b\(B|^\ufeff")
"""Colour codes, and the byte order mark of an appended file; other escape sequences are data."""

_OF_A_LISTING: Final = ("-", "*", ":", "COMMIT")
_COUNTED = re.compile(r"\[\d+:\d+\]", re.ASCII)
_PROMPT = re.compile(
    r"(?:\([\w.-]+\) ?)?"
    r"(?:\[[\w.@~/: -]+\]|[\w.-]+@[\w.-]+(?:[: ][\w.~/-]*)?|[\w.-]+/[\w-]+:[\w.~/-]*|(?:ba|z)?sh-[\d.]+)?"
    r" ?[#$%>](?: (?P<command>.*))?"
)
"""`diego-cell/GUID:~# iptables -S`, `root@host:/# …`, `[root@host ~]# …`, `bash-5.1# …`, `$ …`."""
_COMMAND = re.compile(
    r"(?:sudo +(?:-\S+ +)*)?(?:/\S*/)?(?:ip6?tables(?:-nft|-legacy)?(?:-save|-restore)?|dmesg|journalctl|exit|logout)"
    r"(?: +[^\d\sv(].*)?"
)
_NOISE = re.compile(
    r"Using (?:environment|deployment) '.*"
    r"|Task \d+(?:\.| |$).*"
    r"|Succeeded|Continue\? \[yN\]:.*"
    r"|Unauthorized use is strictly prohibited\..*"
    r"|Connection to \S+ closed\.|Shared connection to \S+ closed\."
    r"|Warning: Permanently added .*"
    r"|Pseudo-terminal will not be allocated .*"
    r"|Last login: .*"
    r"|mesg: ttyname failed: .*"
    r"|sudo: unable to resolve host .*"
    r"|\[sudo\] password for .*",
    re.ASCII,
)


class TranscriptLine(NamedTuple):
    """A line of a transcript.

    Attributes:
        number: its number in the text, starting at 1; for a rejoined line, that of its first part.
        text: what was printed, without surrounding whitespace.
        shown: the line as in the text, without colours and surrounding whitespace.
        instance: the `bosh ssh` instance that printed it, such as `diego-cell/0`; empty if not given.
        printed: whether the program printed it; otherwise it is a prompt, a login message or a warning.
    """

    number: int
    text: str
    shown: str
    instance: str = ""
    printed: bool = True


def read_transcript(lines: Iterable[str]) -> Iterator[TranscriptLine]:
    """Yield each non-blank line, on demand; a line is only held back if a warning interrupts it."""
    halves: dict[str, tuple[int, str]] = {}
    for number, raw in enumerate(lines, 1):
        if not halves and _is_plain_rule(raw):
            words = raw.rstrip()
            yield TranscriptLine(number, words, words)
        elif entry := _read_line(number, raw, halves):
            yield entry
    for instance, (number, half) in halves.items():
        if half.strip():
            yield TranscriptLine(number, half.strip(), half.strip(), instance)


def _read_line(number: int, raw: str, halves: dict[str, tuple[int, str]]) -> TranscriptLine | None:
    """Return what a line says, if anything; `halves` are the starts of interrupted lines, by instance."""
    line = _uncoloured(raw.rstrip("\r\n"))
    instance, stream, text = _unprefixed(line)
    begun = number
    if stream != "stderr" and instance in halves:
        begun, half = halves.pop(instance)
        text = half + text
        line = text
    if warning := _warning_at_the_end(text):
        if warning.start():
            halves[instance] = (begun, text[: warning.start()])
        return TranscriptLine(number, warning[0].strip(), warning[0].strip(), instance, printed=False)
    words = text.strip()
    if not words:
        return None
    return TranscriptLine(begun, words, line.strip(), instance, stream != "stderr" and is_output(words))


def _is_plain_rule(line: str) -> bool:
    """Whether a line is just a rule, as nearly all lines of a listing are: no prefix, colour or warning in it."""
    return (
        line.startswith("-A ")
        and " |" not in line
        and _WARNING_BEGINS not in line
        and "\x1b" not in line
        and "\ufeff" not in line
    )


def _uncoloured(line: str) -> str:
    return _COLOURS.sub("", line) if "\x1b" in line or "\ufeff" in line else line


def _warning_at_the_end(text: str) -> re.Match[str] | None:
    at = text.find(_WARNING_BEGINS, text.rfind('"') + 1)
    return _WARNING.fullmatch(text, at) if at >= 0 else None


def printed_text(text: str) -> str:
    """Return the program's output, line by line, from the output of `bosh ssh`; return other text unchanged."""
    if ": stdout |" not in text:
        return text
    lines = text.split("\n")
    printed = [""] * len(lines)
    for entry in read_transcript(lines):
        if entry.printed:
            printed[entry.number - 1] = entry.text
    return "\n".join(printed)


def is_output(text: str) -> bool:
    """Whether the program printed this line, as opposed to a shell, a user, or the connection to the cell."""
    if text.startswith((*_OF_A_LISTING, "#")) or _COUNTED.match(text):
        return True
    return not (_NOISE.fullmatch(text) or command_of(text) is not None)


def command_of(text: str) -> str | None:
    """Return the command typed on this line, with or without a prompt; empty for a bare prompt, None for neither."""
    if text.startswith("#"):
        return command if _COMMAND.fullmatch(command := text[1:].strip()) else None
    if prompt := _PROMPT.fullmatch(text):
        return prompt["command"] or ""
    return text if _COMMAND.fullmatch(text) else None


def _unprefixed(line: str) -> tuple[str, str, str]:
    """Split a line into instance and stream, if `bosh ssh` names them, and text."""
    if " | " not in line and not line.endswith(" |"):
        return "", "", line
    found = _PREFIX.fullmatch(line.lstrip())
    return (found[1], found[2], found[3]) if found else ("", "", line)
