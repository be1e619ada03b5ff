"""Explains the ids of faults (E201) and lint rules (L301): for `cfnet help` and the manual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnet.document import Code
from cfnet.lint.rules import RULES
from cfnet.show.page import HelpSection, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.lint.rule import LintRule


def explanation(id_: str) -> Sequence[HelpSection]:
    """The explanation of an id in upper case; empty if there is no such id."""
    for fault in Code:
        if fault.id == id_:
            return [
                HelpSection("NAME", [f"{id_} - {fault.title}"]),
                HelpSection("DESCRIPTION", [fault.meaning]),
                HelpSection("REMEDY", [fault.remedy]),
            ]
    for rule in RULES:
        if rule.id.id == id_:
            where = " or to one item" if rule.is_about_items else ""
            return [
                HelpSection("NAME", [f"{id_} - {rule.id.title} ({rule.severity})"]),
                HelpSection("DESCRIPTION", _paragraphs(rule)),
                HelpSection("REMEDY", [rule.remedy]),
                HelpSection("SUPPRESSION", [f"Add 'lint: {{ignore: [{id_}]}}' to the document{where}."]),
            ]
    return ()


def faults_section() -> HelpSection:
    """All faults, for the manual."""
    rows = ((fault.id, f"{_sentence(fault.title)} {fault.meaning} {fault.remedy}") for fault in Code)
    return HelpSection("FAULTS", [Terms(tuple(rows))])


def rules_section() -> HelpSection:
    """All lint rules, for the manual."""
    rows = ((rule.id.id, f"{rule.id.title} ({rule.severity}). {' '.join(_paragraphs(rule))}") for rule in RULES)
    return HelpSection("RULES", [Terms(tuple(rows))])


def _sentence(title: str) -> str:
    return f"{title[0].upper()}{title[1:]}."


def _paragraphs(rule: LintRule) -> list[str]:
    return [" ".join(each.replace("`", "'").split()) for each in rule.documentation.split("\n\n")]
