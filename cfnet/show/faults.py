"""Formats the faults of policy documents: as text, JSON, GitHub annotations, SARIF and JUnit."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from cfnet.show.annotations import Level, annotation
from cfnet.show.excerpts import NO_EXCERPTS, Excerpts
from cfnet.show.line_styles import LineStyle, styled
from cfnet.show.plurals import counted
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.document import Fault, Place


class FaultFormat(StrEnum):
    """The output formats of faults."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


def faults_as(
    form: FaultFormat, faults: Sequence[Fault], files: Sequence[str], excerpts: Excerpts = NO_EXCERPTS
) -> str:
    """Format `faults` as `form`; every line ends with a newline; `files` are all files that were checked."""
    match form:
        case FaultFormat.TEXT:
            return faults_text(faults, excerpts)
        case FaultFormat.JSON:
            return faults_json(faults)
        case FaultFormat.GITHUB:
            return faults_github(faults)
        case FaultFormat.SARIF:
            return _sarif(faults)
        case FaultFormat.JUNIT:
            return _junit(faults, files)
        case _ as never:
            assert_never(never)


def faults_text(faults: Sequence[Fault], excerpts: Excerpts) -> str:
    """Format each fault as a line like a compiler's, followed by the line that it is about."""
    return "".join(f"{_line(fault, colour=excerpts.colour)}\n{excerpts.of(fault)}" for fault in faults)


def _line(fault: Fault, *, colour: bool) -> str:
    place = styled(printable(f"{fault.place}:"), LineStyle.TITLE, colour=colour)
    return f"{place} {styled(fault.code.id, LineStyle.BAD, colour=colour)} {printable(fault.message)}"


def faults_json(faults: Sequence[Fault]) -> str:
    """Format the output of `validate --json`.

        {"format_version": 1, "faults": [FAULT, …]}

    FAULT:

        {"id": "E201", "title": "unknown key", "file": "policies.yml", "line": 5, "column": 5,
         "found": "destinaton", "expected": "source, destination, protocol or ports", "guess": "destination",
         "also": PLACE}

    `guess` is a suggested correction, or empty. PLACE, `{"file", "line", "column"}`, is the second position of a fault
    that concerns two; otherwise `also` is null.
    """
    import json  # noqa: PLC0415 - not for other formats

    from cfnet.show.machine import FORMAT_VERSION  # noqa: PLC0415 - not for other formats

    rows = [
        {
            "id": fault.code.id,
            "title": fault.code.title,
            **_place(fault.place),
            "found": fault.found,
            "expected": fault.expected,
            "guess": fault.guess,
            "also": _place(fault.also) if fault.also else None,
        }
        for fault in faults
    ]
    return json.dumps({"format_version": FORMAT_VERSION, "faults": rows}, indent=2) + "\n"


def _place(place: Place) -> dict[str, str | int]:
    return {"file": place.file, "line": place.line, "column": place.column}


def faults_github(faults: Sequence[Fault]) -> str:
    """Format each fault as an annotation for a GitHub workflow."""
    return "".join(
        annotation(Level.ERROR, f"{fault.code.id} {fault.code.title}", fault.message, fault.place) for fault in faults
    )


def _sarif(faults: Sequence[Fault]) -> str:
    from cfnet.show.sarif import SarifFinding, SarifRule, sarif_log  # noqa: PLC0415 - rarely needed

    return sarif_log(
        SarifFinding(
            SarifRule(fault.code.id, fault.code.name, fault.code.title),
            Level.ERROR,
            fault.message,
            fault.place,
            fault.also,
        )
        for fault in faults
    )


def _junit(faults: Sequence[Fault], files: Sequence[str]) -> str:
    """Format a test case for each file, which fails if the file has faults."""
    from cfnet.show.junit import CaseEnd, JunitCase, junit_xml  # noqa: PLC0415 - rarely needed

    cases = []
    for file in dict.fromkeys((*files, *(fault.place.file for fault in faults))):
        found = [fault for fault in faults if fault.place.file == file]
        if found:
            message = counted(len(found), "fault")
            cases.append(JunitCase(file, CaseEnd.FAILURE, found[0].code.id, message, [str(each) for each in found]))
        else:
            cases.append(JunitCase(file))
    return junit_xml("validate", cases)
