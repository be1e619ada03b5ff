"""Formats the faults of policy documents: as text, JSON, GitHub annotations, SARIF and JUnit."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from cfnet import __version__
from cfnet.show.annotations import Level, annotation
from cfnet.show.machine import FORMAT_VERSION
from cfnet.show.plurals import counted
from cfnet.show.printable import printable, printable_lines

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


def faults_as(form: FaultFormat, faults: Sequence[Fault], files: Sequence[str]) -> str:
    """Format `faults` as `form`; every line ends with a newline; `files` are all files that were checked."""
    match form:
        case FaultFormat.TEXT:
            return _text(faults)
        case FaultFormat.JSON:
            return faults_json(faults)
        case FaultFormat.GITHUB:
            return _github(faults)
        case FaultFormat.SARIF:
            return _sarif(faults)
        case FaultFormat.JUNIT:
            return _junit(faults, files)
        case _ as never:
            assert_never(never)


def _text(faults: Sequence[Fault]) -> str:
    return "".join(f"{printable(str(fault))}\n" for fault in faults)


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


def _github(faults: Sequence[Fault]) -> str:
    return "".join(
        annotation(Level.ERROR, f"{fault.code.id} {fault.code.title}", fault.message, fault.place) for fault in faults
    )


def _sarif(faults: Sequence[Fault]) -> str:
    """Format SARIF 2.1.0 (OASIS): one run, with a rule for each kind of fault found."""
    codes = sorted({fault.code for fault in faults}, key=lambda code: code.id)
    index = {code: number for number, code in enumerate(codes)}
    results = []
    for fault in faults:
        result = {
            "ruleId": fault.code.id,
            "ruleIndex": index[fault.code],
            "level": "error",
            "message": {"text": fault.message},
            "locations": [_sarif_location(fault.place)],
        }
        if fault.also:
            also = {"id": 1, "message": {"text": "the other one"}, **_sarif_location(fault.also)}
            result["relatedLocations"] = [also]
        results.append(result)
    rules = [{"id": code.id, "name": code.name, "shortDescription": {"text": code.title}} for code in codes]
    driver = {"name": "cfnet", "version": __version__, "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, indent=2) + "\n"


def _sarif_location(place: Place) -> dict[str, object]:
    uri = quote(place.file.replace("\\", "/"), safe="/", errors="surrogateescape")
    region = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}


def _junit(faults: Sequence[Fault], files: Sequence[str]) -> str:
    """Format JUnit XML for build servers: a test case for each file, which fails if the file has faults."""
    cases = []
    for file in dict.fromkeys((*files, *(fault.place.file for fault in faults))):
        opening = f'    <testcase classname="cfnet.validate" name={_attribute(file)}'
        found = [fault for fault in faults if fault.place.file == file]
        if not found:
            cases.append(f"{opening}/>\n")
            continue
        message = counted(len(found), "fault")
        lines = "".join(f"{escape(printable_lines(str(fault)))}\n" for fault in found)
        failure = f'      <failure type="{found[0].code.id}" message="{message}">{lines}</failure>\n'
        cases.append(f"{opening}>\n{failure}    </testcase>\n")
    failed = len({fault.place.file for fault in faults})
    counts = f'tests="{len(cases)}" failures="{failed}" errors="0"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites {counts}>\n  <testsuite name="cfnet validate" {counts}>\n{"".join(cases)}'
        "  </testsuite>\n</testsuites>\n"
    )


def _attribute(text: str) -> str:
    return quoteattr(printable_lines(text))
