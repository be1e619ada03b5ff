"""Progress lines in the style of `cf`: what it is about to do, `OK`, `FAILED`; optionally in its colours."""

from typing import NamedTuple

from cfnet.show.printable import printable

_END = "\x1b[0;22m"


class CfMessages(NamedTuple):
    """Formats lines as `cf` does, plain or with its colours (the codes of fatih/color 1.19)."""

    colour: bool

    def line(self, template: str, *values: str) -> str:
        """Replace each `{}` of `template` with a value, in cyan, and append `...`."""
        return self.sentence(template, *values) + "...\n"

    def sentence(self, template: str, *values: str) -> str:
        """Replace each `{}` of `template` with a value, in cyan."""
        return template.format(*(self._painted(printable(value), 36) for value in values))

    def ok(self) -> str:
        """Return the last line of a successful command."""
        return self._painted("OK", 32) + "\n\n"

    def failed(self) -> str:
        """Return the last line of a failed command."""
        return self._painted("FAILED", 31) + "\n"

    def _painted(self, text: str, code: int) -> str:
        return f"\x1b[{code};1m{text}{_END}" if self.colour and text else text
