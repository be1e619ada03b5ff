"""`cfnet help E201`: what a fault of a document means and how to fix it."""

import pytest

from cfnet.document.fault_codes import Code
from tests.conftest import Cfnet, Ran

UNKNOWN_KEY = """\
NAME:
   E201 - unknown key

DESCRIPTION:
   The format has no such key here. It is probably misspelled, and ignoring it
   could hide a policy.

REMEDY:
   Use one of the listed keys. 'cfnet schema' lets editors complete them.
"""


@pytest.mark.parametrize("word", ["E201", "e201"])
def test_explains_a_fault(word: str, cfnet: Cfnet) -> None:
    """By its ID, in upper or lower case."""
    assert cfnet("help", word) == Ran(0, UNKNOWN_KEY, "")


@pytest.mark.parametrize("code", Code, ids=lambda code: code.id)
def test_explains_every_fault(code: Code, cfnet: Cfnet) -> None:
    """Also in the manual."""
    told = cfnet("help", code.id).stdout
    assert told.startswith(f"NAME:\n   {code.id} - {code.title}\n\nDESCRIPTION:\n   ")
    assert "\nREMEDY:\n" in told


def test_the_manual_lists_every_fault(cfnet: Cfnet) -> None:
    """On the page of validate."""
    page = cfnet("man", "validate").stdout
    assert [code.id for code in Code if code.id not in page] == []
