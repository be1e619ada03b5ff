"""Annotations of a GitHub workflow: the lines that its runner takes out of a log and shows beside the code.

The form is that of actions/toolkit (`command.ts`): `::error file=…,line=…,col=…,title=…::message`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cfnet.show.printable import printable

if TYPE_CHECKING:
    from cfnet.document import Place

_DECODED_BY_THE_RUNNER = {"%": "%25", "\r": "%0D", "\n": "%0A"}


class Level(StrEnum):
    """How loud an annotation is."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


def annotation(level: Level, title: str, message: str, place: Place | None) -> str:
    """The line of an annotation, at `place` where there is one; nothing in it can end it or begin another."""
    at = f"file={_property(place.file)},line={place.line},col={place.column}," if place else ""
    return f"::{level} {at}title={_property(title)}::{_data(message)}\n"


def _data(text: str) -> str:
    return "".join(_DECODED_BY_THE_RUNNER.get(each) or printable(each) for each in text)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
