"""Annotations for GitHub workflows: log lines that the runner shows next to the code.

Their form is defined in actions/toolkit (`command.ts`): `::error file=…,line=…,col=…,title=…::message`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cfnet.show.printable import printable

if TYPE_CHECKING:
    from cfnet.document import Place

_DECODED_BY_THE_RUNNER = {"%": "%25", "\r": "%0D", "\n": "%0A"}


class Level(StrEnum):
    """The severity of an annotation."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


def annotation(level: Level, title: str, message: str, place: Place | None) -> str:
    """Format an annotation, at `place` if given; texts are escaped so that they cannot start another one."""
    at = f"file={_property(place.file)},line={place.line},col={place.column}," if place else ""
    return f"::{level} {at}title={_property(title)}::{_data(message)}\n"


def _data(text: str) -> str:
    return "".join(_DECODED_BY_THE_RUNNER.get(each) or printable(each) for each in text)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
