"""The names of output formats, for commands with click and without."""

from __future__ import annotations

from enum import StrEnum

from cfnet.errors import CommandLineFault


class TextOrJson(StrEnum):
    """The output formats of a command that has no others."""

    TEXT = "text"
    JSON = "json"


class TextOrMetrics(StrEnum):
    """The output formats of a command that monitoring may run."""

    TEXT = "text"
    JSON = "json"
    OPENMETRICS = "openmetrics"


def form_name(text_format: str | None, *, as_json: bool) -> str | None:
    """The format that `--format` or `--json` selects; None if neither is given.

    Raises:
        CommandLineFault: they select different ones.
    """
    if as_json and text_format not in (None, "json"):
        raise CommandLineFault(f"--json cannot be combined with --format {text_format}")
    return "json" if as_json else text_format
