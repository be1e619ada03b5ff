"""The lines that `cf` talks in: what it is about to do, `OK`, `FAILED`; with its colours where they are wanted."""

from typing import NamedTuple

from cfnet.show.printable import printable

_END = "\x1b[0;22m"


class CfMessages(NamedTuple):
    """Turns words into the lines of `cf`, coloured as `cf` colours them (fatih/color 1.19's codes) or plain."""

    colour: bool

    def line(self, template: str, *values: str) -> str:
        """`template` with each `{}` replaced by a value, in cyan; ends in `...`."""
        return self.sentence(template, *values) + "...\n"

    def sentence(self, template: str, *values: str) -> str:
        """`template` with each `{}` replaced by a value, in cyan."""
        return template.format(*(self._painted(printable(value), 36) for value in values))

    def ok(self) -> str:
        """The end of a command that did what it was told."""
        return self._painted("OK", 32) + "\n\n"

    def failed(self) -> str:
        """The end of a command that did not."""
        return self._painted("FAILED", 31) + "\n"

    def _painted(self, text: str, code: int) -> str:
        return f"\x1b[{code};1m{text}{_END}" if self.colour and text else text
