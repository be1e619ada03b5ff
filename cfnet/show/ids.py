"""Explains the ids of faults (E201) and lint rules (L301): for `cfnet help` and the manual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.document import Code
from cfnet.lint.rules import RULES
from cfnet.show.page import HelpSection, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.lint.rule import LintRule

_FAULTS: Final = {
    "E1": "The file cannot be read as YAML, or has YAML that policy documents do not use.",
    "E2": "The form of the document is wrong: 'cfnet schema' prints the valid one, for editors.",
    "E3": "The document contradicts itself, or another document of the same run.",
    "E4": "The document names an app or space that the foundation does not have, or that you cannot see.",
    "E6": "The expectations of the document cannot be checked.",
    "E7": "The lint settings of the documents contradict each other.",
}
"""What faults with such ids have in common."""


def explanation(id_: str) -> Sequence[HelpSection]:
    """The explanation of an id in upper case; empty if there is no such id."""
    for fault in Code:
        if fault.id == id_:
            return [HelpSection(id_, [fault.title]), HelpSection("DESCRIPTION", [_FAULTS[id_[:2]]])]
    for rule in RULES:
        if rule.id.id == id_:
            return [
                HelpSection(id_, [f"{rule.id.title} ({rule.severity})"]),
                HelpSection("DESCRIPTION", _paragraphs(rule)),
                HelpSection("REMEDY", [rule.remedy]),
                HelpSection("TO IGNORE IT", [f"Add 'lint: {{ignore: [{id_}]}}' to the document or to one item."]),
            ]
    return ()


def faults_section() -> HelpSection:
    """All faults, for the manual."""
    return HelpSection("FAULTS", [Terms(tuple((fault.id, fault.title) for fault in Code))])


def rules_section() -> HelpSection:
    """All lint rules, for the manual."""
    rows = ((rule.id.id, f"{rule.id.title} ({rule.severity}). {' '.join(_paragraphs(rule))}") for rule in RULES)
    return HelpSection("RULES", [Terms(tuple(rows))])


def _paragraphs(rule: LintRule) -> list[str]:
    return [" ".join(each.replace("`", "'").split()) for each in rule.documentation.split("\n\n")]
