"""JUnit XML, the format in which build servers read test results."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from cfnet.show.printable import printable_lines

if TYPE_CHECKING:
    from collections.abc import Sequence


class CaseEnd(StrEnum):
    """How a test case ended, unless it passed: the XML elements for that."""

    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


class JunitCase(NamedTuple):
    """A test case.

    Attributes:
        name: its name.
        end: how it ended; None means it passed.
        kind: the kind of failure.
        message: a summary of the failure.
        lines: the details.
    """

    name: str
    end: CaseEnd | None = None
    kind: str = ""
    message: str = ""
    lines: Sequence[str] = ()


def junit_xml(command: str, cases: Sequence[JunitCase]) -> str:
    """Format the test cases of `cfnet COMMAND` as a test suite."""
    counts = {end: sum(case.end is end for case in cases) for end in CaseEnd}
    totals = f'tests="{len(cases)}" failures="{counts[CaseEnd.FAILURE]}" errors="{counts[CaseEnd.ERROR]}"'
    totals += f' skipped="{counts[CaseEnd.SKIPPED]}"' if counts[CaseEnd.SKIPPED] else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites {totals}>\n  <testsuite name="cfnet {command}" {totals}>\n'
        f"{''.join(_case(command, case) for case in cases)}"
        "  </testsuite>\n</testsuites>\n"
    )


def _case(command: str, case: JunitCase) -> str:
    opening = f'    <testcase classname="cfnet.{command}" name={_attribute(case.name)}'
    if case.end is None:
        return f"{opening}/>\n"
    from xml.sax.saxutils import escape  # noqa: PLC0415 - imports urllib, http, ssl and email

    lines = "".join(f"{escape(printable_lines(line))}\n" for line in case.lines)
    kind = "" if case.end is CaseEnd.SKIPPED else f" type={_attribute(case.kind)}"
    end = f"      <{case.end}{kind} message={_attribute(case.message)}>{lines}</{case.end}>\n"
    return f"{opening}>\n{end}    </testcase>\n"


def _attribute(text: str) -> str:
    from xml.sax.saxutils import quoteattr  # noqa: PLC0415 - imports urllib, http, ssl and email

    return quoteattr(printable_lines(text))
