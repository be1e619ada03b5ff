"""A period as an option's value: `30d`, `12h`, `90m` or `45s`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_FORM: Final = re.compile(r"([0-9]{1,9})([smhdw])", re.ASCII)


if TYPE_CHECKING:
    ParamType = click.ParamType[float]
else:
    ParamType = click.ParamType


class Duration(ParamType):
    """A period, in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 - click's own
        """Return the period in seconds.

        Raises:
            BadParameter: it has another form.
        """
        if isinstance(value, float):
            return value
        found = _FORM.fullmatch(str(value))
        if not found:
            self.fail("must be a number and a unit: 30d, 12h, 90m or 45s.", param, ctx)
        return float(int(found[1]) * _UNITS[found[2]])
