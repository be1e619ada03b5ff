"""`cfnet schema`: what editors check documents with."""

import json

from cfnet.document import schema
from tests.conftest import Cfnet


def test_prints_the_schema_of_the_document(cfnet: Cfnet) -> None:
    """JSON on stdout, nothing else, no foundation."""
    assert cfnet("schema") == (0, json.dumps(schema(), indent=2) + "\n", "")
