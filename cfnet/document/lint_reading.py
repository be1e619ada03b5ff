"""Read what a document says under `lint` from nodes of a valid form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.document.faults import Code
from cfnet.document.lint_section import LintId, LintSection, Suppression
from cfnet.document.nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.document.document import Document
    from cfnet.document.faults import FaultReport

_RULES: Final = {rule.id: rule for rule in LintId}


def lint_section(node: Node) -> LintSection:
    """The section `lint` of a document."""
    return LintSection(
        node.place,
        suppressions(node),
        max_range=_number(node, "max-range"),
        max_callers=_number(node, "max-callers"),
        max_usage=_number(node, "max-usage"),
        quota=_number(node, "quota"),
        development=_texts(node, "development"),
        production=_texts(node, "production"),
        underlay=_texts(node, "underlay"),
    )


def suppressions(node: Node | None) -> tuple[Suppression, ...]:
    """The rules that a mapping under `lint` ignores, without those that are unset variables."""
    found = node.get("ignore") if isinstance(node, Mapping) else None
    ignored = [_suppression(each) for each in found.items] if isinstance(found, Sequence) else []
    return tuple(each for each in ignored if each)


def refuse_two_settings(documents: Iterable[Document], report: FaultReport) -> None:
    """Report settings with different values in two documents of a run: it is unclear which one applies."""
    first: dict[str, tuple[object, LintSection]] = {}
    for section in (document.lint for document in documents if document.lint):
        for name, value in section.settings.items():
            known, other = first.setdefault(name, (value, section))
            if known != value:
                report(Code.TWO_SETTINGS, section.place, name.replace("_", "-"), "one value", also=other.place)


def _suppression(node: Node) -> Suppression | None:
    rule = _RULES.get(_text(node.get("rule") if isinstance(node, Mapping) else node))
    because = _text(node.get("because")) if isinstance(node, Mapping) else ""
    return Suppression(rule, because, node.place) if rule else None


def _number(node: Node, key: str) -> int | None:
    found = node.get(key) if isinstance(node, Mapping) else None
    return int(found.text) if isinstance(found, Scalar) else None


def _texts(node: Node, key: str) -> tuple[str, ...] | None:
    found = node.get(key) if isinstance(node, Mapping) else None
    return tuple(map(_text, found.items)) if isinstance(found, Sequence) else None


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
