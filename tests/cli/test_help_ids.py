"""`cfnet help ID` explains faults and lint rules."""

import pytest

from cfnet.document import Code
from cfnet.document.lint_section import LintId
from tests.conftest import Cfnet, Ran


def test_a_lint_rule_is_explained(cfnet: Cfnet) -> None:
    """The case of the id does not matter."""
    expected = """\
NAME:
   L302 - all ports (error)

DESCRIPTION:
   A policy for all ports allows whatever the destination listens on, now and
   later, also ports for debugging.

   Where it was written because the ports were unknown, the listening ports of
   an app are those of its routes and those in its manifest or code.

REMEDY:
   Allow only the ports that the destination listens on.

SUPPRESSION:
   Add 'lint: {ignore: [L302]}' to the document or to one item.
"""
    assert cfnet("help", "L302") == cfnet("help", "l302") == Ran(0, expected, "")


@pytest.mark.parametrize("known", [*Code, *LintId], ids=lambda known: known.id)
def test_every_id_is_explained_and_in_the_manual(known: Code | LintId, cfnet: Cfnet) -> None:
    ran = cfnet("help", known.id)
    assert ran.exit == 0
    assert known.title in ran.stdout
    page = cfnet("man", "validate" if isinstance(known, Code) else "lint").stdout
    assert f"\\fB{known.id}\\fR\n{known.title}".lower() in page.replace(r"\-", "-").lower()


def test_an_unknown_id_is_wrong_usage(cfnet: Cfnet) -> None:
    assert cfnet("help", "E999") == Ran(
        2, "", "'E999' is not the ID of a fault or a lint rule.\n'cfnet lint --list' lists rules.\n"
    )


@pytest.mark.parametrize(
    ("id_", "place"),
    [("L301", "to the document or to one item."), ("L311", "to the document."), ("L312", "to the document.")],
)
def test_says_where_a_rule_can_be_ignored(id_: str, place: str, cfnet: Cfnet) -> None:
    """A rule about the whole foundation has no item that could ignore it."""
    assert cfnet("help", id_).stdout.endswith(f"\nSUPPRESSION:\n   Add 'lint: {{ignore: [{id_}]}}' {place}\n")
