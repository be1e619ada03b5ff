"""The port or port range of a policy."""

import re
from typing import NamedTuple

LOWEST, HIGHEST = 1, 65535

_INTEGER = re.compile(r"([+-]?)0*([0-9]{1,19})", re.ASCII)
_INT64 = 2**63


class BadPorts(ValueError):
    """The text is not a valid port or range; the message uses the wording of `cf`."""


class Ports(NamedTuple):
    """The ports from `start` to `end`, inclusive; a single port has `start == end`."""

    start: int
    end: int

    def __str__(self) -> str:
        """`8080`, or `8080-8090` for a range, as in the output of `cf`."""
        return str(self.start) if self.start == self.end else f"{self.start}-{self.end}"

    @classmethod
    def parse(cls, text: str) -> "Ports":
        """Parse `8080` or `8080-8090` as the `--port` flag of `cf` does (with Go's `Atoi`).

        Unlike `cf`, which leaves these checks to the policy server, reject ports outside 1 to 65535 and ranges that
        end before they start.

        Raises:
            BadPorts: the text is invalid; the message uses the wording of `cf`.
        """
        parts = text.split("-")
        start = _integer(parts[0])
        if len(parts) > 2:  # noqa: PLR2004 - a range has two ends
            raise BadPorts("PORT syntax must match integer[-integer]")
        ports = cls(start, _integer(parts[-1]))
        for port in ports:
            if not LOWEST <= port <= HIGHEST:
                raise BadPorts(f"PORT must be between {LOWEST} and {HIGHEST}, not {port}")
        if ports.start > ports.end:
            raise BadPorts(f"PORT range must start with the lower port, as in {ports.end}-{ports.start}")
        return ports


def _integer(text: str) -> int:
    found = _INTEGER.fullmatch(text)
    if not found or not -_INT64 <= (number := int(found[1] + found[2])) < _INT64:
        raise BadPorts("PORT must be a positive integer")
    return number
