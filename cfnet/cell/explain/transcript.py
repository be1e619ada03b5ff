"""Text as it comes from a terminal or through `bosh ssh`: what a program printed on a cell, and what stands around it.

Colours, prefixes of `bosh ssh -c`, prompts with commands, greetings, and warnings that `2>&1` put into the middle of a
line are told apart from the program's own lines, which come out as they were printed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PREFIX = re.compile(r"([\w.-]+/[\w-]+): (stdout|stderr) \| ?(.*)", re.DOTALL)
"""`diego-cell/GUID: stdout | …`: the instance, the stream, the line."""
_WARNING = re.compile(r"# Warning: \S+ tables present\b[^\"]*")
_WARNING_BEGINS: Final = "# Warning: "
_COLOURS = re.compile(r"\x1b\[[0-9;:]*[mK]|\x1b\(B|^\ufeff")
"""What colours a line, and the byte order mark of a file that was appended; other escape sequences are data."""

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
    """A line.

    Attributes:
        number: its number in the text, from 1; of a line that was rejoined, that of its beginning.
        text: what was printed, without blanks around it.
        shown: the line as it stands in the text, colours removed, blanks around it, too.
        instance: the instance of `bosh ssh` that printed it, as in `diego-cell/0`; empty where none is named.
        printed: whether the program printed it; else it is a prompt, a greeting or a warning.
    """

    number: int
    text: str
    shown: str
    instance: str = ""
    printed: bool = True


def read_transcript(lines: Iterable[str]) -> Iterator[TranscriptLine]:
    """Each line that is not blank. Read on demand; a line is held back only where a warning stands in its middle."""
    halves: dict[str, tuple[int, str]] = {}
    for number, raw in enumerate(lines, 1):
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
            yield TranscriptLine(number, warning[0].strip(), warning[0].strip(), instance, printed=False)
            continue
        if text.strip():
            words = text.strip()
            yield TranscriptLine(begun, words, line.strip(), instance, stream != "stderr" and is_output(words))
    for instance, (number, half) in halves.items():
        if half.strip():
            yield TranscriptLine(number, half.strip(), half.strip(), instance)


def _uncoloured(line: str) -> str:
    return _COLOURS.sub("", line) if "\x1b" in line or "\ufeff" in line else line


def _warning_at_the_end(text: str) -> re.Match[str] | None:
    at = text.find(_WARNING_BEGINS, text.rfind('"') + 1)
    return _WARNING.fullmatch(text, at) if at >= 0 else None


def printed_text(text: str) -> str:
    """What a program printed, line by line, where it came through `bosh ssh`; any other text as it is."""
    if ": stdout |" not in text:
        return text
    lines = text.split("\n")
    printed = [""] * len(lines)
    for entry in read_transcript(lines):
        if entry.printed:
            printed[entry.number - 1] = entry.text
    return "\n".join(printed)


def is_output(text: str) -> bool:
    """Whether a program printed this line, and not a shell, a person, or whatever leads to the cell."""
    if text.startswith((*_OF_A_LISTING, "#")) or _COUNTED.match(text):
        return True
    return not (_NOISE.fullmatch(text) or command_of(text) is not None)


def command_of(text: str) -> str | None:
    """The command that somebody typed, with or without a prompt; empty for a prompt alone, None where it is neither."""
    if text.startswith("#"):
        return command if _COMMAND.fullmatch(command := text[1:].strip()) else None
    if prompt := _PROMPT.fullmatch(text):
        return prompt["command"] or ""
    return text if _COMMAND.fullmatch(text) else None


def _unprefixed(line: str) -> tuple[str, str, str]:
    """The instance and the stream, where `bosh ssh` names them, and what was printed."""
    if " | " not in line and not line.endswith(" |"):
        return "", "", line
    found = _PREFIX.fullmatch(line.lstrip())
    return (found[1], found[2], found[3]) if found else ("", "", line)
